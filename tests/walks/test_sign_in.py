"""Signing in with a password and a passcode, through the whole stack."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk


@pytest.mark.behaviour("A01", "A13", "A15")
@pytest.mark.parametrize("role", list(Role))
def test_a_passcode_is_asked_after_the_password(desk: Desk, browser: Browser, role: Role) -> None:
    ann = desk.add("ann@acme.example", role, app=True, chosen=True)
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    assert browser.page.form().attributes("passcode")["autocomplete"] == "one-time-code"
    assert not is_signed_in(browser)
    assert desk.sessions(ann) == 0
    browser.submit({"passcode": ann.app.code()})
    assert is_signed_in(browser)
    assert desk.sessions(ann) == 1
    assert "Good to see you, Ann" in browser.page.text


def test_without_two_factor_authentication_the_password_opens(desk: Desk, browser: Browser) -> None:
    bob = desk.add("bob@acme.example")
    desk.present_password(browser, bob)
    assert browser.page.path == "/"
    assert is_signed_in(browser)


@pytest.mark.behaviour("A02")
@pytest.mark.parametrize("late", [timedelta(seconds=61), timedelta(minutes=2), timedelta(days=1)])
def test_a_passcode_past_its_life_is_refused(desk: Desk, browser: Browser, late: timedelta) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    old = ann.app.code()
    desk.clock.move(late)
    desk.present_password(browser, ann)
    browser.submit({"passcode": old})
    assert browser.page.title.startswith("Error:")
    assert not is_signed_in(browser)


def test_a_session_that_ended_says_so_and_leads_back(desk: Desk) -> None:
    bob = desk.add("bob@acme.example")
    browser = desk.sign_in(bob)
    desk.forward(minutes=61)
    browser.get("/profile/security")
    assert browser.page.path == "/sign-in"
    assert "You were signed out after a while." in browser.page.text
    browser.submit({"email": bob.email, "password": bob.password})
    assert browser.page.path == "/profile/security"


def test_a_form_sent_after_the_session_ended_leads_back_to_its_page(desk: Desk) -> None:
    bob = desk.add("bob@acme.example")
    browser = desk.sign_in(bob)
    browser.get("/profile/details")
    desk.forward(minutes=61)
    browser.submit({"name": "Robert"}, having="name")
    assert "was not saved" in browser.page.text
    assert desk.person(bob).name == "Bob"
    browser.submit({"email": bob.email, "password": bob.password})
    assert browser.page.path == "/profile/details"


def test_signing_out_ends_this_session_and_no_other(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    one, other = desk.sign_in(ann), desk.sign_in(ann)
    session = one.cookies["twofold_session"]
    one.sign_out()
    assert "You are signed out." in one.page.text
    one.set_cookie("twofold_session", session)
    assert not is_signed_in(one)
    assert is_signed_in(other)
    # Trust stays.
    desk.present_password(one, ann)
    assert one.page.path == "/"


def test_the_first_page_is_rendered_once_and_is_never_stale(desk: Desk) -> None:
    one, other = desk.browser(), desk.browser()
    assert one.get("/sign-in").text == other.get("/sign-in").text
    assert one.token() != other.token()
    assert one.cookies["twofold_csrf"] != other.cookies["twofold_csrf"]
    account = desk.services.accounts.by_id(desk.account.id)
    assert account is not None
    assert desk.services.accounts.replace(account, replace(account, name="Globex Help"))
    assert "Globex Help" in one.get("/sign-in").text
    assert "Acme Support" not in one.page.html
    assert one.get("/sign-in?next=/profile/details").form().attributes("next")["value"] == "/profile/details"
    assert not one.get("/sign-in").form().has("next")
