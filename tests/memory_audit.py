"""The audit log in memory."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING

from twofold.core.instants import to_micros
from twofold.ports.audit import EventPage
from twofold.store.cursors import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tests.memory import Memory
    from twofold.core.ids import AccountId, PersonId
    from twofold.ports.audit import Event, Wanted


class MemoryAudit:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, str], Event] = memory.table()
        self._horizons: dict[tuple[AccountId, str], datetime] = memory.table()

    def record(self, account: AccountId, event: Event) -> None:
        self._rows[account, event.id] = copy.deepcopy(event)

    def of_person(self, account: AccountId, person: PersonId, *, most: int = 50) -> Sequence[Event]:
        return [one for one in self.all(account) if one.person_id == person][:most]

    def newest_of(self, account: AccountId, people: Iterable[PersonId], *, kind: str = "") -> Mapping[PersonId, Event]:
        wanted = set(people)
        mine = [one for one in self.all(account) if one.person_id in wanted and kind in {"", one.kind}]
        return {one.person_id: one for one in reversed(mine) if one.person_id is not None}

    def search(self, account: AccountId, wanted: Wanted, *, before: str = "", most: int = 50) -> EventPage:
        found = [one for one in self.all(account) if _fits(one, wanted)]
        place = unpack(before, 2)
        if place is not None and place[0].isdecimal():
            found = [one for one in found if (to_micros(one.at), one.id) < (int(place[0]), place[1])]
        shown = found[:most]
        older = pack(str(to_micros(shown[-1].at)), shown[-1].id) if len(found) > most else ""
        return EventPage(events=tuple(shown), older=older)

    def chunk(
        self, account: AccountId, wanted: Wanted, *, after: str = "", most: int = 1000
    ) -> tuple[Sequence[Event], str]:
        return [one for one in reversed(self.all(account)) if _fits(one, wanted)], ""

    def ends(self, account: AccountId) -> tuple[datetime, datetime] | None:
        found = self.all(account)
        return (found[-1].at, found[0].at) if found else None

    def horizon(self, account: AccountId) -> datetime | None:
        return self._horizons.get((account, "before"))

    def set_horizon(self, account: AccountId, before: datetime) -> bool:
        self._horizons[account, "before"] = before
        return True

    def forget(self, account: AccountId, *, at: datetime, most: int) -> int | None:
        before = self.horizon(account)
        old = [one for one in self.all(account) if before is not None and one.at < before]
        for one in old:
            del self._rows[account, one.id]
        return len(old) or None

    def all(self, account: AccountId) -> list[Event]:
        """Return every event, newest first: for tests that look at the whole log."""
        found = [one for (owner, _), one in self._rows.items() if owner == account]
        return sorted(found, key=lambda one: (one.at, one.id), reverse=True)


def _fits(event: Event, wanted: Wanted) -> bool:
    return (
        wanted.person in {None, event.person_id}
        and wanted.actor in {None, event.actor_id}
        and wanted.kind in {"", event.kind}
        and wanted.address in {"", event.address}
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )
