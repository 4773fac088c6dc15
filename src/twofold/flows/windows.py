"""How often something may happen within spans of time, where no answer is judged: calls for help, new passwords."""

from __future__ import annotations

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


def spend(
    services: Services, account: AccountId, lane: str, subject: str, windows: Sequence[Window], *, now: datetime
) -> Refusal | None:
    """Count one more, in the caller's transaction; a refusal says until when no more of them fit."""
    longest = max(window.within for window in windows)
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, lane, subject)
        at = _history(value)
        for window in windows:
            seen = [one for one in at if one > now - window.within]
            if len(seen) >= window.most:
                return Refusal(No.SENT_ENOUGH, at=seen[-window.most] + window.within)
        kept = [to_micros(one) for one in [*at, now] if one > now - longest]
        if services.counters.replace(account, lane, subject, {"at": [*kept]}, version=version):
            return None
    return Refusal(No.BUSY, at=now)


def left(
    services: Services, account: AccountId, lane: str, subject: str, windows: Sequence[Window], *, now: datetime
) -> int:
    """Say how many more fit at present. Writes nothing."""
    value, _ = services.counters.load(account, lane, subject)
    at = _history(value)
    return max(0, min(one.most - sum(1 for when in at if when > now - one.within) for one in windows))


def _history(value: JsonObject) -> list[datetime]:
    return [as_instant(one, "at") for one in list_in(value, "at")] if value else []
