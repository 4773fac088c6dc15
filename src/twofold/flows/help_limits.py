"""How often things around help may happen: calls of one person, mails about calls, acts of an agent."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from twofold.core.instants import to_micros
from twofold.core.json import as_instant, list_in
from twofold.core.refusals import No, Refusal
from twofold.flows.tries import ROUNDS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.core.throttle import Window
    from twofold.ports.services import Services


class Counted(Enum):
    """What is counted; stored, never renamed."""

    CALLS = "help_calls"
    """Of one person."""
    CALL_MAILS = "help_call_mails"
    """Of one audience of an account: whoever has many passwords must not fill the helpers' mailboxes."""
    AGENT = "agent_helps"
    """Of one agent."""


def spend(services: Services, account: AccountId, what: Counted, subject: str, *, now: datetime) -> Refusal | None:
    """Count one more, in the caller's transaction; a refusal says until when no more of them fit.

    The subject has a suffix, so that ending somebody's wait for codes does not forget these counts as well.
    """
    windows = _windows(services, what)
    longest = max(window.within for window in windows)
    key = f"{subject}.help"
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, what.value, key)
        at = _history(value)
        for window in windows:
            seen = [one for one in at if one > now - window.within]
            if len(seen) >= window.most:
                return Refusal(No.SENT_ENOUGH, at=seen[-window.most] + window.within)
        kept = [to_micros(one) for one in [*at, now] if one > now - longest]
        if services.counters.replace(account, what.value, key, {"at": [*kept]}, version=version):
            return None
    return Refusal(No.BUSY, at=now)


def left(services: Services, account: AccountId, what: Counted, subject: str, *, now: datetime) -> int:
    """Say how many more fit at present. Writes nothing."""
    value, _ = services.counters.load(account, what.value, f"{subject}.help")
    at = _history(value)
    rooms = [one.most - sum(1 for when in at if when > now - one.within) for one in _windows(services, what)]
    return max(0, min(rooms))


def _windows(services: Services, what: Counted) -> Sequence[Window]:
    limits = services.numbers.helping
    return {Counted.CALLS: limits.calls, Counted.CALL_MAILS: limits.call_mails, Counted.AGENT: limits.agents}[what]


def _history(value: JsonObject) -> list[datetime]:
    return [as_instant(one, "at") for one in list_in(value, "at")] if value else []
