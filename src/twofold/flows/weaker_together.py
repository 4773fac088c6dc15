"""Telling of people for whom a saved policy lets weaker kinds count, though no audience or group alone says so.

Before Save they are counted where people are few enough to be judged while somebody waits; after it the worker looks
at everybody, in chunks, and mails owners and admins what it found. See core/together.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.groups import memberships
from twofold.core.json import int_in, list_in, text_in
from twofold.core.roles import audience_of
from twofold.core.together import Together, may_be
from twofold.flows import foresee, later
from twofold.flows.everybody import in_chunks
from twofold.flows.foresee import Named
from twofold.flows.notices import tell_helpers
from twofold.ports.jobs import LOOK_TOGETHER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject, JsonValue
    from twofold.core.rules import Rules
    from twofold.ports.accounts import Account
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services

CHUNK: Final = 500
NAMED_MOST: Final = 20
"""How many people one mail names; of more it says how many there are."""


@dataclass(frozen=True, slots=True)
class Seen:
    """For whom of one chunk it is so, and the last of those looked at where there may be more."""

    found: tuple[Named, ...]
    behind: str


def foreseen(services: Services, account: AccountId, old: Rules, new: Rules) -> tuple[Named, ...]:
    """Return for whom it would be so, all of them; nothing where there are too many people to be judged at once."""
    if not may_be(old, new) or services.reports.count(account, end_users=True) > foresee.MOST_JUDGED:
        return ()
    together = Together(old, new)
    everybody = in_chunks(services, account, end_users=True, most=CHUNK, groups=True)
    return tuple(named for some in everybody for named in _among(some, together, old, new))


def put(
    services: Services, account: Account, old: PolicyVersion, new: PolicyVersion, *, by: str, url: str, now: datetime
) -> None:
    """Put the job that looks through everybody, in the caller's transaction, where anything may be found."""
    if may_be(old.rules, new.rules):
        body: JsonObject = {"number": new.number, "by": by, "url": url, "behind": "", "found": 0, "named": []}
        later.put(services, account.id, LOOK_TOGETHER, body, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Seen | None:  # noqa: ARG001 -- as all
    """Look at one chunk of people; None where a policy is gone. Writes nothing."""
    number = int_in(body, "number")
    old, new = (services.policy.by_number(account.id, one) for one in (number - 1, number))
    if old is None or new is None:
        return None
    some = services.reports.walk(account.id, behind=text_in(body, "behind"), end_users=True, most=CHUNK, groups=True)
    found = tuple(_among(some, Together(old.rules, new.rules), old.rules, new.rules))
    return Seen(found, behind=some[-1].id if len(some) == CHUNK else "")


def tell_part(services: Services, account: Account, body: JsonObject, seen: Seen | None, *, now: datetime) -> None:
    """Put the job for the next chunk; after the last, tell owners and admins. In the caller's transaction."""
    if seen is None:
        return
    named: list[JsonValue] = [*list_in(body, "named"), *(one.name for one in seen.found)][:NAMED_MOST]
    count = int_in(body, "found") + len(seen.found)
    if seen.behind:
        left: JsonObject = {**body, "behind": seen.behind, "found": count, "named": named}
        later.put(services, account.id, LOOK_TOGETHER, left, now=now)
    elif count:
        told: JsonObject = {
            "by": text_in(body, "by"),
            "names": named,
            "more": count - len(named),
            "url": text_in(body, "url"),
        }
        tell_helpers(services, account, "policy_weakened_together", told, now=now)


def _among(some: Sequence[Surveyed], together: Together, old: Rules, new: Rules) -> Iterator[Named]:
    for one in some:
        belonged, belongs = (
            memberships(rules.groups, one.by_hand, email=one.email, role=one.role) for rules in (old, new)
        )
        if together.is_weaker(audience_of(one.role), belonged, belongs, one.own_rule):
            yield Named(id=one.id, name=one.name or one.email)
