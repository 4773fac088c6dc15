"""Calls for help from an unfinished sign-in: confirmed, listed, mailed, limited, and of no use to a stranger."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

PAGE = "/sign-in/cannot-get-a-code"


@pytest.fixture
def olga(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


def called(desk: Desk, somebody: Somebody, browser: Browser | None = None) -> Browser:
    """Give the password, and ask for help from the page that says "I cannot get a code"."""
    browser = browser or desk.browser()
    desk.present_password(browser, somebody)
    browser.click("I cannot get a code")
    browser.submit(press="ask")
    return browser


def digits_on(browser: Browser) -> str:
    return browser.page.html.partition('class="two-digits">')[2][:2]


def reference_on(browser: Browser) -> str:
    return browser.page.text.partition("Its number is ")[2][:7]


@pytest.mark.behaviour("A64")
def test_a_call_is_confirmed_to_the_caller_and_reaches_whoever_helps(desk: Desk, olga: Somebody, ann: Somebody) -> None:
    adam = desk.add("adam@acme.example", Role.ADMIN)
    desk.add("ada@acme.example", Role.ADMIN, silenced=frozenset({"call_for_help"}))
    desk.add("bob@acme.example")
    browser = called(desk, ann)
    assert browser.page.path == PAGE
    assert "Your request is on its way." in browser.page.text
    reference, digits = reference_on(browser), digits_on(browser)
    assert digits.isdecimal()
    assert not is_signed_in(browser)

    (confirmed,) = desk.mails("help_call_confirmed")
    assert confirmed.to == ann.email
    assert reference in confirmed.text
    assert digits not in set(confirmed.params.values()), "only the screen and the helpers have the two digits"
    # Moments and links hold digits by chance.
    words = re.sub(r"https?://\S+|\d+:\d+|\d{4}", "", confirmed.text.replace(reference, ""))
    assert not re.search(rf"\b{digits}\b", words.partition("When")[0]), words
    told = desk.mails("help_called")
    assert {mail.to for mail in told} == {olga.email, adam.email}
    assert reference in told[0].text
    assert digits in told[0].text

    admin = desk.sign_in(olga)
    admin.get("/admin/help")
    assert "Ann" in admin.page.text
    assert reference in admin.page.text
    assert digits in admin.page.text
    admin.get(str(told[0].params["url"]).removeprefix(desk.account.base_url))
    assert reference in admin.page.text
    assert digits in admin.page.text
    (event,) = desk.events("help.called", of=ann)
    assert event.actor == "claimant"
    assert event.detail == {"reference": reference, "place": "passcode"}

    browser.get(PAGE)
    assert reference_on(browser) == reference, "the page shows it again"
    browser.get("/sign-in/passcode")
    browser.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(browser), "the sign-in goes on as before"
    assert "has signed in since" in admin.get("/admin/help").text


@pytest.mark.behaviour("A64")
@pytest.mark.security("SJ1")
def test_a_call_can_never_tell_whether_the_address_exists(desk: Desk, olga: Somebody, ann: Somebody) -> None:
    answers = []
    for email in (ann.email, "nobody@acme.example"):
        browser = desk.browser()
        browser.get("/sign-in")
        browser.submit({"email": email, "password": "wrong wrong wrong"})
        assert "Ask for help" not in browser.page.text
        pages = [browser.post(path, {"ask": "1"}, follow=False) for path in (PAGE, "/sign-in/set-up/cannot-now")]
        answers.append([(page.status, page.headers.get("Location"), page.content) for page in pages])
    assert answers[0] == answers[1]
    assert not desk.events("help.called")
    assert not desk.mails("help_call_confirmed")
    assert not desk.mails("help_called")


@pytest.mark.behaviour("A64")
def test_the_page_for_waiting_and_the_set_up_page_call_too(desk: Desk, olga: Somebody, ann: Somebody) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    for _ in range(6):
        browser.post("/sign-in/passcode", {"passcode": "000000"})
        desk.forward(seconds=20)
    desk.present_password(browser, ann)
    assert browser.get("/sign-in/passcode").title.startswith("Error: Too many wrong codes")
    browser.submit(press="ask")
    assert reference_on(browser)
    assert reference_on(browser) in browser.get("/sign-in/passcode").text, "the page for waiting shows it"

    desk.require()
    newt = desk.add("newt@acme.example")
    other = desk.browser()
    desk.present_password(other, newt)
    assert other.page.path == "/sign-in/set-up"
    other.click("I cannot set this up now")
    other.submit(press="ask")
    assert reference_on(other)
    assert [event.detail["place"] for event in desk.events("help.called")] == ["waiting", "set_up"]


def test_somebody_signed_in_who_sets_up_is_not_offered_it(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    browser.post("/profile/security/set-up")
    browser.get("/sign-in/set-up/cannot-now")
    assert "Ask for help" not in browser.page.text
    assert browser.post("/sign-in/set-up/cannot-now", {"ask": "1"}).status == 429
    assert not desk.events("help.called")


def test_calls_of_a_person_are_limited_and_one_sign_in_makes_one(desk: Desk, olga: Somebody, ann: Somebody) -> None:
    first = called(desk, ann)
    first.post(PAGE, {"ask": "1"})
    assert len(desk.events("help.called")) == 1
    called(desk, ann)
    called(desk, ann)
    fourth = called(desk, ann)
    assert fourth.page.status == 429
    assert "You asked so often that the next request has to wait until 10:00" in fourth.page.text
    assert len(desk.events("help.called")) == 3
    desk.forward(hours=1, minutes=1)
    assert reference_on(called(desk, ann))
    desk.forward(hours=2)
    called(desk, ann)
    called(desk, ann)
    assert called(desk, ann).page.status == 429, "six a day"
    assert len(desk.events("help.called")) == 6


def test_mails_about_calls_are_limited_for_all_of_them_and_all_are_listed(desk: Desk, olga: Somebody) -> None:
    callers = [desk.add(f"agent{number}@acme.example", app=True, chosen=True) for number in range(21)]
    for somebody in callers:
        called(desk, somebody)
    assert len(desk.mails("help_called", to=olga.email)) == 20
    assert len(desk.mails("help_call_confirmed")) == 21
    page = desk.sign_in(olga).get("/admin/help")
    assert page.text.count("@acme.example") >= 21


def test_end_users_do_not_use_up_the_mails_about_calls_of_the_team(desk: Desk, olga: Somebody) -> None:
    for number in range(21):
        called(desk, desk.add(f"user{number}@acme.example", Role.END_USER, app=True, chosen=True))
    assert len(desk.mails("help_called", to=olga.email)) == 20
    adam = desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)
    called(desk, adam)
    assert adam.email in {mail.params["email"] for mail in desk.mails("help_called", to=olga.email)}


def test_a_call_is_closed_by_a_helper_and_grows_old_by_itself(desk: Desk, olga: Somebody, ann: Somebody) -> None:
    browser = called(desk, ann)
    admin = desk.sign_in(olga)
    admin.get("/admin/help")
    admin.submit(having="close")
    assert "Nobody is asking for help" in admin.page.text
    assert desk.events("help.call_closed", of=ann)[0].actor_id == olga.id
    browser.get(PAGE)
    assert "Ask for help" in browser.page.text
    called(desk, ann)
    assert "Ann" in admin.get("/admin/help").text
    desk.forward(hours=24)
    assert "Nobody is asking for help" in desk.sign_in(olga).get("/admin/help").text


def test_a_new_browser_page_calls_as_well(desk: Desk, olga: Somebody) -> None:
    desk.for_both(lambda rules: replace(rules, checks_new_browsers=True))
    bare = desk.add("bare@acme.example")
    browser = desk.browser()
    desk.present_password(browser, bare)
    assert browser.page.path == "/sign-in/new-browser"
    assert "Ask for help" in browser.page.text
    browser.post("/sign-in/new-browser", {"ask": "1"})
    assert reference_on(browser)
    assert desk.events("help.called")[0].detail["place"] == "new_browser"


def test_where_everybody_silenced_calls_everybody_is_mailed_all_the_same(desk: Desk, ann: Somebody) -> None:
    for name, role in (("olga", Role.OWNER), ("adam", Role.ADMIN)):
        desk.add(f"{name}@acme.example", role, silenced=frozenset({"call_for_help"}))
    called(desk, ann)
    assert {mail.to for mail in desk.mails("help_called")} == {"olga@acme.example", "adam@acme.example"}


def test_an_owner_who_came_after_hundreds_of_agents_is_mailed(desk: Desk) -> None:
    for number in range(201):
        desk.add(f"agent{number}@acme.example")
    desk.add("olga@acme.example", Role.OWNER, created_at=desk.clock.now())
    helper = desk.add("helper@acme.example", created_at=desk.clock.now(), helps_since=desk.clock.now())
    eve = desk.add("eve@acme.example", Role.END_USER, app=True, chosen=True)
    called(desk, eve)
    assert {mail.to for mail in desk.mails("help_called")} == {"olga@acme.example", helper.email}
