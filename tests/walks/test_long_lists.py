"""Lists of more than a page: every line is reached, how many there are is said, and no line asks by itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fakes import FakeEntropy
from tests.store.building import a_call, an_act, an_attempt, an_event, an_import
from tests.walks.counting import counted
from twofold.core.groups import Extra, Group
from twofold.core.helping import Act, State
from twofold.core.ids import GroupId, ReportId
from twofold.core.policy import Accepts, Requirement
from twofold.core.roles import Role
from twofold.flows import help_calls, roll_out
from twofold.ports.announced import Announced
from twofold.ports.imports import ImportState
from twofold.ports.policy import PolicyVersion
from twofold.ports.reports import Report, ReportState
from twofold.web.admin import event_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

HELP = "/admin/help"
RULE = "/admin/people/rule?picked=EVERYBODY"
POLICY = "/admin/account/security/advanced/authentication"
LINE = r"Number (REF-\d{3})"
ENTROPY = FakeEntropy("lists")
DAY = timedelta(days=1)
REQUIRED = {"own_require": "1", "own_way_totp": "1", "own_trust_days": ""}


@pytest.fixture
def olga(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


def call(desk: Desk, number: int, caller: Somebody) -> None:
    made = replace(
        a_call(ENTROPY, caller.id),
        reference=f"REF-{number:03}",
        called_at=desk.clock.now() - timedelta(minutes=number),
    )
    desk.services.help_calls.add(desk.account.id, made)


def ask(desk: Desk, number: int, whom: Somebody, helper: Somebody) -> None:
    now = desk.clock.now()
    made = replace(
        an_act(ENTROPY, whom.id),
        act=Act.RESET,
        asked_by=helper.id,
        asked_at=now - timedelta(minutes=number),
        ends_at=now + timedelta(days=3, minutes=-number),
        state=State.APPROVED if number % 2 else State.ASKED,
        decided_by=helper.id if number % 2 else None,
        decided_at=now if number % 2 else None,
    )
    desk.services.help_acts.add(desk.account.id, made)


def call_and_ask(desk: Desk, number: int, helper: Somebody, one: Somebody) -> None:
    call(desk, number, one)
    ask(desk, number, one, helper)


def exempt(desk: Desk, number: int, helper: Somebody) -> None:
    until = desk.clock.now() + timedelta(days=10)
    one = desk.add(f"free{number}@acme.example", exempt_until=until, exempt_because="No phone")
    given = replace(an_event(ENTROPY, by=helper.id, to=one.id), kind="exemption.given", at=desk.clock.now())
    desk.services.audit.record(desk.account.id, given)


def followed(browser: Browser, label: str, pattern: str) -> list[list[str]]:
    """Follow "Older" of one of the lists to its end; return what stands on each page."""
    found = []
    while True:
        found.append(re.findall(pattern, browser.page.html))
        nav = browser.page.html.partition(f'aria-label="Pages of {label}"')[2].partition("</nav>")[0]
        older = re.search(r'rel="next" href="([^"#]+)#', nav)
        if older is None:
            return found
        browser.get(older[1].replace("&amp;", "&"))


@pytest.mark.behaviour("A64")
def test_every_call_and_every_request_is_reached(desk: Desk, olga: Somebody) -> None:
    adam = desk.add("adam@acme.example", Role.ADMIN)
    people = [desk.add(f"agent{number}@acme.example") for number in range(3)]
    for number in range(120):
        call(desk, number, people[number % 3])
        ask(desk, number, people[number % 3], adam)
    browser = desk.sign_in(olga)
    browser.get(HELP)
    assert browser.page.text.count("120 open") == 2
    calls = followed(browser, "Asking for help", LINE)
    assert [line for page in calls for line in page] == [f"REF-{number:03}" for number in range(120)]
    assert [len(page) for page in calls] == [50, 50, 20]
    requests = followed(browser, "Waiting for a second helper", r'href="/admin/help/(\w{26})"')
    assert [len(page) for page in requests] == [50, 50, 20]
    assert len({line for page in requests for line in page}) == 120
    assert "REF-119" in browser.page.html, "the other list stays where it was"
    browser.click("Newest")
    assert "REF-000" in browser.page.html


def test_every_version_of_the_policy_can_be_put_back(desk: Desk, olga: Somebody) -> None:
    for _ in range(45):
        a_version(desk, olga)
    browser = desk.sign_in(olga)
    browser.get(POLICY)
    pages = followed(browser, "Earlier versions", r"Version (\d+)")
    assert [int(line) for page in pages for line in page] == [*range(45, -1, -1)]
    assert [len(page) for page in pages] == [20, 20, 6]
    assert re.findall(r"Version (\d+)", browser.get(f"{POLICY}?versions=1").html) == pages[0]
    for strange in ("0", "x", "9" * 9, "9" * 10, "9" * 40, "²"):
        assert "Version 45" in browser.get(f"{POLICY}?versions={strange}").text


@pytest.mark.parametrize("page", ["/admin/reports", "/admin/people/import"])
def test_every_report_and_every_import_is_reached(desk: Desk, olga: Somebody, page: str) -> None:
    make, label = {"/admin/reports": (a_report, "Reports"), "/admin/people/import": (an_import_of, "Imports")}[page]
    for _ in range(23):
        desk.forward(minutes=1)
        make(desk, olga)
    browser = desk.sign_in(olga)
    browser.get(page)
    first = re.findall(rf'href="{page}/(\w{{26}})"', browser.page.html)
    pages = followed(browser, label, rf'href="{page}/(\w{{26}})"')
    assert [len(lines) for lines in pages] == [10, 10, 3]
    assert len({line for lines in pages for line in lines}) == 23
    browser.click("Newest")
    assert re.findall(rf'href="{page}/(\w{{26}})"', browser.page.html) == first


def test_the_people_of_a_status_page_stay_while_its_reports_are_paged(desk: Desk, olga: Somebody) -> None:
    desk.add("zoe@acme.example", Role.END_USER)
    for _ in range(11):
        a_report(desk, olga)
    browser = desk.sign_in(olga)
    browser.get("/admin/reports?who=end_user&search=zoe")
    browser.click("Older")
    assert "zoe@acme.example" in browser.page.text
    assert "olga@acme.example" not in browser.page.text.partition("Name or email")[2]


def test_an_agent_sees_end_users_behind_any_number_of_others(desk: Desk) -> None:
    helper = desk.add("helper@acme.example", app=True, chosen=True, helps_since=desk.clock.now())
    colleague, user = desk.add("ann@acme.example"), desk.add("user@globex.example", Role.END_USER)
    for number in range(101):
        call(desk, number, colleague)
    call(desk, 101, user)
    browser = desk.sign_in(helper)
    assert re.findall(LINE, browser.get(HELP).html) == ["REF-101"]
    assert "1 open" in browser.page.text


def test_where_more_are_stuck_than_are_listed_it_is_said(
    desk: Desk, olga: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roll_out, "STUCK_MOST", 2)
    browser = desk.sign_in(olga)
    for number in range(3):
        stuck(desk, number)
        assert ("More are stuck" in browser.get("/admin/roll-out").text) is (number == 2)
    assert len(re.findall("stuck.@acme.example", browser.page.html)) == 2


def test_the_whole_history_of_a_person_is_one_link_away(desk: Desk, olga: Somebody) -> None:
    ann = desk.add("ann+tag@acme.example")
    for _ in range(30):
        something_done(desk, olga, ann)
    browser = desk.sign_in(olga)
    browser.get(f"/admin/people/{ann.id}")
    browser.click("All of it, in the audit log")
    assert browser.page.text.count(str(event_words.sentence("person.role_changed"))) >= 30


def test_of_very_many_it_is_said_that_there_are_more(
    desk: Desk, olga: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(help_calls, "COUNTED_MOST", 2)
    monkeypatch.setattr("twofold.web.admin.help_words.COUNTED_MOST", 2)
    browser = desk.sign_in(olga)
    for number in range(3):
        call(desk, number, olga)
        assert ("More than 2 open" in browser.get(HELP).text) is (number == 2)


@pytest.mark.parametrize("cursor", ["strange", "x" * 3000, "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5Cng"])
def test_a_strange_cursor_begins_the_list(desk: Desk, olga: Somebody, cursor: str) -> None:
    call(desk, 1, olga)
    browser = desk.sign_in(olga)
    for path in (HELP + "?calls=", HELP + "?requests=", "/admin/account/audit?before="):
        assert browser.get(path + cursor).status == 200
    assert "REF-001" in browser.get(f"{HELP}?calls={cursor}").html


def a_report(desk: Desk, helper: Somebody) -> None:
    now = desk.clock.now()
    facts: dict[str, Any] = {"policy": 0, "asked_at": now, "expires_at": now, "state": ReportState.READY}
    report = Report(id=ReportId(ENTROPY.new_id()), asked_by=helper.id, end_users=False, **facts)
    desk.services.reports.add(desk.account.id, report)


def an_import_of(desk: Desk, helper: Somebody) -> None:
    asked = replace(an_import(ENTROPY), asked_by=helper.id, asked_at=desk.clock.now(), finished_at=desk.clock.now())
    assert desk.services.imports.add(desk.account.id, replace(asked, state=ImportState.DONE))


def a_version(desk: Desk, helper: Somebody) -> None:
    now, current = desk.clock.now(), desk.services.policy.current(desk.account.id)
    new = PolicyVersion(number=current.number + 1, rules=current.rules, saved_at=now, saved_by=helper.id)
    assert desk.services.policy.add(desk.account.id, new)


def stuck(desk: Desk, number: int) -> None:
    one = desk.add(f"stuck{number}@acme.example")
    begun = desk.clock.now() - timedelta(minutes=30)
    attempt = replace(an_attempt(ENTROPY, one.id), begun_at=begun, last_step_at=begun, setting_up=True)
    desk.services.attempts.begin(desk.account.id, attempt, token_digest=f"{number:064}")
    desk.services.audit.record(desk.account.id, replace(an_event(ENTROPY, to=one.id), at=desk.clock.now()))


def something_done(desk: Desk, helper: Somebody, to: Somebody) -> None:
    done = replace(an_event(ENTROPY, by=helper.id, to=to.id), kind="person.role_changed", at=desk.clock.now())
    desk.services.audit.record(desk.account.id, done)


def selectable(desk: Desk, number: int) -> Somebody:
    """Add somebody of two groups, who holds something or not."""
    one = desk.add(f"selected{number}@acme.example", app=number % 2 == 0)
    desk.services.announced.keep(desk.account.id, one.id, Announced(starts_at=desk.clock.now(), until=None))
    groups = {GroupId(f"{name:>026}"): Group(name=name, extra=Extra(trust_for=DAY)) for name in ("day", "night")}
    desk.rules(lambda rules: replace(rules, groups=groups))
    for group in groups:
        desk.services.groups.add(desk.account.id, group, [one.id], at=desk.clock.now())
    return one


LISTS: dict[str, Callable[[Desk, int, Somebody, Somebody], object]] = {
    HELP: call_and_ask,
    "/admin/exemptions": lambda desk, number, helper, _: exempt(desk, number, helper),
    "/admin/reports": lambda desk, _, helper, __: a_report(desk, helper),
    "/admin/people/import": lambda desk, _, helper, __: an_import_of(desk, helper),
    POLICY: lambda desk, _, helper, __: a_version(desk, helper),
    "/admin/roll-out": lambda desk, number, _, __: stuck(desk, number),
    "/admin/people/ONE": lambda desk, _, helper, one: something_done(desk, helper, one),
    "/admin/account/audit": lambda desk, _, helper, one: something_done(desk, helper, one),
    RULE: lambda desk, number, _, __: selectable(desk, number),
}


@pytest.mark.parametrize("page", LISTS)
def test_no_line_asks_the_store_by_itself(desk: Desk, olga: Somebody, page: str) -> None:
    one = desk.add("one@acme.example")
    browser = desk.sign_in(olga)

    def asked(lines: range) -> list[str]:
        for number in lines:
            # Each line by somebody else, and of somebody else where it can be.
            helper = desk.add(f"helper{number}@acme.example", Role.ADMIN)
            LISTS[page](desk, number, helper, helper if page == HELP else one)
        everybody = ",".join(row.id for row in desk.services.people.page(desk.account.id).rows)
        url = page.replace("ONE", one.id).replace("EVERYBODY", everybody)
        browser.get(url)
        with counted() as seen:
            assert browser.get(url).status == 200
        return seen

    few = asked(range(2))
    assert asked(range(2, 9)) == few


def test_a_rule_for_many_people_is_judged_by_the_same_questions(desk: Desk, olga: Somebody) -> None:
    browser = desk.sign_in(olga)

    def asked(people: range) -> dict[str, list[str]]:
        picked = ",".join(selectable(desk, number).id for number in people)
        found = {}
        for step, fields in {"preview": REQUIRED, "save": REQUIRED, "preview_remove": {}, "remove": {}}.items():
            # The answer to a post may be kept from the first time on.
            browser.get("/admin/people")
            with counted() as seen:
                page = browser.post("/admin/people/rule", {"picked": picked, "go": step, **fields})
            assert page.status == 200
            found[step] = [statement for statement in seen if statement.startswith("SELECT")]
            if step in {"save", "remove"}:
                assert str(len(people)) in page.text
        return found

    few = asked(range(2))
    assert asked(range(2, 9)) == few


@pytest.mark.parametrize("way", ["put-in", "take-out"])
@pytest.mark.parametrize("kind", ["stricter", "weaker", "exempt", "paused", "ending"])
def test_people_are_moved_between_groups_by_the_same_questions(desk: Desk, olga: Somebody, way: str, kind: str) -> None:
    browser = desk.sign_in(olga)
    group, now = GroupId("g" * 26), desk.clock.now()
    extra = {
        "stricter": Extra(trust_for=DAY),
        "weaker": Extra(accepts=Accepts(kinds=frozenset({"sms"}))),
        "exempt": Extra(exempt_until=now + DAY, exempt_because="At sea"),
        "paused": Extra(paused_until=now + DAY),
        "ending": Extra(required=Requirement(starts_at=now)),
    }[kind]

    def asked(people: range) -> list[str]:
        ids = [selectable(desk, number).id for number in people]
        desk.require(team=kind != "ending")
        desk.rules(lambda rules: replace(rules, groups={**rules.groups, group: Group(name="Moved", extra=extra)}))
        if way == "take-out":
            desk.services.groups.add(desk.account.id, group, ids, at=now)
        browser.get("/admin/people")
        fields = {**{f"pick_{one}": "1" for one in ids}, "shown": ",".join(ids)}
        if way == "put-in":
            fields["group"] = group
        url = f"/admin/people/groups/{way}" if way == "put-in" else f"/admin/people/groups/{group}/{way}"
        with counted() as seen:
            for go in ({}, {"go": "save"}):
                assert browser.post(url, {**fields, **go}).status == 200
        in_it = {
            one for one in ids if group in {each.group for each in desk.services.groups.of_person(desk.account.id, one)}
        }
        assert in_it == (set(ids) if way == "put-in" else set())
        return [statement for statement in seen if statement.startswith("SELECT")]

    few = asked(range(2))
    assert asked(range(2, 9)) == few
