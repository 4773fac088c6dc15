"""Exempting people and groups: until a day, for a reason; told before it ends; over by itself, or ended early."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.core.wanted import Requirement

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

REASON = "New phone arrives on Friday"
GROUP = GroupId("0123456789abcdefghjkmnpqrs")


def in_days(desk: Desk, days: int) -> str:
    return (desk.clock.now() + timedelta(days=days)).date().isoformat()


def exempt(desk: Desk, helper: Browser, somebody: Somebody, *, days: int = 10, reason: str = REASON) -> None:
    page = helper.get(f"/admin/people/{somebody.id}")
    is_exempt = any(words == "Change or end the exemption" for _, words in page.links)
    helper.click("Change or end the exemption" if is_exempt else "Exempt from what is required")
    helper.submit({"until": in_days(desk, days), "reason": reason}, having="until")


def is_led_to_set_up(desk: Desk, somebody: Somebody) -> bool:
    browser = desk.browser()
    desk.present_password(browser, somebody)
    return browser.page.path == "/sign-in/set-up"


def test_the_report_tells_of_an_exemption_before_what_it_frees_from_begins(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@acme.example", exempt_until=desk.clock.now() + timedelta(days=10), exempt_because=REASON)
    shown = as_owner.get("/admin/reports").text
    assert "Exempt until" in shown
    assert f": {REASON}" in shown


@pytest.mark.parametrize("starts", [None, timedelta(days=3), timedelta(days=-1)])
def test_an_exemption_shows_beside_the_state_whether_or_not_anything_is_required_yet(
    desk: Desk, as_owner: Browser, starts: timedelta | None
) -> None:
    if starts is not None:
        required = Requirement(starts_at=desk.clock.now() + starts)
        desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=required)))
    until = desk.clock.now() + timedelta(days=10)
    ann = desk.add("ann@acme.example", exempt_until=until, exempt_because=REASON)
    desk.add("ben@acme.example", exempt_until=desk.clock.now() - timedelta(days=1), exempt_because="Old")
    ends = f"Exempt until {until.day} {until:%B}"
    state = "" if starts is not None and starts < timedelta(0) else "Off "
    people = as_owner.get("/admin/people").text
    assert f"{state}{ends}" in people
    assert people.count("Exempt until") == 1
    for page in (f"/admin/people/{ann.id}", f"/admin/people/{ann.id}/exempt"):
        told = as_owner.get(page).text
        assert f"{state}{ends}" in told
        assert told.count(ends) <= 2, "the state and the reason, or the exemption itself"
    found = as_owner.get("/admin/reports?state=exempt").text
    assert "ann@acme.example" in found
    assert "ben@acme.example" not in found


def test_whoever_was_reset_reads_that_an_exemption_changes_nothing_about_it(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann, bob = desk.add("ann@acme.example", must_set_up=True), desk.add("bob@acme.example")
    for somebody in (ann, bob):
        exempt(desk, as_owner, somebody)
    (to_ann,), (to_bob,) = (desk.mails("exempted", to=one.email) for one in (ann, bob))
    assert "at your next sign-in you are led through set-up all the same" in to_ann.text
    assert "From then on you are led through set-up" not in to_ann.text
    assert "all the same" not in to_bob.text
    assert "From then on you are led through set-up" in to_bob.text
    assert [is_led_to_set_up(desk, one) for one in (ann, bob)] == [True, False], "which is what they read"


@pytest.mark.behaviour("A45")
@pytest.mark.behaviour("B51")
def test_an_exempted_agent_is_not_led_to_set_up_until_it_ends(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    desk.require()
    ann, bob = desk.add("ann@acme.example"), desk.add("bob@acme.example")

    exempt(desk, as_owner, ann)

    assert "Exempted, and mailed about it." in as_owner.page.text
    assert REASON in as_owner.page.text
    assert is_signed_in(desk.sign_in(ann))
    assert is_led_to_set_up(desk, bob)
    (event,) = desk.events("exemption.given", of=ann)
    assert (event.actor_id, event.detail["reason"]) == (olive.id, REASON)
    (mail,) = desk.mails("exempted", to=ann.email)
    assert REASON in mail.text
    assert "Olive decided" in mail.text
    assert not desk.mails("policy_weakened"), "an agent's is no weakening"
    listed = as_owner.get("/admin/exemptions").text
    assert "Ann" in listed
    assert "Olive" in listed
    assert "Bob" not in listed
    assert "Exempt until" in as_owner.get("/admin/reports").text

    desk.forward(days=9)
    assert is_signed_in(desk.sign_in(ann))
    desk.forward(days=2)
    assert is_led_to_set_up(desk, ann)
    assert "Ann" not in desk.sign_in(olive).get("/admin/exemptions").text


@pytest.mark.behaviour("B51")
def test_both_are_told_a_week_and_a_day_before_it_ends(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    exempt(desk, as_owner, ann, days=10)
    until = desk.person(ann).exempt_until
    assert until is not None

    desk.forward(days=3)
    assert not desk.mails("exemption_ends")
    desk.forward(days=1)
    assert len(desk.mails("exemption_ends", to=ann.email)) == 1
    (told,) = desk.mails("exemption_ends_told")
    assert (told.to, told.params["who"]) == (olive.email, "Ann")
    assert REASON in told.text
    desk.forward(days=6)
    assert len(desk.mails("exemption_ends", to=ann.email)) == 2
    assert len(desk.mails("exemption_ends_told", to=olive.email)) == 2
    desk.forward(days=30)
    assert len(desk.mails("exemption_ends")) == 2


def test_nobody_is_told_of_an_end_that_has_come_already(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    exempt(desk, as_owner, desk.add("ann@acme.example"), days=10)

    # The server was off all the while.
    desk.forward(days=12)
    assert not desk.mails("exemption_ends")
    assert not desk.mails("exemption_ends_told")


def test_what_was_given_anew_is_told_of_by_its_own_day(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    exempt(desk, as_owner, ann, days=10)
    exempt(desk, as_owner, ann, days=40, reason="Still no phone")

    desk.forward(days=4)
    desk.forward(days=6)
    assert not desk.mails("exemption_ends")
    desk.forward(days=24)
    assert len(desk.mails("exemption_ends")) == 1
    first, second = desk.events("exemption.given", of=ann)
    assert second.detail["before"] == {"exempt_until": first.detail["until"]}


def test_it_is_ended_early(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example")
    exempt(desk, as_owner, ann)

    as_owner.get(f"/admin/people/{ann.id}/exempt")
    as_owner.submit(press="end=1")

    assert "The exemption is over." in as_owner.page.text
    assert is_led_to_set_up(desk, ann)
    assert "Olive ended your exemption" in desk.mails("exemption_ended", to=ann.email)[0].text
    assert len(desk.events("exemption.ended", of=ann)) == 1
    desk.forward(days=4)
    desk.forward(days=6)
    assert not desk.mails("exemption_ends"), "nothing is told of what is over"


def test_choice_beats_an_exemption(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    exempt(desk, as_owner, ann)
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"


def test_exempting_an_admin_needs_a_second_one_and_is_mailed_to_all(desk: Desk, olive: Somebody) -> None:
    desk.require()
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    bea = desk.add("bea@acme.example", Role.ADMIN, app=True, chosen=True)
    cleo = desk.add("cleo@acme.example", Role.ADMIN)
    as_adam = desk.sign_in(adam)
    exempt(desk, as_adam, cleo)
    assert as_adam.page.path.startswith("/admin/help/")
    assert desk.person(cleo).exempt_until is None
    assert "Exempt Cleo from what is required" in desk.mails("help_asked", to=bea.email)[0].text
    request = as_adam.page.path

    as_bea = desk.sign_in(bea)
    as_bea.post(f"{request}/approve", {"go": "approve"})
    as_adam.post(f"{request}/do", {"go": "do"})

    assert desk.person(cleo).exempt_until is not None
    for somebody in (olive, adam, bea, cleo):
        (mail,) = desk.mails("policy_weakened", to=somebody.email)
        assert "Cleo is exempted from what is required." in mail.text
        assert f"/admin/people/{cleo.id}/exempt" in mail.text
    (event,) = desk.events("exemption.given", of=cleo)
    assert event.detail["approved_by"] == bea.id


def test_nobody_exempts_themselves_or_without_a_factor_of_their_own(desk: Desk, as_owner: Browser) -> None:
    olive_id = desk.services.people.with_roles(desk.account.id, (Role.OWNER,))[0].id
    until = in_days(desk, 3)
    page = as_owner.post(f"/admin/people/{olive_id}/exempt", {"until": until, "reason": "x"})
    assert page.status == 403
    otto = desk.add("otto@acme.example", Role.OWNER)
    ann = desk.add("ann@acme.example")
    page = desk.sign_in(otto).post(f"/admin/people/{ann.id}/exempt", {"until": until, "reason": "x"})
    assert "Set up your own second factor first" in page.text
    assert desk.person(ann).exempt_until is None
    agent = desk.sign_in(desk.add("cy@acme.example"))
    for path in (f"/admin/people/{ann.id}/exempt", "/admin/exemptions"):
        assert agent.get(path).status == 403
    auditor = desk.sign_in(desk.add("ed@acme.example", Role.AUDITOR))
    assert auditor.get(f"/admin/people/{ann.id}/exempt").status == 200
    assert auditor.post(f"/admin/people/{ann.id}/exempt", {"end": "1"}).status == 403


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01", "9999-12-31", "2026-02-30"])
def test_bad_days_are_told(desk: Desk, as_owner: Browser, until: str) -> None:
    ann = desk.add("ann@acme.example")
    page = as_owner.post(f"/admin/people/{ann.id}/exempt", {"until": until, "reason": REASON})
    assert "Choose a day from today on, within a year." in page.text
    assert REASON in page.html
    assert desk.person(ann).exempt_until is None


def test_a_reason_is_wanted(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    page = as_owner.post(f"/admin/people/{ann.id}/exempt", {"until": in_days(desk, 3), "reason": ""})
    assert "Say in a few words why." in page.text


@pytest.mark.behaviour("A45")
@pytest.mark.behaviour("B51")
def test_a_group_is_exempted_but_not_its_admins(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    wanted = Requirement(starts_at=desk.clock.now())
    group = Group(name="Clean room", domains=frozenset({"clean.example"}), extra=Extra(required=wanted))
    desk.rules(lambda rules: replace(rules, groups={GROUP: group}))
    desk.require()
    ann, adam = desk.add("ann@clean.example"), desk.add("adam@clean.example", Role.ADMIN)
    bob = desk.add("bob@acme.example")

    as_owner.get(f"/admin/people/groups/{GROUP}")
    as_owner.click("Exempt this group")
    as_owner.submit({"until": in_days(desk, 20), "reason": REASON}, having="until")

    assert "The group is exempted." in as_owner.page.text
    assert is_signed_in(desk.sign_in(ann))
    assert is_led_to_set_up(desk, adam), "an admin is exempted by name"
    assert is_led_to_set_up(desk, bob)
    (mail,) = desk.mails("policy_weakened", to=olive.email)
    assert "People in the group “Clean room” are exempted" in mail.text
    assert "Clean room" in as_owner.get("/admin/exemptions").text
    assert REASON in as_owner.get(f"/admin/people/{ann.id}").text

    desk.forward(days=14)
    (told,) = desk.mails("exemption_ends_told", to=olive.email)
    assert told.params["who"] == "Clean room"
    assert is_signed_in(desk.sign_in(ann))
    desk.forward(days=7)
    assert is_led_to_set_up(desk, ann)


def test_a_groups_exemption_is_ended_early(desk: Desk, as_owner: Browser) -> None:
    desk.rules(lambda rules: replace(rules, groups={GROUP: Group(name="Clean room", domains=frozenset({"c.example"}))}))
    desk.require()
    ann = desk.add("ann@c.example")
    as_owner.get(f"/admin/people/groups/{GROUP}/exempt")
    as_owner.submit({"until": in_days(desk, 20), "reason": REASON}, having="until")
    assert is_signed_in(desk.sign_in(ann))

    as_owner.get(f"/admin/people/groups/{GROUP}/exempt")
    as_owner.submit(press="end=1")

    assert is_led_to_set_up(desk, ann)
    desk.forward(days=15)
    assert not desk.mails("exemption_ends_told")


@pytest.mark.behaviour("A41")
def test_who_was_exempt_is_not_told_that_they_are_no_longer_asked(desk: Desk, as_owner: Browser) -> None:
    desk.require()
    group = Group(name="Clean room", domains=frozenset({"clean.example"}))
    desk.rules(lambda rules: replace(rules, groups={GROUP: group}))
    ann, bob = desk.add("ann@clean.example", app=True), desk.add("bob@acme.example", app=True)
    as_owner.get(f"/admin/people/groups/{GROUP}")
    as_owner.click("Exempt this group")
    as_owner.submit({"until": in_days(desk, 20), "reason": REASON}, having="until")
    assert is_signed_in(desk.sign_in(ann)), "exempt"
    gone = desk.add("gone@acme.example", app=True)
    people = desk.services.people
    stored = people.by_id(desk.account.id, gone.id)
    assert stored is not None
    assert people.replace(desk.account.id, stored, replace(stored, suspended_at=desk.clock.now()))

    as_owner.get("/admin/account/security/advanced/authentication")
    as_owner.submit({"require_team_members": None}, press="go=save", having="require_team_members")
    assert "Saved." in as_owner.page.text
    assert [mail.to for mail in desk.mails("requirement_ended")] == [bob.email]
