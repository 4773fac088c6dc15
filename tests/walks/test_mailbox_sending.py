"""What the page about the mailed code says of how far the mail got."""

from __future__ import annotations

import html
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

pytestmark = pytest.mark.usefixtures("mail_leaves")

PAGE = "/sign-in/set-up/mailbox"
WAITING = "still handing it"
HANDED_OVER = "We handed it to your mail provider"
FAILED = "could not be sent to this address"


def asked_for_the_code(desk: Desk) -> Browser:
    ann = desk.add("ann@acme.example", must_set_up=True)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit(press="go=set_up")
    assert browser.page.path == PAGE
    return browser


def test_the_page_says_that_the_mail_waits_and_then_that_it_was_handed_over(desk: Desk) -> None:
    browser = asked_for_the_code(desk)
    assert WAITING in browser.page.text
    desk.mails()
    assert HANDED_OVER in browser.get(PAGE).text


def test_the_page_says_that_the_mail_could_not_be_sent(desk: Desk) -> None:
    browser = asked_for_the_code(desk)
    jobs = desk.services.jobs
    job = jobs.lease_next(desk.clock.now(), timedelta(minutes=2))  # type: ignore[attr-defined]  # the worker's side of the store
    jobs.failed(job, retry_at=None, at=desk.clock.now())  # type: ignore[attr-defined]  # as above
    assert FAILED in browser.get(PAGE).text


def test_the_page_claims_no_mail_that_this_sign_in_was_not_sent(desk: Desk) -> None:
    """Another sign-in was sent its code a moment ago, so that none can be sent now."""
    ann = desk.add("ann@acme.example", must_set_up=True)
    for browser in (desk.browser(), desk.browser()):
        desk.present_password(browser, ann)
        browser.submit(press="go=set_up")
    said = browser.page.text
    assert "The next code can be sent at" in said
    assert "We sent a code" not in said
    assert WAITING not in said
    assert HANDED_OVER not in said
    # A code from somewhere else is judged there, and refused as any wrong one is.
    browser.submit({"mailbox_code": "12345678"})
    assert browser.page.url.endswith(PAGE)
    assert "That code is not right" in browser.page.text


@pytest.mark.behaviour("A58")
def test_the_open_page_hears_that_the_mail_waits_for_its_server_and_that_it_failed(desk: Desk) -> None:
    browser = asked_for_the_code(desk)
    found = re.search(r'<div id="became" data-watch="([^"]+)" aria-live="polite"></div>', browser.page.html)
    assert found is not None, browser.page.html
    told = json.loads(html.unescape(found[1]))
    jobs = desk.services.jobs
    job = jobs.lease_next(desk.clock.now(), timedelta(minutes=2))  # type: ignore[attr-defined]  # the worker's side of the store
    later = desk.clock.now() + timedelta(minutes=2)
    jobs.failed(job, retry_at=later, at=desk.clock.now(), because="no_connection")  # type: ignore[attr-defined]  # as above
    for state, said in (
        ("tried_again", "That mail could not be sent yet. We are trying again. If it does not come, send a new code."),
        ("failed", "That mail could not be sent. Send a new code."),
    ):
        assert desk.browser().get(told["path"]).html == f"{state}\n"
        assert told["said"][state] == [said, True]
        page = browser.get(PAGE)
        assert said in page.text
        assert "We sent a code" not in page.text
        desk.clock.set(later)
        job = jobs.lease_next(desk.clock.now(), timedelta(minutes=2))  # type: ignore[attr-defined]  # as above
        jobs.failed(job, retry_at=None, at=desk.clock.now(), because="refused 550") if job else None  # type: ignore[attr-defined]  # as above


def test_after_five_mails_the_page_says_why_and_until_when_and_offers_none(desk: Desk) -> None:
    browser = asked_for_the_code(desk)
    for _ in range(4):
        desk.forward(seconds=61)
        browser.get(PAGE)
        browser.submit(press="again")
    page = browser.get(PAGE)
    assert "So many codes were sent lately that the next one has to wait until" in page.text
    assert "ew code" not in page.text.replace("Only the newest code", "")
    assert 'name="again"' not in page.html
