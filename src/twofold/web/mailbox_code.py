"""What pages show of the code that proves a mailbox: where it went, how far it got, and when a new one can be sent."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from twofold.core.refusals import No
from twofold.ports.outbox import SendState
from twofold.web import code_sent, moments, pages, words

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.refusals import Refusal
    from twofold.flows.mailbox import MailboxView

_AN_HOUR: Final = 3600
_HEARS_FOR: Final = timedelta(minutes=10)
"""As long as a mailed code can live at most."""


def shown(box: MailboxView, *, now: datetime) -> dict[str, object]:
    """Return the context of a page that asks for the mailed code."""
    enough = box.again if box.again is not None and box.again.no is No.SENT_ENOUGH else None
    can_resend = enough is None
    is_watched = bool(box.watch) and box.sending is not None
    left = pages.seconds_until(box.sent_at + _HEARS_FOR, now) if box.sent_at else 0
    said = {state: _became(state, can_resend=can_resend) for state in SendState}
    return {
        "sent_to": box.email,
        "sent_at": moments.clock(box.sent_at) if box.sent_at else "",
        "handed_over": box.sending is SendState.HANDED_OVER,
        "failed": box.sending in {SendState.FAILED, SendState.UNCLEAR},
        "became": _became(box.sending, can_resend=can_resend),
        "is_watched": is_watched,
        "watch": code_sent.watch(box.watch, said, left) if is_watched else "",
        "cannot_send": not box.can_send,
        "resend": resend(pages.seconds_until(box.resend_at, now), is_first=box.sent_at is None)
        if enough is None
        else {"first": box.sent_at is None, "can": False, "wait": 0, "line": words.refusal(enough, now=now)},
    }


def _became(state: SendState | None, *, can_resend: bool) -> str:
    """Return what a page says of a mail that did not leave, or may not have; "" of one that is on its way."""
    if state is SendState.FAILED:
        sentence = gettext("That mail could not be sent.")
    elif state is SendState.TRIED_AGAIN:
        sentence = gettext("That mail could not be sent yet. We are trying again.")
    elif state is SendState.UNCLEAR:
        sentence = gettext("We do not know whether that mail was sent.")
    else:
        return ""
    advised = code_sent.advice(state, can_resend=can_resend, has_other_ways=False)
    return f"{sentence} {advised}".rstrip()


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
