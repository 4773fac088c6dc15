"""What mailed links open: nothing happens before a button is pressed, because mail scanners open links too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext

from twofold.core import emails
from twofold.core.refusals import No
from twofold.flows import freeze, invitation, rescue
from twofold.flows.freeze import FreezeView, Frozen
from twofold.flows.invitation import InvitationView
from twofold.flows.outcomes import Admitted, Denied, Ended, GoOn, Refuse
from twofold.flows.password import Unfit
from twofold.flows.rescue import RescueView
from twofold.web import cookies, entering, errors, forms, pages, welcome
from twofold.web.methods import require_http_methods
from twofold.web.profile.password import LINK, busy, expired, problem

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.web.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def this_was_not_me(request: Request) -> HttpResponse:
    """Freeze a sign-in from a mail."""
    pages.speak(request)
    token = request.GET.get(LINK, "")
    if request.method != "POST":
        view = freeze.look(request.services, request.visit, token)
        if not isinstance(view, FreezeView):
            return expired(request)
        return pages.page(request, "link_confirm.html", _freeze_words(view))
    outcome = freeze.freeze(request.services, request.visit, token)
    match outcome:
        case Frozen(undid_set_up=undid, sent_to=sent_to):
            context = {"undid_set_up": undid, "helpers": None, "sent_to": emails.mask(sent_to)}
            response = pages.page(request, "frozen.html", context)
            cookies.clear(response, request, cookies.ATTEMPT)
            return response
        case Refuse():
            return expired(request)


@require_http_methods(["GET", "HEAD", "POST"])
def invited(request: Request) -> HttpResponse:
    """Accept an invitation: name and password, then on as policy says."""
    pages.speak(request)
    token = request.GET.get(LINK, "")
    view = invitation.look(request.services, request.visit, token)
    if not isinstance(view, InvitationView):
        # Somebody who was invited may ask for a link of their own: it proves the same mailbox.
        return expired(request)

    def accept(name: str, password: str) -> HttpResponse | Unfit:
        outcome = invitation.accept(request.services, request.visit, token=token, name=name, password=password)
        return outcome if isinstance(outcome, Unfit) else entered(request, outcome)

    return welcome.asked(
        request,
        email=view.email,
        name=view.name,
        role=view.role,
        will_set_up=view.will_set_up,
        accept=accept,
    )


@require_http_methods(["GET", "HEAD", "POST"])
def rescued(request: Request) -> HttpResponse:
    """Follow the operator's link: a new password where one is needed, then set-up."""
    pages.speak(request)
    token = request.GET.get(LINK, "")
    view = rescue.look(request.services, request.visit, token)
    if not isinstance(view, RescueView):
        return expired(request, new_link_url="")
    wrong: dict[str, str] = {}
    if request.method == "POST":
        posted = forms.Posted(request)
        typed = posted.raw("new_password")
        wrong = posted.errors
        if not wrong:
            outcome = rescue.follow(request.services, request.visit, token, new_password=typed)
            if not isinstance(outcome, Unfit):
                return entered(request, outcome)
            wrong["new_password"] = problem(request, outcome.problem)
    context: dict[str, object] = {"claimant_email": view.email, "may_keep_password": view.may_keep_password}
    return pages.page(request, "rescue.html", context, errors=wrong, status=errors.BAD_REQUEST if wrong else 200)


def entered(
    request: Request, outcome: Admitted | GoOn | Denied | Ended | Refuse, *, new_link_url: str = ""
) -> HttpResponse:
    """Go on as the one gate said; `new_link_url` is where to ask for another link, where this one just ended."""
    match outcome:
        case Admitted():
            return entering.admit(request, outcome)
        case GoOn() | Denied() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because) if because.no is No.BUSY:
            return busy(request)
        case Refuse():
            return expired(request, new_link_url=new_link_url)


def _freeze_words(view: FreezeView) -> dict[str, object]:
    text = gettext(
        "This signs out every browser, forgets trusted computers and asks for a new password by mail. Nothing else "
        "changes."
    )
    if view.undoes_set_up:
        text = gettext(
            "This signs out every browser, forgets trusted computers, asks for a new password by mail, and undoes the "
            "two-factor authentication that was just set up. Nothing else changes."
        )
    return {
        "link_title": gettext("This was not me"),
        "link_text": text,
        "button_text": gettext("Freeze my sign-in"),
        "link_tone": "warn",
        "hidden": [],
    }
