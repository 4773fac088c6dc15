"""The people of groups: put in, taken out, told of, and who may do it to whom."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.group_kit import APP_ONLY, LIST, PAGE, change, make, put_in, take_out, where
from tests.walks.rule_kit import make_rule
from twofold.commands.explain import _lines
from twofold.core.roles import Role
from twofold.flows import counts
from twofold.flows.explain import explain

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

POLICY = "/admin/account/security/advanced/authentication"

pytestmark = pytest.mark.usefixtures("texts_leave")


def test_a_group_counts_its_people_and_who_of_them_is_set_up(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = make(as_owner, domains="night.example").path
    assert "There is nobody here yet." in as_owner.get(group).text
    ann = desk.add("ann@acme.example", app=True)
    for name in ("ben", "cleo"):
        desk.add(f"{name}@night.example")
    desk.add("gone@night.example", suspended_at=desk.clock.now())
    put_in(as_owner, group, ann)
    assert "1 of 3 people has a second factor." in as_owner.get(group).text
    # Beyond what is counted while somebody waits, the worker does.
    monkeypatch.setattr(counts, "AT_ONCE", 2)
    assert "Its people are being counted." in as_owner.get(group).text
    counts.begin_where_due(desk.services, desk.account.id)
    desk.mails()
    desk.add("late@night.example")
    text = as_owner.get(group).text
    assert "1 of 3 people has a second factor. With so many people these counts are up to a day old." in text


def test_putting_in_and_taking_out_are_told_of(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example", name="Ann Lindqvist")
    ben = desk.add("ben@acme.example")
    group = make(as_owner, group_require="1").path
    assert "2 people were put in." in put_in(as_owner, group, ann, ben).text
    assert "It was so already." in put_in(as_owner, group, ann).text
    browser = desk.browser()
    desk.present_password(browser, ann)
    desk.set_up(ann, browser)
    assert "Ann Lindqvist" in as_owner.get(f"{group}?search=lindq").text
    assert "ben@acme.example" not in as_owner.page.text
    take_out(as_owner, group, ann)
    assert "1 person was taken out." in as_owner.page.text
    assert where(desk, ann) == "/", "kept, and not asked for any more"
    assert where(desk, ben) == "/sign-in/set-up"
    (mail,) = desk.mails("policy_weakened", to=olive.email)
    assert "Ann Lindqvist was taken out of the group “Night shift”, which asks for more." in mail.text
    assert [one.to for one in desk.mails("requirement_ended")] == [ann.email]
    added, removed = desk.events("group.member_added"), desk.events("group.member_removed")
    assert [event.person_id for event in added] == [ann.id, ben.id]
    assert [(event.person_id, event.actor_id) for event in removed] == [(ann.id, olive.id)]
    assert removed[0].detail["name"] == "Night shift"


def test_whom_an_admin_may_not_help_they_take_out_of_nothing_that_asks_more(desk: Desk, olive: Somebody) -> None:
    admin = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    browser = desk.sign_in(admin)
    strict, idle = make(browser, "Strict", group_require="1").path, make(browser, "Idle").path
    for group in (strict, idle):
        put_in(browser, group, olive, admin)
    take_out(browser, strict)
    assert "0 people were taken out." in browser.page.text
    assert "An admin cannot decide this alone" in browser.page.text
    assert "Nobody decides this for themselves" in browser.page.text
    take_out(browser, idle)
    assert "2 people were taken out." in browser.page.text
    assert not desk.mails("policy_weakened")


def test_who_belongs_by_address_is_not_taken_out_by_hand(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@night.example")
    group = make(as_owner, domains="night.example", group_require="1").path
    page = as_owner.post(f"{group}/take-out", {f"pick_{ann.id}": "1"})
    assert "Belongs to it by role or address" in page.text
    put_in(as_owner, group, ann)
    take_out(as_owner, group)
    assert "1 person was taken out." in as_owner.page.text
    assert where(desk, ann) == "/sign-in/set-up"
    assert not desk.mails("policy_weakened"), "nothing became weaker"


def test_the_end_of_a_groups_requirement_is_told_to_whom_nothing_else_names(desk: Desk, as_owner: Browser) -> None:
    ann, ben = (desk.add(f"{name}@night.example", app=True) for name in ("ann", "ben"))
    chose = desk.add("cho@night.example", app=True, chosen=True)
    outside = desk.add("out@acme.example", app=True)
    group = make(as_owner, domains="night.example", group_require="1").path
    other = make(as_owner, "Others", group_require="1").path
    put_in(as_owner, other, ben)
    change(as_owner, group, group_require=None)
    assert [mail.to for mail in desk.mails("requirement_ended")] == [ann.email]
    (mail,) = desk.mails("policy_weakened")
    assert "People in the group “Night shift” no longer need a second factor for it." in mail.text
    change(as_owner, group, group_require="1")
    change(as_owner, group, domains="")
    told = [mail.to for mail in desk.mails("requirement_ended")]
    assert told == [ann.email, ann.email]
    assert not {ben.email, chose.email, outside.email} & set(told)


def test_whom_another_requirement_names_later_is_told_until_when(desk: Desk, as_owner: Browser) -> None:
    ann, ben, cy = (desk.add(f"{name}@acme.example", app=True) for name in ("ann", "ben", "cy"))
    group = make(as_owner, group_require="1").path
    later = make(as_owner, "Later", group_require="1", group_starts="at", group_starts_at="2026-05-06T09:00").path
    put_in(as_owner, group, ann, ben, cy)
    put_in(as_owner, later, ann, ben)
    make_rule(as_owner, ben, own_require="1", own_starts="at", own_starts_at="2026-05-05T09:00")
    take_out(as_owner, group, ann)
    change(as_owner, group, group_require=None)
    told = {mail.to: mail.text for mail in desk.mails("requirement_ended")}
    assert "until Wednesday 6 May 2026, 09:00" in told[ann.email], "taken out of a group"
    assert "until Tuesday 5 May 2026, 09:00" in told[ben.email], "a group's rule ended, and their own begins first"
    assert "until" not in told[cy.email]
    assert "no longer requires" in told[cy.email]


def test_a_group_that_is_removed_and_put_back_has_its_people(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    group = make(as_owner, group_require="1").path
    put_in(as_owner, group, ann)
    as_owner.get(group)
    as_owner.submit(press="go=preview", having="number")
    assert "The group “Night shift” is removed." in as_owner.page.text
    assert "This asks for less than before" in as_owner.page.text
    as_owner.submit(press="go=back")
    assert as_owner.page.path == group
    as_owner.submit(press="go=preview", having="number")
    as_owner.submit(press="go=save")
    assert as_owner.page.path == PAGE
    assert "Removed." in as_owner.page.text
    assert where(desk, ann) == "/"
    assert as_owner.get(group).status == 404
    assert as_owner.get(f"{group}/rule").status == 404
    (mail,) = desk.mails("policy_weakened")
    assert "Fewer people belong to the group “Night shift”, which asks for more, or it is gone." in mail.text
    as_owner.get(POLICY)
    as_owner.post(f"{POLICY}/restore", {"number": "2", "back_to": "1"})
    assert "A new group: “Night shift”." in as_owner.page.text
    as_owner.submit(press="go=save")
    assert where(desk, ann) == "/sign-in/set-up"


def test_members_are_paged(desk: Desk, as_owner: Browser) -> None:
    people = [desk.add(f"agent{number:02}@acme.example", name=f"Agent {number:02}") for number in range(60)]
    group = make(as_owner).path
    for half in (people[:30], people[30:]):
        put_in(as_owner, group, *half)
    assert "60 people were put in by hand." in as_owner.get(group).text
    assert "agent59@acme.example" not in as_owner.page.text
    assert "agent59@acme.example" in as_owner.click("Next").text
    assert "agent00@acme.example" in as_owner.click("Previous").text
    desk.services.people.remove(desk.account.id, people[0].id)
    assert "59 people were put in by hand." in as_owner.get(group).text


def test_nothing_chosen_and_nothing_there(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    assert as_owner.post(f"{PAGE}/put-in", {f"pick_{ann.id}": "1"}).path == LIST
    group = make(as_owner).path
    as_owner.post(f"{PAGE}/put-in", {f"pick_{ann.id}": "1"})
    assert "Choose a group first." in as_owner.page.text
    as_owner.post(f"{PAGE}/put-in", {"group": group.removeprefix(f"{PAGE}/")})
    assert "Select somebody first." in as_owner.page.text
    assert as_owner.post(f"{PAGE}/put-in", {f"pick_{ann.id}": "1", "group": "0" * 26}).status == 400
    as_owner.post(f"{group}/take-out", {})
    assert "Select somebody first." in as_owner.page.text
    for act in ("take-out", "remove"):
        assert as_owner.post(f"{PAGE}/{'0' * 26}/{act}", {f"pick_{ann.id}": "1", "go": "save"}).status == 404


@pytest.mark.parametrize(("role", "reads"), [(Role.AUDITOR, True), (Role.AGENT, False), (Role.END_USER, False)])
def test_others_change_nothing(desk: Desk, as_owner: Browser, role: Role, reads: bool) -> None:
    ann = desk.add("ann@acme.example")
    group = make(as_owner).path
    browser = desk.sign_in(desk.add("nosy@acme.example", role, app=True, chosen=True))
    for path in (PAGE, group):
        assert browser.get(path).status == (200 if reads else 403)
    posts = ("/add", "/put-in", f"/{group.rpartition('/')[2]}/rule", f"/{group.rpartition('/')[2]}/take-out")
    for path in (*posts, f"/{group.rpartition('/')[2]}/remove"):
        fields = {"name": "Mine", "go": "save", f"pick_{ann.id}": "1", "group": group.rpartition("/")[2]}
        assert browser.post(f"{PAGE}{path}", fields).status == 403
    assert len(desk.events("policy.changed")) == 1
    assert not desk.events("group.member_added")


def test_the_operator_is_told_the_groups_and_the_ways(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@night.example")
    make(as_owner, domains="night.example", group_require="1", **APP_ONLY)
    found = explain(desk.services, desk.account, ann.email)
    assert found is not None
    told = list(_lines(found, desk.account))
    assert "  Groups: Night shift" in told
    assert "  Ways that count: Authenticator app" in told
    assert any(line.startswith("    because: required of the group “Night shift” since") for line in told)
    assert any("for the group “Night shift”: only these count: Authenticator app" in line for line in told)
