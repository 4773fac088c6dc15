"""Going through everybody, some at a time: read and judged before a transaction, and looked at once more in it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from twofold.core.ids import AccountId
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services


def in_chunks(
    services: Services, account: AccountId, *, behind: str = "", end_users: bool, most: int, groups: bool
) -> Iterator[Sequence[Surveyed]]:
    """Yield people in the order of their ids, `most` at a time, those behind this one: the team, or everybody."""
    while True:
        some = services.reports.walk(account, behind=behind, end_users=end_users, most=most, groups=groups)
        if some:
            yield some
        if len(some) < most:
            return
        behind = some[-1].id


def as_they_are(services: Services, account: AccountId, people: Sequence[Surveyed]) -> Iterator[Surveyed]:
    """Yield those who are still there, under the name and address of this moment: what is mailed goes there alone."""
    names = services.people.names(account, [one.id for one in people])
    for one in people:
        if one.id in names:
            yield replace(one, name=names[one.id].name, email=names[one.id].email)
