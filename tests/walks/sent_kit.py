"""What walks do with codes that are sent, step by step; who holds them, and what arrived where, is in codes.py."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.walks import codes
from tests.walks.codes import ANOTHER, NUMBER, give_mailbox, to_choices

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

__all__ = ["ANOTHER", "NUMBER", "give_mailbox", "to_choices"]


def texts_work(desk: Desk) -> None:
    """Have texts sent to the countries of both numbers."""
    codes.texts_go_to(desk, "AT")


def give_number(desk: Desk, somebody: Somebody, number: str = NUMBER) -> None:
    """Enrol a number."""
    codes.give_phone(desk, somebody, number)


def codes_to(desk: Desk, to: str) -> list[str]:
    """Return the codes that arrived at a number or an address, oldest first."""
    return [str(message.params["code"]) for message in codes.sent(desk, to)]


def newest_to(desk: Desk, to: str) -> str:
    """Return the newest code that arrived there."""
    return codes.code(desk, to)


def things_on(page: Page) -> list[str]:
    """Return what the wizard offers to have at hand."""
    return re.findall(r'name="thing" value="(\w+)"', page.html)


def set_up_texts(desk: Desk, browser: Browser, number: str = NUMBER) -> Page:
    """Choose texts, type the number, and type the code that arrives there."""
    browser.submit({"thing": "texts"})
    browser.submit({"number": number})
    return browser.submit({"passcode": newest_to(desk, number)}, having="passcode")


def begin_from_profile(browser: Browser) -> Page:
    """Begin to set up another way; asked for proof, leave that to the caller."""
    browser.get("/profile/security")
    return browser.post("/profile/security/set-up")
