"""Signing up, and a form that came too late, in a real browser: every page of both is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser import walks
from tests.browser.hands import PatientMouse

if TYPE_CHECKING:
    from tests.browser.conftest import NewBrowser
    from tests.browser.inspecting import Inspector
    from tests.demos import Demo


def test_pages_of_signing_up(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    walks.sign_in(hands, demo, "olivia")
    page.goto("/admin/account/security/sign-up")
    hands.tick("Let people sign up by themselves")
    hands.fill("Only with these email domains, one a line", "customer")
    hands.press("Save")
    expect(page).to_have_title("Error: Sign-up · Acme Support")
    inspector.look(page, "wrong domain")
    hands.fill("Only with these email domains, one a line", "customer.example")
    hands.press("Save")
    expect(page.get_by_text("Saved.")).to_be_visible()
    inspector.look(page, "sign-up is open")
    stranger = new_browser()
    hands = PatientMouse(stranger)
    stranger.goto("/sign-in")
    inspector.look(stranger, "sign in, or up")
    hands.follow("Sign up for the Help Center")
    inspector.look(stranger, "sign up")
    hands.fill("Email", "nora@other.example")
    hands.press("Mail me the link")
    expect(stranger).to_have_title("Error: Sign up · Acme Support")
    inspector.look(stranger, "wrong domain and no name")
    hands.fill("Email", "nora@customer.example")
    hands.fill("Your name", "Nora")
    since = demo.now()
    hands.press("Mail me the link")
    walks.arrive(stranger, "We mailed you")
    inspector.look(stranger, "mailed")
    body = demo.mail("nora@customer.example", since=since)["body"]
    stranger.goto(next(word for word in body.split() if "/links/sign_up" in word))
    walks.arrive(stranger, "Welcome to Acme Support")
    inspector.look(stranger, "choose a password")
    hands.fill("New password", "seven lamps on a wall")
    hands.press("Continue")
    expect(stranger.get_by_text("Nora").first).to_be_visible()
    inspector.look(stranger, "signed up")


def test_a_form_that_came_too_late_is_back(new_browser: NewBrowser, demo: Demo, inspector: Inspector) -> None:
    page = new_browser()
    hands = PatientMouse(page)
    fay = walks.sign_in(hands, demo, "fay", asks=False)
    page.goto("/profile/details")
    demo.forward("31d")
    hands.fill("Name", "Fay of the Late Form")
    hands.press("Save")
    walks.arrive(page, "Sign in")
    expect(page.get_by_text("it comes back, and you send it again")).to_be_visible()
    inspector.look(page, "signed out while writing")
    hands.fill("Email", fay["email"])
    hands.fill("Password", fay["password"])
    hands.press("Sign in")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Fay of the Late Form")
    inspector.look(page, "a form that is back")
    hands.press("Save")
    expect(page.get_by_text("Fay of the Late Form").first).to_be_visible()
