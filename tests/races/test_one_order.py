"""Two acts on one person at once: one is held at each of its writes in turn, the other comes as far as it can.

Who locks rows in another order than somebody else ends in a deadlock, in which the database takes one of both back.
"""

from __future__ import annotations

import re
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

import pytest
from django.db import connection, connections

from tests.databases import NEEDS_POSTGRESQL
from tests.walks.helping import REASON, help_page
from twofold.core.links import Purpose
from twofold.core.roles import Role
from twofold.flows import links
from twofold.store import rows

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk
    from twofold.store.rows import Value

Act: TypeAlias = "Callable[[], int]"
Prepare: TypeAlias = "Callable[[Scene], Act]"

# What waits for others, and keeps them waiting: an INSERT does where it looks whether another one made the row.
_WRITES = re.compile(r"\s*(?:UPDATE|DELETE|INSERT\b.* ON CONFLICT)\b", re.DOTALL)
_WAITING = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
_LONG = 20.0
FAULT = 500


@dataclass
class Held:
    """Holds one thread at its n-th write within a transaction."""

    at: int = 0
    thread: int = 0
    writes: int = 0
    is_held: threading.Event = field(default_factory=threading.Event)
    goes_on: threading.Event = field(default_factory=threading.Event)

    def noted(self, statement: str) -> None:
        if threading.get_ident() != self.thread or not _WRITES.match(statement):
            return
        self.writes += 1
        if self.writes == self.at:
            self.is_held.set()
            assert self.goes_on.wait(_LONG)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    holds = Held()
    run = rows._run

    def runs(statement: str, params: Sequence[Value]) -> object:
        done = run(statement, params)
        holds.noted(statement)
        return done

    monkeypatch.setattr(rows, "_run", runs)
    return holds


def meet(held: Held, one: Act, other: Act, at: int) -> tuple[bool, list[object]]:
    """Hold `one` at its write number `at` until `other` waits or is through; return whether it got there, and both."""
    held.at, held.writes = at, 0
    held.is_held.clear()
    held.goes_on.clear()
    answers: list[object] = [None, None]

    def run(number: int, act: Act) -> None:
        if number == 0:
            held.thread = threading.get_ident()
        try:
            answers[number] = act()
        except Exception as error:  # noqa: BLE001 -- the test judges it
            answers[number] = repr(error)
        finally:
            connections.close_all()

    first = threading.Thread(target=run, args=(0, one))
    second = threading.Thread(target=run, args=(1, other))
    first.start()
    while first.is_alive() and not held.is_held.wait(0.005):
        pass
    got_there = held.is_held.is_set()
    if got_there:
        second.start()
        while second.is_alive() and not waits():
            time.sleep(0.005)
        held.goes_on.set()
        second.join()
    first.join()
    return got_there, answers if got_there else answers[:1]


def waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[0])


class Scene:
    """One person, with everything open that may be open, and whoever acts on them."""

    def __init__(self, desk: Desk, number: int) -> None:
        self.desk = desk
        self.number, self.browsers, self.helpers = number, 0, 0
        self.ann = desk.add(f"ann{number}@acme.example", app=True, chosen=True)
        self.invited = [desk.add(f"new{one}.{number}@acme.example") for one in range(2)]
        for one in self.invited:
            desk.change(one, password=None)

    def browser(self) -> Browser:
        """Open a browser at an address of its own: what is asked for from one is counted."""
        self.browsers += 1
        return self.desk.browser(address=f"10.0.{self.number}.{self.browsers}")

    def at_passcode(self) -> Browser:
        browser = self.browser()
        self.desk.present_password(browser, self.ann)
        assert browser.page.path == "/sign-in/passcode", browser.page.text
        return browser

    def inside(self, *, trust: bool = False) -> Browser:
        return self.desk.sign_in(self.ann, self.browser(), trust=trust)

    def follow(self, purpose: Purpose) -> Browser:
        """Open a mailed link, up to the page whose button uses it up."""
        services, account = self.desk.services, self.desk.account
        with services.transactions.begin():
            url = links.make(services, account, purpose, self.ann.id, now=self.desk.clock.now())
        browser = self.browser()
        browser.get(url)
        while purpose is Purpose.PASSWORD_RESET and not browser.page.form().has("new_password"):
            browser.submit()
        return browser

    def helper(self) -> Browser:
        self.helpers += 1
        ada = self.desk.add(f"ada{self.helpers}.{self.number}@acme.example", Role.OWNER, app=True, chosen=True)
        return self.desk.sign_in(ada, self.browser())


def passcode(scene: Scene) -> Act:
    browser = scene.at_passcode()
    return lambda: browser.submit({"passcode": scene.ann.app.next_code()}, follow=False).status


def recovery_code(scene: Scene) -> Act:
    browser = scene.at_passcode()
    return lambda: browser.submit({"passcode": scene.ann.recovery_codes[0]}, follow=False).status


def reset(scene: Scene) -> Act:
    browser = scene.follow(Purpose.PASSWORD_RESET)
    return lambda: browser.submit({"new_password": "another long password 9"}, follow=False).status


def freeze(scene: Scene) -> Act:
    browser = scene.follow(Purpose.FREEZE)
    return lambda: browser.submit(follow=False).status


def lost(scene: Scene) -> Act:
    helper = scene.helper()
    fields = {"what": "lost", "check": "video", "reason": REASON}
    return lambda: helper.post(help_page(scene.ann), fields, follow=False).status


def new_codes(scene: Scene) -> Act:
    browser = scene.inside()
    return lambda: browser.post("/profile/security/recovery-codes", follow=False).status


def everywhere(scene: Scene) -> Act:
    browser = scene.inside()
    return lambda: browser.post("/profile/security/sessions/end-all", follow=False).status


def new_address(scene: Scene) -> Act:
    browser, address = scene.inside(), f"new{scene.number}@acme.example"
    browser.get("/profile/address")
    browser.submit({"new_address": address})
    code = str(scene.desk.mails("address_code", to=address)[-1].params["code"])
    return lambda: browser.submit({"address_code": code}, having="address_code", follow=False).status


def invite(scene: Scene, order: int) -> Act:
    helper = scene.helper()
    picked = {f"pick_{one.id}": "1" for one in scene.invited[::order]}
    return lambda: helper.post("/admin/people/invite-again", picked, follow=False).status


def invited(scene: Scene) -> Act:
    return invite(scene, 1)


def invited_from_the_end(scene: Scene) -> Act:
    return invite(scene, -1)


PAIRS: list[tuple[Prepare, Prepare]] = [
    (recovery_code, reset),
    (recovery_code, new_codes),
    (passcode, lost),
    (reset, freeze),
    (reset, everywhere),
    (new_address, lost),
    (invited, invited_from_the_end),
]


@NEEDS_POSTGRESQL
@pytest.mark.security("SB5")
@pytest.mark.parametrize(("held_one", "free_one"), PAIRS)
def test_nobody_is_taken_back(desk_on_postgresql: Desk, held: Held, held_one: Prepare, free_one: Prepare) -> None:
    for at in range(1, 40):
        scene = Scene(desk_on_postgresql, at)
        one, other = held_one(scene), free_one(scene)
        got_there, answers = meet(held, one, other, at)
        assert all(isinstance(answer, int) and answer < FAULT for answer in answers), f"held at write {at}: {answers}"
        if not got_there:
            break
    assert at > 1, "it was never held"
