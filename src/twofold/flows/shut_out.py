"""Whoever is asked and holds nothing that counts any more, nor opens set-up: how many they are, and the first of them.

Those who may be are found by what they hold; the gate's own rules say of each whether they are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.json import as_text, int_in, list_in, object_in
from twofold.core.possible import kinds_that_are_over
from twofold.core.roles import Audience, audience_of
from twofold.flows import alone, counts, foresee
from twofold.flows.report_lines import Judge

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.flows.alone import Alone
    from twofold.flows.foresee import Foreseen
    from twofold.ports.reports import Surveyed
    from twofold.ports.roll_out import Members, Tally
    from twofold.ports.services import Services

JUDGED_MOST: Final = 2000
"""Of whom it is asked while somebody waits: some 80 ms."""
NAMED_MOST: Final = 50
KEPT_MOST: Final = 2000
"""Whom the worker keeps of a large audience: no page walks one, so that the list of them ends there."""
READ_AT_ONCE: Final = 500
_OF_KEPT_AT_ONCE: Final = 100
"""Nearly all of those are shut out still, and a page has 50."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """Who is out among some who may be; `last` is the last of those, and `are_more` may be behind them."""

    out: tuple[Surveyed, ...]
    looked_at: int
    last: PersonId
    are_more: bool


@dataclass(frozen=True, slots=True)
class ShutOut:
    """How many they are, and the first KEPT_MOST of them at most.

    `are_more`: so many may be that not all were looked at.
    """

    number: int = 0
    first: tuple[PersonId, ...] = ()
    are_more: bool = False

    @property
    def is_cut(self) -> bool:
        """Say whether there are more than the first of them."""
        return self.number > len(self.first)

    def plus(self, other: ShutOut) -> ShutOut:
        """Add others."""
        first = self.first if self.is_cut else (*self.first, *other.first)[:KEPT_MOST]
        return ShutOut(self.number + other.number, first, self.are_more or other.are_more)

    def left_out_of(self, tally: Tally) -> Tally:
        """Return the counts without these among those who have a second factor."""
        return replace(tally, set_up=max(tally.set_up - self.number, 0))

    def to_json(self) -> JsonObject:
        """Return this as JSON."""
        return {"number": self.number, "first": [*self.first]}

    @classmethod
    def from_json(cls, value: JsonObject) -> ShutOut:
        """Read what `to_json` wrote."""
        first = tuple(PersonId(as_text(one, "first")) for one in list_in(value, "first"))
        return cls(int_in(value, "number"), first)


def of(
    services: Services, account: AccountId, whose: Audience | Members, rules: Rules, *, now: datetime, is_large: bool
) -> ShutOut:
    """Count those of an audience or a group; of a large account they are those whom the worker counted last."""
    if not is_large:
        return among(services, account, whose, rules, now=now, most=JUDGED_MOST)
    kept = counts.kept_of(services, account, whose)
    return ShutOut.from_json(object_in(kept, "shut_out")) if "shut_out" in kept else ShutOut()


def of_alone(
    services: Services, account: AccountId, audience: Audience, rules: Rules, *, now: datetime, number: int
) -> Alone:
    """Count those who have a requirement of their own, and how many are shut out of them; `number` of all are."""
    found = alone.look(services, account, audience, now=now)
    if not number or not found.tally.set_up:
        return found
    judge, out, behind = Judge(rules, services.factors, now=now), 0, ""
    for _ in range(JUDGED_MOST // READ_AT_ONCE):
        ids = services.roll_out.alone(account, audience, behind=behind, most=READ_AT_ONCE)
        out += len(_out(services.reports.these(account, ids, groups=bool(rules.groups)), judge))
        if len(ids) < READ_AT_ONCE:
            break
        behind = ids[-1]
    return replace(found, shut_out=out)


def seen(services: Services, account: AccountId, rules: Rules, *, now: datetime) -> tuple[Foreseen, ...]:
    """Return the audiences from counts of facts, and how many of those who hold something are shut out."""
    large = counts.which_are_large(services, account)
    found = []
    for one in foresee.from_tallies(services, account, rules, now=now):
        out = of(services, account, Audience(one.part), rules, now=now, is_large=one.part in large)
        found.append(replace(one, shut_out=out.number))
    return tuple(found)


def of_everybody(services: Services, account: AccountId, rules: Rules, *, now: datetime) -> ShutOut:
    """Count all of them."""
    large = counts.which_are_large(services, account)
    team, end_users = (of(services, account, one, rules, now=now, is_large=one in large) for one in Audience)
    return team.plus(end_users)


def among(
    services: Services,
    account: AccountId,
    whose: Audience | Members,
    rules: Rules,
    *,
    now: datetime,
    behind: str = "",
    up_to: str = "",
    most: int | None = None,
) -> ShutOut:
    """Count those behind one person and up to another; of `most` who may be, or some more."""
    found: list[PersonId] = []
    looked_at = 0
    for some in walk(services, account, whose, rules, now=now, behind=behind, up_to=up_to):
        found += [one.id for one in some.out]
        looked_at += some.looked_at
        if most is not None and looked_at >= most:
            return ShutOut(len(found), tuple(found[:KEPT_MOST]), are_more=some.are_more)
    return ShutOut(len(found), tuple(found[:KEPT_MOST]))


def listed(
    services: Services,
    account: AccountId,
    audience: Audience,
    rules: Rules,
    *,
    now: datetime,
    behind: str,
    kept: ShutOut | None,
) -> Iterator[Looked]:
    """Yield those of an audience for a list; of a large one those alone whom the worker `kept`, judged anew."""
    if kept is None:
        yield from walk(services, account, audience, rules, now=now, behind=behind)
        return
    judge = Judge(rules, services.factors, now=now)
    ids = [one for one in kept.first if one > behind]
    for start in range(0, len(ids), _OF_KEPT_AT_ONCE):
        some = ids[start : start + _OF_KEPT_AT_ONCE]
        people = services.reports.these(account, some, groups=bool(rules.groups))
        # Since it was counted, somebody may have come to belong to the other one.
        out = tuple(one for one in _out(people, judge) if audience_of(one.role) is audience)
        yield Looked(out=out, looked_at=len(people), last=some[-1], are_more=some[-1] != ids[-1])


def walk(
    services: Services,
    account: AccountId,
    whose: Audience | Members,
    rules: Rules,
    *,
    now: datetime,
    behind: str = "",
    up_to: str = "",
) -> Iterator[Looked]:
    """Yield those who are out, READ_AT_ONCE who may be at a time, in the order of their ids."""
    kinds = kinds_that_are_over(rules, {kind: one.traits for kind, one in services.factors.items()}, now=now)
    judge = Judge(rules, services.factors, now=now)
    while True:
        ids = services.roll_out.hold_only(account, whose, kinds, behind=behind, up_to=up_to, most=READ_AT_ONCE)
        if not ids:
            return
        people = services.reports.these(account, ids, groups=bool(rules.groups))
        yield Looked(out=_out(people, judge), looked_at=len(ids), last=ids[-1], are_more=len(ids) == READ_AT_ONCE)
        if len(ids) < READ_AT_ONCE:
            return
        behind = ids[-1]


def _out(people: Sequence[Surveyed], judge: Judge) -> tuple[Surveyed, ...]:
    return tuple(one for one in people if one.suspended_at is None and judge.situation(one).standing.shut_out)
