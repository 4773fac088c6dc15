"""The stand-in for ports/announced.py."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tests.memory import Memory
    from twofold.core.ids import AccountId, PersonId
    from twofold.ports.announced import Announced, Stopping


@dataclass(frozen=True)
class _Row:
    person_id: PersonId
    told: Announced


class MemoryAnnouncements:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, PersonId], _Row] = memory.table()

    def of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Announced]:
        return {one: self._rows[account, one].told for one in people if (account, one) in self._rows}

    def walk(self, account: AccountId, *, behind: str, most: int) -> Sequence[PersonId]:
        return sorted(one for owner, one in self._rows if owner == account and one > behind)[:most]

    def keep(self, account: AccountId, person: PersonId, told: Announced) -> None:
        self._rows[account, person] = _Row(person, told)

    def drop(self, account: AccountId, person: PersonId) -> None:
        self._rows.pop((account, person), None)


@dataclass(frozen=True)
class _StoppingRow:
    person_id: PersonId
    told: Stopping


class MemoryStoppings:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, PersonId], _StoppingRow] = memory.table()

    def of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Stopping]:
        return {one: self._rows[account, one].told for one in people if (account, one) in self._rows}

    def keep(self, account: AccountId, person: PersonId, told: Stopping) -> None:
        self._rows.pop((account, person), None)
        if told.ways:
            self._rows[account, person] = _StoppingRow(person, told)
