"""Wrong passcodes: what shuts the step, for how long, what opens it again, and what buys no more guesses."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.throttle import Lane

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


@pytest.mark.behaviour("B41")
@pytest.mark.security("SC4")
def test_wrong_codes_shut_the_step_and_nothing_but_help_or_time_opens_it(desk: Desk, ann: Somebody) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    for _ in range(5):
        browser.submit({"passcode": ann.app.wrong_code()})
        desk.forward(seconds=17)
        browser.get("/sign-in/passcode")
    assert browser.page.status == 429
    assert int(browser.page.headers["Retry-After"]) > 60
    assert "Too many wrong codes. You can try again at" in browser.page.text
    assert "A recovery code works now." in browser.page.text
    assert len(desk.mails("too_many_wrong", to=ann.email)) == 1
    # The right code is not looked at; nor from another browser, another network, after signing out or a restart.
    browser.sign_out()
    desk.restart()
    for address in ("127.0.0.1", "192.0.2.7"):
        other = desk.browser(address=address)
        desk.present_password(other, ann)
        assert other.page.status == 429
        other.post("/sign-in/passcode", {"passcode": ann.app.code()})
        assert other.page.status == 429
        assert not is_signed_in(other)
    # A recovery code is another lane.
    other.click("Use a recovery code")
    other.submit({"passcode": ann.recovery_codes[0]})
    assert is_signed_in(other)
    later = desk.browser()
    desk.forward(minutes=16)
    desk.present_password(later, ann)
    later.submit({"passcode": ann.app.code()})
    assert is_signed_in(later)


@pytest.mark.parametrize("had_wrong", [1, 4])
def test_a_wait_of_seconds_is_told_calmly(desk: Desk, ann: Somebody, had_wrong: int) -> None:
    browser = desk.browser()
    desk.present_password(browser, ann)
    for number in range(had_wrong):
        desk.forward(seconds=8 if number else 0)
        browser.get("/sign-in/passcode")
        browser.submit({"passcode": ann.app.wrong_code()})
    # Nothing is looked at yet, which is told as what it is: a moment.
    browser.post("/sign-in/passcode", {"passcode": ann.app.wrong_code()})
    assert browser.page.status == 429
    # The shortest are over before the page is read: the field is there again.
    assert browser.page.title.startswith("Error: Passcode" if had_wrong == 1 else "Wait a moment")
    assert re.search(r"Wait \d seconds?, then type a code again\.", browser.page.text)
    assert "Too many wrong codes" not in browser.page.title + browser.page.text


@pytest.mark.security("SC1")
def test_many_attempts_buy_no_more_guesses(desk: Desk, ann: Somebody) -> None:
    asked = desk.browser()
    looked_at = 0
    for _ in range(60):
        asked.drop_cookies()
        desk.present_password(asked, ann)
        if asked.page.status == 429:
            continue
        asked.submit({"passcode": ann.app.wrong_code()})
        looked_at += 1
        # The short waits are waited out.
        desk.forward(seconds=9)
    assert looked_at <= 5
    assert desk.mails("too_many_wrong", to=ann.email)


@pytest.mark.security("SC1")
def test_whoever_goes_on_guessing_fills_nobodys_mailbox(desk: Desk, ann: Somebody) -> None:
    asked = desk.browser()
    for _ in range(48):
        asked.drop_cookies()
        desk.present_password(asked, ann)
        if asked.page.status != 429:
            asked.submit({"passcode": ann.app.wrong_code()})
        desk.forward(minutes=15)
    assert len(desk.events("second_factor.stopped", of=ann)) > 20
    assert len(desk.mails("too_many_wrong", to=ann.email)) == 2


def test_nobody_is_sent_to_recovery_codes_that_they_do_not_have(desk: Desk, browser: Browser) -> None:
    bob = desk.add("bob@acme.example", app=True, chosen=True, codes_too=False)
    desk.present_password(browser, bob)
    for _ in range(5):
        browser.submit({"passcode": bob.app.wrong_code()})
        desk.forward(seconds=17)
        browser.get("/sign-in/passcode")
    assert "You can try again at" in browser.page.text
    assert "recovery code" not in browser.page.text.lower()


@pytest.mark.behaviour("B41")
def test_five_wrong_codes_end_an_attempt_however_slowly(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    for _ in range(5):
        browser.submit({"passcode": ann.app.wrong_code()})
        desk.forward(minutes=4)
        browser.get("/sign-in/passcode")
    page = browser.submit({"passcode": ann.app.code()})
    assert page.status == 429
    assert "Too many wrong codes in this sign-in. Start again." in page.text
    assert not is_signed_in(browser)
    desk.present_password(browser, ann)
    browser.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(browser)


@pytest.mark.security("SC8")
def test_an_old_cookie_brings_no_tries_back(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    kept = dict(browser.cookies)
    for _ in range(6):
        if any(form.has("passcode") for form in browser.page.forms):
            browser.submit({"passcode": ann.app.wrong_code()})
        desk.forward(seconds=17)
        browser.drop_cookies()
        for name, value in kept.items():
            browser.set_cookie(name, value)
        browser.get("/sign-in/passcode")
    assert browser.page.status == 429


@pytest.mark.security("SI7")
def test_recovery_codes_have_a_lane_of_their_own(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    for number in range(10):
        browser.get("/sign-in/passcode?with=recovery-code")
        browser.submit({"passcode": f"AAAA-AAAA-AAAA-AAA{number}"})
        desk.forward(seconds=1)
    browser.submit({"passcode": ann.recovery_codes[0]})
    assert browser.page.status == 429
    assert not is_signed_in(browser)
    tries, _ = desk.services.counters.load(desk.account.id, Lane.UNKNOWN_BROWSERS.value, ann.id)
    assert not tries.get("at")
    # The app is not shut by them.
    browser.get("/sign-in/passcode")
    browser.submit({"passcode": ann.app.code()})
    assert is_signed_in(browser)
