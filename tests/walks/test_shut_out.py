"""Whoever is asked and holds nothing that counts any more, and nothing that opens set-up: admins see them."""

from __future__ import annotations

import csv
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, NoReturn

import pytest

from tests.walks import codes
from tests.walks.group_kit import APP_ONLY, LIST, PAGE, make, put_in
from twofold.core.groups import Extra
from twofold.core.roles import Role
from twofold.core.wanted import Accepts, Requirement
from twofold.flows import counts, report_page, shut_out
from twofold.store.roll_out import RollOutStore

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

REPORTS = "/admin/reports"
OVERVIEW = "/admin/account/security"
ROLL_OUT = "/admin/roll-out"
POLICY = "/admin/account/security/advanced/authentication"

pytestmark = pytest.mark.usefixtures("texts_leave")


@pytest.fixture
def texts(desk: Desk) -> Somebody:
    """Return an agent whose only way is a text message."""
    somebody = desk.add("texts@acme.example", name="Tess Texts", chosen=True)
    codes.give_phone(desk, somebody)
    return somebody


@pytest.fixture
def late(desk: Desk, as_owner: Browser, texts: Somebody) -> Browser:
    """Forbid texts for a group with her in it, and return an owner's browser 15 days later."""
    put_in(as_owner, make(as_owner, **APP_ONLY).path, texts)
    desk.forward(days=15)
    return desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))


def state_of(browser: Browser, name: str, url: str = REPORTS) -> str:
    return browser.get(url).text.partition(name)[2][:160]


def report_of(desk: Desk, browser: Browser) -> dict[str, dict[str, str]]:
    browser.get(REPORTS)
    browser.submit(having="include_end_users")
    desk.mails()
    page = browser.post(f"{browser.page.path}/download")
    rows = csv.DictReader(StringIO(page.content.decode("utf-8-sig")))
    return {row["name"]: row for row in rows}


@pytest.mark.behaviour("B50")
def test_the_state_says_the_truth_before_the_date_and_after_it(desk: Desk, as_owner: Browser, texts: Somebody) -> None:
    put_in(as_owner, make(as_owner, **APP_ONLY).path, texts)
    assert "Must set up by 18 May Text messages" in state_of(as_owner, "Night shift")
    desk.forward(days=15)
    browser = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    said = state_of(browser, "Night shift")
    assert "Must set up nothing they hold counts any more Text messages no longer counts" in said
    assert "Must set up nothing they hold counts any more" in state_of(browser, "texts@acme.example", LIST)
    person = browser.get(f"{LIST}/{texts.id}").text
    assert "Must set up nothing they hold counts any more" in person
    assert "Must set up by" not in person


@pytest.mark.behaviour("B50")
def test_the_report_counts_no_dead_way_as_something_held(desk: Desk, late: Browser) -> None:
    row = report_of(desk, late)["Tess Texts"]
    assert (row["state"], row["2FA on"], row["methods"], row["strong"]) == ("Must set up", "no", "", "no")
    assert (row["enrolled at"], row["no longer count"]) == ("", "sms")
    assert "Tess Texts" not in late.get(f"{REPORTS}?holds=something").text
    assert "Tess Texts" not in late.get(f"{REPORTS}?holds=nothing").text
    assert "Tess Texts" in late.get(f"{REPORTS}?holds=shut_out").text


def test_weak_ways_are_marked(desk: Desk, as_owner: Browser) -> None:
    both = desk.add("both@acme.example", name="Bo Both", app=True, chosen=True)
    codes.give_mailbox(desk, both)
    said = state_of(as_owner, "Bo Both")
    assert "Authenticator app, Codes by mail weak" in said


@pytest.mark.behaviour("B50")
def test_admins_see_how_many_they_are_and_who(desk: Desk, late: Browser, texts: Somebody) -> None:
    sentence = "1 person is asked for a second factor and holds nothing that counts any more."
    assert sentence in late.get(OVERVIEW).text
    page = late.click("Who they are")
    assert page.url == f"{REPORTS}?who=everybody&holds=shut_out"
    assert "Tess Texts" in page.text
    assert "texts@" in page.text
    roll_out = late.get(ROLL_OUT).text
    assert f"Shut out {sentence}" in roll_out
    assert "Tess Texts texts@acme.exampleText messages: no longer counts · only somebody's help lets" in roll_out
    assert "2 of 3 people have a second factor." in roll_out, "the owners; hers does not count"
    assert "2 of 3 people have a second factor." in late.get(POLICY).text
    assert late.get(f"{LIST}/{texts.id}/help").status == 200
    desk.give_app(texts)
    for path in (OVERVIEW, ROLL_OUT):
        assert "holds nothing that counts" not in late.get(path).text
    assert "Nobody fits among the 0 people looked at." in late.get(f"{REPORTS}?who=everybody&holds=shut_out").text


