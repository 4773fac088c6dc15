"""The 2FA status report in Chromium: the button, the progress that goes on by itself, the mail, the file."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse
from tests.browser.inspecting import shoot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo

BUTTON = "Generate 2FA status report"


@pytest.mark.behaviour("A35")
@pytest.mark.behaviour("A36")
@pytest.mark.behaviour("A37")
@pytest.mark.behaviour("A38")
def test_an_owner_generates_a_report_and_opens_it_from_the_mail(
    new_browser: NewBrowser, demo: Demo, inspector: Inspector, tmp_path: Path
) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    olivia = walks.sign_in(hands, demo, "olivia")
    page.goto(walks.AUTHENTICATION)
    shoot(page, "authentication")
    since = demo.now()
    hands.press(BUTTON)
    expect(page.get_by_text("The report was asked for. You get a mail as soon as it is ready.")).to_be_visible()
    # Nobody presses anything: the page looks again by itself.
    expect(page.get_by_role("heading", name="It is ready")).to_be_visible()
    shoot(page, "report-ready")
    inspector.look(page, "report that is ready")

    mail = demo.mail(olivia["email"], since=since, subject="Your 2FA status report")
    found = re.search(r"http\S+/admin/reports/\w{26}$", mail["body"], re.MULTILINE)
    assert found, mail["body"]
    page.goto(found.group())
    with page.expect_download() as download:
        page.get_by_role("button", name="Download (CSV)").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert re.fullmatch(r"2fa-status-\d{4}-\d\d-\d\d\.csv", path.name)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["email"]: row for row in csv.DictReader(file)}
    team = [one for one in demo.people().values() if one["email"] in rows]
    assert {one["role"] for one in team} == {"owner", "admin", "agent"}
    assert all(row["role"] != "end user" for row in rows.values())
    assert {row["2FA on"] for row in rows.values()} == {"yes", "no"}

    demo.forward("1d")
    demo.get("/")
    walks.sign_in(hands, demo, "olivia", asks=False)
    page.goto(found.group())
    expect(page.get_by_role("heading", name="The file is gone")).to_be_visible()
    shoot(page, "report-gone")
    inspector.look(page, "report whose file is gone")


def test_without_scripts_a_link_looks_again(new_browser: NewBrowser, demo: Demo) -> None:
    page = new_browser(scripts=False)
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto(walks.AUTHENTICATION)
    hands.tick("Include end users")
    hands.press(BUTTON)
    for _ in range(40):
        if page.get_by_role("button", name="Download (CSV)").count():
            break
        page.reload() if not page.get_by_role("link", name="Look again").count() else hands.follow("Look again")
        page.wait_for_timeout(250)
    expect(page.get_by_role("button", name="Download (CSV)")).to_be_visible()
    expect(page.get_by_text("Everybody: 8 people")).to_be_visible()


def test_the_page_of_the_report_filters(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto("/admin/reports")
    shoot(page, "status")
    lines = page.locator("main table tbody tr")
    team = lines.count()
    page.get_by_label("Who").select_option("everybody")
    hands.press("Show")
    expect(lines).not_to_have_count(team)
    page.get_by_label("State").select_option("on_by_choice")
    hands.press("Show")
    for text in lines.all_inner_texts():
        assert "On, by choice" in text
    page.get_by_label("What they hold").select_option("nothing")
    hands.press("Show")
    expect(page.get_by_text("Nobody fits among the 8 people looked at.")).to_be_visible()
    inspector.look(page, "nobody fits")
    page.goto("/admin/account/security")
    shoot(page, "security")
    inspector.look(page, "security overview")
