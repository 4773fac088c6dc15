"""Sent codes, asked for and typed by fifty at once through the whole stack, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import START
from tests.races.test_whole_stack import SESSION, order, race
from tests.walks.codes import code, give_mailbox, sent, wrong

if TYPE_CHECKING:
    from tests.store.racing import Racers
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

PASSCODE = "/sign-in/passcode"


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    """Add somebody who gets codes by mail."""
    somebody = desk.add("ann@acme.example", chosen=True)
    give_mailbox(desk, somebody)
    return somebody


def at_the_passcode(desk: Desk, ann: Somebody) -> Browser:
    browser = desk.browser()
    desk.present_password(browser, ann)
    assert browser.page.path == PASSCODE, browser.page.text
    return browser


@pytest.mark.security("SB1")
def test_one_sent_code_makes_one_session(desk: Desk, racers: Racers, ann: Somebody) -> None:
    browser = at_the_passcode(desk, ann)
    answers = race(racers, [order(browser, {"passcode": code(desk, ann.email)})])
    assert sum(SESSION in cookies for _, _, cookies in answers) == 1
    assert desk.sessions(ann) == 1
    assert len(desk.events("sign_in.admitted")) == 1


@pytest.mark.security("SB3")
def test_fifty_wrong_codes_at_once_are_five_guesses_at_the_most(desk: Desk, racers: Racers, ann: Somebody) -> None:
    browser = at_the_passcode(desk, ann)
    right = code(desk, ann.email)
    race(racers, [order(browser, {"passcode": wrong(str((int(right) + n) % 10**8).zfill(8))}) for n in range(50)])
    looked_at = [event for event in desk.events("second_factor.refused") if event.detail["because"] == "wrong"]
    assert 1 <= len(looked_at) <= 5
    assert desk.sessions(ann) == 0


@pytest.mark.security("SC9")
def test_fifty_who_ask_at_once_for_another_code_get_one(desk: Desk, racers: Racers, ann: Somebody) -> None:
    # The racers' clocks stand at the beginning.
    desk.clock.set(START - timedelta(minutes=1))
    browser = at_the_passcode(desk, ann)
    desk.clock.set(START)
    browser.get(PASSCODE)
    race(racers, [order(browser, {"again": "1"}, PASSCODE)])
    assert len(sent(desk, ann.email)) == 2


@pytest.mark.security("SC9")
def test_fifty_passwords_at_once_send_one_code(desk: Desk, racers: Racers, ann: Somebody) -> None:
    browser = desk.browser()
    browser.get("/sign-in")
    race(racers, [order(browser, {"email": ann.email, "password": ann.password})])
    assert len(sent(desk, ann.email)) == 1


@pytest.mark.security("SB1")
def test_a_code_that_is_answered_while_another_is_asked_for_makes_one_session_at_the_most(
    desk: Desk, racers: Racers, ann: Somebody
) -> None:
    browser = at_the_passcode(desk, ann)
    typed = order(browser, {"passcode": code(desk, ann.email)})
    again = order(browser, {"again": "1"}, PASSCODE)
    answers = race(racers, [typed, again])
    assert sum(SESSION in cookies for _, _, cookies in answers) <= 1
    assert desk.sessions(ann) <= 1


@pytest.mark.security("SB1")
def test_one_code_sets_up_once(desk: Desk, racers: Racers) -> None:
    bo = desk.add("bo@acme.example", must_set_up=True)
    browser = desk.browser()
    desk.present_password(browser, bo)
    browser.submit(press="go=set_up")
    browser.submit({"mailbox_code": str(desk.mails("mailbox_code", to=bo.email)[-1].params["code"])})
    browser.submit({"thing": "mail"})
    race(racers, [order(browser, {"passcode": code(desk, bo.email)})])
    assert [one.kind for one in desk.held(bo)] == ["email"]
    assert len(desk.events("enrolment.confirmed")) == 1
