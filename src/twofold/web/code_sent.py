"""What pages show of a code that was sent: what went where and when, how far it got, and when a new one can be sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.instants import from_micros
from twofold.core.refusals import No
from twofold.ports.outbox import SendState
from twofold.web import moments, pages, words
from twofold.web.kinds.contract import Asked, Sending

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.flows.challenges import ChallengeView
    from twofold.web.kinds.contract import KindWords

_FAILED: Final = frozenset({SendState.FAILED, SendState.UNCLEAR, SendState.UNDELIVERED})
_COUNTED_DOWN: Final = 120
"""Seconds: a longer wait is told by the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent:
    """The two sentences of a code that is sent, and the context of the parts that send another."""

    where_to_look: str
    became_of: str
    context: dict[str, object]


def shown(view: ChallengeView, kind: KindWords, *, account_name: str, now: datetime) -> CodeSent:
    """Return what a page says of a challenge, in the words of its kind."""
    asked = Asked(account_name=account_name, shown=view.shown, sending=_sending(view))
    return CodeSent(
        where_to_look=kind.where_to_look(asked),
        became_of=kind.became_of(asked),
        context={"sending_failed": view.sending in _FAILED, "resend": _resend(view, now=now)},
    )


def _sending(view: ChallengeView) -> Sending | None:
    sent_at = view.shown.get("sent_at")
    return Sending(at=moments.clock(from_micros(sent_at)), state=view.sending) if isinstance(sent_at, int) else None


def _resend(view: ChallengeView, *, now: datetime) -> dict[str, object]:
    barred = view.again
    seconds = pages.seconds_until(barred.at, now) if barred and barred.at else 0
    is_soon = barred is not None and barred.no is No.TOO_SOON and seconds <= _COUNTED_DOWN
    return {
        "first": not view.shown,
        "can": barred is None or is_soon,
        "wait": seconds if is_soon else 0,
        "line": words.refusal(barred, now=now) if barred and not is_soon else "",
    }
