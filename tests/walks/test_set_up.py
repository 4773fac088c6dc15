"""Setting up two-factor authentication: forced at a sign-in, in grace, and what is left behind."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest

from tests.walks.kit import App, codes_on, is_signed_in, key_on
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

SET_UP = "/sign-in/set-up"
DONE = f"{SET_UP}/done"
DEEP = ("/", "/profile/security", "/admin/people", "/sign-in/passcode", "/sign-in/why", "/profile/password")


def to_connect(desk: Desk, browser: Browser, somebody: Somebody) -> None:
    """From the first page of set-up to the one that shows the key."""
    browser.submit(press="go=set_up")
    code = str(desk.mails("mailbox_code", to=somebody.email)[-1].params["code"])
    browser.submit({"mailbox_code": code})
    browser.submit({"thing": "app"})
    browser.submit()


@pytest.fixture
def cleo(desk: Desk) -> Somebody:
    """Somebody who has to set up at the next sign-in."""
    desk.require()
    return desk.add("cleo@acme.example")


def steps_of(desk: Desk, browser: Browser, somebody: Somebody) -> list[str]:
    """Go through set-up from the page that is shown, and return the steps that its pages name."""
    seen = []
    for _ in range(8):
        seen += re.findall(r"Step \d of \d", browser.page.text)
        match browser.page.path:
            case "/sign-in/set-up":
                browser.submit(press="go=set_up")
            case "/sign-in/set-up/mailbox":
                code = str(desk.mails("mailbox_code", to=somebody.email)[-1].params["code"])
                browser.submit({"mailbox_code": code})
            case "/sign-in/set-up/choose":
                browser.submit({"thing": "app"})
            case _ if 'id="key"' in browser.page.html:
                desk.connect(somebody, browser)
            case "/sign-in/set-up/done":
                return list(dict.fromkeys(seen))
            case _:
                browser.submit()
    raise AssertionError(browser.page.path)


def test_steps_count_the_pages_that_come(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo)
    assert steps_of(desk, browser, cleo) == [f"Step {number} of 4" for number in range(1, 5)]


def test_steps_leave_out_a_mailbox_that_was_proved_before(desk: Desk) -> None:
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, checks_new_browsers=True)))
    ann = desk.add("ann@acme.example")
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"mailbox_code": str(desk.mails("new_browser_code", to=ann.email)[-1].params["code"])})
    browser.post("/profile/security/set-up")
    assert browser.page.path == SET_UP
    assert steps_of(desk, browser, ann) == [f"Step {number} of 3" for number in range(1, 4)]


@pytest.mark.behaviour("A09")
@pytest.mark.security("SD6", "SE1")
def test_only_set_up_is_reachable_until_it_is_done(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo)
    assert browser.page.path == SET_UP
    assert desk.sessions(cleo) == 0
    for path in DEEP:
        assert browser.get(path).path == SET_UP, path
    browser.get(SET_UP)
    assert [form.action or browser.page.path for form in browser.page.forms] == [SET_UP]
    assert ("/sign-in/set-up/cannot-now", "I cannot set this up now") in browser.page.links
    desk.set_up(cleo, browser)
    assert is_signed_in(browser)
    assert desk.person(cleo).chosen is False
    assert len(desk.held(cleo)) == 1


def test_the_last_page_says_what_was_done_and_what_was_not(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    set_up, new_codes = "Two-factor authentication works for you now", "Only the recovery codes that you saved last"
    desk.present_password(browser, cleo)
    to_connect(desk, browser, cleo)
    desk.connect(cleo, browser)
    assert codes_on(browser)
    assert browser.get(DONE).path == DONE
    assert set_up in browser.page.text
    # The codes were never said to be saved, so the next sign-in shows new ones, and sets nothing up.
    browser.sign_out()
    desk.present_password(browser, cleo)
    browser.submit({"passcode": cleo.app.next_code()})
    browser.submit()
    browser.submit(having="saved")
    assert browser.page.path == DONE
    assert new_codes in browser.page.text
    assert set_up not in browser.page.text
    assert desk.mails("recovery_codes_renewed", to=cleo.email)
    # A second way from that page is set up, and said to be.
    desk.forward(minutes=1)
    browser.submit(press="second")
    # There are recovery codes already, and the page does not promise more steps than come.
    assert "Step 1 of 2" in browser.page.text
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(cleo, browser)
    assert browser.page.path == DONE
    assert "Set up: Authenticator app “" in browser.page.text
    assert set_up not in browser.page.text


def test_a_further_way_and_its_replacement_begin_by_saying_so(desk: Desk) -> None:
    una = desk.add("una@acme.example", app=True, chosen=True)
    browser = desk.sign_in(una)
    page = browser.post("/profile/security/set-up")
    assert page.title.startswith("Set up another way")
    assert "a stolen password" not in page.text
    row = desk.held(una)[0]
    page = browser.post(f"/profile/security/methods/{row.id}/replace")
    assert f"It takes the place of Authenticator app “{row.label}”, which works until the new one does." in page.text


def test_turning_off_names_the_kind_of_what_goes_and_not_only_the_address(desk: Desk) -> None:
    una = desk.add("una@acme.example", app=True, chosen=True)
    page = desk.sign_in(una).get("/profile/security/turn-off")
    assert f"Removed: Authenticator app “{desk.held(una)[0].label}”." in page.text


def test_every_page_of_a_forced_set_up_leads_out(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.add("olive@acme.example", Role.OWNER)
    desk.present_password(browser, cleo)
    browser.click("I cannot set this up now")
    assert "Olive" in browser.page.text
    browser.sign_out()
    assert browser.page.path == "/sign-in"
    assert browser.get("/").path == "/sign-in"


@pytest.mark.behaviour("A52", "B06", "B07", "A57")
def test_the_key_stands_beside_the_qr_code_and_names_the_entry(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo)
    to_connect(desk, browser, cleo)
    page = browser.page
    # Read aloud the key comes before the picture, which says nothing to whoever hears it.
    found = [page.html.index(each) for each in ('class="steps"', 'id="key"', "<svg", 'name="passcode"')]
    assert found == sorted(found)
    uri = next(url for url, _ in page.links if url.startswith("otpauth://"))
    parts = urlsplit(uri)
    query = parse_qs(parts.query)
    assert unquote(parts.path) == "/Acme Support:cleo@acme.example"
    assert query["issuer"] == ["Acme Support"]
    assert query["secret"] == [key_on(browser)]
    # What an app does with the scanned address, and what somebody does who types the key: the same codes.
    scanned = pyotp.parse_uri(uri)
    assert isinstance(scanned, pyotp.TOTP)
    assert scanned.at(desk.clock.now()) == App(key_on(browser), desk.clock).code()
    browser.submit({"passcode": "000000"})
    assert browser.page.title.startswith("Error:")
    assert not is_signed_in(browser)
    desk.connect(cleo, browser)
    assert is_signed_in(browser)


@pytest.mark.behaviour("B08")
@pytest.mark.security("SE5")
def test_recovery_codes_are_shown_once_and_only_in_an_answer_to_a_form(
    desk: Desk, browser: Browser, cleo: Somebody
) -> None:
    desk.present_password(browser, cleo)
    to_connect(desk, browser, cleo)
    key = key_on(browser)
    desk.connect(cleo, browser)
    assert browser.page.headers["Cache-Control"] == "no-store"
    shown = codes_on(browser)
    assert len(shown) == 10
    browser.get(browser.page.url)
    assert not codes_on(browser)
    for page in [page for page in browser.seen if page is not browser.seen[-1]]:
        assert "no-store" in page.headers.get("Cache-Control", "")
    later = desk.browser()
    for path in ("/sign-in/set-up/connect", "/sign-in/set-up/recovery-codes", "/profile/security"):
        for each in (browser, later):
            html = each.get(path).html
            assert key not in html
            assert not any(code in html for code in shown)


@pytest.mark.security("SE5")
def test_get_never_shows_the_key(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo)
    to_connect(desk, browser, cleo)
    key = key_on(browser)
    browser.get(browser.page.url)
    assert key not in browser.page.html
    # The button of that page shows it again: the same one.
    browser.submit()
    assert key_on(browser) == key
    browser.post("/sign-in/set-up/connect", {"show": "1"}, token=False)
    assert browser.page.status == 403
    assert key not in browser.page.html


@pytest.mark.behaviour("B54")
@pytest.mark.security("SE6")
def test_an_abandoned_set_up_leaves_nothing_active(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo)
    to_connect(desk, browser, cleo)
    key = key_on(browser)
    assert desk.held(cleo) == ()
    # The browser is closed; somebody begins anew.
    again = desk.browser()
    desk.present_password(again, cleo)
    assert desk.held(cleo) == ()
    desk.forward(minutes=2)
    to_connect(desk, again, cleo)
    assert key_on(again) != key
    desk.connect(cleo, again)
    assert len(desk.held(cleo)) == 1
    # The abandoned wizard is over, its key good for nothing.
    browser.submit({"passcode": App(key, desk.clock).code()})
    assert len(desk.held(cleo)) == 1
    assert not is_signed_in(browser)


@pytest.mark.security("SE6")
def test_each_step_left_alone_changes_nothing(desk: Desk, cleo: Somebody) -> None:
    before = desk.person(cleo)
    for steps in range(4):
        desk.forward(minutes=10)
        browser = desk.browser()
        desk.present_password(browser, cleo)
        if steps > 0:
            browser.submit(press="go=set_up")
        if steps > 1:
            browser.submit({"mailbox_code": str(desk.mails("mailbox_code")[-1].params["code"])})
        if steps > 2:
            browser.submit({"thing": "app"})
        after = desk.person(cleo)
        assert (after.chosen, after.enrolled_at, after.version) == (False, None, before.version)
        assert desk.held(cleo) == ()
        assert desk.services.recovery_codes.left(desk.account.id, cleo.id).left == 0


@pytest.mark.security("SE7")
def test_a_stolen_password_alone_sets_nothing_up(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo)
    browser.submit(press="go=set_up")
    for path in ("choose", "connect"):
        assert browser.get(f"{SET_UP}/{path}").path == f"{SET_UP}/mailbox"
        for fields in ({"thing": "app"}, {"show": "1"}, {"passcode": "123456"}):
            assert browser.post(f"{SET_UP}/{path}", fields).path == f"{SET_UP}/mailbox"
            assert "otpauth" not in browser.page.html
    browser.submit({"mailbox_code": "12345678"})
    assert browser.page.title.startswith("Error:")
    assert desk.held(cleo) == ()
    # The right one, from the mail, goes on; and afterwards a mail tells with a link that only freezes.
    mailed = desk.mails("mailbox_code", to=cleo.email)
    browser.submit({"mailbox_code": str(mailed[-1].params["code"])})
    browser.submit({"thing": "app"})
    browser.submit()
    desk.connect(cleo, browser)
    told = desk.mails("factor_set_up", to=cleo.email)
    assert len(told) == 1
    assert "freeze_url" in told[0].params


@pytest.mark.security("SE4")
def test_the_pending_key_is_bound_to_its_browser_and_confirmed_once(
    desk: Desk, browser: Browser, cleo: Somebody
) -> None:
    desk.present_password(browser, cleo)
    to_connect(desk, browser, cleo)
    app = App(key_on(browser), desk.clock)
    attempt = browser.cookies["twofold_attempt"]
    stranger = desk.browser()
    stranger.get("/sign-in")
    stranger.post("/sign-in/set-up/connect", {"passcode": app.code()})
    assert desk.held(cleo) == ()
    browser.submit({"passcode": app.code()})
    assert len(desk.held(cleo)) == 1
    stranger.set_cookie("twofold_attempt", attempt)
    desk.forward(seconds=30)
    stranger.post("/sign-in/set-up/connect", {"passcode": app.code()})
    assert len(desk.held(cleo)) == 1
    assert not is_signed_in(stranger)


@pytest.mark.security("SE9")
def test_setting_up_ends_other_sessions_and_trust(desk: Desk, browser: Browser) -> None:
    dan = desk.add("dan@acme.example")
    elsewhere = desk.sign_in(dan)
    assert is_signed_in(elsewhere)
    desk.require()
    desk.present_password(browser, dan)
    desk.set_up(dan, browser)
    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)


def test_setting_up_goes_on_to_where_the_person_was_going(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo, to="/profile/details")
    desk.set_up(cleo, browser)
    assert browser.page.path == "/profile/details"


def test_in_grace_set_up_may_wait(desk: Desk, browser: Browser) -> None:
    eve = desk.add("eve@acme.example")
    desk.require(grace_for=timedelta(days=7))
    desk.present_password(browser, eve)
    assert browser.page.path == SET_UP
    assert "You can leave this until 11 May" in browser.page.text
    # "Later" is the way on; nobody came from the settings.
    assert "Stop and go back" not in browser.page.text
    browser.submit(press="go=later")
    assert browser.page.path == "/"
    assert "has to be set up by 11 May" in browser.page.text
    desk.forward(days=7)
    again = desk.browser()
    desk.present_password(again, eve)
    assert again.page.path == SET_UP
    assert not is_signed_in(again)


def test_keep_asking_is_unticked_and_makes_it_a_choice(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.present_password(browser, cleo)
    to_connect(desk, browser, cleo)
    desk.connect(cleo, browser)
    browser.submit(having="saved")
    assert "checked" not in browser.page.form().attributes("keep_asking")
    browser.submit({"keep_asking": "1"})
    assert browser.page.path == "/"
    assert desk.person(cleo).chosen is True


@pytest.mark.behaviour("A40", "A41")
def test_when_the_requirement_ends_only_those_who_chose_are_asked(desk: Desk) -> None:
    chose = desk.add("fay@acme.example", app=True, chosen=True)
    had_to = desk.add("gus@acme.example", app=True)
    desk.require()
    for somebody in (chose, had_to):
        browser = desk.browser()
        desk.present_password(browser, somebody)
        assert browser.page.path == "/sign-in/passcode"
    desk.require(team=False)
    browser = desk.browser()
    desk.present_password(browser, chose)
    assert browser.page.path == "/sign-in/passcode"
    browser = desk.browser()
    desk.present_password(browser, had_to)
    assert browser.page.path == "/"
    assert "Set up, not asked" in browser.page.text
    assert len(desk.held(had_to)) == 1
