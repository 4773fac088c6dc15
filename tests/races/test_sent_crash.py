"""A process that dies at every step of sending a code, and of taking one: all of it happened, or nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.races.test_crash import every_step
from tests.walks.codes import code, give_mailbox, sent

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

OK = 200
PAUSE = timedelta(seconds=61)


def person_of(desk: Desk, number: int) -> Somebody:
    ann = desk.add(f"ann{number}@acme.example", chosen=True)
    give_mailbox(desk, ann)
    return ann


def test_dying_at_any_step_of_sending_a_code(desk: Desk) -> None:
    people: list[tuple[Somebody, Browser]] = []

    def prepare(number: int) -> Callable[[], object]:
        ann = person_of(desk, number)
        browser = desk.browser(address=f"192.0.2.{number % 250 + 1}")
        browser.get("/sign-in")
        people.append((ann, browser))
        return lambda: browser.submit({"email": ann.email, "password": ann.password}, follow=False)

    def judge(number: int) -> None:
        ann, _ = people[-1]
        told = [event for event in desk.events("passcode.sent") if event.person_id == ann.id]
        counted, _ = desk.services.counters.load(desk.account.id, "mailed_codes", ann.id)
        at = counted.get("at", [])
        assert isinstance(at, list)
        assert len(sent(desk, ann.email)) == len(told) == len(at), f"half a code after dying at step {number}"
        # Whatever had happened, the person gets in: at once, or with the next code.
        browser = desk.browser(address=f"192.0.2.{number % 250 + 1}")
        desk.clock.move(PAUSE)
        desk.present_password(browser, ann)
        browser.submit({"passcode": code(desk, ann.email)})
        assert len(desk.services.sessions.of_person(desk.account.id, ann.id)) == 1

    assert every_step(desk, prepare, judge) > 10


def test_dying_at_any_step_of_taking_a_code(desk: Desk) -> None:
    people: list[tuple[Somebody, Browser, str]] = []

    def prepare(number: int) -> Callable[[], object]:
        ann = person_of(desk, number)
        browser = desk.browser(address=f"192.0.2.{number % 250 + 1}")
        desk.present_password(browser, ann)
        typed = code(desk, ann.email)
        people.append((ann, browser, typed))
        return lambda: browser.submit({"passcode": typed}, follow=False)

    def judge(number: int) -> None:
        ann, browser, typed = people[-1]
        admitted = [event for event in desk.events("sign_in.admitted") if event.person_id == ann.id]
        assert desk.sessions(ann) == len(admitted), f"half a sign-in after dying at step {number}"
        if browser.get("/sign-in/passcode").status == OK:
            assert not admitted
            # The try is lost, the code is not.
            desk.clock.move(PAUSE)
            browser.get("/sign-in/passcode")
            browser.submit({"passcode": typed}, follow=False)
            assert desk.sessions(ann) == 1
        else:
            assert admitted

    assert every_step(desk, prepare, judge) > 10
