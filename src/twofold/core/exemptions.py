"""Exemptions from what is required: for whom, how long at most, and when it is told that one ends."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from twofold.core.groups import Group, Membership
from twofold.core.ids import GroupId
from twofold.core.roles import Role

LONGEST: Final = timedelta(days=366)
"""An exemption without an end in sight is a requirement that nobody wants: it is given anew once a year."""
TOLD_BEFORE: Final = (timedelta(days=7), timedelta(days=1))
"""How long before its end an exemption is told of, to the person and to whoever gave it."""
BY_NAME_ALONE: Final = frozenset({Role.OWNER, Role.ADMIN})
"""Who is exempted by name or not at all: what takes a second helper for one of them must not come with a group."""


@dataclass(frozen=True, slots=True)
class Exemption:
    """Until when somebody is exempt, and why; `group` names whose exemption it is where it is not their own."""

    until: datetime
    because: str
    group: str = ""


def is_possible(until: datetime, *, now: datetime) -> bool:
    """Say whether an exemption may end then."""
    return now < until <= now + LONGEST


def is_longer(after: Exemption | None, before: Exemption | None, *, now: datetime) -> bool:
    """Say whether somebody is exempt for longer than before, from now on."""
    return after is not None and after.until > now and (before is None or before.until < after.until)


def told_at(until: datetime, *, now: datetime) -> tuple[datetime, ...]:
    """Return when it is told that an exemption ends: what lies behind already is left out."""
    return tuple(until - before for before in TOLD_BEFORE if until - before > now)


def exemption_of(
    own: Exemption | None, groups: Mapping[GroupId, Group], belongs_to: Iterable[Membership], role: Role
) -> Exemption | None:
    """Return the exemption that lasts longest: somebody's own, or that of a group; None without any."""
    found = [own] if own is not None else []
    if role not in BY_NAME_ALONE:
        for one in belongs_to:
            group = groups.get(one.group)
            if group is not None and group.extra.exempt_until is not None:
                found.append(Exemption(group.extra.exempt_until, group.extra.exempt_because, group.name))
    return max(found, key=lambda one: one.until, default=None)
