"""Who was put into a group by hand; what groups are called and want stands in the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.groups import Membership
    from twofold.core.ids import AccountId, GroupId, PersonId


class Groups(Protocol):
    """Where hand-made memberships are kept. Those by role or email domain need no rows; `People.page` lists members."""

    def of_person(self, account: AccountId, person: PersonId) -> tuple[Membership, ...]:
        """Return the groups that a person was put into, in the order of their ids, each with since when."""

    def of_people(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, tuple[Membership, ...]]:
        """Return the same of several people; those who were put into none are left out."""

    def add(self, account: AccountId, group: GroupId, people: Sequence[PersonId], *, at: datetime) -> int:
        """Put people into a group and return how many were not in it before."""

    def remove(self, account: AccountId, group: GroupId, people: Sequence[PersonId]) -> int:
        """Take people out of a group and return how many were in it."""

    def sizes(self, account: AccountId) -> dict[GroupId, int]:
        """Count the people who were put into each group; groups without any are left out."""
