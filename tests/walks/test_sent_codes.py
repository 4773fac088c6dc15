"""Signing in by codes that are texted and mailed, as a person does it: from the password to what it opens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import (
    ANOTHER,
    NUMBER,
    at_the_passcode,
    code,
    give_mailbox,
    give_phone,
    sent,
    texts_go_to,
    turn_to,
    wrong,
)
from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.ports.texts import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.kit import Desk

PASSCODE = "/sign-in/passcode"
APP_ONLY = frozenset({"totp"})


@pytest.fixture(autouse=True)
def _texts(desk: Desk) -> None:
    texts_go_to(desk, "AT", "DE")


@pytest.mark.behaviour("A68")
@pytest.mark.parametrize("role", [Role.END_USER, Role.AGENT])
def test_a_text_to_the_phone_on_file_signs_in(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example", role, chosen=True)
    give_phone(desk, ann)

    browser = at_the_passcode(desk, ann)

    (text,) = sent(desk)
    assert text.message.channel == "sms"
    assert text.text.rstrip().endswith(f"@localhost #{code(desk)}")
    assert "•••• 4567" in browser.page.text
    assert NUMBER not in browser.page.html
    assert code(desk) not in browser.page.html
    browser.submit({"passcode": code(desk)})
    assert is_signed_in(browser)
    assert desk.events("sign_in.admitted")[-1].detail["amr"] == ["mfa", "pwd", "sms"]


@pytest.mark.behaviour("A67", "B01")
@pytest.mark.parametrize("role", [Role.END_USER, Role.AGENT])
def test_a_mail_to_the_verified_address_signs_in(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example", role, chosen=True)
    give_mailbox(desk, ann)

    browser = at_the_passcode(desk, ann)

    (mail,) = sent(desk, ann.email)
    assert mail.message.channel == "email"
    assert mail.text.rstrip().endswith(f"@localhost #{code(desk, ann.email)}")
    assert "a•••@a…" in browser.page.text
    browser.submit({"passcode": code(desk, ann.email)})
    assert is_signed_in(browser)


@pytest.mark.behaviour("B03")
def test_a_code_is_refused_when_it_is_older_than_five_minutes(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    browser = at_the_passcode(desk, ann)
    old = code(desk)
    desk.forward(minutes=5)
    browser.submit({"passcode": old})
    assert not is_signed_in(browser)
    assert "too old" in browser.page.text
    browser.submit(press="again")
    desk.forward(seconds=2)
    browser.submit({"passcode": code(desk)})
    assert is_signed_in(browser)


@pytest.mark.security("SA2")
def test_a_code_works_once(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    browser = at_the_passcode(desk, ann)
    used = code(desk)
    browser.submit({"passcode": used}, follow=False)
    assert is_signed_in(browser)
    again = desk.browser()
    desk.forward(minutes=1)
    desk.present_password(again, ann)
    again.submit({"passcode": used})
    assert not is_signed_in(again)


def test_a_superseded_code_names_the_newer_one_and_costs_nothing(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    browser = at_the_passcode(desk, ann)
    old = code(desk)
    desk.forward(minutes=1)
    browser.get(PASSCODE)
    browser.submit(press="again")
    for _ in range(7):
        browser.submit({"passcode": old})
        assert "Use the one we sent at" in browser.page.text, browser.page.text
    browser.submit({"passcode": code(desk)})
    assert is_signed_in(browser)


@pytest.mark.behaviour("B42")
def test_another_code_waits_and_there_is_an_end_of_it(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    browser = at_the_passcode(desk, ann)
    browser.post(PASSCODE, {"again": "1"})
    assert browser.page.status == 429
    assert len(sent(desk)) == 1
    for wait in (30, 60, 60, 60):
        desk.forward(seconds=wait)
        browser.post(PASSCODE, {"again": "1"})
        assert browser.page.status == 200
    assert len(sent(desk)) == 5
    desk.forward(minutes=2)
    browser.post(PASSCODE, {"again": "1"})
    assert browser.page.status == 429
    assert len(sent(desk)) == 5


def failed(desk: Desk) -> None:
    """Let the sender give the text up."""
    jobs = desk.services.jobs
    job = jobs.lease_next(desk.clock.now(), timedelta(minutes=2))  # type: ignore[attr-defined]  # the worker's side of the store
    jobs.failed(job, retry_at=None, at=desk.clock.now())  # type: ignore[attr-defined]  # as above


def undelivered(desk: Desk) -> None:
    """Let the provider tell that the text did not arrive."""
    (text,) = sent(desk)
    desk.services.outbox.note_receipt(desk.account.id, text.message.id, Receipt(arrived=False, code="30003"))


@pytest.mark.behaviour("A58")
@pytest.mark.parametrize("happens", [failed, undelivered])
def test_a_text_that_does_not_arrive_is_said_and_there_is_another_way(
    desk: Desk, happens: Callable[[Desk], None]
) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann, preferred=True)
    give_mailbox(desk, ann)
    browser = at_the_passcode(desk, ann)
    happens(desk)
    page = browser.get(PASSCODE)
    assert "could not" in page.text
    assert "Send a new code" in page.text
    assert "could not" in browser.get("/sign-in/cannot-get-a-code").text
    desk.forward(minutes=1)
    browser.get(PASSCODE)
    browser.submit(press="again")
    assert len(sent(desk)) >= 1
    turn_to(browser, "email")
    browser.submit({"passcode": code(desk, ann.email)})
    assert is_signed_in(browser)


def test_a_country_that_is_served_no_more_is_said_and_another_way_works(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    give_phone(desk, ann)
    texts_go_to(desk, "DE")
    browser = at_the_passcode(desk, ann)
    turn_to(browser, "sms")
    assert sent(desk) == []
    assert "country" in browser.page.text.lower(), browser.page.text
    turn_to(browser, "totp")
    browser.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(browser)


def test_wrong_codes_say_how_often_more(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    browser = at_the_passcode(desk, ann)
    browser.submit({"passcode": wrong(code(desk))})
    assert "not right" in browser.page.text
    assert "newest text" in browser.page.text
    desk.forward(seconds=2)
    browser.submit({"passcode": code(desk)})
    assert is_signed_in(browser)


@pytest.mark.behaviour("A47")
def test_codes_go_to_a_new_number_once_it_is_proved_and_to_the_old_one_no_more(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann, ANOTHER)
    browser = at_the_passcode(desk, ann)
    browser.submit({"passcode": code(desk, ANOTHER)})
    browser.get("/profile/security")
    desk.forward(minutes=1)
    browser.submit(press="same")
    assert "Acme Support" in browser.page.text
    browser.submit({"number": "+43 664 1234567"})
    assert code(desk) not in browser.page.html
    browser.submit({"passcode": code(desk)}, having="passcode")
    (held,) = desk.held(ann)
    assert held.state == {"number": NUMBER}
    # Somebody is told, at the address on file.
    assert desk.mails("factor_replaced", to=ann.email)
    desk.forward(minutes=1)
    before = len(sent(desk, ANOTHER))
    later = at_the_passcode(desk, ann)
    assert len(sent(desk, ANOTHER)) == before
    later.submit({"passcode": code(desk)})
    assert is_signed_in(later)
