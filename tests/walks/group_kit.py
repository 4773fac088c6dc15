"""What walks need about groups: making, changing and filling them as an admin does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

LIST: Final = "/admin/people"
PAGE: Final = "/admin/people/groups"
APP_ONLY: Final = {"group_way_sms": None, "group_way_email": None}


def make(browser: Browser, name: str = "Night shift", press: str = "go=save", /, **fields: str | None) -> Page:
    browser.get(f"{PAGE}/add")
    return browser.submit({"name": name, **fields}, press=press, having="domains")


def change(browser: Browser, group: str, press: str = "go=save", /, **fields: str | None) -> Page:
    browser.get(f"{group}/rule")
    return browser.submit(fields, press=press, having="domains")


def put_in(browser: Browser, group: str, *people: Somebody) -> Page:
    """Select people from the list, and put them into the group, whatever that does."""
    return select(browser, group, *people, go="save")


def select(browser: Browser, group: str, *people: Somebody, go: str = "") -> Page:
    """Select people from the list for the group, and see what it does where anybody notices it."""
    browser.get(f"{LIST}?group={id_of(group)}")
    fields = {f"pick_{one.id}": "1" for one in people}
    return browser.post(f"{PAGE}/put-in", {**fields, "group": id_of(group), **({"go": go} if go else {})})


def take_out(browser: Browser, group: str, *people: Somebody) -> Page:
    """Take people out of the group, or everybody that its page shows, whatever that does."""
    browser.get(group)
    ticks = {f"pick_{one.id}": "1" for one in people} or {"everybody_here": "1"}
    browser.submit(ticks, having="everybody_here")
    return browser.submit(press="go=save") if any(form.has("seen") for form in browser.page.forms) else browser.page


def id_of(group: str) -> str:
    return group.removeprefix(f"{PAGE}/")


def where(desk: Desk, somebody: Somebody) -> str:
    """Return where somebody is led after the password, on a browser that was never here."""
    browser = desk.browser()
    desk.present_password(browser, somebody)
    return browser.page.path
