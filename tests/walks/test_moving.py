"""Another address or name for a help desk: what ends with it, what does not, and what the log says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.walks.browser import Browser
from tests.walks.kit import is_signed_in
from twofold.commands import first_owner, moving
from twofold.settings import settings
from twofold.web.admin import event_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.kit import Desk

OLD, NEW = "https://help.acme.example", "https://support.acme.example"


@pytest.fixture
def moved(make_desk: Callable[[str], Desk]) -> Desk:
    """Make a help desk that is reached over https, beside another one."""
    make_desk("https://help.globex.example")
    return make_desk(OLD)


def change(desk: Desk, **fields: str) -> bool:
    old = desk.services.accounts.by_id(desk.account.id)
    assert old is not None
    return moving.change(desk.services, old, replace(old, **fields))  # type: ignore[arg-type]  # a test names fields


@pytest.mark.security("SI4", "SD8")
def test_whoever_has_the_old_host_name_later_can_use_nothing_that_is_sent_there(moved: Desk) -> None:
    ann = moved.add("ann@acme.example", app=True, chosen=True)
    browser = moved.sign_in(ann, trust=True)
    half = moved.browser()
    moved.present_password(half, ann)
    half.get("/forgot-password")
    half.submit({"email": ann.email})
    link = str(moved.mails("password_forgotten", to=ann.email)[-1].params["url"])
    assert change(moved, base_url=NEW)

    assert browser.get("/sign-in").status == 421
    for cookies in (browser.cookies, half.cookies):
        thief = Browser(NEW)
        for name, value in cookies.items():
            thief.set_cookie(name, value)
        assert not is_signed_in(thief)
        assert thief.get("/sign-in/passcode").path != "/sign-in/passcode"
        thief.get("/sign-in")
        thief.submit({"email": ann.email, "password": ann.password})
        assert thief.page.path == "/sign-in/passcode", "nobody is trusted there"
    assert "does not work any more" in Browser(NEW).get(link.removeprefix(OLD)).text

    (event,) = moved.events("account.moved")
    assert (event.actor, event.detail) == ("operator", {"before": {"address": OLD}, "after": {"address": NEW}})
    [line] = event_words.shown(event, {}, now=moved.clock.now())["changes"]  # type: ignore[misc]
    assert line == {"label": "Address that people open", "before": OLD, "after": NEW}  # type: ignore[has-type]


def test_another_name_or_port_ends_nothing(moved: Desk) -> None:
    ann = moved.add("ann@acme.example", app=True, chosen=True)
    browser = moved.sign_in(ann)
    assert change(moved, name="Acme Help", base_url=f"{OLD}:8443")
    assert is_signed_in(browser)
    assert "Acme Help" in browser.get("/").text
    (event,) = moved.events("account.changed")
    assert event.detail["after"] == {"name": "Acme Help", "address": f"{OLD}:8443"}
    assert not moved.events("account.moved")


def test_a_host_name_that_is_taken_is_refused_and_nothing_is_recorded(moved: Desk) -> None:
    assert not change(moved, base_url="https://help.globex.example")
    assert moved.browser().get("/sign-in").status == 200
    assert not moved.events()


def test_a_start_with_another_address_moves_the_only_help_desk(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    for public, ends in (("http://localhost:9999", False), (NEW, True)):
        found = settings().model_copy(update={"public": public})
        assert first_owner.ensure_account(desk.services, found).base_url == public
        assert (desk.sessions(ann) == 0) is ends
    assert not is_signed_in(browser)
    assert [event.detail["after"] for event in desk.events("account.moved")] == [{"address": NEW}]
