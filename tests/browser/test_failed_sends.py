"""A code that does not come, on the page that waits for it: said while it is open, with nothing lost."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import Mouse

if TYPE_CHECKING:
    from playwright.sync_api import Route

    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo

WITHIN = 5_000
"""Milliseconds: "a few seconds"."""


@pytest.mark.behaviour("A58")
def test_the_page_that_is_open_says_by_itself_that_a_text_failed(
    new_browser: NewBrowser, demo: Demo, inspector: Inspector
) -> None:
    hands, adam = Mouse(new_browser()), demo.person("adam")
    page, says = hands.page, ["waiting"]
    seen: list[dict[str, str]] = []

    def answer(route: Route) -> None:
        seen.append(route.request.headers)
        route.fulfill(body=f"{says[0]}\n", content_type="text/plain")

    # The provider's part: a demo's texts never fail.
    page.route("**/sign-in/code-sent/**", answer)
    walks.give_password(hands, adam)
    walks.arrive(page, "Type your passcode")
    hands.follow("Try another way")
    hands.press("A text to •••• 3456")
    walks.arrive(page, "Type your passcode")
    hands.fill("Passcode", "123")
    where = page.locator("#where")
    expect(where).to_have_attribute("aria-live", "polite")
    says[0] = "tried_again"
    expect(where).to_contain_text("could not be sent yet", timeout=WITHIN)
    says[0] = "failed"
    expect(where).to_contain_text("could not be sent at", timeout=WITHIN)
    expect(where).to_contain_text("Send a new code, or try another way.")
    expect(where).to_have_class("notice warn")
    expect(page.get_by_label("Passcode")).to_have_value("123")
    expect(page.get_by_label("Passcode")).to_be_focused()
    assert all("cookie" not in headers and "x-unattended" in headers for headers in seen)
    inspector.look(page, "a text that failed")


@pytest.mark.behaviour("A58")
def test_whoever_asks_why_no_code_comes_is_told_by_itself_as_well(new_browser: NewBrowser, demo: Demo) -> None:
    hands, adam = Mouse(new_browser()), demo.person("adam")
    page = hands.page
    walks.give_password(hands, adam)
    hands.follow("Try another way")
    hands.press("A text to •••• 3456")
    hands.follow("I cannot get a code")
    walks.arrive(page, "You cannot get a code?")
    said = page.locator("#sent")
    expect(said).to_contain_text("handed to our provider", timeout=WITHIN)

    def answer(route: Route) -> None:
        assert "x-unattended" in route.request.headers
        answered = route.fetch()
        route.fulfill(response=answered, body=re.sub(r"handed to our provider[^<]*", "lost.", answered.text()))

    page.route("**/sign-in/cannot-get-a-code", answer)
    expect(said).to_contain_text("a text to •••• 3456, lost.", timeout=WITHIN)
    expect(said).to_have_attribute("aria-live", "polite")
