"""Groups: made and filled in Admin Center, part of the policy, and felt at the next sign-in by their people alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.codes import ANOTHER, NUMBER, things_on
from tests.walks.group_kit import APP_ONLY, LIST, PAGE, change, make, put_in, where
from tests.walks.kit import is_signed_in
from twofold.core.groups import GROUPS_MOST, Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

POLICY = "/admin/account/security/advanced/authentication"

pytestmark = pytest.mark.usefixtures("texts_leave")


@pytest.mark.behaviour("B60")
def test_of_two_groups_one_requires_it_and_its_people_alone_are_asked(desk: Desk, as_owner: Browser) -> None:
    ann, ben, cleo = (desk.add(f"{name}@acme.example") for name in ("ann", "ben", "cleo"))
    night = make(as_owner, group_require="1").path
    assert "Saved." in as_owner.page.text
    day = make(as_owner, "Day shift").path
    assert "1 person was put in." in put_in(as_owner, night, ann).text
    put_in(as_owner, day, ben)
    assert where(desk, ann) == "/sign-in/set-up"
    assert where(desk, ben) == "/"
    assert where(desk, cleo) == "/"
    browser = desk.browser()
    desk.present_password(browser, ann)
    desk.set_up(ann, browser)
    assert is_signed_in(browser)
    assert "has required it of everybody in “Night shift”" in browser.get("/profile/security").text
    assert "On, required" in as_owner.get(f"{LIST}/{ann.id}").text
    assert "The group “Night shift” requires it since" in as_owner.page.text


@pytest.mark.behaviour("B60")
def test_an_email_domain_and_a_role_make_members_too(desk: Desk, as_owner: Browser) -> None:
    emil, fay = (desk.add(f"x@{host}.example", Role.END_USER) for host in ("globex", "initech"))
    agent, admin = desk.add("ann@acme.example"), desk.add("adam@acme.example", Role.ADMIN)
    make(as_owner, "Globex", domains=" @GLOBEX.example\n", group_require="1")
    make(as_owner, "Helpers", role_admin="1", role_owner="1", group_require="1")
    assert [where(desk, one) for one in (emil, fay, agent, admin)] == ["/sign-in/set-up", "/", "/", "/sign-in/set-up"]
    text = as_owner.get(PAGE).text
    assert "Everybody whose address ends in: @globex.example." in text
    assert "Everybody who is: Admin, Owner." in text


@pytest.mark.behaviour("B50")
def test_a_stronger_rule_for_admins(desk: Desk, as_owner: Browser) -> None:
    adam, ann = desk.add("adam@acme.example", Role.ADMIN, chosen=True), desk.add("ann@acme.example", chosen=True)
    codes.give_phone(desk, adam)
    codes.give_phone(desk, ann, ANOTHER)
    make(as_owner, "Helpers", role_admin="1", group_only_strong="1", group_old_until="2026-05-20")
    assert "Saved." in as_owner.page.text

    browser = desk.browser()
    desk.present_password(browser, adam)
    browser.submit({"passcode": codes.code(desk, NUMBER)}, having="passcode")
    assert browser.page.path == "/sign-in/set-up", "another method opens set-up alone"
    assert not is_signed_in(browser)
    browser.submit(press="go=set_up")
    assert set(things_on(browser.page)) == {"computer", "app", "token", "none"}

    agent = desk.browser()
    desk.present_password(agent, ann)
    agent.submit({"passcode": codes.code(desk, ANOTHER)}, having="passcode")
    assert is_signed_in(agent)

    desk.forward(days=17)
    late = desk.browser()
    desk.present_password(late, adam)
    assert late.page.path == "/sign-in/passcode"
    before = len(codes.sent(desk, NUMBER))
    late.post("/sign-in/passcode", {"kind": "sms", "again": "1"})
    assert len(codes.sent(desk, NUMBER)) == before, "after the date it counts for nothing"
    assert not is_signed_in(late)


def test_the_app_alone_for_one_group_is_felt_at_the_next_sign_in(desk: Desk, as_owner: Browser) -> None:
    ann, ben = (desk.add(f"{name}@acme.example", chosen=True) for name in ("ann", "ben"))
    codes.give_phone(desk, ann)
    codes.give_phone(desk, ben, ANOTHER)
    group = make(as_owner).path
    put_in(as_owner, group, ann)
    signed_in = desk.browser()
    desk.present_password(signed_in, ann)
    signed_in.submit({"passcode": codes.code(desk, NUMBER)}, having="passcode")
    assert is_signed_in(signed_in), "the group asks for nothing yet"

    change(as_owner, group, "go=preview", **APP_ONLY)
    assert "People in “Night shift”: only these ways count from now on: Authenticator app." in as_owner.page.text
    as_owner.submit(press="go=save")
    assert "Saved." in as_owner.page.text
    assert is_signed_in(signed_in), "sessions run out by themselves"
    for somebody, number, path in ((ann, NUMBER, "/sign-in/set-up"), (ben, ANOTHER, "/")):
        browser = desk.browser()
        desk.forward(minutes=2)
        desk.present_password(browser, somebody)
        browser.submit({"passcode": codes.code(desk, number)}, having="passcode")
        assert browser.page.path == path


def test_how_often_is_a_groups_choice_too(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@night.example", app=True, chosen=True)
    make(as_owner, domains="night.example", group_trust_days="0")
    assert "A code is asked for at every sign-in." in as_owner.page.text
    browser = desk.sign_in(ann)
    browser.sign_out()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    assert not browser.page.form("passcode").has("trust_device")
    group = as_owner.page.path
    change(as_owner, group, group_trust_days="")
    (mail,) = desk.mails("policy_weakened")
    assert "Trusted computers of people in the group “Night shift” are asked less often." in mail.text


def test_a_groups_rule_starts_when_it_says_and_lets_people_wait(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@night.example")
    make(
        as_owner,
        domains="night.example",
        group_require="1",
        group_starts="at",
        group_starts_at="2026-05-06T09:00",
        group_grace_days="3",
    )
    assert "A second factor is required from Wednesday 6 May 2026, 09:00 (Europe/London) on." in as_owner.page.text
    assert where(desk, ann) == "/"
    desk.forward(days=2, minutes=1)
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert is_signed_in(browser)
    desk.forward(days=3)
    assert where(desk, ann) == "/sign-in/set-up"


def test_nobody_saves_a_rule_of_a_group_that_they_do_not_meet(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    make(as_owner, group_way_totp=None, group_way_sms=None)
    assert as_owner.page.status == 400
    assert "You do not meet this yourself" in as_owner.page.text
    group = make(as_owner).path
    codes.give_mailbox(desk, olive)
    change(as_owner, group, group_way_totp=None, group_way_sms=None)
    assert "Saved." in as_owner.page.text
    mailbox = next(one for one in desk.held(olive) if one.kind == "email")
    assert desk.services.enrolments.remove(desk.account.id, olive.id, [mailbox.id])
    page = put_in(as_owner, group, olive)
    assert page.status == 403
    assert "You do not meet the rule of this group" in page.text
    change(as_owner, group, domains="acme.example")
    assert as_owner.page.status == 400, "it would name oneself"


def test_saving_is_a_version_with_before_and_after_and_asks_for_a_code(
    desk: Desk, olive: Somebody, as_owner: Browser
) -> None:
    desk.forward(minutes=6)
    as_owner.get(f"{PAGE}/add")
    as_owner.submit(
        {"name": "Night shift", "group_require": "1", "because": "The board"}, having="domains", press="go=save"
    )
    assert as_owner.page.form().has("proof_passcode")
    assert desk.services.policy.current(desk.account.id).number == 0
    as_owner.submit({"proof_passcode": olive.app.next_code()})
    group = as_owner.page.path
    (event,) = desk.events("policy.changed")
    before, after = event.detail["before"], event.detail["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert before["groups"] == {}
    assert isinstance(after["groups"], dict)
    assert [*after["groups"]] == [group.removeprefix(f"{PAGE}/")]
    version = desk.services.policy.current(desk.account.id)
    assert (version.number, version.because, version.saved_by) == (1, "The board", olive.id)
    make(as_owner, "Day shift")
    newest = desk.events("policy.changed")[-1]
    assert isinstance(newest.detail["before"], dict)
    assert newest.detail["before"]["groups"] == {}, "only what changed is kept in the log"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": ""}, "Give the group a name."),
        ({"name": "x" * 61}, "60 characters at most"),
        ({"name": "Night\u202eshift"}, "without control characters"),
        ({"name": "NIGHT  shift"}, "Another group has this name."),
        ({"name": "N", "domains": "globex.example\nnot a domain"}, "is no domain"),
        ({"name": "N", "domains": " ".join(f"d{number}.example" for number in range(51))}, "Name 50 domains at most"),
        ({"name": "N", "group_trust_days": "91"}, "from 0 to 90"),
        ({"name": "N", "group_way_totp": None, "group_only_strong": "1"}, "None of these is strong enough"),
        (
            {"name": "N", "group_require": "1", "group_starts": "at", "group_starts_at": "2020-01-01T09:00"},
            "still to come",
        ),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(
    desk: Desk, as_owner: Browser, fields: dict[str, str | None], message: str
) -> None:
    make(as_owner)
    name = fields.pop("name") or ""
    make(as_owner, name, **fields)
    assert as_owner.page.status == 400
    assert as_owner.page.title.startswith("Error:")
    assert message in as_owner.page.text
    assert len(desk.services.policy.current(desk.account.id).rules.groups) == 1


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x>', "{{ name }} {0} %s %(x)s", "Zoë & Søn 🦉"]
)
def test_a_hostile_name_is_text_wherever_it_stands(desk: Desk, as_owner: Browser, name: str) -> None:
    ann = desk.add("ann@acme.example")
    make(as_owner, name, "go=preview", group_require="1")
    assert name in as_owner.page.text
    as_owner.submit(press="go=save")
    group = as_owner.page.path
    assert as_owner.page.text.count(name) >= 1
    put_in(as_owner, group, ann)
    for path in (PAGE, group, f"{group}/rule", f"{LIST}/{ann.id}", LIST):
        page = as_owner.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.html
        assert "<img src=x>" not in page.html
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert name in browser.page.text, "the person is told whose rule it is"
    change(as_owner, group, group_require=None)
    (mail,) = desk.mails("policy_weakened")
    assert name in mail.text


def test_there_are_200_groups_at_most(desk: Desk, as_owner: Browser) -> None:
    groups = {GroupId(f"{number:026}"): Group(name=f"Group {number:03}") for number in range(GROUPS_MOST)}
    desk.rules(lambda rules: replace(rules, groups=groups))
    assert as_owner.get(PAGE).text.count("Asks for nothing yet.") == GROUPS_MOST
    make(as_owner, "One too many")
    assert as_owner.page.status == 400
    assert "There are 200 groups already" in as_owner.page.text
    ann = desk.add("ann@acme.example")
    assert where(desk, ann) == "/"


def test_two_admins_at_once_do_not_overwrite_each_other(desk: Desk, as_owner: Browser) -> None:
    other = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    other.get(f"{PAGE}/add")
    group = make(as_owner).path
    other.submit({"name": "Mine"}, press="go=save", having="domains")
    assert other.page.status == 400
    assert "Somebody else saved meanwhile." in other.page.text
    other.submit(press="go=save", having="domains")
    assert "Saved." in other.page.text
    as_owner.get(group)
    number = dict(as_owner.page.form("number").fields)["number"]
    make(other, "Another")
    as_owner.post(f"{group}/remove", {"number": number, "go": "save"})
    assert "Somebody else saved meanwhile." in as_owner.page.text
    assert as_owner.page.path == group


def test_an_admin_without_a_second_factor_sets_theirs_up_first(desk: Desk) -> None:
    browser = desk.sign_in(desk.add("bea@acme.example", Role.ADMIN))
    make(browser, group_require="1")
    assert browser.page.status == 400
    assert "Set up your own second factor first" in browser.page.text
    assert desk.services.policy.current(desk.account.id).number == 0
