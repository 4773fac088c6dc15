"""Whoever holds a way that a rule lets count no more is told when it is decided, reminded once, told if taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import pytest

from tests.walks import codes, group_kit, rule_kit
from tests.walks.test_mailed_before import NOW, fill, previewed_and_saved
from tests.walks.test_mailed_before import policy as previewed
from tests.walks.test_roll_out import SETTINGS, TEAM
from twofold.core.roles import Role
from twofold.ports.announced import Stopping

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Mail, Somebody

APP_ONLY: Final = {"team_way_sms": None, "team_way_email": None}
ANY_WAY: Final = {"team_way_sms": "1", "team_way_email": "1"}
REQUIRED: Final = {TEAM: "1", "team_starts": "now"}
LONDON: Final = ZoneInfo("Europe/London")
SECOND: Final = timedelta(seconds=1)
STOP: Final = "ways_stop"
REMINDER: Final = "ways_stop_reminder"
AGAIN: Final = "ways_count_again"


def policy(browser: Browser, **fields: str | None) -> None:
    browser.get(SETTINGS)
    browser.submit(fields, press="go=save", having=TEAM)
    assert "Saved." in browser.page.text


def told(desk: Desk, somebody: Somebody) -> list[str]:
    """Return what somebody was mailed of their ways, by the names of templates."""
    return [mail.template for mail in about_ways(desk, somebody)]


def about_ways(desk: Desk, somebody: Somebody) -> list[Mail]:
    return [mail for mail in desk.mails(to=somebody.email) if mail.template.startswith("ways_")]


def link_in(mail: Mail) -> str:
    return next(line for line in mail.text.splitlines() if "?link=" in line)


def days_of(desk: Desk, template: str, somebody: Somebody, *, most: int) -> list[int]:
    """Return on which days from now on somebody gets such a mail."""
    found: list[int] = []
    before = len(desk.mails(template, to=somebody.email))
    for day in range(1, most + 1):
        desk.forward(days=1)
        found += [day] * (len(desk.mails(template, to=somebody.email)) - before - len(found))
    return found


@pytest.fixture
def ben(desk: Desk) -> Somebody:
    """Return an agent who has text messages alone."""
    ben = desk.add("ben@acme.example")
    codes.give_phone(desk, ben)
    return ben


@pytest.fixture
def both(desk: Desk) -> Somebody:
    """Return an agent who has text messages and an app."""
    both = desk.add("both@acme.example", app=True)
    codes.give_phone(desk, both)
    return both


@pytest.fixture(autouse=True)
def _texts(desk: Desk) -> None:
    codes.texts_go_to(desk, "AT")


@pytest.mark.behaviour("B50")
def test_a_policy_tells_whoever_holds_what_it_forbids_once_and_reminds_them_once(
    desk: Desk, as_owner: Browser, ben: Somebody, both: Somebody
) -> None:
    other, app = desk.add("end@other.example", Role.END_USER), desk.add("app@acme.example", app=True)
    codes.give_phone(desk, other)
    policy(as_owner, **REQUIRED)
    assert told(desk, ben) == []
    policy(as_owner, **APP_ONLY)
    (mail,) = about_ways(desk, ben)
    assert mail.template == STOP
    assert mail.subject.endswith("no longer counts for you: set up another")
    text = " ".join(mail.text.split())
    assert "You are asked for it from" not in text
    last = desk.services.policy.current(desk.account.id).rules.team.accepts.old_ones_prove_until
    assert last is not None
    assert f"- Text messages Until {(last - SECOND).astimezone(LONDON):%-d %B %Y, %H:%M} BST it still opens" in text
    assert "These count: - Authenticator app It takes two minutes: http" in text
    assert "?link=" in text
    assert told(desk, both) == [STOP]
    text = about_ways(desk, both)[0].text
    assert about_ways(desk, both)[0].subject.endswith("no longer counts for you")
    assert "This goes on counting, so you get in as before:\n- Authenticator app" in text
    assert "?link=" not in text
    assert told(desk, app) == told(desk, other) == []
    # What changes nothing of it is told to nobody.
    policy(as_owner, team_trust_days="7")
    group_kit.make(as_owner, **group_kit.APP_ONLY)
    assert told(desk, ben) == [STOP]
    assert days_of(desk, REMINDER, ben, most=20) == [12]
    assert "nothing yet that counts" in desk.mails(REMINDER)[0].text
    assert told(desk, both) == [STOP]


def test_whoever_set_up_what_counts_is_not_reminded(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    assert told(desk, ben) == [STOP]
    desk.give_app(ben)
    assert days_of(desk, REMINDER, ben, most=16) == []
    assert told(desk, ben) == [STOP]


@pytest.mark.behaviour("B50")
def test_the_link_leads_through_the_old_way_to_the_set_up_of_another(
    desk: Desk, as_owner: Browser, ben: Somebody
) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    browser = desk.browser()
    browser.get(link_in(about_ways(desk, ben)[0]))
    browser.submit({"password": ben.password})
    assert browser.page.path == "/sign-in/passcode"
    browser.submit({"passcode": codes.code(desk), "kind": "sms"})
    desk.set_up(ben, browser)
    assert {one.kind for one in desk.held(ben)} == {"sms", "totp"}


def test_whoever_holds_only_what_counts_no_more_gets_a_new_link(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    url = link_in(about_ways(desk, ben)[0])
    desk.forward(days=16)
    browser = desk.browser()
    browser.get(url)
    assert browser.submit().status == 200
    assert len(desk.mails("set_up_link", to=ben.email)) == 1
    desk.give_app(ben)
    desk.forward(hours=1)
    browser.get(url)
    browser.submit()
    assert len(desk.mails("set_up_link", to=ben.email)) == 1, "they have something that counts"


def test_whoever_is_signed_in_proves_the_old_way_and_sets_up_another(
    desk: Desk, as_owner: Browser, ben: Somebody
) -> None:
    policy(as_owner, **REQUIRED)
    browser = desk.browser()
    desk.present_password(browser, ben)
    browser.submit({"passcode": codes.code(desk), "kind": "sms"})
    policy(as_owner, **APP_ONLY)
    browser.get(link_in(about_ways(desk, ben)[0]))
    browser.submit()
    assert browser.page.path.startswith("/sign-in/set-up"), browser.page.text


@pytest.mark.behaviour("B50")
def test_taken_back_it_is_told_once_to_whoever_was_told(
    desk: Desk, as_owner: Browser, ben: Somebody, both: Somebody
) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    assert told(desk, ben) == told(desk, both) == [STOP]
    late = desk.add("late@acme.example", app=True)
    codes.give_phone(desk, late)
    policy(as_owner, **ANY_WAY)
    assert told(desk, ben) == told(desk, both) == [STOP, AGAIN]
    policy(as_owner, team_trust_days="7")
    assert told(desk, ben) == [STOP, AGAIN]
    assert told(desk, late) == [], "nobody told them"
    desk.forward(days=15)
    assert told(desk, ben) == [STOP, AGAIN], "there is nothing to remind of"


def test_where_the_requirement_ends_with_it_one_mail_says_so(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    assert told(desk, ben) == [STOP]
    desk.forward(minutes=1)
    policy(as_owner, **{TEAM: None}, **ANY_WAY)
    assert told(desk, ben) == [STOP]
    assert len(desk.mails("requirement_ended", to=ben.email)) == 1


def test_another_day_is_told_once_and_reminded_of(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    assert told(desk, ben) == [STOP]
    later = desk.clock.now() + timedelta(days=30)
    policy(as_owner, team_old="set_up", team_old_until=f"{later:%Y-%m-%d}")
    assert told(desk, ben) == [STOP, STOP]
    assert "The day that we wrote of before no longer counts." in about_ways(desk, ben)[1].text
    assert len(days_of(desk, REMINDER, ben, most=35)) == 1
    assert told(desk, ben) == [STOP, STOP, REMINDER]


def test_a_day_that_comes_back_is_reminded_of_once(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    for days in (20, 30, 20):
        day = desk.clock.now() + timedelta(days=days)
        policy(as_owner, team_old="set_up", team_old_until=f"{day:%Y-%m-%d}")
        assert told(desk, ben)[-1] == STOP
    assert days_of(desk, REMINDER, ben, most=35) == [18]
    assert told(desk, ben) == [STOP] * 3 + [REMINDER]


def test_whoever_is_asked_for_nothing_is_told_once_that_changes(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **APP_ONLY)
    assert told(desk, ben) == [], "nobody asks them for it, nor will"
    policy(as_owner, **{TEAM: "1", "team_starts": "at", "team_starts_at": "2026-06-01T08:00"})
    assert told(desk, ben) == [STOP], "it does not count when they are asked"
    assert "You are asked for it from 1 June 2026, 08:00 BST on." in about_ways(desk, ben)[0].text


@pytest.mark.behaviour("B50")
def test_a_rule_of_a_group_tells_its_people_alone(desk: Desk, as_owner: Browser, ben: Somebody, both: Somebody) -> None:
    cy = desk.add("cy@other.example")
    codes.give_phone(desk, cy)
    policy(as_owner, **REQUIRED)
    group = group_kit.make(as_owner).path
    group_kit.put_in(as_owner, group, ben)
    assert told(desk, ben) == []
    group_kit.change(as_owner, group, **group_kit.APP_ONLY)
    assert (told(desk, ben), told(desk, cy), told(desk, both)) == ([STOP], [], [])
    # An address decides as well.
    group_kit.change(as_owner, group, domains="other.example")
    assert (told(desk, ben), told(desk, cy), told(desk, both)) == ([STOP], [STOP], [])
    group_kit.change(as_owner, group, domains="")
    assert (told(desk, ben), told(desk, cy)) == ([STOP], [STOP, AGAIN])
    assert days_of(desk, REMINDER, ben, most=16) == [12]


@pytest.mark.behaviour("B50")
def test_being_put_into_a_group_tells_at_once_and_leaving_it_too(
    desk: Desk, as_owner: Browser, ben: Somebody, both: Somebody
) -> None:
    policy(as_owner, **REQUIRED)
    group = group_kit.make(as_owner, **group_kit.APP_ONLY).path
    assert told(desk, ben) == []
    group_kit.put_in(as_owner, group, ben, both)
    assert told(desk, ben) == told(desk, both) == [STOP]
    group_kit.put_in(as_owner, group, ben, both)
    assert told(desk, ben) == [STOP]
    as_owner.post(f"{group}/take-out", {f"pick_{ben.id}": "1", "go": "save"})
    assert (told(desk, ben), told(desk, both)) == ([STOP, AGAIN], [STOP])


def test_whoever_comes_into_a_group_after_its_last_day_is_told_what_is_left(
    desk: Desk, as_owner: Browser, olive: Somebody, ben: Somebody, both: Somebody
) -> None:
    policy(as_owner, **REQUIRED)
    group = group_kit.make(as_owner, **group_kit.APP_ONLY).path
    desk.forward(days=15)
    as_owner = desk.sign_in(olive)
    group_kit.put_in(as_owner, group, ben, both)
    (mail,) = about_ways(desk, ben)
    assert "- Text messages\nIt opens nothing any more." in mail.text
    assert "a recovery code, or somebody who helps you" in mail.text
    assert "?link=" not in mail.text
    assert "opens nothing" not in about_ways(desk, both)[0].text
    # A later change of something else digs nothing up again, nor what an earlier version told nobody.
    policy(as_owner, team_way_email=None)
    assert told(desk, ben) == [STOP]
    desk.services.stopping.keep(desk.account.id, ben.id, Stopping(ways={}))
    policy(as_owner, team_way_email="1")
    assert told(desk, ben) == [STOP]


@pytest.mark.behaviour("B50")
def test_a_rule_for_one_tells_them_alone(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    cy = desk.add("cy@acme.example")
    codes.give_phone(desk, cy)
    policy(as_owner, **REQUIRED)
    rule_kit.make_rule(as_owner, ben, **rule_kit.APP_ONLY)
    assert (told(desk, ben), told(desk, cy)) == ([STOP], [])
    assert days_of(desk, REMINDER, ben, most=16) == [12]


@pytest.mark.behaviour("B50")
def test_a_rule_for_one_that_is_taken_back_is_told(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **REQUIRED)
    rule_kit.make_rule(as_owner, ben, **rule_kit.APP_ONLY)
    assert told(desk, ben) == [STOP]
    rule_kit.take_back(as_owner, ben)
    assert told(desk, ben) == [STOP, AGAIN]
    desk.forward(days=14)
    assert told(desk, ben) == [STOP, AGAIN]


def test_what_is_taken_back_before_anybody_was_told_is_told_to_nobody(
    desk: Desk, as_owner: Browser, ben: Somebody
) -> None:
    policy(as_owner, **REQUIRED, **APP_ONLY)
    policy(as_owner, **ANY_WAY)
    assert told(desk, ben) == []


def test_another_role_brings_other_ways(desk: Desk, as_owner: Browser) -> None:
    cy = desk.add("cy@acme.example", Role.END_USER, chosen=True)
    codes.give_phone(desk, cy)
    policy(as_owner, **REQUIRED, **APP_ONLY)
    assert told(desk, cy) == []
    as_owner.get(f"/admin/people/{cy.id}")
    as_owner.post(f"/admin/people/{cy.id}/role", {"role": "agent"})
    assert told(desk, cy) == [STOP]


def test_an_address_that_leads_into_a_group_tells_at_the_new_one(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    new = "ben@globex.example"
    policy(as_owner, **REQUIRED)
    group_kit.make(as_owner, domains="globex.example", **group_kit.APP_ONLY)
    assert told(desk, ben) == []
    as_owner.post(f"/admin/people/{ben.id}/address", {"new_address": new, "check": "video", "reason": "Lost"})
    (proposed,) = desk.mails("address_proposed", to=new)
    browser = desk.browser()
    browser.get(str(proposed.params["url"]))
    browser.submit()
    assert desk.person(ben).email == new
    assert [mail.template for mail in desk.mails(to=new)][-1] == STOP
    assert told(desk, ben) == []


def test_whoever_changes_their_own_address_into_a_group_is_told(desk: Desk, as_owner: Browser, both: Somebody) -> None:
    new = "both@globex.example"
    policy(as_owner, **REQUIRED)
    group_kit.make(as_owner, domains="globex.example", **group_kit.APP_ONLY)
    browser = desk.sign_in(both)
    browser.get("/profile/address")
    browser.submit({"new_address": new})
    browser.submit({"address_code": str(desk.mails("address_code", to=new)[-1].params["code"])}, having="address_code")
    assert desk.person(both).email == new
    assert [mail.template for mail in desk.mails(to=new)][-1] == STOP


def test_whoever_was_suspended_is_told_once_they_are_let_in_again(desk: Desk, as_owner: Browser, ben: Somebody) -> None:
    policy(as_owner, **REQUIRED)
    as_owner.post(f"/admin/people/{ben.id}/suspend", {})
    policy(as_owner, **APP_ONLY)
    assert told(desk, ben) == []
    as_owner.post(f"/admin/people/{ben.id}/unsuspend", {})
    assert told(desk, ben) == [STOP]


@pytest.mark.behaviour("B50")
def test_whoever_has_a_way_that_no_longer_counts_is_counted_too(desk: Desk, as_owner: Browser) -> None:
    fill(desk)
    for name in ("ben", "cy"):
        codes.give_phone(desk, desk.add(f"{name}@acme.example"))
    codes.give_phone(desk, desk.add("both@acme.example", app=True))
    assert previewed(desk, as_owner, **APP_ONLY) == {}, "they are asked for nothing"
    assert previewed(desk, as_owner, **NOW)["ways_stop"] == 3
    assert previewed(desk, as_owner, team_way_sms="1") == {"ways_count_again": 3}
    group_kit.make(as_owner, domains="acme.example", **group_kit.APP_ONLY)
    group = as_owner.page.path
    assert [mail.template for mail in desk.mails(to="ben@acme.example")].count("ways_stop") == 2

    def removal() -> Page:
        as_owner.get(f"{group}/rule")
        return as_owner.post(f"{group}/remove", {"go": "preview"})

    assert previewed_and_saved(desk, as_owner, removal) == {"ways_count_again": 3}


@pytest.mark.behaviour("B50", "B60")
def test_before_people_are_moved_it_is_said_whom_that_mails(
    desk: Desk, as_owner: Browser, ben: Somebody, both: Somebody
) -> None:
    fill(desk)
    ann = desk.add("anna@acme.example")
    previewed(desk, as_owner, **NOW)
    group = group_kit.make(as_owner, **group_kit.APP_ONLY).path
    everybody = (ben, both, ann)
    found = previewed_and_saved(desk, as_owner, lambda: group_kit.select(as_owner, group, *everybody))
    assert found == {"ways_stop": 2}

    def out() -> Page:
        as_owner.get(group)
        return as_owner.post(f"{group}/take-out", {f"pick_{one.id}": "1" for one in everybody})

    assert previewed_and_saved(desk, as_owner, out) == {"ways_count_again": 2}
