"""The page that asks for a mailed code, because nobody signed in as this person on this browser before."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from twofold.core.refusals import Refusal
from twofold.flows import new_browser, security
from twofold.flows.new_browser import NewBrowserView
from twofold.flows.outcomes import Admitted, Denied, Done, Ended, GoOn, Refuse
from twofold.ports.helping import Place
from twofold.web import calls, cookies, doors, entering, forms, mailbox_code, pages, sign_in, words
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpResponse

    from twofold.web.request import Request


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: Request) -> HttpResponse:
    """Ask for the mailed code, or send another."""
    token = cookies.read(request, cookies.ATTEMPT)
    if request.method != "POST":
        return _shown(request, token)
    posted = forms.Posted(request)
    if posted.tick("again"):
        return _send(request, token)
    if posted.tick(calls.ASK):
        asked = calls.ask(request, Place.NEW_BROWSER, shown_at=request.path)
        return _shown(request, token, errors=calls.problem(request, asked)) if isinstance(asked, Refusal) else asked
    typed = posted.raw("mailbox_code")
    if posted.errors:
        return _shown(request, token, errors=posted.errors)
    outcome = new_browser.confirm(request.services, request.visit, token, typed)
    match outcome:
        case Admitted():
            return entering.admit(request, outcome)
        case GoOn() | Denied() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because, stopped=stopped):
            sentence = words.mailbox_refusal(because, now=request.services.clock.now())
            response = _shown(request, token, errors={"mailbox_code": sentence})
            return sign_in.slowed(request, response, because, stopped=stopped)
        case _:
            assert_never(outcome)


def _send(request: Request, token: str) -> HttpResponse:
    outcome = new_browser.send(request.services, request.visit, token)
    match outcome:
        case Done():
            return pages.go(request, doors.NEW_BROWSER)
        case GoOn() | Ended():
            return entering.elsewhere(request, outcome)
        case Refuse(because=because):
            response = _shown(request, token, errors=mailbox_code.not_yet(because, now=request.services.clock.now()))
            return sign_in.slowed(request, response, because, stopped=True)
        case _:
            assert_never(outcome)


def _shown(request: Request, token: str, *, errors: Mapping[str, str] | None = None) -> HttpResponse:
    view = entering.opened(request, new_browser.look(request.services, request.visit, token))
    if not isinstance(view, NewBrowserView):
        return view
    context: dict[str, object] = {
        "claimant_email": view.person.email,
        **mailbox_code.shown(view.mailbox, now=request.services.clock.now()),
        "helpers": security.helpers_of(request.services, request.visit, view.person) or None,
        "warn_in": entering.warn_in(request, view.ends_at),
        **calls.shown(request),
        **pages.once(request),
    }
    return pages.page(request, "new_browser.html", context, person=view.person, errors=errors)
