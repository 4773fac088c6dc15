"""Devices: a browser that is removed is signed out, and has to pass the second factor again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

SECURITY = "/profile/security"


def browsers_on(browser: Browser) -> list[str]:
    """Return the forms that remove a browser, in the order of the page."""
    browser.get(SECURITY)
    return [form.action for form in browser.page.forms if form.action.endswith("/forget")]


def name(browser: Browser, form: str, called: str) -> None:
    browser.get(SECURITY)
    browser.post(form.replace("/forget", "/rename"), {"browser_name": called})


@pytest.mark.behaviour("B17")
@pytest.mark.parametrize("role", [Role.ADMIN, Role.AGENT, Role.END_USER])
def test_a_removed_browser_is_signed_out_and_asked_again(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example", role, app=True, chosen=True)
    laptop = desk.sign_in(ann, trust=True)
    [own] = browsers_on(laptop)
    name(laptop, own, "Laptop")
    phone = desk.sign_in(ann, desk.browser(address="192.0.2.7"), trust=True)
    [other] = [form for form in browsers_on(laptop) if form != own]
    name(laptop, other, "Phone")
    # Trusted: the password alone opens it.
    phone.sign_out()
    desk.present_password(phone, ann)
    assert is_signed_in(phone)

    page = laptop.get(SECURITY)
    assert "Phone" in page.text
    assert "192.0.2.7" in page.text
    laptop.post(other)
    assert "The browser is forgotten" in laptop.page.text
    assert "Phone" not in laptop.page.text
    assert is_signed_in(laptop)
    assert not is_signed_in(phone)
    phone.get(SECURITY)
    assert phone.page.path == "/sign-in"
    desk.present_password(phone, ann)
    assert phone.page.path == "/sign-in/passcode"
    assert not is_signed_in(phone)
    phone.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(phone)
    assert [event.person_id for event in desk.events("browser.forgotten")] == [ann.id]
    # It is a new browser again, and mailed about as such.
    assert [mail.to for mail in desk.mails("new_browser")] == [ann.email, ann.email]


@pytest.mark.behaviour("B17")
def test_the_browser_in_use_is_asked_again_the_next_time(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann, trust=True)
    [own] = browsers_on(browser)
    browser.post(own)
    browser.sign_out()
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"


def test_each_button_says_which_browser_it_is_for(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    desk.sign_in(ann, desk.browser(address="192.0.2.7"))
    desk.forward(minutes=2)
    page = desk.sign_in(ann).get(SECURITY)
    named = [words for form in page.forms if form.action.endswith("/forget") for _, _, words in form.buttons]
    assert len(named) == len(set(named)) == 2
    assert any(words.startswith("Forget: Firefox on Linux, 192.0.2.7, last used ") for words in named)


def test_nobody_removes_the_browser_of_somebody_else(desk: Desk) -> None:
    ann, eve = (desk.add(f"{each}@acme.example", app=True, chosen=True) for each in ("ann", "eve"))
    mine = desk.sign_in(ann, trust=True)
    theirs: Somebody = eve
    other = desk.sign_in(theirs)
    [form] = browsers_on(mine)
    assert other.post(form).status == 404
    assert is_signed_in(mine)
    mine.sign_out()
    desk.present_password(mine, ann)
    assert is_signed_in(mine)
