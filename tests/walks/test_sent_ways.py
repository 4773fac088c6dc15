"""Several ways to sign in: lost, exchanged, and allowed no more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import (
    NUMBER,
    at_the_passcode,
    code,
    give_mailbox,
    give_phone,
    sent,
    texts_go_to,
    turn_to,
)
from tests.walks.kit import is_signed_in
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.wanted import Accepts

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

PASSCODE = "/sign-in/passcode"
APP_ONLY = frozenset({"totp"})


@pytest.fixture(autouse=True)
def _texts(desk: Desk) -> None:
    texts_go_to(desk, "AT", "DE")


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


@pytest.mark.behaviour("B48", "B50")
def test_somebody_with_three_ways_loses_each_in_turn_and_then_the_app_alone_counts_for_a_group(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    give_phone(desk, ann)
    give_mailbox(desk, ann)
    shown: dict[str, Callable[[], str]] = {
        "totp": ann.app.next_code,
        "sms": lambda: code(desk),
        "email": lambda: code(desk, ann.email),
    }

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
