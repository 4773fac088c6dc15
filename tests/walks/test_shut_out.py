"""Whoever is asked and holds nothing that counts any more, and nothing that opens set-up: admins see them."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING

import pytest

from tests.walks import codes
from tests.walks.group_kit import APP_ONLY, LIST, make, put_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

REPORTS = "/admin/reports"

pytestmark = pytest.mark.usefixtures("texts_leave")


@pytest.fixture
def texts(desk: Desk) -> Somebody:
    """Return an agent whose only way is a text message."""
    somebody = desk.add("texts@acme.example", name="Tess Texts", chosen=True)
    codes.give_phone(desk, somebody)
    return somebody


@pytest.fixture
def late(desk: Desk, as_owner: Browser, texts: Somebody) -> Browser:
    """Forbid texts for a group with her in it, and return an owner's browser 15 days later."""
    put_in(as_owner, make(as_owner, **APP_ONLY).path, texts)
    desk.forward(days=15)
    return desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))


def state_of(browser: Browser, name: str, url: str = REPORTS) -> str:
    return browser.get(url).text.partition(name)[2][:160]


def report_of(desk: Desk, browser: Browser) -> dict[str, dict[str, str]]:
    browser.get(REPORTS)
    browser.submit(having="include_end_users")
    desk.mails()
    page = browser.post(f"{browser.page.path}/download")
    rows = csv.DictReader(StringIO(page.content.decode("utf-8-sig")))
    return {row["name"]: row for row in rows}


@pytest.mark.behaviour("B50")
def test_the_state_says_the_truth_before_the_date_and_after_it(desk: Desk, as_owner: Browser, texts: Somebody) -> None:
    put_in(as_owner, make(as_owner, **APP_ONLY).path, texts)
    assert "Must set up by 18 May Text messages" in state_of(as_owner, "Night shift")
    desk.forward(days=15)
    browser = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    said = state_of(browser, "Night shift")
    assert "Must set up nothing they hold counts any more Text messages no longer counts" in said
    assert "Must set up nothing they hold counts any more" in state_of(browser, "texts@acme.example", LIST)
    person = browser.get(f"{LIST}/{texts.id}").text
    assert "Must set up nothing they hold counts any more" in person
    assert "Must set up by" not in person


@pytest.mark.behaviour("B50")
def test_the_report_counts_no_dead_way_as_something_held(desk: Desk, late: Browser) -> None:
    row = report_of(desk, late)["Tess Texts"]
    assert (row["state"], row["2FA on"], row["methods"], row["strong"]) == ("Must set up", "no", "", "no")
    assert (row["enrolled at"], row["no longer count"]) == ("", "sms")
    assert "Tess Texts" not in late.get(f"{REPORTS}?holds=something").text
    assert "Tess Texts" not in late.get(f"{REPORTS}?holds=nothing").text
    assert "Tess Texts" in late.get(f"{REPORTS}?holds=shut_out").text


def test_weak_ways_are_marked(desk: Desk, as_owner: Browser) -> None:
    both = desk.add("both@acme.example", name="Bo Both", app=True, chosen=True)
    codes.give_mailbox(desk, both)
    said = state_of(as_owner, "Bo Both")
    assert "Authenticator app, Codes by mail weak" in said
