"""The pages around a code that is sent: what they say, and what they offer besides."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.codes import NUMBER, code, sent, turn_to, wrong
from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.core.sent_codes import SMS
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


@pytest.fixture
def una(desk: Desk) -> Somebody:
    """Return an agent with an app, a number and a mailbox, who chose to be asked."""
    codes.texts_go_to(desk, "AT")
    una = desk.add("una@acme.example", app=True, chosen=True)
    codes.give_phone(desk, una)
    codes.give_mailbox(desk, una)
    return una


@pytest.fixture
def vic(desk: Desk) -> Somebody:
    """Return an end user with a number alone."""
    codes.texts_go_to(desk, "AT")
    vic = desk.add("vic@globex.example", Role.END_USER, chosen=True)
    codes.give_phone(desk, vic, preferred=True)
    return vic


def test_only_what_somebody_holds_is_offered(desk: Desk, browser: Browser, vic: Somebody) -> None:
    desk.present_password(browser, vic)
    assert "Try another way" not in browser.page.text
    assert "You have set up no other way." in browser.get("/sign-in/other-way").text
    assert browser.post("/sign-in/other-way", {"kind": "email"}).path == "/sign-in/other-way"
    assert browser.post("/sign-in/other-way", {"kind": "pigeon"}).status == 400
    assert not sent(desk, vic.email)


@pytest.mark.behaviour("A68")
def test_the_page_says_what_went_where_and_asks_with_the_right_field(
    desk: Desk, browser: Browser, vic: Somebody
) -> None:
    desk.present_password(browser, vic)
    page = browser.page
    assert "A text with a code to •••• 4567 has been on its way since" in page.text
    assert page.form("passcode").attributes("passcode")["autocomplete"] == "one-time-code"
    [text] = desk.mails("passcode", to=NUMBER)
    lines = text.text.strip().splitlines()
    right = str(text.params["code"])
    assert lines[0].startswith(f"Acme Support: your code is {right}. It works until ")
    assert lines[-1] == f"@localhost #{right}"
    page = browser.get("/sign-in/passcode")
    assert "We sent a text with a code to •••• 4567 at" in page.text
    assert "delivered" not in page.text
    assert "arrived" not in page.text
    assert NUMBER not in page.html
    browser.submit({"passcode": wrong(right)})
    assert "That code is not right. Type the one from our newest text." in browser.page.text
    desk.forward(seconds=2)
    browser.submit({"passcode": right})
    assert is_signed_in(browser)


@pytest.mark.behaviour("A58")
@pytest.mark.parametrize("why", [Why.NO_ANSWER, Why.BROKEN_OFF])
def test_of_a_text_that_may_have_been_sent_nobody_says_that_it_was_not(
    desk: Desk, browser: Browser, una: Somebody, why: Why
) -> None:
    desk.present_password(browser, una)
    turn_to(browser, "sms")
    assert codes.fail_what_waits(desk, why.value) == 1
    page = browser.get("/sign-in/passcode")
    assert "We do not know whether our text of" in page.text
    assert "could not be sent" not in page.text
    page = browser.click("I cannot get a code")
    assert re.search(r"\d\d:\d\d: a text to •••• 4567. The provider did not answer; it may come", page.text)


@pytest.mark.behaviour("A58")
def test_a_text_that_failed_is_said_plainly_with_a_new_one_and_other_ways(
    desk: Desk, browser: Browser, una: Somebody
) -> None:
    desk.present_password(browser, una)
    turn_to(browser, "sms")
    assert codes.fail_what_waits(desk) == 1
    page = browser.get("/sign-in/passcode")
    assert "The text to •••• 4567 could not be sent at" in page.text
    assert "Try another way" in page.text
    page = browser.click("I cannot get a code")
    assert re.search(r"\d\d:\d\d: a text to •••• 4567. It could not be sent.", page.text)
    assert "The text never left us, so it is not your phone." in page.text
    assert "no signal" not in page.text
    assert {dict(form.fields).get("kind") for form in page.forms} >= {"sms", "totp", "email"}
    assert "Use a recovery code" in page.text
    page = browser.submit(press="again")
    assert page.status == 429
    assert "A new code can be sent at" in page.text
    desk.forward(seconds=31)
    browser.get("/sign-in/cannot-get-a-code")
    page = browser.submit(press="again")
    assert page.path == "/sign-in/passcode"
    browser.submit({"passcode": code(desk)})
    assert is_signed_in(browser)


@pytest.mark.behaviour("A62")
def test_who_helps_is_told_by_name_to_the_team_and_by_the_accounts_words_to_others(
    desk: Desk, browser: Browser, una: Somebody, vic: Somebody
) -> None:
    desk.add("olive@acme.example", Role.OWNER)
    desk.present_password(browser, una)
    assert "These people can help: Olive." in browser.get("/sign-in/cannot-get-a-code").text
    other = desk.browser()
    desk.present_password(other, vic)
    page = other.get("/sign-in/cannot-get-a-code")
    assert "Olive" not in page.text
    assert "Ask the people who run Acme Support." in page.text


@pytest.mark.behaviour("B42")
@pytest.mark.security("SC9")
def test_asking_again_waits_longer_and_ends_for_the_day(desk: Desk, browser: Browser, vic: Somebody) -> None:
    desk.present_password(browser, vic)
    # The wait is in the text, counted down for the eye, and its end is announced.
    assert "A new code can be sent in 30 seconds." in browser.page.text
    assert 'data-countdown="30"' in browser.page.html
    refused = browser.submit(press="again")
    assert refused.status == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 30
    waited = 0
    while len(sent(desk)) < SMS.an_hour:
        desk.forward(seconds=61)
        waited += 1
        browser.submit(press="again")
    assert waited == SMS.an_hour - 1
    desk.forward(seconds=61)
    page = browser.get("/sign-in/passcode")
    assert 'name="again"' not in page.html
    assert "So many codes were sent lately that the next one has to wait until 5 May, 09:00." in page.text
    page = browser.get("/sign-in/cannot-get-a-code")
    assert "So many codes were sent lately that the next one has to wait until 5 May, 09:00." in page.text
    assert "new code" not in page.text
    page = browser.post("/sign-in/passcode", {"again": "1"})
    assert page.status == 429
    assert len(sent(desk)) == SMS.an_hour
    # A new sign-in is no way around it.
    elsewhere = desk.browser()
    desk.present_password(elsewhere, vic)
    assert "No text was sent yet." in elsewhere.page.text
    assert len(sent(desk)) == SMS.an_hour
    desk.forward(days=1)
    desk.present_password(elsewhere, vic)
    elsewhere.submit({"passcode": code(desk)})
    assert is_signed_in(elsewhere)
    assert len(sent(desk)) == SMS.an_hour + 1


def test_beside_an_app_the_mailbox_is_not_offered_after_a_reset_by_mail(
    desk: Desk, browser: Browser, una: Somebody
) -> None:
    desk.change(una, proved_by_mailbox_at=desk.clock.now() - timedelta(hours=1))
    desk.present_password(browser, una)
    page = browser.click("Try another way")
    assert {dict(form.fields).get("kind") for form in page.forms} == {"sms"}
    assert "Your password came by mail, so mailed codes do not count until" in page.text
