"""What ends sessions and trust, while a sign-in is being decided: neither slips past, and no trust comes back."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest
from django.db import connection, connections

from tests.races.test_admin import sign_in
from twofold.core.roles import Role
from twofold.flows import known_browser

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

WAITS = 0.3
"""Seconds that a sign-in waits for what happens in the middle of it, which may itself have to wait for the sign-in."""


class Meanwhile:
    """Lets something happen once, in another thread, when a sign-in comes to a certain step within its block."""

    def __init__(self, act: Callable[[], object]) -> None:
        self._act = act
        self._thread: Thread | None = None

    def before(self, step: Callable[..., object]) -> Callable[..., object]:
        def stepping(*given: object, **more: object) -> object:
            self._happen()
            return step(*given, **more)

        return stepping

    def after(self, step: Callable[..., object]) -> Callable[..., object]:
        def stepping(*given: object, **more: object) -> object:
            found = step(*given, **more)
            self._happen()
            return found

        return stepping

    def is_over(self) -> bool:
        assert self._thread is not None, "the sign-in came to the step"
        self._thread.join(20)
        return not self._thread.is_alive()

    def _happen(self) -> None:
        if connection.in_atomic_block and self._thread is None:
            self._thread = Thread(target=self._run)
            self._thread.start()
            self._thread.join(WAITS)

    def _run(self) -> None:
        try:
            self._act()
        finally:
            connections.close_all()


def acting(desk: Desk, ann: Somebody, how: str) -> Callable[[], object]:
    """Return what ends sessions or trust of hers, ready to be sent."""
    if how == "by a helper":
        as_admin = sign_in(desk, desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
        return lambda: as_admin.post(f"/admin/people/{ann.id}/end-sessions")
    if how == "recovery code":
        other = desk.browser()
        desk.present_password(other, ann)
        return lambda: other.submit({"passcode": ann.recovery_codes[0]})
    other = desk.sign_in(ann)
    path = {"everywhere": "sessions/end-all", "others": "sessions/end-others", "forget": "browsers/forget-all"}[how]
    return lambda: other.post(f"/profile/security/{path}")


def trusted(desk: Desk, ann: Somebody) -> int:
    return sum(one.trust is not None for one in desk.services.browsers.of_person(desk.account.id, ann.id))


def again(desk: Desk, ann: Somebody, browser: Browser) -> None:
    """Sign in with the password on a browser that was here before."""
    browser.get("/sign-in")
    browser.submit({"email": ann.email, "password": ann.password})


@pytest.mark.security("SE9")
@pytest.mark.parametrize("at", ["recognised", "admitted"])
@pytest.mark.parametrize(
    ("how", "sessions", "trusts"),
    [("everywhere", 0, 0), ("by a helper", 0, 0), ("others", 1, None), ("forget", 1, 0), ("recovery code", None, 0)],
)
def test_no_trusted_browser_slips_past_what_ends_sessions_and_trust(
    desk: Desk, how: str, sessions: int | None, trusts: int | None, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann, trust=True)
    browser.sign_out()
    meanwhile = Meanwhile(acting(desk, ann, how))
    if at == "recognised":
        monkeypatch.setattr(known_browser, "recognise", meanwhile.after(known_browser.recognise))
    else:
        monkeypatch.setattr(known_browser, "remember", meanwhile.before(known_browser.remember))
    again(desk, ann, browser)
    assert meanwhile.is_over()
    assert sessions is None or desk.sessions(ann) == sessions
    assert trusts is None or trusted(desk, ann) == trusts


@pytest.mark.security("SE9")
@pytest.mark.parametrize(("how", "sessions"), [("everywhere", 0), ("by a helper", 0), ("others", 1)])
def test_no_password_slips_past_what_ends_sessions(
    desk: Desk, how: str, sessions: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = desk.add("ann@acme.example")
    meanwhile = Meanwhile(acting(desk, ann, how))
    monkeypatch.setattr(known_browser, "remember", meanwhile.before(known_browser.remember))
    again(desk, ann, desk.browser())
    assert meanwhile.is_over()
    assert desk.sessions(ann) == sessions
