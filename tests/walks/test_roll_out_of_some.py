"""Roll-out, Authentication and the list of people where a second factor is required of some by a rule of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.walks.group_kit import make, put_in, where
from tests.walks.rule_kit import LIST, make_rule, take_back
from tests.walks.test_roll_out_page import PAGE, led_to, pause
from twofold.core.groups import Extra
from twofold.core.policy import Requirement
from twofold.core.roles import Role
from twofold.flows import later, set_up_told
from twofold.flows.policy import PAGE as AUTHENTICATION
from twofold.ports.jobs import TELL_SET_UP

if TYPE_CHECKING:
    import pytest

    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

WHO = "Who they are of whom a rule of their own requires it"
ONE = "Required of 1 person by a rule of their own, who has no second factor yet."


def required_of(desk: Desk, *people: Somebody, grace_for: timedelta = timedelta(), in_days: int = 0) -> None:
    required = Requirement(starts_at=desk.clock.now() + timedelta(days=in_days), grace_for=grace_for)
    for one in people:
        desk.change(one, own_rule=Extra(required=required))


def announced(desk: Desk, as_owner: Browser) -> list[str]:
    as_owner.get(PAGE)
    as_owner.submit({"text": "Bring your phone."}, having="announce", press="announce=1")
    return sorted(mail.to for mail in desk.mails("set_up_announced"))


def part(page: Page, heading: str, until: str) -> str:
    return page.text.partition("See what they will see")[2].partition(heading)[2].partition(until)[0]


def test_they_are_counted_and_named_on_both_pages(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    for one in (PAGE, AUTHENTICATION):
        assert "by a rule of their own" not in as_owner.get(one).text.partition("Announce")[0]
    assert "announce" not in as_owner.get(PAGE).html
    make_rule(as_owner, ann, own_require="1")

    page = as_owner.get(PAGE)
    assert f"Not required of everybody here. {ONE} {WHO}" in page.text
    assert page.text.count("Not required.") == 1, "the end users"
    assert "Announce" in page.text
    assert "Pause set-up" in page.text
    page = as_owner.get(AUTHENTICATION)
    assert f"{ONE} {WHO}" in page.text
    assert page.text.count(ONE) == 1
    assert "Requiring it leads" not in page.text, "nobody else has nothing"

    desk.add("bea@acme.example")
    assert "Requiring it leads 1 person through set-up" in as_owner.get(AUTHENTICATION).text
    listed = as_owner.click(WHO)
    assert listed.path == LIST
    assert ann.email in listed.text
    assert "bea@acme.example" not in listed.text
    assert "ann@acme.example" not in as_owner.get(f"{LIST}?own_rule=1&search=bea").text
    assert "Nobody fits of whom a rule of their own" in as_owner.page.text

    take_back(as_owner, ann)
    assert "by a rule of their own" not in as_owner.get(AUTHENTICATION).text
    assert "announce" not in as_owner.get(PAGE).html


def test_how_far_they_are_is_said_of_each_audience(desk: Desk, as_owner: Browser) -> None:
    ann, app = desk.add("ann@acme.example"), desk.add("app@acme.example", app=True)
    users = [desk.add(f"user{number}@globex.example", Role.END_USER) for number in range(2)]
    gone = desk.add("gone@acme.example", suspended_at=desk.clock.now())
    required_of(desk, ann, app, gone, *users)
    text = as_owner.get(PAGE).text
    assert "Required of 2 people by a rule of their own; 1 of them has a second factor." in text
    assert "Required of 2 people by a rule of their own; 0 of them have a second factor." in text
    desk.require(team=True)
    text = as_owner.get(PAGE).text
    assert "Required since" in text
    assert "Not required of everybody here." in text, "the end users"
    assert "Required of 2 people by a rule of their own; 1 of them has a second factor." in text


def test_of_very_many_it_is_only_said_that_there_are(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    required_of(desk, *(desk.add(f"p{number}@acme.example") for number in range(3)))
    monkeypatch.setattr("twofold.flows.alone.AT_ONCE", 2)
    assert "Required of more than 20,000 people by a rule of their own." in as_owner.get(PAGE).text


def test_an_announcement_reaches_them_without_any_other_rule(desk: Desk, as_owner: Browser) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example")
    user = desk.add("user@globex.example", Role.END_USER)
    required_of(desk, ann, user, grace_for=timedelta(days=7))
    required_of(desk, desk.add("app@acme.example", app=True), in_days=2)
    assert announced(desk, as_owner) == [ann.email, user.email]
    assert not desk.mails(to=ben.email)
    mail = desk.mails("set_up_announced", to=ann.email)[0]
    assert "Bring your phone." in mail.text
    assert "until 11 May 2026" in mail.text


def test_each_is_announced_to_once_whatever_names_them(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(set_up_told, "CHUNK", 2)
    make(as_owner, "Night shift", group_require="1")
    group = as_owner.page.path
    team = [desk.add(f"team{number}@acme.example") for number in range(5)]
    users = [desk.add(f"user{number}@globex.example", Role.END_USER) for number in range(5)]
    put_in(as_owner, group, users[0], team[0])
    required_of(desk, *team, *users[:4], in_days=3)
    desk.mails()
    assert announced(desk, as_owner) == sorted(one.email for one in (*team, *users[:4]))
    desk.require(team=True)
    # An end user with a rule of their own is reached where only the team is asked.
    assert users[1].email in announced(desk, as_owner)


def test_a_pause_holds_for_them_too(desk: Desk, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    user = desk.add("user@globex.example", Role.END_USER)
    required_of(desk, ann, user)
    assert where(desk, ann) == "/sign-in/set-up"
    pause(as_owner, "team")
    assert "Paused. Every owner and admin is mailed." in as_owner.page.text
    assert led_to(desk, ann) == ("/sign-in/set-up", True), "with a notice"
    assert led_to(desk, user) == ("/sign-in/set-up", False)
    desk.forward(minutes=61)
    assert led_to(desk, ann) == ("/sign-in/set-up", False)


def test_whoever_was_let_in_is_reminded_of_their_own_date(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    required_of(desk, ann)
    set_up_told.remind_where_due(desk.services, desk.account)
    desk.change(ann, grace_until=desk.clock.now() + timedelta(days=4))
    desk.mails()
    desk.forward(days=2)
    set_up_told.remind_where_due(desk.services, desk.account)
    assert [mail.to for mail in desk.mails("set_up_reminder")] == [ann.email]


def test_nobody_else_is_gone_through_for_a_date_of_some(desk: Desk) -> None:
    required_of(desk, desk.add("ann@acme.example"))
    desk.require()
    set_up_told.remind_where_due(desk.services, desk.account)
    desk.forward(days=1)
    desk.mails()
    set_up_told.remind_where_due(desk.services, desk.account)
    jobs = desk.services.jobs
    put = []
    while (job := jobs.lease_next(desk.clock.now(), timedelta(minutes=2))) is not None:  # type: ignore[attr-defined]  # the worker's side of the store
        put.append(job)
    assert [job.body["alone"] for job in put if job.kind == TELL_SET_UP] == [True]


def test_an_announcement_that_an_earlier_version_put_names_them_as_well(desk: Desk) -> None:
    ann, ben = desk.add("ann@acme.example"), desk.add("ben@acme.example")
    required_of(desk, ann)
    desk.require(team=False, end_users=True)
    rules = desk.services.policy.current(desk.account.id).rules
    everybody, _ = set_up_told._to_everybody(rules, "set_up_announced", {"text": "Soon.", "by": "Olive"})
    body = {name: value for name, value in everybody.items() if name != "alone"}
    with desk.services.transactions.begin():
        later.put(desk.services, desk.account.id, TELL_SET_UP, body, now=desk.clock.now())
    assert [mail.to for mail in desk.mails("set_up_announced")] == [ann.email]
    assert not desk.mails(to=ben.email)
