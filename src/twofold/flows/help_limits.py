"""How often things around help may happen: calls of one person, mails about calls, acts of an agent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.core.json import as_instant, list_in
from twofold.core.refusals import No, Refusal
from twofold.core.roles import AGENT_HELPS_A_DAY
from twofold.flows.tries import ROUNDS

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True)
class Often:
    """So many within a span, over several spans, kept under a stored name."""

    lane: str
    windows: tuple[tuple[int, timedelta], ...]


_DAY: Final = timedelta(days=1)
CALLS: Final = Often("help_calls", ((3, timedelta(hours=1)), (6, _DAY)))
"""Of one person."""
CALL_MAILS: Final = Often("help_call_mails", ((20, timedelta(hours=1)),))
"""Of one account: whoever has many passwords must not fill the helpers' mailboxes."""
AGENTS_ACTS: Final = Often("agent_helps", ((AGENT_HELPS_A_DAY, _DAY),))
"""Of one agent."""


def spend(services: Services, account: AccountId, often: Often, subject: str, *, now: datetime) -> Refusal | None:
    """Count one more, in the caller's transaction; a refusal says until when no more of them fit.

    The subject has a suffix, so that ending somebody's wait for codes does not forget these counts as well.
    """
    key = f"{subject}.help"
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, often.lane, key)
        at = _history(value)
        for most, within in often.windows:
            seen = [one for one in at if one > now - within]
            if len(seen) >= most:
                return Refusal(No.SENT_ENOUGH, at=seen[-most] + within)
        longest = max(within for _, within in often.windows)
        kept = [to_micros(one) for one in [*at, now] if one > now - longest]
        if services.counters.replace(account, often.lane, key, {"at": [*kept]}, version=version):
            return None
    return Refusal(No.BUSY, at=now)


def left(services: Services, account: AccountId, often: Often, subject: str, *, now: datetime) -> int:
    """Say how many more fit at present. Writes nothing."""
    value, _ = services.counters.load(account, often.lane, f"{subject}.help")
    at = _history(value)
    return max(0, min(most - sum(1 for one in at if one > now - within) for most, within in often.windows))


def _history(value: JsonObject) -> list[datetime]:
    return [as_instant(one, "at") for one in list_in(value, "at")] if value else []
