"""The wizard in a real browser: reload, back and a second tab; the demo's phone; and recovery codes that are gone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import Mouse

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import NewBrowser
    from tests.demos import Demo

CODE = "Code that the app shows now"


def shown_again(page: Page) -> dict[str, str]:
    """Wait until the QR code is there, which after a reload is one step later, and read it."""
    expect(page.get_by_label(CODE)).to_be_visible()
    return walks.scanned(page)


@pytest.fixture
def at_the_code(new_browser: NewBrowser, demo: Demo) -> Mouse:
    """Lead Gus, who has to set up, to the page with the QR code."""
    hands = Mouse(new_browser())
    gus = demo.person("gus")
    walks.give_password(hands, gus)
    walks.prove_mailbox(hands, demo, gus)
    walks.choose_app(hands)
    return hands


def test_reload_back_and_a_second_tab_show_the_same_code(at_the_code: Mouse) -> None:
    page = at_the_code.page
    first = walks.scanned(page)
    page.reload()
    assert shown_again(page) == first
    second = page.context.new_page()
    second.goto("/sign-in/set-up/connect")
    assert shown_again(second) == first
    page.goto("/sign-in/set-up/choose")
    page.go_back()
    button = page.get_by_role("button", name="Show the QR code")
    expect(button.or_(page.get_by_label(CODE))).to_be_visible()
    if button.is_visible():
        button.click()
    assert shown_again(page) == first


@pytest.mark.behaviour("B54")
def test_a_wizard_that_was_left_leaves_nothing(new_browser: NewBrowser, at_the_code: Mouse, demo: Demo) -> None:
    first = walks.scanned(at_the_code.page)
    at_the_code.page.context.close()
    assert demo.person("gus")["key"] == ""
    again = Mouse(new_browser())
    demo.forward("2m")
    walks.give_password(again, demo.person("gus"))
    walks.prove_mailbox(again, demo, demo.person("gus"))
    walks.choose_app(again)
    assert walks.scanned(again.page)["key"] != first["key"]


@pytest.mark.behaviour("B08")
def test_recovery_codes_are_shown_once_and_can_be_copied(at_the_code: Mouse, demo: Demo) -> None:
    page = at_the_code.page
    at_the_code.fill(CODE, demo.passcode(walks.scanned(page)["key"]))
    at_the_code.press("Continue")
    walks.arrive(page, "Keep these recovery codes")
    codes = page.locator(".codes code").all_inner_texts()
    at_the_code.press("Copy")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("() => navigator.clipboard.readText()").split() == codes
    with page.expect_download() as download:
        at_the_code.press("Download")
    assert all(code in download.value.path().read_text() for code in codes)
    at_the_code.press("I have saved them")
    walks.arrive(page, "All set")
    page.reload()
    walks.arrive(page, "All set")
    page.go_back()
    page.wait_for_load_state()
    assert not any(code in page.content() for code in codes)
    page.goto("/sign-in/set-up/recovery-codes")
    assert not any(code in page.content() for code in codes)


def test_codes_that_nobody_saved_are_replaced_when_the_page_is_reloaded(at_the_code: Mouse, demo: Demo) -> None:
    page = at_the_code.page
    at_the_code.fill(CODE, demo.passcode(walks.scanned(page)["key"]))
    at_the_code.press("Continue")
    walks.arrive(page, "Keep these recovery codes")
    first = page.locator(".codes code").all_inner_texts()
    page.reload()
    expect(page.locator(".codes code")).to_have_count(10)
    assert not set(first) & set(page.locator(".codes code").all_inner_texts())


def test_the_phone_of_the_demo_takes_the_code_over(at_the_code: Mouse, demo: Demo) -> None:
    page = at_the_code.page
    with page.context.expect_page() as opened:
        at_the_code.press("Let the demo\N{RIGHT SINGLE QUOTATION MARK}s phone scan it")
    phone = opened.value
    expect(phone.get_by_text("The phone has taken over the key")).to_be_visible()
    entry = phone.locator(".entry", has_text="gus@globex.example")
    shown = entry.locator(".live").inner_text()
    assert re.fullmatch(r"\d{3} \d{3}", shown)
    demo.forward("30s")
    expect(entry.locator(".live")).not_to_have_text(shown, timeout=20_000)
    page.bring_to_front()
    at_the_code.fill(CODE, entry.locator(".live").inner_text())
    at_the_code.press("Continue")
    walks.arrive(page, "Keep these recovery codes")


def test_a_card_of_the_demo_signs_in_in_a_second_tab(new_browser: NewBrowser, demo: Demo) -> None:
    page = new_browser()
    page.goto("/demo")
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Sign in as Cara").click()
    product = opened.value
    walks.arrive(product, "Sign in as Cara Mendes")
    Mouse(product).press("Sign in")
    walks.arrive(product, "Good to see you, Cara Mendes")
    since = demo.now()
    product.goto("/forgot-password")
    Mouse(product).fill("Email", "ann@acme.example")
    product.locator("form button").first.click()
    demo.mail("ann@acme.example", since=since)
    page.bring_to_front()
    expect(page.locator("#phone-inbox")).to_contain_text("ann@acme.example")
