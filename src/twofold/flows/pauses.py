"""Pauses of set-up that last: whose, until when, and who began each and why."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING, Final

from twofold.core.ids import GroupId
from twofold.core.roles import Audience

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.rules import Rules
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.services import Services

LOOKED_AT: Final = 50
"""Versions of the policy that are gone through for the one with which a pause began: a pause lasts a day at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Somebody's set-up is paused until then: of an audience, or of the group of this id and name.

    `by` ("": somebody who is gone, or it is not known any more) began it then, because of this.
    """

    whose: str
    name: str
    until: datetime
    by: str = ""
    since: datetime | None = None
    because: str = ""


def look(services: Services, account: AccountId, rules: Rules, *, now: datetime) -> tuple[Pause, ...]:
    """Return the pauses that last. Writes nothing."""
    found = [(one.value, "") for one in Audience] + [(group_id, group.name) for group_id, group in rules.groups.items()]
    lasting = [
        (whose, name, until) for whose, name in found if (until := _until(rules, whose)) is not None and now < until
    ]
    if not lasting:
        return ()
    versions = services.policy.history(account, most=LOOKED_AT)
    begun = {whose: _begun(versions, whose, until) for whose, _, until in lasting}
    people = {one.saved_by for one in begun.values() if one is not None and one.saved_by is not None}
    names = services.people.names(account, sorted(people))
    pauses = []
    for whose, name, until in lasting:
        version = begun[whose]
        by = names.get(version.saved_by) if version is not None and version.saved_by is not None else None
        pauses.append(
            Pause(
                whose=whose,
                name=name,
                until=until,
                by=(by.name or by.email) if by else "",
                since=version.saved_at if version else None,
                because=version.because if version else "",
            )
        )
    return tuple(pauses)


def _begun(versions: Sequence[PolicyVersion], whose: str, until: datetime) -> PolicyVersion | None:
    """Return the version with which this pause began: the oldest of the newest ones that all have it."""
    having = [*takewhile(lambda one: _until(one.rules, whose) == until, versions)]
    # Where all that were looked at have it, it began before.
    return having[-1] if having and len(having) < LOOKED_AT else None


def _until(rules: Rules, whose: str) -> datetime | None:
    if whose in set(Audience):
        return rules.for_(Audience(whose)).paused_until
    group = rules.groups.get(GroupId(whose))
    return group.extra.paused_until if group else None
