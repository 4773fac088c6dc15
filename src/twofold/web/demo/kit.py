"""What the demo's page does: put the clock forward, use the phone, begin a sign-in as somebody."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from django.core.exceptions import BadRequest
from django.http import Http404, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.utils.translation import gettext_lazy

from twofold.flows import demo, signed_in
from twofold.flows import sign_in as sign_in_flow
from twofold.flows.outcomes import Conflict, Gone
from twofold.web import cookies, forms, pages, told
from twofold.web.demo.doors import demo as demo_only
from twofold.web.demo.page import phone_shown
from twofold.web.methods import require_http_methods

if TYPE_CHECKING:
    from twofold.ports.clock import ForwardClock
    from twofold.web.request import Request

HERE: Final = "/demo"
FURTHEST: Final = timedelta(days=20 * 365)
"""How far ahead a demo's clock may be in all."""
_SPAN: Final = re.compile(r"([0-9]{1,6})([smhd])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_MONDAY: Final = "monday"
_OPENING: Final = time(8)
_WEEK: Final = 7

SCANNED = told.declare("demo_scanned", "good", gettext_lazy("The phone has taken over the key, and shows its code."))
NOT_SCANNED = told.declare(
    "demo_not_scanned",
    "warn",
    gettext_lazy("There is no QR code to scan: open the set-up in this browser up to “Connect your app”, then scan."),
)
LOST = told.declare("demo_lost", "warn", gettext_lazy("The phone is lost. A recovery code still lets its owner in."))
FOUND = told.declare("demo_found", "good", gettext_lazy("The phone was in the other coat. Everything is still on it."))
BOUGHT = told.declare("demo_bought", "good", gettext_lazy("Here is a new phone. Its authenticator app is empty."))
AGAIN = told.declare("demo_again", "warn", gettext_lazy("Two things happened to the phone at once. Do it once more."))


@require_http_methods(["GET", "HEAD", "POST"])
@demo_only
def clock(request: Request, clock: ForwardClock) -> HttpResponse:
    """Tell the product's time; put it forward by `forward` (a whole number and s, m, h or d), or to=monday 08:00."""
    if request.method == "POST":
        posted = forms.Posted(request)
        is_monday = posted.choice("to", {_MONDAY}) == _MONDAY
        forward = posted.raw("forward") or request.GET.get("forward", "")
        by = _until_monday(request, clock) if is_monday else _span(forward)
        if clock.ahead() + by > FURTHEST:
            raise BadRequest("The clock of a demo goes no further.")
        clock.move(by)
        if "text/html" in request.headers.get("Accept", ""):
            return pages.go(request, HERE)
    return JsonResponse({"now": clock.now().isoformat(), "ahead_seconds": int(clock.ahead().total_seconds())})


@require_http_methods(["GET", "HEAD", "POST"])
@demo_only
def phone(request: Request, clock: ForwardClock) -> HttpResponse:
    """Show the phone alone, for the script that keeps it fresh; scan, lose it, find it, or get a new one."""
    if request.method != "POST":
        pages.speak(request)
        return HttpResponse(get_template("demo/phone.html").render(phone_shown(request, clock), request))
    does = forms.Posted(request).choice("do", {"scan", "lose", "find", "buy"})
    match does:
        case "scan":
            scanned = demo.scan(request.services, request.visit, cookies.read(request, cookies.ATTEMPT))
            is_there = not isinstance(scanned, Gone | Conflict)
            return pages.go(request, HERE, said=SCANNED if is_there else NOT_SCANNED)
        case "lose":
            outcome, said = demo.lose(request.services, request.account), LOST
        case "find":
            outcome, said = demo.find(request.services, request.account), FOUND
        case "buy":
            outcome, said = demo.buy(request.services, request.account), BOUGHT
        case _:
            raise BadRequest("Nothing was to be done.")
    return pages.go(request, HERE, said=AGAIN if isinstance(outcome, Conflict) else said)


@require_http_methods(["GET", "HEAD", "POST"])
@demo_only
def sign_in(request: Request, clock: ForwardClock, person_id: str) -> HttpResponse:  # noqa: ARG001 -- the door's
    """Show the sign-in form, filled in; by POST whoever is signed in here is signed out before."""
    found = [one for one in demo.people(request.services, request.account) if one.person.id == person_id]
    if not found:
        raise Http404
    if request.method != "POST":
        pages.speak(request)
        context = {
            "email": found[0].person.email,
            "name": found[0].person.name or found[0].person.email,
            "password": found[0].password,
        }
        return pages.page(request, "demo/sign_in.html", context)
    if request.me is not None:
        signed_in.sign_out(request.services, request.visit, request.me)
    sign_in_flow.abandon(request.services, request.visit, cookies.read(request, cookies.ATTEMPT))
    response = pages.go(request, f"{HERE}/sign-in/{person_id}")
    for base in (cookies.SESSION, cookies.ATTEMPT):
        cookies.clear(response, request, base)
    return response


def _span(text: str) -> timedelta:
    """Return the span of "31d"; BadRequest for anything else, nothing and zero among it."""
    match = _SPAN.fullmatch(text)
    if match is None or int(match[1]) == 0:
        raise BadRequest("Forward takes a whole number above zero and s, m, h or d: 31d.")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def _until_monday(request: Request, clock: ForwardClock) -> timedelta:
    """Return how long it is until the next Monday, 08:00 in the account's time zone."""
    zone = ZoneInfo(request.account.time_zone)
    now = clock.now()
    here = now.astimezone(zone)
    days = -here.weekday() % _WEEK
    opens = datetime.combine(here.date() + timedelta(days=days), _OPENING, zone)
    if opens <= here:
        opens += timedelta(days=_WEEK)
    # The clock moves by whole seconds: a moment late rather than early.
    return opens - now + timedelta(seconds=1)
