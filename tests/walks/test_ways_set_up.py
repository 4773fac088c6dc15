"""Setting up by text, by mail, with a token: what the wizard offers, asks for and refuses."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.tools import find_tool
from tests.walks import sent_kit
from tests.walks.kit import codes_on, is_signed_in, key_on
from tests.walks.sent_kit import ANOTHER, NUMBER, newest_to, things_on, wrong
from twofold.core.policy import Accepts
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


@pytest.fixture
def cleo(desk: Desk) -> Somebody:
    """Return an agent who has to set up something, in a house that can text."""
    sent_kit.texts_work(desk)
    desk.require()
    return desk.add("cleo@acme.example")


@pytest.fixture
def emil(desk: Desk) -> Somebody:
    """Return an end user who has to set up something."""
    sent_kit.texts_work(desk)
    desk.require(team=False, end_users=True)
    return desk.add("emil@globex.example", Role.END_USER)


def choosing(desk: Desk, browser: Browser, somebody: Somebody) -> Browser:
    desk.present_password(browser, somebody)
    sent_kit.to_choices(desk, browser, somebody)
    return browser


def finish(browser: Browser) -> None:
    """Say that the recovery codes are saved, and leave the last page."""
    assert codes_on(browser)
    browser.submit(having="saved")
    browser.submit(having="csrfmiddlewaretoken")
    assert is_signed_in(browser)


@pytest.mark.behaviour("A10")
def test_an_agent_is_offered_the_app_and_texts(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    choosing(desk, browser, cleo)
    assert {"app", "texts"} <= set(things_on(browser.page))
    assert "A phone for text messages" in browser.page.text


@pytest.mark.behaviour("A70", "A50")
def test_an_end_user_is_offered_everything_that_is_allowed_and_chooses(
    desk: Desk, browser: Browser, emil: Somebody
) -> None:
    choosing(desk, browser, emil)
    assert things_on(browser.page) == ["computer", "app", "texts", "mail", "token", "none"]
    sent_kit.set_up_mail(desk, browser, emil)
    finish(browser)
    assert [one.kind for one in desk.held(emil)] == ["email"]


def test_what_cannot_be_sent_is_not_offered(desk: Desk, browser: Browser) -> None:
    desk.require()
    dora = desk.add("dora@acme.example")
    choosing(desk, browser, dora)
    assert "texts" not in things_on(browser.page)
    assert browser.post("/sign-in/set-up/choose", {"thing": "texts"}).status == 400


@pytest.mark.behaviour("A55")
def test_app_only_leaves_no_other_way(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    desk.for_both(lambda rules: replace(rules, accepts=Accepts(kinds=frozenset({"totp"}))))
    choosing(desk, browser, cleo)
    assert set(things_on(browser.page)) == {"computer", "app", "token", "none"}
    for thing in ("texts", "mail"):
        assert browser.post("/sign-in/set-up/choose", {"thing": thing}).status == 400
    assert not sent_kit.codes_to(desk, cleo.email)


@pytest.mark.behaviour("A11", "A53", "A68")
def test_texts_ask_for_the_number_and_keep_it_once_it_is_proved(desk: Desk, browser: Browser, emil: Somebody) -> None:
    choosing(desk, browser, emil)
    page = browser.submit({"thing": "texts"})
    assert page.form("number").attributes("number")["autocomplete"] == "tel"
    assert "+44 7400 123456" in page.text
    page = browser.submit({"number": "+44 7400 123456"})
    assert "•••• 3456" in page.text
    assert NUMBER not in page.html
    assert page.form("passcode").attributes("passcode")["autocomplete"] == "one-time-code"
    assert not desk.held(emil)
    code = newest_to(desk, NUMBER)
    page = browser.submit({"passcode": wrong(code)}, having="passcode")
    assert "That code is not right. Type the one from our newest text." in page.text
    assert not desk.held(emil)
    browser.submit({"passcode": code}, having="passcode")
    finish(browser)
    [held] = desk.held(emil)
    assert (held.kind, held.label, held.state) == ("sms", "•••• 3456", {"number": NUMBER})
    browser.get("/profile/security")
    assert "•••• 3456" in browser.page.text
    # The next sign-in texts to it at once, and its code opens.
    elsewhere = desk.browser()
    desk.present_password(elsewhere, emil)
    assert elsewhere.page.path == "/sign-in/passcode"
    elsewhere.submit({"passcode": newest_to(desk, NUMBER)})
    assert is_signed_in(elsewhere)


@pytest.mark.behaviour("B04")
@pytest.mark.parametrize(
    "typed", ["07400 123456", "7400123456", "", "+44", "+44 7400 12345678901", "call me", "+44 20"]
)
def test_what_is_no_whole_number_is_refused_with_an_example(
    desk: Desk, browser: Browser, cleo: Somebody, typed: str
) -> None:
    choosing(desk, browser, cleo)
    browser.submit({"thing": "texts"})
    page = browser.submit({"number": typed})
    assert page.title.startswith("Error:")
    field = page.form("number").attributes("number")
    assert field["aria-invalid"] == "true"
    assert "autofocus" in field
    assert field.get("value", "") == typed
    assert "Type it with plus sign and country code: +44 7400 123456." in page.text
    assert not desk.mails("passcode")


@pytest.mark.behaviour("B05")
def test_a_country_without_texts_leads_to_another_way(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    sent_kit.texts_work(desk, countries=["GB"])
    choosing(desk, browser, cleo)
    browser.submit({"thing": "texts"})
    page = browser.submit({"number": ANOTHER})
    assert "We send no texts to that country." in page.text
    assert not desk.mails("passcode")
    page = browser.click("Choose another way")
    assert {"app", "mail"} <= set(things_on(page))
    sent_kit.set_up_mail(desk, browser, cleo)
    finish(browser)


def test_another_number_can_be_typed_before_the_code(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    choosing(desk, browser, cleo)
    browser.submit({"thing": "texts"})
    browser.submit({"number": NUMBER})
    first = newest_to(desk, NUMBER)
    page = browser.submit(press="back")
    assert page.form("number").has("number")
    desk.forward(seconds=60)
    browser.submit({"number": ANOTHER})
    page = browser.submit({"passcode": first}, having="passcode")
    assert page.title.startswith("Error:")
    browser.submit({"passcode": newest_to(desk, ANOTHER)}, having="passcode")
    finish(browser)
    assert desk.held(cleo)[0].state == {"number": ANOTHER}


@pytest.mark.behaviour("A67", "B01")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_mail_goes_to_the_address_on_file_and_asks_ever_after(desk: Desk, browser: Browser, role: Role) -> None:
    desk.require(team=True, end_users=True)
    dora = desk.add("dora@acme.example", role)
    choosing(desk, browser, dora)
    assert "after a password reset by mail you need a recovery code" in browser.page.text
    page = browser.submit({"thing": "mail"})
    assert "after a password reset by mail, mailed codes do not count" in page.text
    [mail] = desk.mails("passcode")
    assert mail.to == dora.email
    code = str(mail.params["code"])
    assert mail.text.rstrip().endswith(f"@localhost #{code}")
    assert not desk.held(dora)
    browser.submit({"passcode": code}, having="passcode")
    finish(browser)
    elsewhere = desk.browser()
    desk.present_password(elsewhere, dora)
    assert not is_signed_in(elsewhere)
    assert "A mail with a code to d•••@a… has been on its way since" in elsewhere.page.text
    newest = newest_to(desk, dora.email)
    assert "We sent a mail with a code to d•••@a… at" in elsewhere.get("/sign-in/passcode").text
    elsewhere.submit({"passcode": newest})
    assert is_signed_in(elsewhere)


@pytest.mark.behaviour("A56")
@pytest.mark.peers("oathtool")
def test_a_token_takes_the_key_with_settings_of_its_own(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    choosing(desk, browser, cleo)
    browser.submit({"thing": "token"})
    assert browser.page.url.endswith("/connect?for=token")
    page = browser.submit()
    hexadecimal = hex_on(page.html)
    key = key_on(browser)
    page = browser.submit({"algorithm": "SHA256", "period": "60", "digits": "8"}, having="settings")
    assert (key_on(browser), hex_on(page.html)) == (key, hexadecimal), "the token may have been programmed already"
    assert "8 digits. A new one comes every 60 seconds." in page.text
    browser.submit({"passcode": "12345678"}, having="passcode")
    assert browser.page.title.startswith("Error:")
    browser.submit({"passcode": shown_by_token(hexadecimal, desk)}, having="passcode")
    finish(browser)
    desk.forward(seconds=60)
    elsewhere = desk.browser()
    desk.present_password(elsewhere, cleo)
    elsewhere.submit({"passcode": shown_by_token(hexadecimal, desk)})
    assert is_signed_in(elsewhere)


def test_whoever_goes_from_a_token_to_an_app_gets_what_apps_take(desk: Desk, browser: Browser, cleo: Somebody) -> None:
    choosing(desk, browser, cleo)
    browser.submit({"thing": "token"})
    browser.submit()
    browser.submit({"algorithm": "SHA256", "period": "60", "digits": "8"}, having="settings")
    browser.get("/sign-in/set-up/choose")
    browser.submit({"thing": "app"})
    browser.submit()
    assert "6 digits. A new one comes every 30 seconds." in browser.page.text
    assert browser.post("/sign-in/set-up/connect", {"settings": "1", "digits": "7"}).status == 400
    browser.get("/sign-in/set-up/connect")
    browser.submit()
    desk.connect(cleo, browser)
    finish(browser)


def hex_on(html: str) -> str:
    found = re.search(r'id="key-hex" data-plain="([0-9a-f]+)"', html)
    assert found
    return found[1]


def shown_by_token(hexadecimal: str, desk: Desk) -> str:
    """Return what a programmed token shows now, as oathtool computes it."""
    command = [str(find_tool("oathtool")), "--totp=sha256", "--digits=8", "--time-step-size=60s"]
    now = desk.clock.now().strftime("--now=%Y-%m-%d %H:%M:%S UTC")
    return subprocess.run([*command, now, hexadecimal], capture_output=True, text=True, check=True).stdout.strip()
