"""Of ways that count no more, pages say what is true of this person today, in one sentence that names them all."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks import codes
from twofold.core.groups import Extra
from twofold.core.policy import Accepts

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

NO_MORE: Final = "This no longer counts for you: Text messages and Codes by mail."
PAGES: Final = ("/sign-in/why", "/sign-in/cannot-get-a-code", "/sign-in/other-way")


def app_only(desk: Desk, **for_how_long: float) -> None:
    until = desk.clock.now() + timedelta(**for_how_long)
    accepts = Accepts(kinds=frozenset({"totp"}), old_ones_prove_until=until)
    desk.require()
    desk.for_both(lambda rules: replace(rules, accepts=accepts))


@pytest.fixture
def una(desk: Desk) -> Somebody:
    """Return an agent with two numbers and a mailbox."""
    codes.texts_go_to(desk, "AT")
    una = desk.add("una@acme.example")
    codes.give_phone(desk, una)
    codes.give_phone(desk, una, "+436641234567")
    codes.give_mailbox(desk, una)
    return una


def said_of_it(text: str) -> str:
    """Return what a page says from the sentence on that names what counts no more."""
    assert text.count("no longer counts for you") == 1, text
    assert text.count("opens") <= 1, text
    return text[text.index("This no longer counts") :]


@pytest.mark.behaviour("B50")
def test_whoever_has_nothing_else_reads_once_until_when_they_open_set_up(
    desk: Desk, browser: Browser, una: Somebody
) -> None:
    app_only(desk, days=14)
    desk.present_password(browser, una)
    for page in PAGES:
        text = said_of_it(browser.get(page).text)
        assert text.startswith(f"{NO_MORE} Until the end of 18 May they open the set-up of another way"), page


@pytest.mark.behaviour("B50")
def test_whoever_set_up_what_counts_reads_no_day(desk: Desk, browser: Browser, una: Somebody) -> None:
    desk.give_app(una)
    app_only(desk, days=14)
    desk.present_password(browser, una)
    for page in PAGES:
        text = browser.get(page).text
        assert said_of_it(text).startswith(NO_MORE), page
        assert "opens the set-up" not in text, page
        assert "open the set-up" not in text, page
    signed_in = desk.sign_in(una)
    text = said_of_it(signed_in.get("/profile/security").text)
    assert text.startswith(NO_MORE)
    assert "set-up of another way" not in text


@pytest.mark.behaviour("B50")
def test_whoever_is_too_late_reads_that_they_open_nothing(desk: Desk, browser: Browser, una: Somebody) -> None:
    app_only(desk, days=1)
    desk.forward(days=2)
    desk.present_password(browser, una)
    text = said_of_it(browser.get("/sign-in/why").text)
    assert text.startswith(f"{NO_MORE} They open nothing any more.")


def test_ways_with_days_of_their_own_are_named_with_them(desk: Desk, browser: Browser, una: Somebody) -> None:
    app_only(desk, days=14)
    until = desk.clock.now() + timedelta(days=3)
    mailed_no_more = Accepts(kinds=frozenset({"totp", "sms"}), old_ones_prove_until=until)
    desk.change(una, own_rule=Extra(accepts=mailed_no_more))
    desk.present_password(browser, una)
    text = browser.get("/sign-in/why").text
    assert "This no longer counts for you: Codes by mail. Until the end of 7 May it opens" in text
    assert "This no longer counts for you: Text messages. Until the end of 18 May it opens" in text
    assert text.count("no longer counts for you") == 2
