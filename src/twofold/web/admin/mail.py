"""Admin Center > Account > Mail: the SMTP server, and a test mail whose code is typed back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext, gettext_lazy

from twofold.core.refusals import No
from twofold.core.roles import Permission
from twofold.flows import mail_settings
from twofold.flows.mail_settings import BadServer, Server, Unfit
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse
from twofold.settings import settings
from twofold.web import errors, moments, pages, told, words
from twofold.web.admin import typed_back
from twofold.web.doors import allowed, signed_in
from twofold.web.forms import Posted
from twofold.web.fresh import fresh
from twofold.web.methods import require_http_methods, require_POST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.flows.mail_settings import MailView
    from twofold.flows.visit import SignedIn
    from twofold.web.fresh import Answer
    from twofold.web.request import Request

HERE: Final = "/admin/account/mail"
SAVED = told.declare("mail_saved", "good", gettext_lazy("Saved. Send a test mail now, to see that it arrives."))
SENT = told.declare("mail_test_sent", "", gettext_lazy("A test mail is on its way. Type its code below."))
PROVED = told.declare("mail_proved", "good", gettext_lazy("Mail arrives."))


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@allowed(Permission.EDIT_MAIL)
@fresh(gettext_lazy("before mail goes another way"))
def page(request: Request, me: SignedIn) -> Answer:
    """Show the server, and take another one."""
    view = mail_settings.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    if request.method != "POST":
        return _page(request, view, {})
    if settings().smtp_host:
        return errors.answer(request, errors.FORBIDDEN)
    posted = Posted(request)
    server = Server(
        host=posted.text("host", most=mail_settings.LONGEST),
        port=posted.number("port", least=1, most=mail_settings.MOST_PORT, default=view.server.port),
        security=posted.choice("security", mail_settings.SECURITIES, default=view.server.security),
        user=posted.text("user", most=mail_settings.LONGEST),
        sender=posted.text("sender", most=mail_settings.LONGEST),
        # An empty field keeps the stored password; without a user there is none to keep.
        password=posted.raw("password", most=mail_settings.LONGEST)
        or (None if posted.raw("user", most=mail_settings.LONGEST) else ""),
    )
    if posted.errors:
        return _page(request, view, posted.errors, server=server)
    outcome = mail_settings.save(request.services, request.visit, me, server, version=view.version)
    match outcome:
        case Done():
            return pages.go(request, HERE, said=SAVED)
        case BadServer(problems=problems):
            wrong = {name: _message(problem) for name, problem in problems.items()}
            return _page(request, view, wrong, server=server)
        case NeedsProof():
            return outcome
        case Conflict():
            return pages.go(request, HERE, said=typed_back.CONFLICT)
        case Refuse():
            return errors.answer(request, errors.FORBIDDEN)


@require_POST
@signed_in
@allowed(Permission.EDIT_MAIL)
def send_test(request: Request, me: SignedIn) -> HttpResponse:
    """Mail a code to the admin."""
    view = mail_settings.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    if not (settings().smtp_host or view.server.host):
        return _page(request, view, {"page": gettext("Name a mail server first; a file on the server proves nothing.")})
    outcome = mail_settings.send_test(request.services, request.visit, me)
    match outcome:
        case Done():
            return pages.go(request, HERE, said=SENT)
        case Conflict():
            return pages.go(request, HERE, said=typed_back.CONFLICT)
        case Refuse(because=because) if because.no is No.NOT_ALLOWED:
            return errors.answer(request, errors.FORBIDDEN)
        case Refuse(because=because):
            sentence = words.mailbox_refusal(because, now=request.services.clock.now())
            response = _page(request, view, {"page": sentence})
            response.status_code = errors.TOO_MANY
            return response


@require_POST
@signed_in
@allowed(Permission.EDIT_MAIL)
def confirm_test(request: Request, me: SignedIn) -> HttpResponse:
    """Take the code that came back."""
    view = mail_settings.look(request.services, request.visit, me)
    if isinstance(view, Refuse):
        return errors.answer(request, errors.FORBIDDEN)
    return typed_back.taken(
        request, me, mail_settings.confirm_test, lambda wrong: _page(request, view, wrong), here=HERE, proved=PROVED
    )


def _page(request: Request, view: MailView, wrong: Mapping[str, str], *, server: Server | None = None) -> HttpResponse:
    here = settings()
    shown = server or view.server
    by_environment = bool(here.smtp_host)
    now = request.services.clock.now()
    form: dict[str, object] = {
        "host": here.smtp_host if by_environment else shown.host,
        "port": here.smtp_port if by_environment else shown.port,
        "security": here.smtp_security if by_environment else shown.security,
        "user": "" if by_environment else shown.user,
        "sender": here.sender if by_environment else shown.sender,
        "has_password": view.has_password,
    }
    me = request.me
    sent_at = view.test_sent_at
    context: dict[str, object] = {
        "here": "mail",
        "form": form,
        "securities": [
            ("starttls", gettext("STARTTLS (usual, port 587)")),
            ("tls", gettext("TLS from the start (port 465)")),
            ("none", gettext("none (on this computer only)")),
        ],
        "from_environment": by_environment,
        "folder": here.mail_path,
        "test": {"sent_to": me.person.email, "sent_at": moments.clock(sent_at)} if me and sent_at else None,
        "confirmed_at": moments.day_and_clock(view.proved_at, now=now) if view.proved_at else "",
        "last_failure": "",
        "problems": [{"name": name, "text": text} for name, text in wrong.items() if name != "page"],
    }
    return pages.page(request, "admin/mail.html", context, status=errors.BAD_REQUEST if wrong else 200, errors=wrong)


def _message(problem: Unfit) -> str:
    return {
        Unfit.NOT_A_HOST: gettext("Type the name of a server, such as smtp.example.com."),
        Unfit.NOT_PUBLIC: gettext(
            "This is in a private network, which only whoever runs this server may name. Type a server with a public "
            "address."
        ),
        Unfit.NOT_A_PORT: gettext("Type a number from 1 to 65535."),
        Unfit.NOT_A_SECURITY: gettext("Choose from the list."),
        Unfit.PLAIN_PASSWORD: gettext(
            "Without encryption the password could be read on the way. Choose STARTTLS or TLS."
        ),
        Unfit.PASSWORD_AGAIN: gettext("Type the password again: the stored one is for the former server."),
        Unfit.NOT_AN_ADDRESS: gettext("Type one email address, such as help@example.com."),
        Unfit.TOO_LONG: gettext("This is too long, or holds characters that cannot be sent."),
    }[problem]
