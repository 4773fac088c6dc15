"""A mailed code on a browser that nobody knows, from team members who are asked for no second factor."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.flows import recovery_set

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

PAGE = "/sign-in/new-browser"


@pytest.fixture(autouse=True)
def checked(desk: Desk) -> None:
    """Let the account check new browsers; for end users it means nothing."""
    desk.for_both(lambda rules: replace(rules, checks_new_browsers=True))


def asked(desk: Desk, ann: Somebody, browser: Browser | None = None) -> Browser:
    """Give the password on a browser and come to the page."""
    browser = browser or desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == PAGE, browser.page.text
    assert not is_signed_in(browser)
    return browser


def code_for(desk: Desk, ann: Somebody) -> str:
    return str(desk.mails("new_browser_code", to=ann.email)[-1].params["code"])


@pytest.mark.behaviour("B13")
def test_a_new_browser_is_asked_for_a_mailed_code_and_an_old_one_is_not(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = asked(desk, ann)
    assert "You never signed in on this browser before" in browser.page.text
    browser.submit({"mailbox_code": code_for(desk, ann)})
    assert is_signed_in(browser)
    assert "new_browser" not in str(desk.events("sign_in.admitted", of=ann)[-1].detail)
    browser.sign_out()
    desk.forward(days=40)
    desk.present_password(browser, ann)
    assert is_signed_in(browser), "this browser is known from now on"
    asked(desk, ann)
    desk.for_both(lambda rules: replace(rules, checks_new_browsers=False))
    other = desk.browser()
    desk.present_password(other, ann)
    assert is_signed_in(other), "the setting is off"


@pytest.mark.behaviour("B14")
def test_a_code_lives_five_minutes_and_an_expired_one_is_replaced_at_once(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = asked(desk, ann)
    first = code_for(desk, ann)
    desk.forward(minutes=5)
    browser.submit({"mailbox_code": first})
    assert "That code is too old. Use the one that we sent you at" in browser.page.text
    second = code_for(desk, ann)
    assert second != first
    browser.submit({"mailbox_code": first})
    assert not is_signed_in(browser)
    browser.submit({"mailbox_code": second})
    assert is_signed_in(browser)
    thief = asked(desk, ann)
    thief.submit({"mailbox_code": second})
    assert not is_signed_in(thief), "it works once"


def test_five_wrong_codes_use_the_code_up(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = asked(desk, ann)
    code = code_for(desk, ann)
    for _ in range(5):
        browser.submit({"mailbox_code": "00000000" if code != "00000000" else "00000001"})
    browser.submit({"mailbox_code": code})
    assert not is_signed_in(browser)
    assert "tried too often" in browser.page.text


@pytest.mark.behaviour("B15")
def test_nobody_else_is_asked(desk: Desk) -> None:
    ben = desk.add("ben@acme.example", app=True, chosen=True)
    emil = desk.add("emil@acme.example", role=Role.END_USER)
    browser = desk.browser()
    desk.present_password(browser, ben)
    assert browser.page.path == "/sign-in/passcode"
    browser.submit({"passcode": ben.app.code()})
    assert is_signed_in(browser)
    browser = desk.browser()
    desk.present_password(browser, emil)
    assert is_signed_in(browser), "end users are not asked"
    assert not desk.mails("new_browser_code")


def test_a_code_can_be_sent_again_and_only_the_newest_works(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = asked(desk, ann)
    first = code_for(desk, ann)
    assert "A new code can be sent in 30 seconds" in browser.page.text
    desk.forward(seconds=31)
    browser.get(PAGE)
    browser.submit(press="again=1")
    second = code_for(desk, ann)
    browser.submit({"mailbox_code": first})
    assert "Use the one we sent at" in browser.page.text
    browser.submit({"mailbox_code": second})
    assert is_signed_in(browser)


def test_a_code_from_a_helper_answers_the_check(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = asked(desk, ann)
    now = desk.clock.now()
    code = "ABCD-EFGH-JKMN-PQRS"
    digest = recovery_set.digest_of(desk.services, ann.id, code)
    desk.services.recovery_codes.put_helpers(desk.account.id, ann.id, digest, at=now, until=now + timedelta(hours=24))
    browser.submit({"mailbox_code": code})
    assert is_signed_in(browser)


def test_a_dormant_app_is_not_asked_for_and_its_recovery_code_answers(desk: Desk) -> None:
    ben = desk.add("ben@acme.example", app=True)
    browser = asked(desk, ben)
    browser.submit({"mailbox_code": ben.recovery_codes[0]})
    assert is_signed_in(browser)


def test_the_page_leads_on_when_the_policy_changes_meanwhile(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = asked(desk, ann)
    desk.give_app(ann)
    desk.require()
    assert browser.get(PAGE).path == "/sign-in/passcode"
    browser.submit({"passcode": ann.app.code()})
    assert is_signed_in(browser)


def test_the_page_is_nothing_without_an_attempt(desk: Desk) -> None:
    browser = desk.browser()
    assert browser.get(PAGE).path == "/sign-in"
    assert browser.post(PAGE, {"mailbox_code": "12345678"}).path == "/sign-in"
