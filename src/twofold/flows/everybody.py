"""Going through everybody, some at a time: read and judged before a transaction, and looked at once more in it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.flows import later
from twofold.flows.person_change import alone_with

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.announced import Announced, Stopping
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Whom of some people to tell, as policy number `policy` has it; `behind` is their last where more may come.

    `known` is what they had been told of a second factor that is coming, where the telling is about that; `told` what
    they had been told of ways that count no more, where it is about those.
    """

    policy: int
    people: tuple[Surveyed, ...]
    behind: str
    known: Mapping[PersonId, Announced] | None = None
    told: Mapping[PersonId, Stopping] | None = None


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


def tell_chunk(
    services: Services,
    account: Account,
    job: tuple[str, JsonObject],
    chunk: Chunk,
    tell_one: Callable[[Surveyed], None],
    *,
    now: datetime,
) -> bool:
    """Tell each of a chunk and put the job for the next, in the caller's transaction; `job` is the kind and the body.

    False where another policy judges them otherwise by now, or one of them was told something else meanwhile: nobody is
    told, and this chunk is looked at once more.
    """
    kind, body = job
    if chunk.known is not None or chunk.told is not None:
        # What they are told is kept beside it, and whoever writes it otherwise is alone with them as well.
        alone_with(services, account.id, *(one.id for one in chunk.people))
    if services.policy.current(account.id).number != chunk.policy or not _is_known(services, account, chunk):
        later.put(services, account.id, kind, body, now=now)
        return False
    for one in as_they_are(services, account.id, chunk.people):
        tell_one(one)
    if chunk.behind:
        later.put(services, account.id, kind, {**body, "after": chunk.behind}, now=now)
    return True


def _is_known(services: Services, account: Account, chunk: Chunk) -> bool:
    """Say whether the people of a chunk have been told nothing since it was looked at."""
    people = [one.id for one in chunk.people]
    if chunk.told is not None and services.stopping.of(account.id, people) != chunk.told:
        return False
    return chunk.known is None or services.announced.of(account.id, people) == chunk.known
