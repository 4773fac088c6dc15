"""Adding somebody whose role a second admin has to agree to: axe, dark, and on a small phone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse

if TYPE_CHECKING:
    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo


def test_pages_of_a_role_that_is_asked_for(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "adam")
    page.goto("/admin/people/add")
    expect(page.get_by_label("Reason")).to_have_count(0)
    hands.fill("Name", "Nora New")
    hands.fill("Email", "nora.new@acme.example")
    page.get_by_label("Role").select_option(label="Admin")
    hands.press("Add")
    expect(page).to_have_title("Error: Add somebody · Acme Support")
    inspector.look(page, "a role that is asked for")
    hands.fill("Reason", "She leads the night shift.")
    hands.press("Add, and ask for a yes")
    expect(page.get_by_text("Added as an agent.")).to_be_visible()
    inspector.look(page, "added and asked")
    # The page of texts says what is kept for the team.
    walks.sign_out(hands, demo.person("adam"))
    walks.sign_in(hands, demo, "olivia")
    page.goto("/admin/account/texts")
    expect(page.get_by_text("end users together get")).to_be_visible()
