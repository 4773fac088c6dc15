"""The stand-in for ports/groups.py."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.groups import Membership

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tests.memory import Memory
    from twofold.core.ids import AccountId, GroupId, PersonId


@dataclass(frozen=True)
class _Member:
    person_id: PersonId
    at: datetime


class MemoryGroups:
    def __init__(self, memory: Memory) -> None:
        self.rows: dict[tuple[AccountId, GroupId, PersonId], _Member] = memory.table()

    def of_person(self, account: AccountId, person: PersonId) -> tuple[Membership, ...]:
        return tuple(
            Membership(group, self.rows[key].at)
            for key in sorted(self.rows)
            for owner, group, member in [key]
            if (owner, member) == (account, person)
        )

    def of_people(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, tuple[Membership, ...]]:
        found = {person: self.of_person(account, person) for person in people}
        return {person: put for person, put in found.items() if put}

    def add(self, account: AccountId, group: GroupId, people: Sequence[PersonId], *, at: datetime) -> int:
        new = [person for person in dict.fromkeys(people) if (account, group, person) not in self.rows]
        self.rows.update({(account, group, person): _Member(person, at) for person in new})
        return len(new)

    def remove(self, account: AccountId, group: GroupId, people: Sequence[PersonId]) -> int:
        return sum(self.rows.pop((account, group, person), None) is not None for person in set(people))

    def sizes(self, account: AccountId) -> dict[GroupId, int]:
        return dict(Counter(group for owner, group, _ in self.rows if owner == account))
