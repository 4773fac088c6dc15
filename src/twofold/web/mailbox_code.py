"""What pages show of the code that proves a mailbox: where it went, how far it got, and when a new one can be sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from twofold.ports.outbox import SendState
from twofold.web import moments, pages

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.refusals import Refusal
    from twofold.flows.mailbox import MailboxView

_AN_HOUR: Final = 3600


def shown(box: MailboxView, *, now: datetime) -> dict[str, object]:
    """Return the context of a page that asks for the mailed code."""
    return {
        "sent_to": box.email,
        "sent_at": moments.clock(box.sent_at) if box.sent_at else "",
        "handed_over": box.sending is SendState.HANDED_OVER,
        "failed": box.sending in {SendState.FAILED, SendState.UNCLEAR},
        "cannot_send": not box.can_send,
        "resend": resend(pages.seconds_until(box.resend_at, now), is_first=box.sent_at is None),
    }


def resend(wait: int, *, is_first: bool = False) -> dict[str, object]:
    """Return the context of partials/resend.html, given for how many seconds no code can be sent."""
    # A wait of more than an hour is the cap of the day.
    is_capped = wait > _AN_HOUR
    return {
        "first": is_first,
        "can": not is_capped,
        "wait": 0 if is_capped else wait,
        "line": gettext("No more codes can be sent today.") if is_capped else "",
    }


def not_yet(because: Refusal, *, now: datetime) -> dict[str, str]:
    """Return why no code was sent, for the page's errors."""
    until = moments.soon(because.at, now=now) if because.at else ""
    return {"page": gettext("The next code can be sent at %(until)s.") % {"until": until}}
