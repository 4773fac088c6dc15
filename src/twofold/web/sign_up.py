"""Signing up unasked: a stranger types an address, and its mailbox decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, assert_never

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from twofold.core import emails
from twofold.core.refusals import No
from twofold.core.roles import Role
from twofold.flows import sign_up
from twofold.flows.outcomes import Done, Refuse
from twofold.flows.password import Unfit
from twofold.flows.sign_up import Has, Known, OtherDomain, SignUpView
from twofold.ports.people import LONGEST_NAME
from twofold.web import doors, entering, errors, forms, moments, pages, sign_in, told, welcome
from twofold.web.methods import require_http_methods
from twofold.web.profile.links import entered
from twofold.web.profile.password import FORGOT, LINK, expired

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.core.refusals import Refusal
    from twofold.web.request import Request

PAGE: Final = "/sign-up"
_HAS_SIGN_IN = told.declare(
    "sign_up_has_sign_in",
    "",
    _("This address has a sign-in here already. Sign in with it, or choose a new password if you forgot it."),
    link_url=FORGOT,
    link_text=_("Choose a new password"),
)
_IS_INVITED = told.declare(
    "sign_up_is_invited",
    "",
    _("Somebody has invited you meanwhile: open the link in that mail. If it is gone, ask for another one."),
    link_url=FORGOT,
    link_text=_("Ask for another link"),
)
_WAITS = told.declare(
    "sign_up_waits", "", _("This address was added here already, without an invitation. Ask the help desk for one.")
)


@require_http_methods(["GET", "HEAD", "POST"])
def first(request: Request) -> HttpResponse:
    """Ask for address and name; not there while the account lets nobody sign up."""
    pages.speak(request)
    if not sign_up.is_open(request.services, request.account.id):
        return errors.answer(request, errors.NOT_FOUND)
    if request.me is not None:
        return pages.go(request, entering.HOME)
    if request.method != "POST":
        return _first_page(request, {})
    posted = forms.Posted(request)
    email = posted.text("email", most=emails.MOST, required=gettext("Type your email address."))
    name = posted.text("name", most=LONGEST_NAME, required=gettext("Type your name."))
    if "email" not in posted.errors and emails.normalise(email) is None:
        posted.errors["email"] = gettext("This is not an email address. It looks like ann@example.com.")
    again = {"email": email, "typed_name": name}
    if posted.errors:
        return _first_page(request, again, wrong=posted.errors, status=errors.BAD_REQUEST)
    outcome = sign_up.ask(
        request.services, request.visit, email=email, name=name, locale=translation.get_language() or ""
    )
    match outcome:
        case Done():
            return pages.page(request, "sign_up_sent.html", {"email": email})
        case OtherDomain():
            sentence = gettext("Only addresses of certain organisations can sign up here, and this is none of them.")
            return _first_page(request, again, wrong={"email": sentence}, status=errors.BAD_REQUEST)
        case Refuse(because=because, stopped=stopped):
            response = _first_page(request, again, wrong={"page": _why_not(request, because)})
            return sign_in.slowed(request, response, because, stopped=stopped)
        case _:
            assert_never(outcome)


@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: Request) -> HttpResponse:
    """Open the mailed link: choose a password, and go on as policy says."""
    pages.speak(request)
    token = request.GET.get(LINK, "")
    view = sign_up.look(request.services, request.visit, token)
    if not isinstance(view, SignUpView):
        return _not_here(request, view)

    def accept(name: str, password: str) -> HttpResponse | Unfit:
        outcome = sign_up.finish(request.services, request.visit, token=token, name=name, password=password)
        if isinstance(outcome, Unfit):
            return outcome
        if isinstance(outcome, Known):
            return _not_here(request, outcome)
        return entered(request, outcome, new_link_url=_again(request))

    return welcome.asked(
        request,
        email=view.email,
        name=view.name,
        role=Role.END_USER,
        will_set_up=view.will_set_up,
        accept=accept,
    )


def _first_page(
    request: Request,
    context: Mapping[str, object],
    *,
    wrong: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    return pages.page(request, "sign_up.html", {**pages.once(request), **context}, errors=wrong, status=status)


def _not_here(request: Request, instead: Known | Refuse) -> HttpResponse:
    """Lead on whoever opens a link that makes nobody: its mailbox may know what its address has."""
    match instead:
        case Known(has=Has.SIGN_IN):
            return pages.go(request, doors.SIGN_IN, said=_HAS_SIGN_IN)
        case Known(has=Has.INVITATION):
            return pages.go(request, doors.SIGN_IN, said=_IS_INVITED)
        case Known():
            return pages.go(request, doors.SIGN_IN, said=_WAITS)
        case Refuse():
            return expired(request, new_link_url=_again(request))


def _again(request: Request) -> str:
    return PAGE if sign_up.is_open(request.services, request.account.id) else ""


def _why_not(request: Request, because: Refusal) -> str:
    """Say why nobody can ask at the moment: always something about all who ask, never about one of them."""
    now = request.services.clock.now()
    if because.at is not None and because.no is No.WAITING:
        return gettext("Many people asked from your network. You can ask again at %(at)s.") % {
            "at": moments.soon(because.at, now=now)
        }
    if because.at is not None and because.no is No.SENT_ENOUGH:
        return gettext("Very many people asked today. You can ask again at %(at)s.") % {
            "at": moments.soon(because.at, now=now)
        }
    if because.no is No.BUSY:
        return gettext("Many people are asking at this moment. Try again in a few seconds.")
    return gettext("No mail can be sent at the moment, so nobody can sign up. Try again later.")
