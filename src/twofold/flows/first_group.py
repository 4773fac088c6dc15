"""Requiring something of one group before everybody: which group could begin, and how far those are that have begun."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.roles import Audience
from twofold.flows import counts, shut_out
from twofold.ports.roll_out import Members

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.groups import Group
    from twofold.core.ids import AccountId, GroupId
    from twofold.core.rules import Rules
    from twofold.core.wanted import Requirement
    from twofold.ports.roll_out import Tally
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A group that something is required of, with its counts."""

    id: GroupId
    name: str
    required: Requirement
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstGroup:
    """`begun` are groups ahead of everybody, `may_begin` the others, `not_yet` the audiences nothing is required of.

    Once something is required of both audiences there is no first group any more.
    """

    begun: tuple[Begun, ...]
    may_begin: tuple[tuple[GroupId, Group], ...]
    not_yet: tuple[Audience, ...]


def look(
    services: Services, account: AccountId, rules: Rules, *, now: datetime, large: frozenset[Audience]
) -> FirstGroup:
    """Return how far the first groups are. Writes nothing."""
    not_yet = tuple(one for one in Audience if rules.for_(one).required is None)
    groups = rules.groups.items() if not_yet else ()
    return FirstGroup(
        begun=tuple(
            Begun(
                id=group_id,
                name=group.name,
                required=group.extra.required,
                tally=_tally(services, account, Members(id=group_id, group=group), rules, now=now, large=large),
            )
            for group_id, group in groups
            if group.extra.required is not None
        ),
        may_begin=tuple((group_id, group) for group_id, group in groups if group.extra.required is None),
        not_yet=not_yet,
    )


def _tally(
    services: Services, account: AccountId, whose: Members, rules: Rules, *, now: datetime, large: frozenset[Audience]
) -> Tally:
    """Count a group, without those who are shut out among those who have a second factor."""
    out = shut_out.of(services, account, whose, rules, now=now, is_large=bool(large))
    return out.left_out_of(counts.tally(services, account, whose, now=now, large=large))
