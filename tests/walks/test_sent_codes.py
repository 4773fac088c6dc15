"""Signing in by codes that are texted and mailed, as a person does it: from the password to what it opens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import (
    ANOTHER,
    NUMBER,
    code,
    give_mailbox,
    give_phone,
    sent,
    texts_go_to,
    turn_to,
    wrong,
)
from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.core.wanted import Accepts
from twofold.ports.texts import Receipt

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

PASSCODE = "/sign-in/passcode"
APP_ONLY = frozenset({"totp"})


@pytest.fixture(autouse=True)
def _texts(desk: Desk) -> None:
    texts_go_to(desk, "AT", "DE")


def at_the_passcode(desk: Desk, somebody: Somebody) -> Browser:
    browser = desk.browser()
    desk.present_password(browser, somebody)
    assert browser.page.path == PASSCODE, browser.page.text
    return browser


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


@pytest.mark.behaviour("B48")
def test_another_way_signs_in_when_one_is_lost(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    give_phone(desk, ann)
    give_mailbox(desk, ann)
    browser = at_the_passcode(desk, ann)
    assert sent(desk) == []
    for kind, to in (("sms", NUMBER), ("email", ann.email)):
        turn_to(browser, kind)
        assert browser.page.path == PASSCODE
        assert len(sent(desk, to)) == 1
    # Reloading shows the way that was chosen last.
    assert "a•••@a…" in browser.get(PASSCODE).text
    browser.submit({"passcode": code(desk, ann.email)})
    assert is_signed_in(browser)


@pytest.mark.behaviour("A51")
def test_a_switch_from_texts_to_the_app_counts_from_the_next_sign_in(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    desk.for_both(lambda rules: replace(rules, one_method=True))
    browser = at_the_passcode(desk, ann)
    browser.submit({"passcode": code(desk)})
    open_elsewhere = at_the_passcode(desk, ann)
    switch(desk, browser, ann, "app")
    before = len(sent(desk))

    desk.forward(minutes=1)
    later = at_the_passcode(desk, ann)

    assert len(sent(desk)) == before
    assert "authenticator app" in later.page.text
    assert not any(link == "/sign-in/other-way" for link, _ in later.page.links)
    later.submit({"passcode": code(desk), "kind": "sms"})
    assert not is_signed_in(later)
    desk.forward(seconds=2)
    later.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(later)
    assert open_elsewhere.get(PASSCODE).status == 410


def switch(desk: Desk, browser: Browser, ann: Somebody, thing: str) -> None:
    """Set another method up from the profile; fresh proof is the sign-in's own."""
    browser.get("/profile/security")
    add_another(browser)
    browser.submit({"thing": thing})
    if thing == "app":
        browser.submit()
        desk.connect(ann, browser)


def add_another(browser: Browser) -> None:
    """Press the button that adds a method, and get to what the person has at hand."""
    browser.post("/profile/security/set-up")
    if browser.page.path == "/sign-in/set-up":
        browser.submit(press="go=set_up")
    assert browser.page.path == "/sign-in/set-up/choose", browser.page.url


