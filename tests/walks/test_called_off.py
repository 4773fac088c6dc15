"""Whoever was told that a second factor is coming is told as well when it is not, or when it comes later: once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from tests.walks import group_kit, rule_kit
from tests.walks.test_exempting import exempt
from tests.walks.test_roll_out import SETTINGS, TEAM, require
from tests.walks.test_told_in_parts import done_meanwhile
from twofold.core.roles import Role
from twofold.flows import called_off
from twofold.ports.jobs import TELL_CALLED_OFF

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

JUNE: Final = {"team_starts": "at", "team_starts_at": "2026-06-01T08:00"}
JULY: Final = {"team_starts": "at", "team_starts_at": "2026-07-01T08:00"}
GROUP_JUNE: Final = {"group_require": "1", "group_starts": "at", "group_starts_at": "2026-06-01T08:00"}
GROUP_JULY: Final = {"group_require": "1", "group_starts": "at", "group_starts_at": "2026-07-01T08:00"}


def take_back(as_owner: Browser) -> None:
    as_owner.get(SETTINGS)
    as_owner.submit({TEAM: None}, press="go=save", having=TEAM)
    assert "Saved." in as_owner.page.text


def told(desk: Desk, somebody: Somebody) -> list[str]:
    """Return what somebody was mailed, by the names of templates, and by when where they may wait."""
    return [mail.template for mail in desk.mails(to=somebody.email)]


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    """Return an agent who has nothing."""
    return desk.add("ann@acme.example")


@pytest.mark.behaviour("B52")
def test_only_whoever_was_told_is_told_that_it_is_off(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    desk.add("bob@acme.example", app=True)
    desk.add("end-user@acme.example", Role.END_USER)
    exempt_until = desk.clock.now() + timedelta(days=60)
    desk.add("exempt@acme.example", exempt_until=exempt_until, exempt_because="x")
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    desk.add("new@acme.example", created_at=desk.clock.now())
    take_back(as_owner)
    assert [mail.to for mail in desk.mails("set_up_called_off")] == [ann.email]
    assert f"{desk.account.base_url}/profile/security" in desk.mails("set_up_called_off")[0].text
    require(as_owner, team_trust_days="7", **{TEAM: None})  # type: ignore[arg-type]  # a box that is not ticked
    assert len(desk.mails("set_up_called_off")) == 1


@pytest.mark.behaviour("B52")
def test_what_has_begun_and_nobody_need_set_up_any_more_is_told_too(
    desk: Desk, as_owner: Browser, ann: Somebody
) -> None:
    require(as_owner)
    assert told(desk, ann) == ["set_up_wanted"]
    take_back(as_owner)
    (mail,) = desk.mails("set_up_called_off")
    assert "We wrote to you that you have to set up a second factor" in mail.text


@pytest.mark.behaviour("B52")
def test_whoever_is_named_by_two_rules_with_the_same_day_is_told_and_reminded_once(
    desk: Desk, as_owner: Browser, ann: Somebody, olive: Somebody
) -> None:
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    group = group_kit.make(as_owner, **GROUP_JUNE).path
    group_kit.put_in(as_owner, group, ann)
    group_kit.change(as_owner, group, group_starts_at="2026-06-01T08:01")
    group_kit.change(as_owner, group, **GROUP_JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    # One of both is taken back: she is still asked on that day.
    take_back(as_owner)
    assert told(desk, ann) == ["set_up_wanted"]
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    desk.forward(days=27)
    assert told(desk, ann) == ["set_up_wanted", "set_up_reminder"]
    as_owner = desk.sign_in(olive)
    take_back(as_owner)
    group_kit.change(as_owner, group, group_require=None)
    assert told(desk, ann) == ["set_up_wanted", "set_up_reminder", "set_up_called_off"]


@pytest.mark.behaviour("B52")
def test_where_another_rule_still_asks_later_that_day_is_told(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    group = group_kit.make(as_owner, **GROUP_JULY).path
    group_kit.put_in(as_owner, group, ann)
    group_kit.change(as_owner, group, group_starts_at="2026-07-02T08:00")
    desk.mails()
    require(as_owner, **JUNE)
    before = len(told(desk, ann))
    take_back(as_owner)
    mails = desk.mails(to=ann.email)
    assert len(mails) == before + 1
    assert "From 2 July 2026, 08:00" in mails[-1].text
    assert "The day that we wrote of before, 1 June 2026, 08:00" in mails[-1].text


@pytest.mark.behaviour("B52")
def test_whoever_is_taken_out_of_a_group_is_told(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    group = group_kit.make(as_owner, **GROUP_JUNE).path
    group_kit.put_in(as_owner, group, ann)
    group_kit.change(as_owner, group, group_starts_at="2026-06-02T08:00")
    assert told(desk, ann) == ["set_up_wanted"]
    group_kit.take_out(as_owner, group, ann)
    assert told(desk, ann) == ["set_up_wanted", "set_up_called_off"]


@pytest.mark.behaviour("B51")
def test_an_exemption_is_told_by_its_own_mail_alone(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    exempt(desk, as_owner, ann, days=60)
    assert told(desk, ann) == ["set_up_wanted", "exempted"]
    # The exemption's end is what she knows of now, and of that too it is told when it comes to nothing.
    take_back(as_owner)
    assert told(desk, ann) == ["set_up_wanted", "exempted", "set_up_called_off"]
    day = (desk.clock.now() + timedelta(days=60)).astimezone(ZoneInfo("Europe/Vienna"))
    assert f"by {day.day} {day:%B %Y}" in desk.mails("set_up_called_off")[0].text


@pytest.mark.behaviour("B51")
def test_whom_a_group_exempts_is_told_the_day_on_which_it_ends(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    group = group_kit.make(as_owner).path
    group_kit.put_in(as_owner, group, ann)
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    as_owner.get(f"{group}/exempt")
    as_owner.submit({"until": "2026-07-15", "reason": "No phones in there"}, having="until")
    mails = desk.mails(to=ann.email)
    assert [mail.template for mail in mails] == ["set_up_wanted"] * 2
    assert "July 2026" in mails[1].text
    assert "The day that we wrote of before, 1 June 2026, 08:00" in mails[1].text


@pytest.mark.behaviour("B52")
def test_a_rule_for_one_person_that_is_taken_back_leaves_the_day_of_another(
    desk: Desk, as_owner: Browser, ann: Somebody
) -> None:
    require(as_owner, **JULY)
    rule_kit.make_rule(as_owner, ann, own_require="1", own_starts="at", own_starts_at="2026-06-01T08:00")
    assert told(desk, ann) == ["set_up_wanted"] * 2
    rule_kit.take_back(as_owner, ann)
    mails = desk.mails(to=ann.email)
    assert len(mails) == 3
    assert "From 1 July 2026, 08:00" in mails[2].text
    assert "The day that we wrote of before, 1 June 2026, 08:00" in mails[2].text
    assert "alone" not in mails[2].text


def test_what_lets_somebody_in_for_some_hours_moves_no_day(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner)
    assert told(desk, ann) == ["set_up_wanted"]
    until = desk.clock.now() + timedelta(hours=4)
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, paused_until=until)))
    desk.change(ann, grace_until=until, skipped=2)
    assert not called_off.look(desk.services, desk.account, {"after": ""}, now=desk.clock.now()).people


def test_a_long_list_is_told_in_parts_each_person_once(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(called_off, "CHUNK", 3)
    people = {desk.add(f"agent{number}@acme.example").email for number in range(10)}
    require(as_owner, **JUNE)
    desk.mails()
    take_back(as_owner)
    assert sorted(mail.to for mail in desk.mails("set_up_called_off")) == sorted(people)


def test_what_is_required_again_meanwhile_is_told_off_to_nobody(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner, **JUNE)
    desk.mails()
    before = desk.services.policy.current(desk.account.id).rules
    take_back(as_owner)
    done_meanwhile(desk, TELL_CALLED_OFF, lambda: desk.rules(lambda _: before))
    assert told(desk, ann) == ["set_up_wanted"]


def test_of_two_workers_one_tells(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner, **JUNE)
    desk.mails()
    take_back(as_owner)

    def tells_too() -> None:
        rules = desk.services.policy.current(desk.account.id).rules
        with desk.services.transactions.begin():
            desk.services.transactions.alone(desk.account.id, ann.id)
            called_off.tell_one(desk.services, desk.account, desk.person(ann), rules, now=desk.clock.now())

    done_meanwhile(desk, TELL_CALLED_OFF, tells_too)
    assert told(desk, ann).count("set_up_called_off") == 1


def test_whoever_is_erased_is_forgotten(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner, **JUNE)
    desk.mails()
    assert desk.services.announced.of(desk.account.id, [ann.id])
    desk.services.people.remove(desk.account.id, ann.id)
    assert not desk.services.announced.of(desk.account.id, [ann.id])


@pytest.mark.behaviour("B51")
def test_whose_group_is_exempt_no_more_is_told_the_day_that_is_theirs_again(
    desk: Desk, as_owner: Browser, ann: Somebody
) -> None:
    group = group_kit.make(as_owner).path
    group_kit.put_in(as_owner, group, ann)
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    as_owner.get(f"{group}/exempt")
    as_owner.submit({"until": "2026-07-15", "reason": "No phones in there"}, having="until")
    assert told(desk, ann) == ["set_up_wanted"] * 2
    as_owner.get(f"{group}/exempt")
    as_owner.submit(press="end=1")
    mails = desk.mails(to=ann.email)
    assert [mail.template for mail in mails] == ["set_up_wanted"] * 3
    assert "From 1 June 2026, 08:00" in mails[2].text
    assert "no longer counts" not in mails[2].text


@pytest.mark.behaviour("B52")
def test_whose_new_role_is_asked_nothing_is_told(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    as_owner.get(f"/admin/people/{ann.id}")
    as_owner.submit({"role": "end_user"}, having="role")
    assert desk.person(ann).role is Role.END_USER
    assert told(desk, ann) == ["set_up_wanted", "role_changed", "set_up_called_off"]


def test_what_lies_behind_is_told_by_no_other_rule_again(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner)
    assert told(desk, ann) == ["set_up_wanted"]
    group = group_kit.make(as_owner).path
    group_kit.put_in(as_owner, group, ann)
    group_kit.change(as_owner, group, group_require="1")
    assert told(desk, ann) == ["set_up_wanted"]


@pytest.mark.behaviour("B52")
@pytest.mark.parametrize("fields", [JULY, {**JUNE, "team_starts_at": "2026-05-20T08:00"}], ids=["later", "sooner"])
@pytest.mark.parametrize("is_first", [True, False])
def test_whichever_job_of_a_saving_comes_first_one_mail_tells_of_it(
    desk: Desk, as_owner: Browser, ann: Somebody, fields: dict[str, str], *, is_first: bool
) -> None:
    require(as_owner, **JUNE)
    desk.mails()
    require(as_owner, **fields)
    if not is_first:
        desk.mails()
    now = desk.clock.now()
    part = called_off.look(desk.services, desk.account, {"after": ""}, now=now)
    assert bool(part.people) == is_first
    with desk.services.transactions.begin():
        called_off.tell_part(desk.services, desk.account, {"after": ""}, part, now=now)
    assert told(desk, ann) == ["set_up_wanted"] * 2


def exempt_group(as_owner: Browser, group: str) -> None:
    as_owner.get(f"{group}/exempt")
    as_owner.submit({"until": "2026-07-15", "reason": "No phones in there"}, having="until")


@pytest.mark.behaviour("B51")
def test_whoever_is_put_into_an_exempt_group_is_told_by_that_mail_alone(
    desk: Desk, as_owner: Browser, ann: Somebody
) -> None:
    group = group_kit.make(as_owner).path
    exempt_group(as_owner, group)
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    group_kit.put_in(as_owner, group, ann)
    assert told(desk, ann) == ["set_up_wanted", "exempted"]
    group_kit.make(as_owner, "Day shift", **GROUP_JUNE)
    assert told(desk, ann) == ["set_up_wanted", "exempted"]


@pytest.mark.behaviour("B51")
@pytest.mark.parametrize("by", ["name", "group"])
def test_whoever_was_told_that_an_exemption_ends_is_told_when_it_comes_to_nothing(
    desk: Desk, as_owner: Browser, ann: Somebody, olive: Somebody, by: str
) -> None:
    if by == "name":
        exempt(desk, as_owner, ann, days=20)
    else:
        group = group_kit.make(as_owner).path
        group_kit.put_in(as_owner, group, ann)
        as_owner.get(f"{group}/exempt")
        day = (desk.clock.now() + timedelta(days=20)).date().isoformat()
        as_owner.submit({"until": day, "reason": "No phones in there"}, having="until")
    require(as_owner)
    before = told(desk, ann)
    assert "set_up_wanted" not in before
    desk.forward(days=14)
    assert told(desk, ann) == [*before, "exemption_ends"]
    as_owner = desk.sign_in(olive)
    take_back(as_owner)
    assert told(desk, ann) == [*before, "exemption_ends", "set_up_called_off"]


@pytest.mark.behaviour("B51")
def test_an_exemption_that_is_ended_is_told_by_its_own_mail_alone(desk: Desk, as_owner: Browser, ann: Somebody) -> None:
    require(as_owner, **JUNE)
    exempt(desk, as_owner, ann, days=60)
    before = told(desk, ann)
    as_owner.get(f"/admin/people/{ann.id}/exempt")
    as_owner.submit(press="end=1")
    group_kit.make(as_owner, **GROUP_JUNE)
    assert told(desk, ann) == [*before, "exemption_ended"]


@pytest.mark.behaviour("B51")
def test_whose_exemption_is_over_and_who_still_must_is_told_nothing_new(
    desk: Desk, as_owner: Browser, ann: Somebody, olive: Somebody
) -> None:
    require(as_owner)
    assert told(desk, ann) == ["set_up_wanted"]
    exempt(desk, as_owner, ann, days=2)
    desk.forward(days=4)
    before = told(desk, ann)
    as_owner = desk.sign_in(olive)
    group = group_kit.make(as_owner).path
    group_kit.put_in(as_owner, group, ann)
    group_kit.change(as_owner, group, group_require="1")
    assert told(desk, ann) == before


@pytest.mark.behaviour("B52")
def test_a_rule_without_grace_that_begins_in_the_grace_of_another_ends_it(
    desk: Desk, as_owner: Browser, ann: Somebody
) -> None:
    require(as_owner, **JUNE, team_grace_days="14")
    assert "no later than" not in desk.mails(to=ann.email)[0].text
    assert "until 15 June 2026, 08:00" in desk.mails(to=ann.email)[0].text
    group = group_kit.make(as_owner).path
    group_kit.put_in(as_owner, group, ann)
    group_kit.change(as_owner, group, group_require="1", group_starts="at", group_starts_at="2026-06-10T08:00")
    mails = desk.mails(to=ann.email)
    assert len(mails) == 2
    assert "From 1 June 2026, 08:00" in mails[1].text
    assert "until 10 June 2026, 08:00" in mails[1].text


def test_whoever_has_to_set_up_anew_is_told_of_no_rule_by_which_they_would_have_to(
    desk: Desk, as_owner: Browser, ann: Somebody
) -> None:
    require(as_owner, **JUNE)
    assert told(desk, ann) == ["set_up_wanted"]
    desk.change(ann, must_set_up=True)
    gus = desk.add("gus@acme.example", must_set_up=True)
    for somebody in (ann, gus):
        rule_kit.make_rule(as_owner, somebody, own_require="1", own_starts="at", own_starts_at="2026-05-20T08:00")
        rule_kit.take_back(as_owner, somebody)
    take_back(as_owner)
    assert (told(desk, ann), told(desk, gus)) == (["set_up_wanted"], [])
