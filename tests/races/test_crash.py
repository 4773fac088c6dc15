"""A process that dies at every single step of a sign-in and of a set-up: all of it happened, or nothing."""

from __future__ import annotations

import os
import signal
from dataclasses import fields, replace
from typing import TYPE_CHECKING

from django.db import connection

from twofold.services import install

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk
    from twofold.ports.services import Services

OK = 200
STORES = {
    "accounts",
    "attempts",
    "audit",
    "browsers",
    "challenges",
    "counters",
    "enrolments",
    "links",
    "outbox",
    "people",
    "policy",
    "recovery_codes",
    "sessions",
    "transactions",
}


class Doomed:
    """A port that kills its process at the n-th call of any port."""

    calls = 0
    dies_at = 0

    def __init__(self, port: object) -> None:
        self._port = port

    def __getattr__(self, name: str) -> Callable[..., object]:
        method = getattr(self._port, name)

        def call(*given: object, **named: object) -> object:
            Doomed.calls += 1
            if Doomed.calls == Doomed.dies_at:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(*given, **named)

        return call


def dies_at(services: Services, number: int, act: Callable[[], object]) -> bool:
    """Run `act` in a process that dies at its n-th call of a port; False when it lived to the end."""
    # A connection must not be shared with a child.
    connection.close()
    child = os.fork()
    if child == 0:
        Doomed.calls, Doomed.dies_at = 0, number
        doomed = {one.name: Doomed(getattr(services, one.name)) for one in fields(services) if one.name in STORES}
        install(replace(services, **doomed))  # type: ignore[arg-type]  # stands in for each port
        act()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def every_step(desk: Desk, prepare: Callable[[int], Callable[[], object]], judge: Callable[[int], None]) -> int:
    """Die at step 1, 2, 3 … of an act that is prepared anew each time, until it lives; return how many steps it has."""
    for number in range(1, 500):
        act = prepare(number)
        died = dies_at(desk.services, number, act)
        judge(number)
        if not died:
            return number - 1
    raise AssertionError("it never came to an end")


def test_dying_at_any_step_of_a_sign_in(desk: Desk) -> None:
    browsers: list[tuple[Browser, str]] = []

    def prepare(number: int) -> Callable[[], object]:
        ann = desk.add(f"ann{number}@acme.example", app=True, chosen=True)
        browser = desk.browser(address=f"192.0.2.{number % 250 + 1}")
        desk.present_password(browser, ann)
        code = ann.app.code()
        browsers.append((browser, code))
        return lambda: browser.submit({"passcode": code}, follow=False)

    def judge(number: int) -> None:
        ann = desk.services.people.by_email(desk.account.id, f"ann{number}@acme.example")
        assert ann is not None
        held = desk.services.enrolments.held(desk.account.id, ann.id)[0]
        is_used = "last_step" in held.state
        admitted = [event for event in desk.events("sign_in.admitted") if event.person_id == ann.id]
        sessions = desk.services.sessions.of_person(desk.account.id, ann.id)
        assert len(sessions) == len(admitted) == int(is_used), f"half a sign-in after dying at step {number}"
        browser, code = browsers[-1]
        if browser.get("/sign-in/passcode").status == OK:
            browser.submit({"passcode": code}, follow=False)
            assert len(desk.services.sessions.of_person(desk.account.id, ann.id)) <= 1

    assert every_step(desk, prepare, judge) > 10


def test_dying_at_any_step_of_a_set_up(desk: Desk) -> None:
    def prepare(number: int) -> Callable[[], object]:
        ann = desk.add(f"ann{number}@acme.example", must_set_up=True)
        browser = desk.browser(address=f"192.0.2.{number % 250 + 1}")
        desk.present_password(browser, ann)
        browser.submit(press="go=set_up")
        code = str(desk.mails("mailbox_code", to=ann.email)[-1].params["code"])
        browser.submit({"mailbox_code": code})
        browser.submit({"thing": "app"})
        browser.submit()
        return lambda: desk.connect(ann, browser)

    def judge(number: int) -> None:
        ann = desk.services.people.by_email(desk.account.id, f"ann{number}@acme.example")
        assert ann is not None
        enrolled = len(desk.services.enrolments.held(desk.account.id, ann.id))
        confirmed = [event for event in desk.events("enrolment.confirmed") if event.person_id == ann.id]
        sessions = desk.services.sessions.of_person(desk.account.id, ann.id)
        assert enrolled == len(confirmed) == len(sessions), f"half a set-up after dying at step {number}"
        assert ann.must_set_up == (enrolled == 0)
        left = desk.services.recovery_codes.left(desk.account.id, ann.id).left
        assert left == (10 if enrolled else 0)

    assert every_step(desk, prepare, judge) > 10