@pytest.mark.behaviour("A71")
def test_a_password_by_mail_is_proved_by_something_else_before_mailed_codes_count(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_mailbox(desk, ann, preferred=True)
    give_phone(desk, ann)
    browser = reset_by_mail(desk, ann)

    desk.present_password(browser, ann)

    assert sent(desk, ann.email) == []
    assert len(sent(desk)) == 1
    browser.post("/sign-in/other-way", {"kind": "email"})
    assert sent(desk, ann.email) == []
    browser.get(PASSCODE)
    browser.submit({"passcode": code(desk)})
    assert is_signed_in(browser)
    # Now the mailbox counts again.
    desk.forward(minutes=1)
    at_the_passcode(desk, ann)
    assert len(sent(desk, ann.email)) == 1


@pytest.mark.behaviour("A71")
def test_whoever_has_mail_alone_is_let_in_by_a_recovery_code_after_a_password_by_mail(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True, app=True)
    desk.services.enrolments.remove(desk.account.id, ann.id, [one.id for one in desk.held(ann)])
    give_mailbox(desk, ann)
    browser = reset_by_mail(desk, ann)
    desk.present_password(browser, ann)
    assert "mailed codes do not count" in browser.page.text
    assert sent(desk, ann.email) == []
    # An attacker who reads the mail gets no further, in whatever order the forms are sent.
    browser.post(PASSCODE, {"again": "1"})
    browser.post("/sign-in/other-way", {"kind": "email"})
    browser.post(PASSCODE, {"passcode": "12345678", "kind": "email"})
    assert sent(desk, ann.email) == []
    assert not is_signed_in(browser)
    desk.forward(seconds=5)
    browser.get(PASSCODE)
    browser.submit({"passcode": ann.recovery_codes[0]})
    assert is_signed_in(browser)


def reset_by_mail(desk: Desk, ann: Somebody) -> Browser:
    """Get a new password through the mailbox."""
    browser = desk.browser()
    browser.get("/forgot-password")
    browser.submit({"email": ann.email})
    link = str(desk.mails("password_forgotten", to=ann.email)[-1].params["url"])
    browser.get(link)
    while not browser.page.form().has("new_password"):
        browser.submit()
    ann.password = "another phrase of hers"
    browser.submit({"new_password": ann.password})
    return browser


@pytest.mark.behaviour("B50")
def test_a_way_that_is_allowed_no_more_only_opens_the_set_up_of_one_that_is(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", chosen=True)
    give_phone(desk, ann)
    desk.for_both(lambda rules: replace(rules, accepts=Accepts(kinds=frozenset({"totp"}))))
    browser = at_the_passcode(desk, ann)
    browser.submit({"passcode": code(desk)})
    assert not is_signed_in(browser)
    assert browser.page.path.startswith("/sign-in/set-up")
    desk.set_up(ann, browser)
    assert is_signed_in(browser)
    desk.forward(minutes=1)
    assert len(sent(desk)) == 1
    later = at_the_passcode(desk, ann)
    assert len(sent(desk)) == 1
    later.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(later)


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
    assert desk.mails("factor_set_up", to=ann.email)
    desk.forward(minutes=1)
    before = len(sent(desk, ANOTHER))
    later = at_the_passcode(desk, ann)
    assert len(sent(desk, ANOTHER)) == before
    later.submit({"passcode": code(desk)})
    assert is_signed_in(later)


@pytest.mark.behaviour("B48", "B50")
def test_somebody_with_three_ways_loses_each_in_turn_and_then_the_app_alone_counts_for_a_group(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    give_phone(desk, ann)
    give_mailbox(desk, ann)
    shown = {"totp": ann.app.next_code, "sms": lambda: code(desk), "email": lambda: code(desk, ann.email)}

    def sign_in_by(kind: str) -> None:
        desk.forward(minutes=15)
        browser = at_the_passcode(desk, ann)
        if kind != "totp":
            turn_to(browser, kind)
        browser.submit({"passcode": shown[kind]()})
        assert is_signed_in(browser), browser.page.text

    for kind in shown:
        sign_in_by(kind)
    for lost in shown:
        for other in set(shown) - {lost}:
            sign_in_by(other)

    group = Group(name="Billing", domains=frozenset({"acme.example"}), extra=Extra(accepts=Accepts(kinds=APP_ONLY)))
    desk.rules(lambda rules: replace(rules, groups={GroupId("g" * 26): group}))
    before = len(sent(desk)), len(sent(desk, ann.email))
    desk.forward(minutes=15)
    browser = at_the_passcode(desk, ann)
    for kind in ("sms", "email"):
        browser.post("/sign-in/other-way", {"kind": kind})
    assert (len(sent(desk)), len(sent(desk, ann.email))) == before
    browser.get(PASSCODE)
    browser.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(browser)