@pytest.mark.behaviour("B50")
def test_of_very_many_the_worker_counts_them(
    desk: Desk, late: Browser, texts: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [desk.add(f"more{number}@acme.example", name=f"More {number}", chosen=True) for number in range(3)]
    for number, one in enumerate(others):
        codes.give_phone(desk, one, f"+447946000{number:03}")
    late.get(PAGE)
    group = next(url for url, words in late.page.links if words == "Night shift")
    put_in(late, group, *others)
    monkeypatch.setattr(counts, "AT_ONCE", 2)
    assert "holds nothing that counts" not in late.get(OVERVIEW).text, "nobody counted yet"
    counts.begin_where_due(desk.services, desk.account.id)
    desk.mails()
    assert "4 people are asked for a second factor and hold nothing" in late.get(OVERVIEW).text
    assert "More 2" in late.get(f"{REPORTS}?who=everybody&holds=shut_out").text
    assert "More 2" in late.get(ROLL_OUT).text
    assert "2 of 6 people have a second factor." in late.page.text
    assert "0 of 4 people have a second factor." in late.get(group).text


def test_the_list_of_them_goes_on_a_page_at_a_time(
    desk: Desk, late: Browser, texts: Somebody, monkeypatch: pytest.MonkeyPatch
) -> None:
    others = [desk.add(f"more{number}@acme.example", name=f"More {number}", chosen=True) for number in range(3)]
    for number, one in enumerate(others):
        codes.give_phone(desk, one, f"+447946000{number:03}")
    late.get(PAGE)
    put_in(late, next(url for url, words in late.page.links if words == "Night shift"), *others)
    monkeypatch.setattr(report_page, "PAGE_SIZE", 3)
    monkeypatch.setattr(shut_out, "READ_AT_ONCE", 2)
    late.get(f"{REPORTS}?who=everybody&holds=shut_out")
    found = [name for name in ("Tess Texts", "More 0", "More 1", "More 2") if name in late.page.text]
    assert len(found) == 3
    late.click("Next")
    found += [name for name in ("Tess Texts", "More 0", "More 1", "More 2") if name in late.page.text]
    assert sorted(found) == ["More 0", "More 1", "More 2", "Tess Texts"]
    monkeypatch.undo()
    assert "Tess Texts" not in late.get(f"{REPORTS}?who=admin&holds=shut_out").text
    assert "Tess Texts" in late.get(f"{REPORTS}?who=agent&holds=shut_out&search=tess").text
    assert "Tess Texts" in late.get(f"{REPORTS}?who=agent&holds=shut_out&after=nonsense").text


def test_what_does_not_touch_them_does_not_name_them(late: Browser, texts: Somebody) -> None:
    late.get(f"{PAGE}/add")
    late.submit({"name": "Others", "group_require": "1"}, press="go=preview", having="domains")
    assert "left without a way" not in late.page.text
    assert "Had no way before, and have none now1" in late.page.text


def test_whoever_has_a_rule_of_their_own_is_counted_as_truly(desk: Desk, as_owner: Browser) -> None:
    desk.add("app@acme.example", app=True, own_rule=Extra(required=Requirement(starts_at=desk.clock.now())))
    texts = desk.add("texts@acme.example")
    codes.give_phone(desk, texts)
    app_only = Accepts(kinds=frozenset({"totp"}), old_ones_prove_until=desk.clock.now() + timedelta(days=14))
    desk.change(texts, own_rule=Extra(required=Requirement(starts_at=desk.clock.now()), accepts=app_only))
    for path in (ROLL_OUT, POLICY):
        assert "2 people by a rule of their own; 2 of them have" in as_owner.get(path).text
    desk.forward(days=15)
    browser = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    for path in (ROLL_OUT, POLICY):
        assert "2 people by a rule of their own; 1 of them has" in browser.get(path).text
    assert "1 person is asked for a second factor and holds nothing" in browser.get(OVERVIEW).text


def test_end_users_before_them_leave_no_one_of_the_team_out_of_that(
    desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, texts = sorted((desk.add(f"{name}@acme.example") for name in ("one", "other")), key=lambda one: one.id)
    codes.give_phone(desk, texts)
    app_only = Accepts(kinds=frozenset({"totp"}), old_ones_prove_until=desk.clock.now() + timedelta(days=14))
    desk.change(texts, own_rule=Extra(required=Requirement(starts_at=desk.clock.now()), accepts=app_only))
    desk.give_app(first)
    desk.change(first, role=Role.END_USER, own_rule=Extra(required=Requirement(starts_at=desk.clock.now())))
    desk.forward(days=15)
    browser = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    monkeypatch.setattr(shut_out, "JUDGED_MOST", 1)
    monkeypatch.setattr(shut_out, "READ_AT_ONCE", 1)
    for path in (ROLL_OUT, POLICY):
        assert "1 person by a rule of their own, who has no second factor yet" in browser.get(path).text


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_list_of_very_many_has_each_of_them_once(
    desk: Desk, late: Browser, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    add_end_users(desk, 3)
    counted_by_the_worker(desk, monkeypatch)
    monkeypatch.setattr(report_page, "PAGE_SIZE", size)
    assert names_of_all_pages(late) == ["Tess Texts", "User 0", "User 1", "User 2"]
    assert "The list ends here" not in late.page.text


@pytest.mark.parametrize("at_once", [1, 100])
def test_no_page_of_very_many_looks_for_more_than_the_worker_kept(
    desk: Desk, late: Browser, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    users = add_end_users(desk, 4)
    monkeypatch.setattr(shut_out, "NAMED_MOST", 2)
    monkeypatch.setattr(shut_out, "KEPT_MOST", 3)
    monkeypatch.setattr(shut_out, "_OF_KEPT_AT_ONCE", at_once)
    counted_by_the_worker(desk, monkeypatch)

    def walked(*_: object, **__: object) -> NoReturn:
        pytest.fail("the page walks an audience")

    monkeypatch.setattr(RollOutStore, "hold_only", walked)
    monkeypatch.setattr(report_page, "PAGE_SIZE", 2)
    kept = sorted(users, key=lambda one: one.id)[:3]
    assert names_of_all_pages(late) == sorted(["Tess Texts", *(desk.person(one).name for one in kept)])
    assert "The list ends here, and more people are shut out" in late.page.text
    assert "5 people are asked for a second factor" in late.get(ROLL_OUT).text
    assert late.page.text.count("only somebody's help lets") == 2
    desk.change(kept[0], role=Role.AGENT)
    assert desk.person(kept[0]).name not in names_of_all_pages(late), "until the worker counts the team anew"


def add_end_users(desk: Desk, number: int) -> list[Somebody]:
    """Add some who are shut out by a rule of their own."""
    now = desk.clock.now()
    app_only = Accepts(kinds=frozenset({"totp"}), old_ones_prove_until=now - timedelta(days=1))
    rule = Extra(required=Requirement(starts_at=now - timedelta(days=1)), accepts=app_only)
    users = [
        desk.add(f"user{one}@globex.example", Role.END_USER, name=f"User {one}", own_rule=rule) for one in range(number)
    ]
    for one, user in enumerate(users):
        codes.give_phone(desk, user, f"+447946000{one:03}")
    return users


def counted_by_the_worker(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "AT_ONCE", 2)
    counts.begin_where_due(desk.services, desk.account.id)
    desk.mails()


def names_of_all_pages(browser: Browser) -> list[str]:
    """Click through the list, and return whom it named, as often as it did."""
    names: list[str] = []
    page = browser.get(f"{REPORTS}?who=everybody&holds=shut_out")
    while True:
        names += [words for _, words in page.links if words == "Tess Texts" or words.startswith("User ")]
        if not any(words == "Next" for _, words in page.links):
            return sorted(names)
        assert len(names) < 20
        page = browser.click("Next")
