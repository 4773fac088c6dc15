"""Asking for help from an unfinished sign-in, and what its pages show of a call that was made."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from django.utils.translation import gettext

from twofold.core.refusals import No
from twofold.flows import help_calls
from twofold.flows.outcomes import Ended, Refuse
from twofold.ports.helping import HelpCall
from twofold.web import cookies, entering, moments, pages

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.core.refusals import Refusal
    from twofold.ports.helping import Place
    from twofold.web.request import Request

ASK = "ask"
"""The button's name."""


def ask(request: Request, place: Place, *, shown_at: str) -> HttpResponse | Refusal:
    """Call for help and lead to the page that shows the call; a refusal says why it was not taken."""
    token = cookies.read(request, cookies.ATTEMPT)
    outcome = help_calls.call(request.services, request.visit, token, place)
    match outcome:
        case HelpCall():
            return pages.go(request, shown_at)
        case Ended():
            return entering.ended(request)
        case Refuse(because=because):
            return because
        case _:
            assert_never(outcome)


def shown(request: Request, *, may_ask: bool = True) -> dict[str, object]:
    """Return what partials/ask_for_help.html shows: the call that was made, or the button."""
    found = help_calls.mine(request.services, request.visit, cookies.read(request, cookies.ATTEMPT))
    return {
        "may_ask": may_ask,
        "reference": found.reference if found else "",
        "two_digits": found.number if found else "",
    }


def problem(request: Request, refused: Refusal) -> dict[str, str]:
    """Return why no call was made, for the page's errors."""
    now = request.services.clock.now()
    if refused.no is No.SENT_ENOUGH and refused.at:
        sentence = gettext("You asked so often that the next request has to wait until %(until)s.")
        return {"page": sentence % {"until": moments.soon(refused.at, now=now)}}
    return {"page": gettext("No help can be asked for here.")}
