"""What pages show of a code that was sent: what went where and when, how far it got, and when a new one can be sent."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext

from twofold.core.instants import from_micros
from twofold.core.refusals import No
from twofold.ports.outbox import SendState
from twofold.web import moments, pages, words
from twofold.web.kinds.contract import Asked, Sending

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.flows.challenges import ChallengeView
    from twofold.web.kinds.contract import KindWords

LOST: Final = frozenset({SendState.FAILED, SendState.UNDELIVERED})
"""It does not come."""
FAILED: Final = LOST | {SendState.UNCLEAR, SendState.TRIED_AGAIN}
"""It does not come, or may not."""
_COUNTED_DOWN: Final = 120
"""Seconds: a longer wait is told by the clock."""
_A_LITTLE_LONGER: Final = 15
"""Seconds beyond the life of a code in which its page still hears what became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSent:
    """The sentences of a code that is sent, and the context of the parts that send another.

    `watch` is what sent.js is told, as JSON: only where `is_watched` stands in the context.
    """

    where_to_look: str
    became_of: str
    causes: tuple[str, ...]
    watch: str
    context: dict[str, object]


def shown(
    view: ChallengeView,
    kind: KindWords,
    *,
    account_name: str,
    now: datetime,
    has_other_ways: bool,
    more: str = "",
) -> CodeSent:
    """Return what a page says of a challenge, in the words of its kind; `more` stands behind the sentence."""
    resend = _resend(view, now=now)
    can_resend = bool(resend["can"])

    def asked(state: SendState | None) -> Asked:
        return Asked(account_name=account_name, shown=view.shown, sending=_sending(view, state), can_resend=can_resend)

    def sentence(state: SendState | None) -> str:
        advised = advice(state, can_resend=can_resend, has_other_ways=has_other_ways)
        return " ".join(filter(None, (kind.where_to_look(asked(state)), advised, more)))

    is_watched = bool(view.watch) and view.sending is not None
    is_open = is_watched and view.sending not in {*LOST, SendState.DELIVERED}
    return CodeSent(
        where_to_look=sentence(view.sending),
        became_of=kind.became_of(asked(view.sending)),
        causes=tuple(str(one) for one in kind.causes(asked(view.sending))),
        watch=watch(view.watch, {one: sentence(one) for one in SendState}, _seconds(view, now)) if is_watched else "",
        context={
            "sending_failed": view.sending in FAILED,
            "resend": resend,
            "is_watched": is_watched,
            "is_open": is_open,
        },
    )


def watch(path: str, said: dict[SendState, str], seconds: int) -> str:
    """Return what sent.js is told: where to ask, what to say, and for how long."""
    sentences = {state.value: [text, bool(text) and state in FAILED] for state, text in said.items()}
    return json.dumps({"path": path, "said": sentences, "seconds": seconds}, ensure_ascii=False)


def advice(state: SendState | None, *, can_resend: bool, has_other_ways: bool) -> str:
    """Return what to do about a code that does not come, or may not; nothing is named that the page does not offer."""
    match state in LOST, can_resend, has_other_ways:
        case _ if state not in FAILED:
            return ""
        case True, True, True:
            return gettext("Send a new code, or try another way.")
        case True, True, False:
            return gettext("Send a new code.")
        case True, False, True:
            return gettext("Try another way.")
        case False, True, True:
            return gettext("If it does not come, send a new code, or try another way.")
        case False, True, False:
            return gettext("If it does not come, send a new code.")
        case False, False, True:
            return gettext("If it does not come, try another way.")
        case _:
            return ""


def _sending(view: ChallengeView, state: SendState | None) -> Sending | None:
    sent_at = view.shown.get("sent_at")
    return Sending(at=moments.clock(from_micros(sent_at)), state=state) if isinstance(sent_at, int) else None


def _seconds(view: ChallengeView, now: datetime) -> int:
    until = view.shown.get("until")
    return (pages.seconds_until(from_micros(until), now) if isinstance(until, int) else 0) + _A_LITTLE_LONGER


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
