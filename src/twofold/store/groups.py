"""Hand-made memberships of groups. The port: ports/groups.py, Groups."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.groups import Membership
from twofold.core.ids import GroupId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.store.rows import in_hundreds, many, marks, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId


_OF_PEOPLE: Final = "SELECT person_id, group_id, added_at FROM group_member WHERE account = %s AND person_id IN ("
_REMOVE: Final = "DELETE FROM group_member WHERE account = %s AND group_id = %s AND person_id IN ("


class GroupStore:
    """Memberships."""

    def of_person(self, account: AccountId, person: PersonId) -> tuple[Membership, ...]:
        """Return the groups that a person was put into, in the order of their ids, each with since when."""
        rows = many(
            "SELECT group_id, added_at FROM group_member WHERE account = %s AND person_id = %s", (account, person)
        )
        return tuple(Membership(GroupId(group), from_micros(added_at)) for group, added_at in sorted(rows))

    def of_people(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, tuple[Membership, ...]]:
        """Return the same of several people; those who were put into none are left out."""
        found: dict[PersonId, tuple[Membership, ...]] = {}
        for some in in_hundreds(sorted(set(people))):
            rows = many(_OF_PEOPLE + marks(len(some)) + ")", (account, *some))
            for person, group, added_at in sorted(rows):
                found[person] = (*found.get(person, ()), Membership(GroupId(group), from_micros(added_at)))
        return found

    def add(self, account: AccountId, group: GroupId, people: Sequence[PersonId], *, at: datetime) -> int:
        """Put people into a group and return how many were not in it before."""
        return sum(
            write(
                "INSERT INTO group_member (account, group_id, person_id, added_at) VALUES (%s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (account, group, person, to_micros(at)),
            )
            for person in people
        )

    def remove(self, account: AccountId, group: GroupId, people: Sequence[PersonId]) -> int:
        """Take people out of a group and return how many were in it."""
        if not people:
            return 0
        return write(_REMOVE + marks(len(people)) + ")", (account, group, *people))

    def sizes(self, account: AccountId) -> dict[GroupId, int]:
        """Count the people who were put into each group; groups without any are left out."""
        rows = many("SELECT group_id, COUNT(*) FROM group_member WHERE account = %s GROUP BY group_id", (account,))
        return {GroupId(group): int(count) for group, count in rows}
