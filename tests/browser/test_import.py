"""Importing people in Chromium: a file is sent, read while the page counts along, looked at, and confirmed."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import httpx
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse
from tests.browser.inspecting import shoot

if TYPE_CHECKING:
    from pathlib import Path

    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo

ROWS = 1_200


def a_file(folder: Path) -> Path:
    """Write what a spreadsheet would: some thousand rows, most of them good."""
    path = folder / "people of the Vienna office.csv"
    lines = [f"vienna{number}@acme.example;Vienna Number {number};agent;" for number in range(ROWS)]
    wrong = [
        "nobody;Nobody;agent;",
        "vienna7@acme.example;Twice;agent;",
        "x@acme.example;X;boss;",
        "y@acme.example;;;No",
    ]
    path.write_bytes("\r\n".join(["email;name;role;groups;phone", *lines, *wrong * 15]).encode("cp1252"))
    return path


def test_an_owner_imports_some_thousand_people(
    new_browser: NewBrowser, demo: Demo, inspector: Inspector, tmp_path: Path
) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto("/admin/people")
    hands.follow("Import people")
    walks.arrive(page, "Import people")
    inspector.look(page, "where files are sent")
    shoot(page, "import-send")
    hands.press("Read the file")
    expect(page.get_by_text("Choose a file first.")).to_be_visible()
    inspector.look(page, "no file")
    page.get_by_label("CSV file").set_input_files(a_file(tmp_path))
    hands.press("Read the file")
    walks.arrive(page, "people of the Vienna office.csv")
    inspector.look(page, "being read")
    # Nobody presses anything: the page looks again by itself.
    expect(page.get_by_role("heading", name="Nobody is added yet")).to_be_visible()
    expect(page.get_by_text("1,200 people are new.")).to_be_visible()
    expect(page.get_by_text("60 rows have errors.")).to_be_visible()
    inspector.look(page, "before anybody is added")
    shoot(page, "import-ready")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rows with errors (CSV)").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.DictReader(file))) == 60
    hands.tick("Mail each an invitation", on=False)
    hands.press("Add 1,200 people")
    expect(page.get_by_role("heading", name="Done, but not every row added somebody")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("1,200 people were added by this import.")).to_be_visible()
    inspector.look(page, "people are added")
    shoot(page, "import-done")
    hands.press("Invite the 1,200 people of this import who never signed in")
    expect(page.get_by_text("Invitations are being mailed.")).to_be_visible()
    inspector.look(page, "people of an import are invited")
    expect(page.get_by_text("Invitations were mailed to 1,200 people")).to_be_visible(timeout=60_000)
    inspector.look(page, "everybody is invited")
    shoot(page, "import-invited")
    assert page.goto("/admin/people?search=vienna number 77") is not None
    expect(page.get_by_text("vienna77@acme.example")).to_be_visible()
    answer = page.goto("/admin/people/import")
    assert answer is not None
    assert answer.status == httpx.codes.OK
    inspector.look(page, "imports")
    shoot(page, "import-list")
