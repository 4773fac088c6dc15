"""The passcode step: right, wrong, used, early and late codes, and recovery codes in the same field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in, stored_bytes
from twofold.core.roles import Role
from twofold.ports.accounts import HelpText

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

STEP = timedelta(seconds=30)
USED = "That code was already used. Wait for the next one (up to 30 seconds)."
WRONG = "That code is not right. Type the one your app shows now."


@pytest.mark.behaviour("A59")
@pytest.mark.parametrize("ahead", [-STEP, STEP])
def test_a_phone_off_by_one_step_gets_in(desk: Desk, browser: Browser, ann: Somebody, ahead: timedelta) -> None:
    desk.present_password(browser, ann)
    browser.submit({"passcode": ann.app.code(ahead=ahead)})
    assert is_signed_in(browser)


@pytest.mark.behaviour("A59")
def test_a_phone_off_by_more_is_told_so(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.clock.set(datetime(2026, 5, 4, 9, 42, 0, tzinfo=UTC))
    desk.present_password(browser, ann)
    browser.submit({"passcode": ann.app.code(ahead=timedelta(minutes=-4))})
    # In the account's time zone: London is an hour ahead of UTC in May.
    assert "That code fits 10:38; here it is 10:42. Set the phone's clock to automatic" in browser.page.text
    assert "if colleagues see this too, tell your admin." in browser.page.text
    assert not is_signed_in(browser)


@pytest.mark.behaviour("A61")
def test_a_wrong_code_stays_on_the_step_and_says_what_to_do(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    wrong = "000000" if ann.app.code() != "000000" else "000001"
    page = browser.submit({"passcode": wrong})
    assert page.status == 200
    assert page.path == "/sign-in/passcode"
    assert page.title.startswith("Error:")
    assert WRONG in page.text
    field = page.form().attributes("passcode")
    assert "autofocus" in field
    assert field["aria-invalid"] == "true"
    desk.forward(seconds=2)
    browser.submit({"passcode": ann.app.code()})
    assert is_signed_in(browser)


@pytest.mark.behaviour("B43")
@pytest.mark.security("SA1")
def test_a_code_works_once_in_its_whole_window(desk: Desk, ann: Somebody) -> None:
    code = ann.app.code()
    first = desk.browser()
    desk.present_password(first, ann)
    desk.forward(seconds=30)
    # Accepted one step late, it must not be accepted again, at the edge of the window or within it.
    first.submit({"passcode": code})
    assert is_signed_in(first)
    for _ in range(2):
        again = desk.browser()
        desk.present_password(again, ann)
        again.submit({"passcode": code})
        assert USED in again.page.text
        assert not is_signed_in(again)
        desk.forward(seconds=15)


@pytest.mark.security("SA1")
def test_an_earlier_code_is_void_once_a_later_one_was_used(desk: Desk, ann: Somebody) -> None:
    before, now = ann.app.code(ahead=-STEP), ann.app.code()
    first = desk.browser()
    desk.present_password(first, ann)
    first.submit({"passcode": now})
    second = desk.browser()
    desk.present_password(second, ann)
    second.submit({"passcode": before})
    assert not is_signed_in(second)


@pytest.mark.security("SC1")
def test_a_guess_that_fits_a_coming_moment_is_not_right_when_it_comes(desk: Desk, ann: Somebody) -> None:
    thief, four_minutes = desk.browser(), timedelta(minutes=4)
    desk.present_password(thief, ann)
    guess = ann.app.code(ahead=four_minutes)
    before = desk.held(ann)[0].last_used_at
    thief.submit({"passcode": guess})
    assert "That code fits" in thief.page.text
    assert desk.held(ann)[0].last_used_at == before
    desk.clock.move(four_minutes)
    thief.submit({"passcode": guess})
    assert USED in thief.page.text
    assert not is_signed_in(thief)
    assert desk.held(ann)[0].last_used_at == before
    desk.sign_in(ann)


@pytest.mark.security("SA2")
def test_the_code_that_confirmed_the_set_up_signs_nobody_in(desk: Desk, browser: Browser) -> None:
    desk.require()
    cleo = desk.add("cleo@acme.example")
    desk.present_password(browser, cleo)
    desk.set_up(cleo, browser)
    code = cleo.app.code()
    other = desk.browser()
    desk.present_password(other, cleo)
    other.submit({"passcode": code})
    assert USED in other.page.text
    assert not is_signed_in(other)


@pytest.mark.security("SA2")
def test_the_code_of_the_sign_in_proves_nothing_afresh(desk: Desk, ann: Somebody) -> None:
    desk.sign_in(ann)
    code = ann.app.code()
    other = desk.browser()
    desk.present_password(other, ann)
    other.submit({"passcode": code})
    assert USED in other.page.text


@pytest.mark.security("SA3")
@pytest.mark.parametrize(
    "spell",
    [
        lambda code: f"{code[:3]} {code[3:]}",
        lambda code: f"\t{code}",
        lambda code: f"{code[:3]}\u00a0{code[3:]}",
        lambda code: "".join(chr(0xFF10 + int(digit)) for digit in code),
        lambda code: f"{code}\n",
        lambda code: f"{code[:3]}-{code[3:]}",
    ],
    ids=["space", "tab", "nbsp", "full-width", "newline", "dash"],
)
def test_another_spelling_is_read_and_is_the_same_code(desk: Desk, ann: Somebody, spell: object) -> None:
    assert callable(spell)
    code = ann.app.code()
    first = desk.browser()
    desk.present_password(first, ann)
    first.submit({"passcode": spell(code)})
    assert is_signed_in(first)
    for typed in (code, spell(code)):
        again = desk.browser()
        desk.present_password(again, ann)
        again.submit({"passcode": typed})
        assert not is_signed_in(again)


@pytest.mark.security("SA3")
def test_a_leading_zero_more_is_no_code(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    browser.submit({"passcode": f"0{ann.app.code()}"})
    assert not is_signed_in(browser)


@pytest.mark.security("SA4", "SA5")
def test_a_used_code_stays_used_until_it_would_be_refused_anyway(desk: Desk, ann: Somebody) -> None:
    code = ann.app.code(ahead=STEP)
    first = desk.browser()
    desk.present_password(first, ann)
    first.submit({"passcode": code})
    assert is_signed_in(first)
    for _ in range(12):
        # Everything that could be a cache is thrown away: only the row can say that it was used.
        desk.restart()
        desk.forward(seconds=8)
        again = desk.browser()
        desk.present_password(again, ann)
        again.submit({"passcode": code})
        assert not is_signed_in(again)
        # Waits are for another test.
        desk.services.counters.forget(desk.account.id, ann.id)
    assert desk.clock.now() - first_used(desk, ann) > 3 * STEP


def first_used(desk: Desk, somebody: Somebody) -> datetime:
    return desk.events("sign_in.admitted", of=somebody)[0].at


@pytest.mark.behaviour("A60", "B10")
@pytest.mark.parametrize(
    "spell",
    [str, str.lower, lambda code: code.replace("-", ""), lambda code: f" {code.replace('-', ' ')} "],
    ids=["as shown", "lower case", "without dashes", "with spaces"],
)
def test_a_recovery_code_works_in_the_same_field(desk: Desk, browser: Browser, ann: Somebody, spell: object) -> None:
    assert callable(spell)
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    browser.submit({"passcode": spell(ann.recovery_codes[0])})
    assert browser.page.path == "/sign-in/after-recovery"
    assert "9 are left" in browser.page.text
    browser.submit(press="phone=elsewhere")
    assert is_signed_in(browser)
    assert len(desk.mails("recovery_code_used", to=ann.email)) == 1


@pytest.mark.behaviour("A60", "B09")
def test_a_used_recovery_code_is_told_apart(desk: Desk, ann: Somebody) -> None:
    desk.clock.set(datetime(2026, 5, 3, 12, 0, tzinfo=UTC))
    first = desk.browser()
    desk.present_password(first, ann)
    first.submit({"passcode": ann.recovery_codes[0]})
    assert is_signed_in(first)
    desk.forward(days=1)
    again = desk.browser()
    desk.present_password(again, ann)
    again.submit({"passcode": ann.recovery_codes[0]})
    assert "That code was used on 3 May. Take the next one." in again.page.text
    assert not is_signed_in(again)
    again.submit({"passcode": ann.recovery_codes[1]})
    assert is_signed_in(again)


def test_a_lost_phone_is_replaced_at_once(desk: Desk, browser: Browser, ann: Somebody) -> None:
    old = ann.app
    desk.present_password(browser, ann)
    browser.click("Use a recovery code")
    browser.submit({"passcode": ann.recovery_codes[0]})
    browser.submit(press="phone=lost")
    assert browser.page.path == "/sign-in/set-up"
    browser.submit(press="go=set_up")
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(ann, browser)
    assert len(desk.held(ann)) == 1
    desk.forward(minutes=1)
    other = desk.browser()
    desk.present_password(other, ann)
    other.submit({"passcode": old.code()})
    assert not is_signed_in(other)
    desk.forward(seconds=5)
    other.submit({"passcode": ann.app.code()})
    assert is_signed_in(other)


@pytest.mark.behaviour("A62")
def test_who_can_help_is_named_to_the_team_only(desk: Desk) -> None:
    account = desk.services.accounts.by_id(desk.account.id)
    assert account is not None
    told = HelpText(text="Write to help@acme.example.", phone="+44 20 7946 0100")
    assert desk.services.accounts.replace(account, replace(account, help_end_users=told))
    desk.add("olive@acme.example", Role.OWNER)
    agent = desk.add("ann@acme.example", app=True, chosen=True)
    end_user = desk.add("eve@elsewhere.example", Role.END_USER, app=True, chosen=True)
    for somebody, sees_names in ((agent, True), (end_user, False)):
        browser = desk.browser()
        desk.present_password(browser, somebody)
        browser.click("I cannot get a code")
        assert ("Olive" in browser.page.text) is sees_names
        assert ("Write to help@acme.example." in browser.page.text) is not sees_names
        assert "The phone's clock is off." in browser.page.text


def test_why_somebody_is_asked(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    browser.click("Why am I asked?")
    assert "You turned two-factor authentication on yourself." in browser.page.text
    browser.click("Back to the passcode")
    assert browser.page.path == "/sign-in/passcode"


def test_the_page_names_the_entry_in_the_app(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    assert "look for the entry “Acme Support (ann@acme.example)”." in browser.page.text


@pytest.mark.security("SI7")
def test_neither_recovery_codes_nor_keys_lie_readable_on_the_disk(desk: Desk, ann: Somebody) -> None:
    desk.sign_in(ann)
    stored = stored_bytes()
    assert ann.email.encode() in stored
    for secret in (*ann.recovery_codes, ann.app.key, ann.password):
        for spelling in {secret, secret.replace("-", ""), secret.lower()}:
            assert spelling.encode() not in stored
