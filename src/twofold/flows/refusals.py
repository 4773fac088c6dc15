"""Recording what a stranger causes, thinned out alike on every branch: the log cannot be made to grow without limit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core import thinning
from twofold.core.thinning import Seen
from twofold.core.throttle import address_key
from twofold.flows.journal import record
from twofold.flows.tries import ROUNDS

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services

LANE: Final = "strangers"
"""Where they are counted: for the account, and for each network address."""
LEFT_OUT: Final = "left_out"
"""In the detail of a recorded event: how many like it were left out before it."""
_ALL: Final = "all"


def record_thinned(
    services: Services,
    visit: Visit,
    kind: str,
    *,
    now: datetime,
    person: PersonId | None,
    detail: JsonObject | None = None,
) -> None:
    """Append an event of somebody not yet believed, or count that it was left out. In the caller's transaction.

    Counted and decided by number and network address alone: nothing here differs by whether there is such a person.
    """
    account, limits = visit.account.id, services.numbers.thinning
    is_first, _ = _count(services, account, address_key(visit.address), limits.of_address, now=now)
    # The account's row comes last with everybody, so that two who write both never wait for each other.
    recorded, left_out = _count(services, account, _ALL, limits.of_account, counts=is_first, now=now)
    if recorded:
        more: JsonObject = {LEFT_OUT: left_out} if left_out else {}
        record(services, visit, kind, now=now, person=person, detail={**(detail or {}), **more})


def _count(
    services: Services, account: AccountId, place: str, most: int, *, counts: bool = True, now: datetime
) -> tuple[bool, int]:
    """Count one more in a place; return whether it is recorded, and how many were left out there before it.

    `counts`: False for what was left out already: that is noted, by the same queries, and takes nobody's place.
    """
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, LANE, place)
        before = Seen.from_json(value) if value else None
        seen = thinning.one_more(before, now=now)
        recorded = counts and thinning.is_recorded(seen, most)
        after = thinning.after(seen, recorded=recorded) if counts else thinning.left_out_elsewhere(before, now=now)
        if services.counters.replace(account, LANE, place, after.to_json(), version=version):
            return recorded, seen.left_out
    # Others were faster every time: better one too many than one that nobody reads of.
    return counts, 0
