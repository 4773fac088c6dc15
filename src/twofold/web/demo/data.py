"""The demo as data, for scripts: who there is, and what they were sent. Words are English here, whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import JsonResponse
from django.utils import timezone, translation

from twofold.flows import demo
from twofold.settings import settings
from twofold.web import words
from twofold.web.demo.doors import demo as demo_only
from twofold.web.demo.inbox import received
from twofold.web.methods import require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.ports.clock import ForwardClock
    from twofold.web.request import Request


@require_safe
@demo_only
def people(request: Request, clock: ForwardClock) -> HttpResponse:
    """Return a list of everybody: name, email, role, password, state in the one word list, key of an app, number."""
    now = clock.now()
    with translation.override("en"), timezone.override(request.account.time_zone):
        found = [
            {
                "name": one.person.name,
                "email": one.person.email,
                "role": one.person.role.value,
                "password": one.password,
                "state": words.standing_word(one.standing, now=now),
                "key": one.key,
                "number": one.number,
                "recovery_codes": [*one.codes],
            }
            for one in demo.people(request.services, request.account)
        ]
    return JsonResponse(found, safe=False)


@require_safe
@demo_only
def inbox(request: Request, clock: ForwardClock) -> HttpResponse:  # noqa: ARG001 -- what the door hands over
    """Return a list of all messages, newest first: to, channel, subject, body, at (ISO 8601)."""
    found = [
        {"to": one.to, "channel": one.channel, "subject": one.subject, "body": one.body, "at": one.at.isoformat()}
        for one in received(settings().mail_path)
    ]
    return JsonResponse(found, safe=False)
