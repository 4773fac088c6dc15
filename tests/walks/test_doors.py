"""Every door asks the same gate: whatever a sign-in begins with, and wherever a code can be typed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.walks.kit import is_signed_in
from tests.walks.routes import PUBLIC_FILES, all_paths
from twofold.core.roles import Role
from twofold.flows import rescue
from twofold.flows.rescue import Rescued

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

NEW = "seven lamps on a wall"
STEP = timedelta(seconds=30)


def path_of(url: object) -> str:
    parts = urlsplit(str(url))
    return f"{parts.path}?{parts.query}"


def by_password(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    desk.present_password(browser, somebody)


def by_reset(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    browser.get("/forgot-password")
    browser.submit({"email": somebody.email})
    browser.get(path_of(desk.mails("password_forgotten", to=somebody.email)[-1].params["url"]))
    browser.submit({"new_password": NEW})
    assert not is_signed_in(browser)
    desk.present_password(browser, somebody, password=NEW)


def by_freezing(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    desk.sign_in(somebody)
    other = desk.browser()
    desk.present_password(other, somebody)
    other.submit({"passcode": somebody.recovery_codes[0]})
    browser.get(path_of(desk.mails("recovery_code_used", to=somebody.email)[-1].params["freeze_url"]))
    browser.submit()
    desk.present_password(browser, somebody)
    assert browser.page.status == 403
    by_reset(desk, somebody, browser)


def by_rescue(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    made = rescue.rescue(desk.services, desk.account, somebody.id)
    assert isinstance(made, Rescued)
    browser.get(path_of(made.url))
    browser.submit({"new_password": NEW})


@pytest.mark.security("SD2")
@pytest.mark.parametrize("required", [True, False], ids=["required", "by choice"])
@pytest.mark.parametrize("begin", [by_password, by_reset, by_freezing, by_rescue])
def test_a_second_factor_is_asked_for_however_a_sign_in_begins(
    desk: Desk, browser: Browser, begin: Callable[[Desk, Somebody, Browser], None], required: bool
) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=not required)
    if required:
        desk.require()
    begin(desk, ann, browser)
    assert browser.page.path in {"/sign-in/passcode", "/sign-in/set-up"}
    assert not is_signed_in(browser)


@pytest.mark.security("SD2")
def test_an_invitation_leads_through_set_up_where_it_is_required(desk: Desk, browser: Browser) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    desk.require()
    admin = desk.sign_in(olive)
    admin.get("/admin/people/add")
    admin.submit({"email": "new@acme.example", "name": "New", "role": "agent"}, having="email")
    browser.get(path_of(desk.mails("invitation", to="new@acme.example")[-1].params["url"]))
    browser.submit({"new_password": NEW})
    assert browser.page.path == "/sign-in/set-up"
    assert not is_signed_in(browser)


PROOF_DOORS = 10
"""At least so many acts ask for fresh proof; the table of routes says which."""


@pytest.mark.security("SC2")
def test_wherever_a_code_can_be_typed_wrong_ones_are_counted(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(ann)
    browser.show_failures()
    token = browser.token()
    doors = []
    for path in all_paths():
        if path in PUBLIC_FILES or path == "/sign-out":
            continue
        desk.services.counters.forget(desk.account.id, ann.id)
        before = len(desk.events("second_factor.refused"))
        fields = {"proof_passcode": ann.app.wrong_code(), "csrfmiddlewaretoken": token}
        for _ in range(5):
            page = browser.post(path, fields, follow=False)
            desk.forward(seconds=17)
            if len(desk.events("second_factor.refused")) == before:
                break
        else:
            doors.append(path)
            page = browser.post(path, {**fields, "proof_passcode": ann.app.code()}, follow=False)
            assert page.status == 429, path
            assert page.headers["Retry-After"]
            # So many wrong codes shut the address as well, for a quarter of an hour.
            desk.forward(minutes=15)
        if not is_signed_in(browser):
            # Some act was done by this: ending all sessions, or "this was not me".
            desk.change(ann, frozen_at=None)
            desk.sign_in(ann, browser)
            token = browser.token()
    assert len(doors) >= PROOF_DOORS, doors


@pytest.mark.security("SC3")
def test_what_is_shut_is_shut_at_every_door(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(ann)
    desk.forward(minutes=6)
    for _ in range(5):
        browser.post("/profile/security/turn-off", {"proof_passcode": ann.app.wrong_code()})
        desk.forward(seconds=17)
    page = browser.post("/profile/security/turn-off", {"proof_passcode": ann.app.code()})
    assert page.status == 429
    assert desk.person(ann).chosen
    # The same browser's sign-in is shut by it, and does not open it again.
    desk.change(ann, every_sign_in=True)
    browser.sign_out()
    desk.present_password(browser, ann)
    assert browser.page.status == 429
    browser.post("/sign-in/passcode", {"passcode": ann.app.code()})
    assert not is_signed_in(browser)
    # A browser that nobody knows is counted apart; shut, too, it opens by no other door.
    stranger = desk.browser()
    desk.present_password(stranger, ann)
    for _ in range(5):
        stranger.post("/sign-in/passcode", {"passcode": ann.app.wrong_code()})
        desk.forward(seconds=17)
    by_reset(desk, ann, stranger)
    assert stranger.page.status == 429
    stranger.post("/sign-in/passcode", {"passcode": ann.app.code()})
    assert not is_signed_in(stranger)
