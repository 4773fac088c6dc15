"""Rolling a requirement out: who is mailed, how long set-up may wait, and how often it may be put off."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.policy import Requirement
from twofold.core.roles import Role
from twofold.flows import set_up_told

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

SETTINGS = "/admin/account/security/advanced/authentication"
TEAM = "require_team_members"
SET_UP = "/sign-in/set-up"
NIGHT = GroupId("0123456789abcdefghjkmnpqrs")


def require(as_owner: Browser, **fields: str) -> None:
    as_owner.get(SETTINGS)
    as_owner.submit({TEAM: "1", **fields}, press="go=save", having=TEAM)
    assert "Saved." in as_owner.page.text


def put_off(desk: Desk, somebody: Somebody) -> Browser:
    browser = desk.browser()
    desk.present_password(browser, somebody)
    assert browser.page.path == SET_UP
    if is_signed_in(browser):
        browser.submit(press="go=later")
    return browser


@pytest.mark.behaviour("B52")
def test_with_a_grace_of_seven_days_a_mail_goes_out_and_sign_in_works_until_then(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.add("set-up@acme.example", app=True)
    desk.add("exempt@acme.example", exempt_until=desk.clock.now() + timedelta(days=60), exempt_because="x")
    desk.add("end-user@acme.example", Role.END_USER)
    desk.add("suspended@acme.example", suspended_at=desk.clock.now())
    desk.add("invited@acme.example", Role.AGENT, password="", invited_at=desk.clock.now())
    desk.change(desk.add("invited-too@acme.example"), password=None)

    require(as_owner, team_grace_days="7")

    told = desk.mails("set_up_wanted")
    assert {mail.to for mail in told} == {ann.email, "invited@acme.example"}
    assert "You can leave it until 11 May 2026" in told[0].text
    assert f"{desk.account.base_url}/" in told[0].text

    browser = put_off(desk, ann)
    assert browser.page.path == "/"
    assert "has to be set up by 11 May" in browser.page.text
    desk.forward(days=6)
    assert is_signed_in(put_off(desk, ann))
    desk.forward(days=1)
    assert not is_signed_in(put_off(desk, ann))


@pytest.mark.behaviour("B52")
def test_reminders_go_to_whoever_still_has_nothing(desk: Desk, as_owner: Browser) -> None:
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example")
    require(as_owner, team_grace_days="7")
    desk.forward(days=3)
    assert not desk.mails("set_up_reminder")
    desk.forward(days=1)
    assert {mail.to for mail in desk.mails("set_up_reminder")} == {ann.email, bob.email}
    assert "From 11 May 2026" in desk.mails("set_up_reminder")[0].text
    desk.give_app(bob)
    desk.forward(days=2)
    assert [mail.to for mail in desk.mails("set_up_reminder")][2:] == [ann.email]
    desk.forward(days=30)
    assert len(desk.mails("set_up_reminder")) == 3
    assert len(desk.mails("set_up_wanted")) == 2


@pytest.mark.behaviour("B52")
def test_whoever_comes_later_is_reminded_before_their_own_date(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@acme.example")
    require(as_owner, team_grace_days="7")
    set_up_told.remind_where_due(desk.services, desk.account)
    desk.forward(days=3)
    late = desk.add("late@acme.example", created_at=desk.clock.now())
    moved = desk.add("moved@acme.example", audience_since=desk.clock.now())
    desk.add("set-up@acme.example", created_at=desk.clock.now(), app=True)
    desk.change(desk.add("never@acme.example", created_at=desk.clock.now()), password=None)
    told: dict[str, list[int]] = {}
    reminded = 0
    for hours in range(6, 24 * 12, 6):
        desk.forward(hours=6)
        set_up_told.remind_where_due(desk.services, desk.account)
        mails = desk.mails("set_up_reminder")
        for mail in mails[reminded:]:
            told.setdefault(mail.to, []).append(hours)
        reminded = len(mails)
    # The others on the fourth and sixth day after the requirement, these after they came.
    assert told.pop("ann@acme.example") == [24, 72]
    assert told == {late.email: [96, 144], moved.email: [96, 144]}
    assert "From 14 May 2026" in desk.mails("set_up_reminder", to=late.email)[0].text


@pytest.mark.behaviour("B52")
def test_whoever_is_put_into_a_group_later_is_reminded_before_their_own_date(desk: Desk) -> None:
    wanted = Requirement(starts_at=desk.clock.now(), grace_for=timedelta(days=7))
    desk.rules(lambda rules: replace(rules, groups={NIGHT: Group(name="Night", extra=Extra(required=wanted))}))
    early, late = desk.add("early@acme.example"), desk.add("late@acme.example")
    desk.services.groups.add(desk.account.id, NIGHT, [early.id], at=desk.clock.now())
    set_up_told.remind_where_due(desk.services, desk.account)
    desk.forward(days=5)
    desk.services.groups.add(desk.account.id, NIGHT, [late.id], at=desk.clock.now())
    for _ in range(4):
        desk.forward(days=1)
        set_up_told.remind_where_due(desk.services, desk.account)
    assert [mail.to for mail in desk.mails("set_up_reminder")] == [late.email]
    desk.forward(days=2)
    set_up_told.remind_where_due(desk.services, desk.account)
    assert [mail.to for mail in desk.mails("set_up_reminder")] == [late.email] * 2


def test_a_pause_is_nobodys_own_date(desk: Desk) -> None:
    desk.require(grace_for=timedelta(days=1))
    desk.add("ann@acme.example")
    desk.forward(days=2)
    set_up_told.remind_where_due(desk.services, desk.account)
    until = desk.clock.now() + timedelta(days=1, minutes=1)
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, paused_until=until)))
    desk.forward(hours=6)
    set_up_told.remind_where_due(desk.services, desk.account)
    assert not desk.mails("set_up_reminder")


def test_of_several_that_look_one_reminds(desk: Desk) -> None:
    desk.require(grace_for=timedelta(days=7))
    desk.forward(days=1)
    desk.add("late@acme.example", created_at=desk.clock.now())
    set_up_told.remind_where_due(desk.services, desk.account)
    desk.forward(days=4, hours=1)
    for _ in range(3):
        set_up_told.remind_where_due(desk.services, desk.account)
    assert len(desk.mails("set_up_reminder")) == 1


def test_reminders_of_what_is_required_no_longer_are_dropped(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@acme.example")
    require(as_owner, team_grace_days="7")
    as_owner.get(SETTINGS)
    as_owner.submit({TEAM: None}, press="go=save", having=TEAM)
    desk.forward(days=30)
    assert not desk.mails("set_up_reminder")


def test_what_stays_as_it_was_is_told_once(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@acme.example")
    require(as_owner)
    text = desk.mails("set_up_wanted")[0].text
    assert "At your next sign-in you are led through set-up" in text
    assert "alone" not in text
    assert "From then on" not in text, "it has begun, and there is no “then”"
    require(as_owner, team_trust_days="7")
    assert len(desk.mails("set_up_wanted")) == 1


def test_a_requirement_that_is_to_come_is_told_of_with_its_start(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@acme.example")
    require(as_owner, team_starts="at", team_starts_at="2026-06-01T08:00")
    assert "From 1 June 2026, 08:00" in desk.mails("set_up_wanted")[0].text
    desk.forward(days=26)
    (mail,) = desk.mails("set_up_reminder")
    assert "From 1 June 2026, 08:00" in mail.text


def test_a_long_list_is_told_in_parts_each_person_once(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up_told, "CHUNK", 3)
    people = {desk.add(f"agent{number}@acme.example").email for number in range(10)}
    require(as_owner, team_grace_days="7")
    told = [mail.to for mail in desk.mails("set_up_wanted")]
    assert sorted(told) == sorted(people)


@pytest.mark.behaviour("B52")
def test_it_can_be_put_off_only_so_often(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    require(as_owner, team_grace_days="30", team_grace_skips="2")
    (mail,) = desk.mails("set_up_wanted")
    assert "You can leave it up to 2 times, and no later than 3 June 2026" in mail.text
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert "You can leave this until 3 June" in browser.page.text
    assert "You can sign in without it 1 more time." in browser.page.text
    # Whoever leaves the notice alone has put it off as well.
    assert browser.get("/").status == 200
    last = desk.browser()
    desk.present_password(last, ann)
    assert "This is the last time" in last.page.text
    last.submit(press="go=later")
    assert last.page.path == "/"
    assert desk.person(ann).skipped == 2
    assert not is_signed_in(put_off(desk, ann))


@pytest.mark.behaviour("B52")
def test_each_mail_says_how_often_its_reader_can_leave_it_from_then_on(
    desk: Desk, as_owner: Browser, olive: Somebody
) -> None:
    ann, bob, cy = (desk.add(f"{name}@acme.example") for name in ("ann", "bob", "cy"))
    require(as_owner, team_grace_days="7", team_grace_skips="3")
    for one, times in ((ann, 1), (bob, 3)):
        for _ in range(times):
            assert is_signed_in(put_off(desk, one))
    desk.forward(days=4)
    told = {mail.to: mail.text for mail in desk.mails("set_up_reminder")}
    assert "From 11 May 2026" in told[ann.email]
    assert "Before that you can leave it up to 2 times." in told[ann.email]
    assert "Before that you can leave it up to 3 times." in told[cy.email]
    assert "you left it as often as" in told[bob.email]
    assert "At your next sign-in you are led through set-up." in told[bob.email]
    assert "11 May" not in told[bob.email]
    # With two weeks in place of one: what was used up stays used up.
    require(desk.sign_in(olive), team_grace_days="14", team_grace_skips="3")
    told = {mail.to: mail.text for mail in desk.mails("set_up_wanted")}
    assert "You can leave it up to 2 times, and no later than 18 May 2026" in told[ann.email]
    assert "At your next sign-in you are led through set-up." in told[bob.email]


def test_when_it_returns_it_can_be_put_off_anew(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=30), skips=1)
    assert is_signed_in(put_off(desk, ann))
    assert not is_signed_in(put_off(desk, ann))
    desk.forward(days=1)
    desk.require(team=False)
    desk.forward(days=1)
    desk.require(grace_for=timedelta(days=30), skips=1)
    assert is_signed_in(put_off(desk, ann))
    assert not is_signed_in(put_off(desk, ann))


@pytest.mark.parametrize("typed", ["0", "101", "x", "-1"])
def test_impossible_numbers_are_told(desk: Desk, as_owner: Browser, typed: str) -> None:
    as_owner.get(SETTINGS)
    as_owner.submit({TEAM: "1", "team_grace_days": "7", "team_grace_skips": typed}, press="go=save", having=TEAM)
    assert "Type a whole number from 1 to 100." in as_owner.page.text
    assert desk.services.policy.current(desk.account.id).rules.team.required is None
