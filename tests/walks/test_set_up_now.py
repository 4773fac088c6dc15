"""The link "Set up now": it stands for the mailbox, once and for a day, and opens nothing without the password."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.walks.kit import PASSWORD, is_signed_in
from twofold.flows import set_up_told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

CHOOSE = "/sign-in/set-up/choose"
DEAD = "This link does not work any more"


def link_of(desk: Desk, somebody: Somebody, template: str = "set_up_announced") -> str:
    """Return the path of the newest link that was mailed."""
    parts = urlsplit(str(desk.mails(template, to=somebody.email)[-1].params["url"]))
    assert parts.path == "/links/set_up_now"
    return f"{parts.path}?{parts.query}"


def announce(desk: Desk) -> None:
    """Mail everybody who is to set up and has nothing."""
    rules = desk.services.policy.current(desk.account.id).rules
    with desk.services.transactions.begin():
        set_up_told.announce(
            desk.services, desk.account, rules, "set_up_announced", {"text": "x", "by": "Olive"}, now=desk.clock.now()
        )


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    """Return somebody who is to set up, and was mailed about it."""
    somebody = desk.add("ann@acme.example")
    desk.require()
    announce(desk)
    return somebody


def finish(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    """Go through the rest of set-up, from the choice on."""
    assert browser.page.path == CHOOSE
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(somebody, browser)
    browser.submit(having="saved")
    browser.submit()


@pytest.mark.security("SE7")
def test_with_the_password_it_leads_into_set_up_without_a_code_to_the_mailbox(
    desk: Desk, ann: Somebody, browser: Browser
) -> None:
    page = browser.get(link_of(desk, ann))
    assert ann.email in page.text
    browser.submit({"password": PASSWORD})
    assert not is_signed_in(browser)
    finish(desk, ann, browser)
    assert is_signed_in(browser)
    assert [one.kind for one in desk.held(ann)] == ["totp"]
    assert not desk.mails("mailbox_code")
    assert len(desk.events("set_up_link.followed", of=ann)) == 1


@pytest.mark.security("SD2")
def test_alone_it_opens_nothing(desk: Desk, ann: Somebody, browser: Browser) -> None:
    link = link_of(desk, ann)
    assert browser.get(link).status == 200
    assert browser.get(link).status == 200, "a mail scanner spoils nothing"
    browser.submit({"password": ""})
    assert "Type your password." in browser.page.text
    browser.submit({"password": "not the password"})
    assert "That password is not right." in browser.page.text
    assert not is_signed_in(browser)
    for path in ("/", "/profile/security", CHOOSE):
        browser.get(path)
        assert browser.page.path == "/sign-in"
    assert not desk.events("set_up_link.followed")


@pytest.mark.security("SC2")
def test_wrong_passwords_are_counted_as_at_every_sign_in(desk: Desk, ann: Somebody, browser: Browser) -> None:
    link = link_of(desk, ann)
    for _ in range(5):
        browser.get(link)
        browser.submit({"password": "not the password"})
    browser.get(link)
    browser.submit({"password": PASSWORD})
    assert browser.page.status == 429
    assert browser.page.headers["Retry-After"]
    desk.present_password(browser, ann)
    assert browser.page.status == 429


@pytest.mark.parametrize(("hours", "step"), [(23, CHOOSE), (25, "/sign-in/set-up")])
def test_it_stands_for_the_mailbox_for_a_day(
    desk: Desk, ann: Somebody, browser: Browser, hours: int, step: str
) -> None:
    link = link_of(desk, ann)
    desk.forward(hours=hours)
    browser.get(link)
    browser.submit({"password": PASSWORD})
    assert browser.page.path == step


def test_while_set_up_can_wait_it_signs_in_and_goes_straight_on(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=7))
    announce(desk)
    browser.get(link_of(desk, ann))
    browser.submit({"password": PASSWORD})
    assert is_signed_in(browser)
    finish(desk, ann, browser)
    assert len(desk.held(ann)) == 1
    assert not desk.mails("mailbox_code")


def test_on_a_new_browser_the_link_says_what_a_mailed_code_would(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=7))
    desk.for_both(lambda rules: replace(rules, checks_new_browsers=True))
    announce(desk)
    browser.get(link_of(desk, ann))
    browser.submit({"password": PASSWORD})
    assert browser.page.path == CHOOSE
    assert not desk.mails("new_browser_code")


def test_within_a_session_of_the_same_person_one_button_is_enough(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=7))
    desk.present_password(browser, ann)
    announce(desk)
    page = browser.get(link_of(desk, ann))
    assert 'name="password"' not in page.html
    browser.submit()
    finish(desk, ann, browser)
    assert len(desk.held(ann)) == 1
    assert not desk.mails("mailbox_code")


@pytest.mark.security("SE3")
def test_within_an_older_session_the_password_is_asked_for_first(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=7))
    desk.present_password(browser, ann)
    announce(desk)
    desk.forward(minutes=6)
    browser.get(link_of(desk, ann))
    browser.submit()
    assert browser.page.path == "/links/set_up_now"
    assert not desk.events("set_up_link.followed")
    browser.submit({"proof_password": PASSWORD})
    assert browser.page.path == CHOOSE


def test_within_a_session_of_somebody_else_the_password_is_asked_for(
    desk: Desk, ann: Somebody, browser: Browser
) -> None:
    bob = desk.add("bob@acme.example", app=True)
    desk.sign_in(bob, browser)
    page = browser.get(link_of(desk, ann))
    assert 'name="password"' in page.html
    assert browser.post(link_of(desk, ann), {"password": ""}).status == 400
    assert not desk.events("set_up_link.followed")


@pytest.mark.security("SB2")
def test_it_works_once(desk: Desk, ann: Somebody, browser: Browser) -> None:
    link = link_of(desk, ann)
    other = desk.browser()
    for one in (browser, other):
        one.get(link)
    browser.submit({"password": PASSWORD})
    other.submit({"password": PASSWORD})
    assert DEAD in other.page.text
    assert not is_signed_in(other)
    assert other.get(link).status == 404


@pytest.mark.security("SI5")
def test_a_link_of_another_purpose_opens_nothing_here(desk: Desk, ann: Somebody, browser: Browser) -> None:
    query = link_of(desk, ann).partition("?")[2]
    for purpose in ("invitation", "password_reset", "rescue", "freeze"):
        assert browser.get(f"/links/{purpose}?{query}").status == 404
    browser.get("/forgot-password")
    browser.submit({"email": ann.email})
    reset = urlsplit(str(desk.mails("password_forgotten", to=ann.email)[-1].params["url"])).query
    assert browser.get(f"/links/set_up_now?{reset}").status == 404


def change_password(desk: Desk, ann: Somebody) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.get("/profile/password")
    browser.submit({"new_password": "seven lamps on a wall"}, having="new_password")


def reset_password(desk: Desk, ann: Somebody) -> None:
    browser = desk.browser()
    browser.get("/forgot-password")
    browser.submit({"email": ann.email})
    parts = urlsplit(str(desk.mails("password_forgotten", to=ann.email)[-1].params["url"]))
    browser.get(f"{parts.path}?{parts.query}")
    browser.submit({"new_password": "seven lamps on a wall"})


def set_up(desk: Desk, ann: Somebody) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit(press="go=set_up")
    browser.get("/sign-in/set-up")
    desk.set_up(ann, browser)


@pytest.mark.parametrize("end", [change_password, reset_password, set_up])
def test_it_ends_with_every_change_of_the_sign_in(
    desk: Desk, browser: Browser, end: Callable[[Desk, Somebody], None]
) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=7))
    announce(desk)
    link = link_of(desk, ann)
    end(desk, ann)
    assert DEAD in browser.get(link).text


@pytest.mark.parametrize("facts", ["suspended_at", "frozen_at"])
def test_whoever_may_not_sign_in_has_no_link(desk: Desk, ann: Somebody, browser: Browser, facts: str) -> None:
    link = link_of(desk, ann)
    desk.change(ann, **{facts: desk.clock.now()})
    assert DEAD in browser.get(link).text
    browser.submit()
    assert not desk.mails("set_up_link")


@pytest.mark.parametrize(
    ("days", "lives"), [(1, 7), (20, 20), (60, 30)], ids=["a week at the least", "until the day", "a month at the most"]
)
def test_it_works_until_the_day_by_which_it_is_wanted_and_says_so(
    desk: Desk, browser: Browser, days: int, lives: int
) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=days))
    announce(desk)
    link = link_of(desk, ann)
    ends_at = desk.clock.now() + timedelta(days=lives)
    said = f"The link works once, until {ends_at:%-d %B} 2026, 09:00 BST, and asks for your password."
    assert f"{said} Without it, sign in as always" in desk.mails("set_up_announced", to=ann.email)[0].text
    desk.clock.move(timedelta(days=lives, minutes=-1))
    assert "For ann@acme.example." in browser.get(link).text
    desk.forward(minutes=1)
    assert DEAD in browser.get(link).text


def test_a_link_that_ran_out_leads_on_by_signing_in(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    desk.require(grace_for=timedelta(days=40))
    announce(desk)
    link = link_of(desk, ann)
    desk.forward(days=30)
    assert "Nothing is lost: sign in as always, and you can set it up there." in browser.get(link).text
    browser.click("Sign in and set it up")
    assert browser.page.path == "/sign-in"
    browser.submit({"email": ann.email, "password": PASSWORD})
    browser.submit(press="go=set_up")
    assert browser.page.path == "/sign-in/set-up/mailbox"


def test_a_link_that_ran_out_offers_a_new_one(desk: Desk, ann: Somebody, browser: Browser) -> None:
    link = link_of(desk, ann)
    desk.forward(days=7)
    page = browser.get(link)
    assert page.status == 404
    assert ann.email not in page.html
    browser.submit()
    assert browser.page.path == "/sign-in"
    assert "If set-up still waits for you" in browser.page.text
    browser.get(link_of(desk, ann, "set_up_link"))
    browser.submit({"password": PASSWORD})
    assert browser.page.path == CHOOSE
    assert len(desk.events("set_up_link.sent_again", of=ann)) == 1


@pytest.mark.security("SJ1")
def test_what_is_told_of_a_dead_link_is_always_the_same(desk: Desk, ann: Somebody) -> None:
    link = link_of(desk, ann)
    desk.give_app(ann)
    desk.forward(days=7)
    shown = []
    for dead in (link, "/links/set_up_now?link=never-was", "/links/set_up_now"):
        browser = desk.browser()
        status, text = browser.get(dead).status, browser.page.text
        browser.submit()
        shown.append((status, text, browser.page.path, browser.page.text))
    assert len(set(shown)) == 1
    assert not desk.mails("set_up_link"), "whoever has something set up needs none"


@pytest.mark.security("SC9")
def test_nobody_fills_a_mailbox_with_new_links(desk: Desk, ann: Somebody, browser: Browser) -> None:
    link = link_of(desk, ann)
    desk.forward(days=7)
    for _ in range(20):
        browser.get(link)
        browser.submit()
        desk.forward(minutes=1)
    assert len(desk.mails("set_up_link", to=ann.email)) == 5
