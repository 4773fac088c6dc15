"""The wizard's pages for texts, mails and tokens: what they show, ask for and refuse."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.tools import find_tool
from tests.walks import codes
from tests.walks.codes import things_on
from tests.walks.kit import codes_on, is_signed_in, key_on

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


@pytest.fixture
def cleo(desk: Desk) -> Somebody:
    """Return an agent who has to set up something, in a house that can text."""
    codes.texts_go_to(desk, "AT")
    desk.require()
    return desk.add("cleo@acme.example")


@pytest.fixture
def choosing(desk: Desk, browser: Browser, cleo: Somebody) -> Browser:
    """Return her browser, at the page that asks what she has at hand."""
    desk.present_password(browser, cleo)
    codes.to_choices(desk, browser, cleo)
    return browser


def finish(browser: Browser) -> None:
    """Say that the recovery codes are saved, and leave the last page."""
    assert codes_on(browser)
    browser.submit(having="saved")
    browser.submit()
    assert is_signed_in(browser)


@pytest.mark.behaviour("A70")
def test_things_are_listed_in_the_order_in_which_they_are_at_hand(choosing: Browser) -> None:
    things = things_on(choosing.page)
    assert things == ["computer", "app", "texts", "mail", "token", "none"]
    assert choosing.post("/sign-in/set-up/choose", {"thing": "pigeon"}).status == 400


@pytest.mark.behaviour("B04")
def test_what_is_wrong_with_a_number_stands_beside_its_field(choosing: Browser) -> None:
    page = choosing.submit({"thing": "texts"})
    field = page.form("number").attributes("number")
    assert (field["type"], field["autocomplete"], field["inputmode"]) == ("tel", "tel", "tel")
    assert "With plus sign and country code, for example +44 7400 123456." in page.text
    page = choosing.submit({"number": "0664 1234567"})
    field = page.form("number").attributes("number")
    assert field["aria-invalid"] == "true"
    assert "autofocus" in field
    assert "number-error" in field["aria-describedby"]
    assert "Type it with plus sign and country code: +44 7400 123456." in page.text


def test_the_page_of_a_sent_code_says_what_was_sent_and_how_to_get_another(desk: Desk, choosing: Browser) -> None:
    choosing.submit({"thing": "texts"})
    page = choosing.submit({"number": codes.NUMBER})
    assert "A text with a code to +43 664 1234567 has been on its way since" in page.text
    assert page.form("passcode").attributes("passcode")["autocomplete"] == "one-time-code"
    assert 'data-countdown="30"' in page.html
    page = choosing.submit(press="again")
    assert page.status == 429
    codes.fail_what_waits(desk)
    page = choosing.get("/sign-in/set-up/connect")
    assert "The text to +43 664 1234567 could not be sent at" in page.text
    desk.forward(seconds=31)
    choosing.submit(press="again")
    choosing.submit({"passcode": codes.code(desk)}, having="passcode")
    finish(choosing)


def test_mail_says_beforehand_what_a_reset_of_the_password_means(choosing: Browser) -> None:
    assert "after a password reset by mail you need a recovery code" in choosing.page.text
    page = choosing.submit({"thing": "mail"})
    assert "after a password reset by mail, mailed codes do not count until another proof is given" in page.text


@pytest.mark.behaviour("A56")
@pytest.mark.peers("oathtool")
def test_a_token_takes_the_key_with_settings_of_its_own(desk: Desk, choosing: Browser, cleo: Somebody) -> None:
    choosing.submit({"thing": "token"})
    assert choosing.page.title.startswith("Program your token")
    page = choosing.submit()
    hexadecimal, key = hex_on(page.html), key_on(choosing)
    page = choosing.submit({"algorithm": "SHA256", "period": "60", "digits": "8"}, having="settings")
    assert (key_on(choosing), hex_on(page.html)) == (key, hexadecimal), "the token may have been programmed already"
    assert "8 digits. A new one comes every 60 seconds." in page.text
    choosing.submit({"passcode": "12345678"}, having="passcode")
    assert choosing.page.title.startswith("Error:")
    choosing.submit({"passcode": shown_by_token(hexadecimal, desk)}, having="passcode")
    finish(choosing)
    desk.forward(seconds=60)
    elsewhere = desk.browser()
    desk.present_password(elsewhere, cleo)
    elsewhere.submit({"passcode": shown_by_token(hexadecimal, desk)})
    assert is_signed_in(elsewhere)


def test_whoever_goes_from_a_token_to_an_app_gets_what_apps_take(desk: Desk, choosing: Browser, cleo: Somebody) -> None:
    choosing.submit({"thing": "token"})
    choosing.submit()
    choosing.submit({"algorithm": "SHA256", "period": "60", "digits": "8"}, having="settings")
    choosing.get("/sign-in/set-up/choose")
    choosing.submit({"thing": "app"})
    choosing.submit()
    assert "6 digits. A new one comes every 30 seconds." in choosing.page.text
    assert choosing.post("/sign-in/set-up/connect", {"settings": "1", "digits": "7"}).status == 400
    choosing.get("/sign-in/set-up/connect")
    choosing.submit()
    desk.connect(cleo, choosing)
    finish(choosing)


def hex_on(html: str) -> str:
    found = re.search(r'id="key-hex" data-plain="([0-9a-f]+)"', html)
    assert found
    return found[1]


def shown_by_token(hexadecimal: str, desk: Desk) -> str:
    """Return what a programmed token shows now, as oathtool computes it."""
    command = [str(find_tool("oathtool")), "--totp=sha256", "--digits=8", "--time-step-size=60s"]
    now = desk.clock.now().strftime("--now=%Y-%m-%d %H:%M:%S UTC")
    return subprocess.run([*command, now, hexadecimal], capture_output=True, text=True, check=True).stdout.strip()
