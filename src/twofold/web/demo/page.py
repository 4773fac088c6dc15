"""The demo's page: who can be signed in as, the phone, the clock, and things to try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from twofold.flows import demo
from twofold.settings import settings
from twofold.web import moments, pages, words
from twofold.web.demo.doors import demo as demo_only
from twofold.web.demo.inbox import EMAIL, received
from twofold.web.kinds.registry import named
from twofold.web.methods import require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.ports.clock import ForwardClock
    from twofold.web.request import Request

_SHOWN: Final = 8
"""Messages on the phone's screen; all of them are in /demo/inbox.json."""


@require_safe
@demo_only
def index(request: Request, clock: ForwardClock) -> HttpResponse:
    """Show everything at once."""
    pages.speak(request)
    now = clock.now()
    cards = [
        {
            "id": one.person.id,
            "name": one.person.name or one.person.email,
            "first_name": one.person.name.partition(" ")[0] or one.person.email,
            "email": one.person.email,
            "role_word": pages.role_word(one.person.role),
            "state": words.standing_word(one.standing, now=now),
            "tone": words.standing_tone(one.standing),
            "password": one.password,
            "codes": one.codes,
            "methods": [named(each.kind, each.thing, each.label) for each in one.held],
        }
        for one in demo.people(request.services, request.account)
    ]
    return pages.page(request, "demo/index.html", {"cards": cards, **phone_shown(request, clock)})


def phone_shown(request: Request, clock: ForwardClock) -> dict[str, object]:
    """Return what the phone's part of the page shows; `pages.speak` was called before."""
    now = clock.now()
    phone = demo.phone(request.services, request.account)
    left = phone.codes[0].seconds_left if phone.codes else 0
    messages = [
        {
            "to": one.to,
            "subject": one.subject if one.channel == EMAIL else gettext("Text message"),
            "body": one.body,
            "at": moments.day_and_clock(one.at, now=now),
        }
        for one in received(settings().mail_path, most=_SHOWN)
        # Mail is read anywhere, texts only on a phone that is there.
        if one.channel == EMAIL or not phone.lost
    ]
    return {
        "now": moments.day_and_clock(now),
        "lost": phone.lost,
        "codes": [
            {"issuer": one.issuer, "label": one.label, "passcode": f"{one.passcode[:3]} {one.passcode[3:]}"}
            for one in phone.codes
        ],
        "seconds_left": left,
        "messages": messages,
    }
