"""Beginning with a first group: chosen on the roll-out page, saved on the group's own, then asked of everybody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from twofold.core.groups import Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.flows import counts

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

PAGE = "/admin/roll-out"
POLICY = "/admin/account/security/advanced/authentication"
GROUP = GroupId("0123456789abcdefghjkmnpqrs")
OTHER = GroupId("1123456789abcdefghjkmnpqrs")


@pytest.fixture
def as_owner(desk: Desk) -> Browser:
    return desk.sign_in(desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True))


@pytest.fixture
def night(desk: Desk) -> None:
    """Make a group of whoever has an address of night.example, by hand or not."""
    desk.rules(lambda rules: replace(rules, groups={GROUP: Group(name="Night", domains=frozenset({"night.example"}))}))


def start(as_owner: Browser, **fields: str) -> None:
    as_owner.get(PAGE)
    as_owner.submit({"group": GROUP, **fields}, having="first", press="first=1")


@pytest.mark.usefixtures("night")
def test_a_group_is_chosen_its_rule_filled_in_and_saved_there(desk: Desk, as_owner: Browser) -> None:
    start(as_owner, first_starts_at="2026-06-01T08:00", first_grace_days="3")

    assert as_owner.page.path == f"/admin/people/groups/{GROUP}/rule"
    assert "This is not saved yet." in as_owner.page.text
    assert desk.services.policy.current(desk.account.id).rules.groups[GROUP].extra.required is None

    as_owner.submit(press="go=save", having="group_require")
    group = desk.services.policy.current(desk.account.id).rules.groups[GROUP]
    assert (group.name, group.domains) == ("Night", frozenset({"night.example"}))
    assert group.extra.required is not None
    assert group.extra.required.starts_at.isoformat() == "2026-06-01T07:00:00+00:00"
    assert group.extra.required.grace_for.days == 3


@pytest.mark.usefixtures("night")
def test_how_far_it_is_stands_beside_the_step_to_everybody(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@night.example", app=True)
    desk.add("bob@night.example")
    desk.add("gone@night.example", suspended_at=desk.clock.now())
    by_hand = desk.add("cy@acme.example")
    desk.services.groups.add(desk.account.id, GROUP, [by_hand.id], at=desk.clock.now())
    start(as_owner, first_grace_days="3")
    as_owner.submit(press="go=save", having="group_require")

    shown = as_owner.get(PAGE)
    assert "1 of 3 people has a second factor. Required since" in shown.text
    as_owner.click("Now all team members")

    assert "This is not saved yet." in as_owner.page.text
    assert desk.services.policy.current(desk.account.id).rules.team.required is None
    as_owner.submit(press="go=save", having="require_team_members")
    rules = desk.services.policy.current(desk.account.id).rules
    assert rules.team.required is not None
    assert rules.team.required.grace_for.days == 3
    assert rules.end_users.required is None

    as_owner.get(PAGE)
    as_owner.click("Now all end users")
    as_owner.submit(press="go=save", having="require_team_members")
    rules = desk.services.policy.current(desk.account.id).rules
    assert rules.team.required is not None, "what is required already stays"
    assert rules.end_users.required is not None
    assert "A first group" not in as_owner.get(PAGE).text


def test_nothing_leads_to_the_step_once_it_is_gone(desk: Desk, as_owner: Browser) -> None:
    assert "Begin with one group" in as_owner.get(POLICY).text
    desk.require()
    assert "Begin with one group" in as_owner.get(POLICY).text, "end users may begin with one"
    assert 'id="first-group"' in as_owner.get(PAGE).html
    desk.require(end_users=True)
    assert "Begin with one group" not in as_owner.get(POLICY).text
    assert 'id="first-group"' not in as_owner.get(PAGE).html


def test_without_a_group_one_is_added_first(as_owner: Browser) -> None:
    as_owner.get(PAGE)
    as_owner.click("Add a group first")
    assert as_owner.page.path == "/admin/people/groups/add"


@pytest.mark.usefixtures("night")
@pytest.mark.parametrize("typed", ["-1", "400", "x"])
def test_what_is_wrong_is_told_and_nothing_is_lost(as_owner: Browser, typed: str) -> None:
    start(as_owner, first_starts_at="2026-06-01T08:00", first_grace_days=typed)
    assert as_owner.page.path == PAGE
    assert "Type a whole number from 0 to 365." in as_owner.page.text
    assert 'value="2026-06-01T08:00"' in as_owner.page.html


@pytest.mark.usefixtures("night")
def test_a_day_that_is_over_is_told_on_the_page_of_the_rule(as_owner: Browser) -> None:
    start(as_owner, first_starts_at="2020-06-01T08:00")
    assert "Choose a day and time that is still to come." in as_owner.page.text


@pytest.mark.usefixtures("night")
def test_of_very_many_people_the_worker_counts_the_group(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "AT_ONCE", 2)
    for number in range(5):
        desk.add(f"n{number}@night.example", app=number < 2)
    start(as_owner)
    as_owner.submit(press="go=save", having="group_require")
    counts.begin_where_due(desk.services, desk.account.id)
    desk.mails()
    desk.add("late@night.example")
    assert "2 of 5 people have a second factor. Required since" in as_owner.get(PAGE).text


def test_auditors_see_how_far_and_no_step(desk: Desk, as_owner: Browser, night: None) -> None:
    del night
    start(as_owner)
    as_owner.submit(press="go=save", having="group_require")
    shown = desk.sign_in(desk.add("ed@acme.example", Role.AUDITOR)).get(PAGE)
    assert "A first group" in shown.text
    assert "Now all team members" not in shown.text
    assert 'name="first"' not in shown.html
