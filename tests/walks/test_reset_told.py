"""What is said right after a password came by mail: mailed codes do not count for a while, and what does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks import codes

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


@pytest.mark.behaviour("A71")
def test_whoever_gets_codes_by_mail_reads_before_the_next_sign_in_that_they_do_not_count(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    codes.give_mailbox(desk, ann)
    browser = desk.browser()
    _reset(desk, ann, browser)
    text = browser.page.text
    assert "have it at hand" not in text
    # Team members wait for 72 hours.
    assert "until 7 May, 09:00 codes by mail do not count as your second factor." in text
    assert "You have no recovery codes: before that, somebody has to help you in." in text
    (mail,) = desk.mails("password_reset", to=ann.email)
    assert "codes by mail do not count until 7 May 2026, 09:00 BST" in mail.text


@pytest.mark.behaviour("A71")
def test_beside_codes_by_mail_the_other_way_and_recovery_codes_are_named(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    codes.give_mailbox(desk, ann)
    browser = desk.browser()
    _reset(desk, ann, browser)
    text = browser.page.text
    assert "codes by mail do not count as your second factor." in text
    assert "Have your other way at hand." in text
    assert "One of your 10 recovery codes lets you in: have them at hand." in text


def _reset(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    """Set a new password by a mailed link."""
    browser.get("/forgot-password")
    browser.submit({"email": somebody.email})
    url = desk.mails("password_forgotten", to=somebody.email)[-1].params["url"]
    browser.get(str(url).removeprefix("http://localhost:8420"))
    browser.submit({"new_password": "a wholly other sentence"})
