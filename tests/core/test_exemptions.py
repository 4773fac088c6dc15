"""Exemptions: how long, when they are told of, and whose counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from twofold.core.exemptions import LONGEST, Exemption, exemption_of, is_longer, is_possible, told_at
from twofold.core.groups import Extra, Group, Membership
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.core.rules import Rules, default_rules
from twofold.core.weakenings import Weakening, Weaker, weakenings

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ONE, OTHER = GroupId("one"), GroupId("other")


def group(days: int | None, name: str = "Clean room") -> Group:
    until = None if days is None else NOW + days * DAY
    return Group(name=name, extra=Extra(exempt_until=until, exempt_because="" if days is None else "No phones"))


@pytest.mark.parametrize(
    ("until", "is_so"),
    [(NOW - DAY, False), (NOW, False), (NOW + DAY, True), (NOW + LONGEST, True), (NOW + LONGEST + DAY, False)],
)
def test_how_long(until: datetime, is_so: bool) -> None:
    assert is_possible(until, now=NOW) is is_so


@pytest.mark.parametrize(("days", "told"), [(10, [3, 9]), (7, [6]), (3, [2]), (1, []), (0, [])])
def test_told_before_it_ends(days: int, told: list[int]) -> None:
    assert told_at(NOW + days * DAY, now=NOW) == tuple(NOW + one * DAY for one in told)


def test_the_longest_counts_and_groups_are_for_neither_owners_nor_admins() -> None:
    groups = {ONE: group(5), OTHER: group(None, "Other")}
    belongs = (Membership(ONE), Membership(OTHER), Membership(GroupId("gone")))
    own = Exemption(NOW + DAY, "Own")
    theirs = Exemption(NOW + 5 * DAY, "No phones", "Clean room")
    assert exemption_of(None, groups, (), Role.AGENT) is None
    assert exemption_of(own, groups, (), Role.AGENT) == own
    for role in (Role.AGENT, Role.AUDITOR, Role.END_USER):
        assert exemption_of(own, groups, belongs, role) == theirs
        assert exemption_of(None, groups, belongs, role) == theirs
    for role in (Role.OWNER, Role.ADMIN):
        assert exemption_of(own, groups, belongs, role) == own
        assert exemption_of(None, groups, belongs, role) is None


@pytest.mark.parametrize(
    ("before", "after", "is_so"),
    [
        (None, None, False),
        (None, -1, False),
        (None, 0, False),
        (None, 1, True),
        (3, None, False),
        (3, 2, False),
        (3, 3, False),
        (3, 4, True),
        (-3, -2, False),
        (-3, 2, True),
    ],
)
def test_for_longer_than_before(before: int | None, after: int | None, is_so: bool) -> None:
    old, new = (None if days is None else Exemption(NOW + days * DAY, "Why") for days in (before, after))
    assert is_longer(new, old, now=NOW) is is_so


def rules(one: Group | None) -> Rules:
    found = default_rules()
    return found if one is None else Rules(team=found.team, end_users=found.end_users, groups={ONE: one})


@pytest.mark.parametrize(
    ("before", "after", "is_weaker"),
    [
        (None, group(5), True),
        (None, group(None), False),
        (group(None), group(5), True),
        (group(5), group(6), True),
        (group(6), group(5), False),
        (group(5), group(None), False),
        (group(5), None, False),
    ],
)
def test_exempting_a_group_is_a_weakening(
    before: Group | None,
    after: Group | None,
    is_weaker: bool,
) -> None:
    found = weakenings(rules(before), rules(after))
    assert (Weakening(None, Weaker.EXEMPTED, "Clean room") in found) is is_weaker
    assert Rules.from_json(rules(after).to_json()) == rules(after)
