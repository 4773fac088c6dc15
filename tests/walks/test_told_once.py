"""What is required is told of once: saving it again, or taking it back and saving it again, doubles no mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import group_kit, rule_kit
from tests.walks.test_roll_out import SETTINGS, TEAM, require
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.policy import Requirement
from twofold.core.roles import Role
from twofold.flows import set_up_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

AT = "2026-05-05T09:00"
"""A day after the tests begin, so that what is saved again begins when it did."""


class _Saving:
    """Requires a second factor of Ann in one of three ways, and takes it back."""

    def __init__(self, desk: Desk, as_owner: Browser) -> None:
        self.desk, self.browser = desk, as_owner
        self.ann = desk.add("ann@acme.example")

    def save(self, **fields: str) -> None:
        raise NotImplementedError

    def take_back(self) -> None:
        raise NotImplementedError

    def days(self) -> list[int]:
        """Return on which days from now on a reminder comes."""
        found: list[int] = []
        before = len(self.desk.mails("set_up_reminder"))
        for day in range(1, 17):
            self.desk.forward(days=1)
            set_up_told.remind_where_due(self.desk.services, self.desk.account)
            found += [day] * (len(self.desk.mails("set_up_reminder")) - before - len(found))
        return found


class _ForTeam(_Saving):
    def save(self, **fields: str) -> None:
        require(self.browser, **{f"team_{name}": value for name, value in fields.items()})

    def take_back(self) -> None:
        self.browser.get(SETTINGS)
        self.browser.submit({TEAM: None}, press="go=save", having=TEAM)
        assert "Saved." in self.browser.page.text


class _ForGroup(_Saving):
    path = ""

    def save(self, **fields: str) -> None:
        typed = {"group_require": "1", **{f"group_{name}": value for name, value in fields.items()}}
        if self.path:
            group_kit.change(self.browser, self.path, **typed)
        else:
            self.path = group_kit.make(self.browser, **typed).path
            group_kit.put_in(self.browser, self.path, self.ann)

    def take_back(self) -> None:
        group_kit.change(self.browser, self.path, group_require=None)


class _ForOne(_Saving):
    def save(self, **fields: str) -> None:
        typed = {f"own_{name}": value for name, value in fields.items()}
        page = rule_kit.make_rule(self.browser, self.ann, own_require="1", **typed)
        assert "It was saved for 1 person." in page.text

    def take_back(self) -> None:
        rule_kit.take_back(self.browser, self.ann)
        assert self.desk.person(self.ann).own_rule is None


@pytest.fixture
def as_owner(desk: Desk) -> Browser:
    return desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))


@pytest.fixture(params=[_ForTeam, _ForGroup, _ForOne], ids=["team", "group", "one"])
def saving(desk: Desk, as_owner: Browser, request: pytest.FixtureRequest) -> _Saving:
    made: Callable[[Desk, Browser], _Saving] = request.param
    return made(desk, as_owner)


@pytest.mark.behaviour("B52")
def test_how_often_it_may_be_put_off_is_told_of_to_nobody_anew(desk: Desk, saving: _Saving) -> None:
    saving.save(grace_days="14")
    assert len(desk.mails("set_up_wanted")) == 1
    saving.save(grace_days="14", grace_skips="5")
    assert len(desk.mails("set_up_wanted")) == 1
    assert saving.days() == [11, 13]


@pytest.mark.behaviour("B52")
def test_what_is_taken_back_and_saved_again_is_reminded_of_once(desk: Desk, saving: _Saving) -> None:
    wanted = {"starts": "at", "starts_at": AT, "grace_days": "7"}
    saving.save(**wanted)
    saving.take_back()
    saving.save(**wanted)
    assert len(desk.mails("set_up_wanted")) == 1, "the former is not told of any more"
    assert saving.days() == [5, 7]


@pytest.mark.behaviour("B52")
def test_a_grace_that_is_what_it_was_before_is_reminded_of_once(desk: Desk, saving: _Saving) -> None:
    wanted = {"starts": "at", "starts_at": AT}
    for number, days in enumerate(("7", "14", "7"), start=1):
        saving.save(**wanted, grace_days=days)
        assert len(desk.mails("set_up_wanted")) == number, "another date is told of"
    assert saving.days() == [5, 7]


@pytest.mark.behaviour("B52")
def test_what_was_told_and_is_taken_back_is_told_once(desk: Desk, saving: _Saving) -> None:
    wanted = {"starts": "at", "starts_at": "2026-06-01T08:00", "grace_days": "7"}
    saving.save(**wanted)
    assert len(desk.mails("set_up_wanted")) == 1
    saving.take_back()
    (mail,) = desk.mails("set_up_called_off")
    assert mail.to == saving.ann.email
    assert mail.subject == f"You need not set up two-factor authentication at {desk.account.name} for now"
    assert "would have to set up a second factor" in mail.text
    assert "by 8 June 2026, 08:00" in mail.text
    assert "That is no longer so. You need not do anything" in mail.text
    # It returns, and is called off once more: each is told.
    saving.save(**wanted)
    assert len(desk.mails("set_up_wanted")) == 2
    saving.take_back()
    assert len(desk.mails("set_up_called_off")) == 2
    assert not saving.days()
    assert [mail.template for mail in desk.mails(to=saving.ann.email)] == ["set_up_wanted", "set_up_called_off"] * 2


@pytest.mark.behaviour("B52")
def test_another_day_is_told_of_once_and_in_place_of_the_former(desk: Desk, saving: _Saving) -> None:
    saving.save(starts="at", starts_at="2026-06-01T08:00")
    assert "no longer counts" not in desk.mails("set_up_wanted")[0].text
    saving.save(starts="at", starts_at="2026-07-01T08:00")
    later = desk.mails("set_up_wanted")[1]
    assert "From 1 July 2026, 08:00" in later.text
    assert "The day that we wrote of before, 1 June 2026, 08:00" in later.text
    saving.save(starts="at", starts_at="2026-06-15T08:00")
    sooner = desk.mails("set_up_wanted")[2]
    assert "From 15 June 2026, 08:00" in sooner.text
    assert "no longer counts" not in sooner.text, "nobody waits longer than they may because of it"
    assert len(desk.mails(to=saving.ann.email)) == 3


@pytest.mark.behaviour("B52")
@pytest.mark.parametrize("meanwhile", ["set_up", "suspended", "untold"])
def test_whom_it_does_not_concern_is_not_told_that_it_is_taken_back(
    desk: Desk, saving: _Saving, meanwhile: str
) -> None:
    wanted = {"starts": "at", "starts_at": "2026-06-01T08:00"}
    saving.save(**wanted)
    if meanwhile != "untold":
        assert len(desk.mails("set_up_wanted")) == 1
    if meanwhile == "set_up":
        desk.give_app(saving.ann)
    if meanwhile == "suspended":
        desk.change(saving.ann, suspended_at=desk.clock.now())
    saving.take_back()
    assert not desk.mails("set_up_called_off")


@pytest.mark.behaviour("B52")
def test_whom_two_rules_of_one_saving_name_is_mailed_once(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    old = desk.services.policy.current(desk.account.id)
    wanted = Requirement(starts_at=desk.clock.now(), grace_for=timedelta(days=7))
    group = Group(name="Night", roles=frozenset({Role.AGENT, Role.ADMIN}), extra=Extra(required=wanted))
    desk.rules(
        lambda rules: replace(
            rules, team=replace(rules.team, required=replace(wanted, skips=5)), groups={GroupId("n" * 26): group}
        )
    )
    new = desk.services.policy.current(desk.account.id)
    with desk.services.transactions.begin():
        set_up_told.put_for(desk.services, desk.account, old, new, now=desk.clock.now())
    assert [mail.to for mail in desk.mails("set_up_wanted")] == [ann.email]
