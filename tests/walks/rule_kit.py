"""What walks need about the rule for one person alone: opening its form, saving it, taking it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Somebody

LIST: Final = "/admin/people"
RULE: Final = "/admin/people/rule"
APP_ONLY: Final = {"own_way_sms": None, "own_way_email": None}


def make_rule(browser: Browser, somebody: Somebody, press: str = "go=save", /, **fields: str | None) -> Page:
    """Fill in the form that the person's page leads to."""
    browser.get(f"{LIST}/{somebody.id}")
    browser.click("rule for this person alone")
    return browser.submit(fields, press=press, having="own_ways")


def take_back(browser: Browser, somebody: Somebody) -> Page:
    """See what taking it back does, then do it."""
    make_rule(browser, somebody, "go=preview_remove")
    return browser.submit(press="go=remove")
