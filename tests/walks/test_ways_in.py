"""Signing in with several ways: texts and mails at the passcode, and turning to another when one is lost."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks import sent_kit
from tests.walks.kit import is_signed_in
from tests.walks.sent_kit import ANOTHER, NUMBER, codes_to, newest_to, turn_to, wrong
from twofold.core.roles import Role
from twofold.core.sent_codes import SMS
from twofold.flows import recovery_set

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


@pytest.fixture
def una(desk: Desk) -> Somebody:
    """Return an agent with an app, a number and a mailbox, who chose to be asked."""
    sent_kit.texts_work(desk)
    una = desk.add("una@acme.example", app=True, chosen=True)
    sent_kit.give_number(desk, una)
    sent_kit.give_mailbox(desk, una)
    return una


@pytest.fixture
def vic(desk: Desk) -> Somebody:
    """Return an end user with a number alone."""
    sent_kit.texts_work(desk)
    vic = desk.add("vic@globex.example", Role.END_USER, chosen=True)
    sent_kit.give_number(desk, vic, first=True)
    return vic


@pytest.mark.behaviour("B48")
@pytest.mark.parametrize("kind", ["sms", "email"])
def test_when_one_is_lost_another_signs_in(desk: Desk, browser: Browser, una: Somebody, kind: str) -> None:
    desk.present_password(browser, una)
    assert "Open your authenticator app" in browser.page.text
    assert not desk.mails("passcode")
    page = turn_to(browser, kind)
    to = {"sms": NUMBER, "email": una.email}[kind]
    code = newest_to(desk, to)
    assert dict(page.form("passcode").fields)["kind"] == kind
    # The choice is kept: whoever opens the page again is asked for the same, and nothing is sent twice.
    browser.get("/sign-in/passcode")
    assert dict(browser.page.form("passcode").fields)["kind"] == kind
    assert codes_to(desk, to) == [code]
    browser.submit({"passcode": code})
    assert is_signed_in(browser)


def test_only_what_somebody_holds_is_offered(desk: Desk, browser: Browser, vic: Somebody) -> None:
    desk.present_password(browser, vic)
    assert "Try another way" not in browser.page.text
    assert "You have set up no other way." in browser.get("/sign-in/other-way").text
    assert browser.post("/sign-in/other-way", {"kind": "email"}).path == "/sign-in/other-way"
    assert browser.post("/sign-in/other-way", {"kind": "pigeon"}).status == 400
    assert not codes_to(desk, vic.email)


@pytest.mark.behaviour("A68")
def test_the_page_says_what_went_where_and_asks_with_the_right_field(
    desk: Desk, browser: Browser, vic: Somebody
) -> None:
    desk.present_password(browser, vic)
    page = browser.page
    assert "A text with a code to •••• 3456 has been on its way since" in page.text
    assert page.form("passcode").attributes("passcode")["autocomplete"] == "one-time-code"
    [text] = desk.mails("passcode", to=NUMBER)
    lines = text.text.strip().splitlines()
    code = str(text.params["code"])
    assert lines[0].startswith(f"Acme Support: your code is {code}. It works until ")
    assert lines[-1] == f"@localhost #{code}"
    page = browser.get("/sign-in/passcode")
    assert "We sent a text with a code to •••• 3456 at" in page.text
    assert "delivered" not in page.text
    assert "arrived" not in page.text
    assert NUMBER not in page.html
    browser.submit({"passcode": wrong(code)})
    assert "That code is not right. Type the one from our newest text." in browser.page.text
    desk.forward(seconds=2)
    browser.submit({"passcode": code})
    assert is_signed_in(browser)


@pytest.mark.behaviour("A58")
def test_a_text_that_failed_is_said_plainly_with_a_new_one_and_other_ways(
    desk: Desk, browser: Browser, una: Somebody
) -> None:
    desk.present_password(browser, una)
    turn_to(browser, "sms")
    assert sent_kit.fail_what_waits(desk) == 1
    page = browser.get("/sign-in/passcode")
    assert "The text to •••• 3456 could not be sent at" in page.text
    assert "Try another way" in page.text
    page = browser.click("I cannot get a code")
    assert re.search(r"\d\d:\d\d: a text to •••• 3456. It could not be sent.", page.text)
    assert "A text can take a minute or two." in page.text
    assert page.html.count("<li>") >= 3
    assert {dict(form.fields).get("kind") for form in page.forms} >= {"sms", "totp", "email"}
    assert "Use a recovery code" in page.text
    page = browser.submit(press="again")
    assert page.status == 429
    assert "A new code can be sent at" in page.text
    desk.forward(seconds=31)
    browser.get("/sign-in/cannot-get-a-code")
    page = browser.submit(press="again")
    assert page.path == "/sign-in/passcode"
    browser.submit({"passcode": newest_to(desk, NUMBER)})
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


@pytest.mark.behaviour("B03")
def test_a_code_that_is_too_old_is_refused_and_the_next_one_works(desk: Desk, browser: Browser, vic: Somebody) -> None:
    desk.present_password(browser, vic)
    code = newest_to(desk, NUMBER)
    desk.clock.move(SMS.life)
    page = browser.submit({"passcode": code})
    assert "That code is too old." in page.text
    assert not is_signed_in(browser)
    desk.forward(seconds=2)
    browser.submit(press="again")
    browser.submit({"passcode": newest_to(desk, NUMBER)})
    assert is_signed_in(browser)


def test_a_superseded_code_is_named_and_costs_nothing(desk: Desk, browser: Browser, vic: Somebody) -> None:
    desk.present_password(browser, vic)
    old = newest_to(desk, NUMBER)
    desk.forward(seconds=70)
    browser.submit(press="again")
    new = newest_to(desk, NUMBER)
    page = browser.submit({"passcode": old})
    assert re.search(r"That code is from \d\d:\d\d. Use the one we sent at \d\d:\d\d.", page.text)
    browser.submit({"passcode": new})
    assert is_signed_in(browser)


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
    while len(codes_to(desk, NUMBER)) < SMS.an_hour:
        desk.forward(seconds=61)
        waited += 1
        browser.submit(press="again")
    assert waited == SMS.an_hour - 1
    desk.forward(seconds=61)
    page = browser.get("/sign-in/passcode")
    assert 'name="again"' not in page.html
    assert "A new code can be sent at" in page.text
    page = browser.post("/sign-in/passcode", {"again": "1"})
    assert page.status == 429
    assert len(codes_to(desk, NUMBER)) == SMS.an_hour
    # A new sign-in is no way around it.
    elsewhere = desk.browser()
    desk.present_password(elsewhere, vic)
    assert "No text was sent yet." in elsewhere.page.text
    assert len(codes_to(desk, NUMBER)) == SMS.an_hour
    desk.forward(days=1)
    desk.present_password(elsewhere, vic)
    elsewhere.submit({"passcode": newest_to(desk, NUMBER)})
    assert is_signed_in(elsewhere)
    assert len(codes_to(desk, NUMBER)) == SMS.an_hour + 1


@pytest.mark.behaviour("A71")
def test_a_password_by_mail_and_a_code_by_mail_are_one_proof(desk: Desk, browser: Browser) -> None:
    dora = desk.add("dora@acme.example", chosen=True)
    sent_kit.give_mailbox(desk, dora, first=True)
    with desk.services.transactions.begin():
        dora.recovery_codes = [*make_codes(desk, dora)]
    browser.get("/forgot-password")
    browser.submit({"email": dora.email})
    browser.get(str(desk.mails("password_forgotten", to=dora.email)[-1].params["url"]))
    dora.password = "nine lanterns on a pier"
    browser.submit({"new_password": dora.password})
    desk.present_password(browser, dora)
    assert not desk.mails("passcode")
    page = browser.page
    assert "Your password came by mail, so mailed codes do not count until" in page.text
    assert "Type a recovery code." in page.text
    assert not is_signed_in(browser)
    browser.submit({"passcode": "12345678"})
    assert not is_signed_in(browser)
    desk.forward(seconds=5)
    browser.get("/sign-in/passcode?with=recovery-code")
    browser.submit({"passcode": dora.recovery_codes[0]})
    assert is_signed_in(browser)
    # Only now, after another kind of proof, the mailed code counts again.
    assert desk.person(dora).proved_by_mailbox_at is None
    elsewhere = desk.browser()
    desk.present_password(elsewhere, dora)
    elsewhere.submit({"passcode": newest_to(desk, dora.email)})
    assert is_signed_in(elsewhere)


def test_beside_an_app_the_mailbox_is_not_offered_after_a_reset_by_mail(
    desk: Desk, browser: Browser, una: Somebody
) -> None:
    desk.change(una, proved_by_mailbox_at=desk.clock.now() - timedelta(hours=1))
    desk.present_password(browser, una)
    page = browser.click("Try another way")
    assert {dict(form.fields).get("kind") for form in page.forms} == {"sms"}
    assert "Your password came by mail, so mailed codes do not count until" in page.text


@pytest.mark.behaviour("A51")
def test_whoever_changes_to_the_app_is_asked_for_it_alone(desk: Desk, browser: Browser, vic: Somebody) -> None:
    desk.present_password(browser, vic)
    browser.submit({"passcode": newest_to(desk, NUMBER)})
    browser.get("/profile/security")
    [method] = desk.held(vic)
    browser.post(f"/profile/security/methods/{method.id}/replace")
    sent_kit.to_choices(desk, browser, vic)
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(vic, browser)
    assert [one.kind for one in desk.held(vic)] == ["totp"]
    elsewhere = desk.browser()
    before = codes_to(desk, NUMBER)
    desk.present_password(elsewhere, vic)
    assert "Open your authenticator app" in elsewhere.page.text
    assert codes_to(desk, NUMBER) == before
    elsewhere.submit({"passcode": before[-1]})
    assert not is_signed_in(elsewhere)
    desk.forward(seconds=30)
    elsewhere.get("/sign-in/passcode")
    elsewhere.submit({"passcode": vic.app.code()})
    assert is_signed_in(elsewhere)


@pytest.mark.behaviour("A47")
def test_a_new_number_gets_the_codes_and_the_old_one_no_more(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.present_password(browser, una)
    turn_to(browser, "sms")
    browser.submit({"passcode": newest_to(desk, NUMBER)})
    before = codes_to(desk, NUMBER)
    browser.get("/profile/security")
    browser.submit(press="same")
    assert browser.page.form("number").has("number")
    browser.submit({"number": ANOTHER})
    assert [one.state for one in desk.held(una) if one.kind == "sms"] == [{"number": NUMBER}]
    browser.submit({"passcode": newest_to(desk, ANOTHER)}, having="passcode")
    assert [one.state for one in desk.held(una) if one.kind == "sms"] == [{"number": ANOTHER}]
    assert len(desk.held(una)) == 3
    elsewhere = desk.browser()
    desk.present_password(elsewhere, una)
    desk.forward(seconds=60)
    turn_to(elsewhere, "sms")
    assert "•••• 4567" in elsewhere.page.text
    elsewhere.submit({"passcode": newest_to(desk, ANOTHER)})
    assert is_signed_in(elsewhere)
    assert codes_to(desk, NUMBER) == before


def make_codes(desk: Desk, somebody: Somebody) -> tuple[str, ...]:
    return recovery_set.make_set(desk.services, desk.account, somebody.id, now=desk.clock.now())
