"""What strangers leave in the audit log: thinned out alike whoever they ask for, and never without limit."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.walks.test_password_step import STRANGERS, _stranger
from twofold.core.thinning import Limits
from twofold.services import install

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

KINDS = ("password.refused", "password.reset_asked")


@pytest.fixture(autouse=True)
def soon_thinned(desk: Desk) -> None:
    """Thin out after a few already."""
    numbers = replace(desk.services.numbers, thinning=Limits(of_account=20, of_address=6))
    desk.services = replace(desk.services, numbers=numbers)
    install(desk.services)


def guess(browser: Browser, email: str) -> None:
    browser.get("/sign-in")
    browser.submit({"email": email, "password": "wrong horse battery"})


def ask(browser: Browser, email: str) -> None:
    browser.get("/forgot-password")
    browser.submit({"email": email})


def told(desk: Desk) -> int:
    return sum(len(desk.events(kind)) for kind in KINDS)


@pytest.mark.security("SJ1")
@pytest.mark.parametrize("act", [guess, ask])
def test_known_and_unknown_addresses_cost_the_same_queries_and_leave_the_same_events(
    desk: Desk, act: Callable[[Browser, str], None]
) -> None:
    learnt = set()
    # What the process reads once is read.
    act(desk.browser(), "first@acme.example")
    for number, kind in enumerate(STRANGERS):
        email = _stranger(desk, kind)
        # An hour of its own for each, so that all begin with nothing counted.
        desk.forward(hours=2)
        browser = desk.browser(address=f"192.0.2.{number}")
        steps = []
        for _ in range(14):
            before = told(desk)
            with CaptureQueriesContext(connection) as queries:
                act(browser, email)
            steps.append((len(queries), told(desk) - before))
        learnt.add(tuple(steps))
    assert len(learnt) == 1, learnt
    [learnt_alike] = learnt
    # The first six, then the twelfth.
    assert [events for _, events in learnt_alike] == [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0]


def test_a_stranger_with_endless_addresses_cannot_make_the_log_grow_without_limit(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    for number in range(160):
        browser = desk.browser(address=f"2001:db8:{number:x}::1")
        guess(browser, ann.email if number % 3 else f"nobody{number}@acme.example")
    assert told(desk) == 23
    desk.forward(hours=1)
    guess(desk.browser(), "nobody@acme.example")
    events = desk.events("password.refused")
    left_out = [event.detail.get("left_out", 0) for event in events]
    assert left_out[20:] == [19, 39, 79, 0]
    assert len(events) + sum(int(str(each)) for each in left_out) == 161


def test_one_noisy_place_does_not_use_up_what_is_meant_for_all(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    for _ in range(100):
        guess(desk.browser(address="192.0.2.66"), "nobody@acme.example")
    noisy = len(desk.events("password.refused"))
    assert noisy < 12
    guess(desk.browser(address="192.0.2.7"), ann.email)
    [mine] = desk.events("password.refused", of=ann)
    assert mine.address == "192.0.2.7"


def test_what_happens_behind_a_right_password_is_never_left_out(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    for number in range(60):
        guess(desk.browser(address=f"192.0.2.{number}"), f"nobody{number}@acme.example")
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": "000000"})
    assert len(desk.events("second_factor.refused", of=ann)) == 1
    desk.forward(seconds=5)
    browser.submit({"passcode": ann.app.next_code()})
    assert len(desk.events("sign_in.admitted", of=ann)) == 1


@pytest.mark.parametrize("path", ["/sign-in", "/", "/admin/people", "/nowhere"])
def test_an_address_with_too_many_parts_is_refused_and_is_no_fault_of_ours(browser: Browser, path: str) -> None:
    browser.show_failures()
    page = browser.get(f"{path}?{'&'.join(f'a{number}=1' for number in range(150))}", follow=False)
    assert page.status in {400, 303, 404}, page.text
    if page.status == 400:
        assert "This request could not be read" in page.text
