"""What strangers can do with sign-up: learn nothing, fill nothing, and put no words into anybody's mail."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.walks.kit import stored_bytes
from tests.walks.test_password_step import STRANGERS, _stranger
from tests.walks.test_sign_up import NAME, NEW, ask, let_in, link, take
from twofold.core.roles import Role
from twofold.core.sign_up import Limits
from twofold.core.throttle import AddressLimit
from twofold.services import install
from twofold.store import housekeeping

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Mail


@pytest.fixture(autouse=True)
def open_door(desk: Desk) -> None:
    let_in(desk)


def limit(desk: Desk, limits: Limits) -> None:
    desk.services = replace(desk.services, numbers=replace(desk.services.numbers, sign_ups=limits))
    install(desk.services)


def sent(desk: Desk, template: str = "") -> list[Mail]:
    """Return the mails that could leave: what is beyond the limits has run out before it could be sent."""
    return [one for one in desk.mails(template) if one.message.expires_at != one.message.put_at]


@pytest.mark.security("SJ1")
def test_strangers_learn_nothing_from_asking(desk: Desk) -> None:
    ask(desk.browser(), "first@acme.example")
    learnt = set()
    for number, kind in enumerate((*STRANGERS, "added")):
        email = _stranger(desk, kind)
        if kind == "added":
            desk.change(desk.add(email, Role.END_USER), password=None)
        # An hour of its own for each, so that all begin with nothing counted.
        desk.forward(hours=2)
        browser = desk.browser(address=f"192.0.2.{number}")
        desk.mails()
        for time in range(3):
            hashing = Mock(wraps=desk.services.passwords)
            install(replace(desk.services, passwords=hashing))
            events, mails = len(desk.events()), len(sent(desk))
            browser.get("/sign-up")
            with CaptureQueriesContext(connection) as queries:
                page = browser.submit({"email": email, "name": NAME})
            install(desk.services)
            learnt.add(
                (
                    time,
                    page.status,
                    page.html.replace(email, ""),
                    tuple(sorted(each.partition("=")[0] for each in page.set_cookies)),
                    tuple(name for name in page.headers if name != "Content-Length"),
                    tuple(re.sub(r"X?'[^']*'|NULL|\d+", "", each["sql"]) for each in queries),
                    len(hashing.method_calls),
                    len(desk.events()) - events,
                    len(sent(desk)) - mails,
                )
            )
    assert len(learnt) == 3, learnt
    assert sorted((time, mails) for time, *_, mails in learnt) == [(0, 1), (1, 0), (2, 0)]


@pytest.mark.security("SJ1")
@pytest.mark.parametrize(
    ("facts", "says", "leads_to"),
    [
        ({}, "it has a sign-in there already", "/sign-in"),
        ({"suspended_at": True}, "it has a sign-in there already", "/sign-in"),
        ({"password": None, "invited_at": True}, "open the link in your invitation", "/forgot-password"),
        ({"password": None}, "waits for an invitation", ""),
    ],
)
def test_only_the_mailbox_hears_that_its_address_is_known(
    desk: Desk, browser: Browser, facts: dict[str, Any], says: str, leads_to: str
) -> None:
    ann = desk.add("ann@acme.example", Role.ADMIN)
    desk.change(ann, **{name: desk.clock.now() if value else value for name, value in facts.items()})
    before = desk.person(ann)
    assert "We mailed you" in ask(browser, ann.email).text
    [mail] = desk.mails()
    assert (mail.to, mail.template) == (ann.email, "sign_up_known")
    assert says in mail.text
    assert "Hello Ann," in mail.text
    assert NAME not in mail.text
    assert "link=" not in mail.text
    assert (f"{desk.account.base_url}{leads_to}" in mail.text) == bool(leads_to)
    assert desk.person(ann) == before


def test_a_mailbox_is_not_filled(desk: Desk) -> None:
    for number in range(40):
        assert "We mailed you" in ask(desk.browser(address=f"192.0.2.{number}")).text
        desk.forward(minutes=1)
    assert 0 < len(sent(desk)) <= 5


@pytest.mark.security("SJ1")
def test_one_network_address_cannot_ask_without_limit(desk: Desk) -> None:
    limit(desk, Limits(of_address=AddressLimit(most=3, within=timedelta(minutes=15))))
    ann = desk.add("ann@acme.example")
    for number in range(3):
        assert ask(desk.browser(), f"nobody{number}@acme.example").status == 200
    told = set()
    for email in (ann.email, "nobody@acme.example"):
        page = ask(desk.browser(), email)
        told.add((page.status, page.headers["Retry-After"], page.text))
        assert page.status == 429
        assert "Many people asked from your network. You can ask again at 09:15." in page.text
    assert len(told) == 1
    assert len(desk.mails()) == 3
    assert ask(desk.browser(address="192.0.2.1"), ann.email).status == 200
    desk.forward(minutes=15)
    assert ask(desk.browser(), ann.email).status == 200


@pytest.mark.security("SJ1")
def test_an_account_mails_so_many_a_day(desk: Desk) -> None:
    limit(desk, Limits(a_day=4))
    ann = desk.add("ann@acme.example")
    olive = desk.add("olive@acme.example", Role.OWNER)
    for number in range(4):
        ask(desk.browser(address=f"192.0.2.{number}"), f"nobody{number}@acme.example")
    told = set()
    for email in (ann.email, "nobody@acme.example"):
        page = ask(desk.browser(address="198.51.100.1"), email)
        told.add((page.status, page.headers["Retry-After"], page.text))
        assert page.status == 429
        assert "Very many people asked today." in page.text
    assert len(told) == 1
    assert len(desk.mails("sign_up")) == 4
    # Once, with the last that was let through.
    [full] = desk.mails("sign_ups_full")
    assert full.to == olive.email
    assert "has room for: 4. The next can ask from 5 May, 01:00 BST on." in full.text
    assert f"{desk.account.base_url}/admin/account/security/sign-up" in full.text
    desk.forward(days=1)
    assert ask(desk.browser(), ann.email).status == 200


@pytest.mark.security("SJ1")
def test_while_nothing_can_be_mailed_everybody_is_told_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    ann = desk.add("ann@acme.example")
    monkeypatch.setattr(desk.services.outbox, "can_send", lambda _account, _channel: False)
    told = {ask(desk.browser(), email).text for email in (ann.email, "nobody@acme.example")}
    assert len(told) == 1
    assert "No mail can be sent at the moment, so nobody can sign up." in told.pop()


def test_what_was_typed_is_sealed_and_thrown_away(desk: Desk, browser: Browser) -> None:
    ask(browser)
    stored = stored_bytes()
    assert NEW.encode() not in stored
    assert NAME.encode() not in stored
    url = link(desk)
    [[drafts]] = _count("SELECT count(*) FROM challenge")
    assert drafts == 1
    take(browser, url)
    assert _count("SELECT count(*) FROM challenge") == [(0,)]
    ask(desk.browser(), "other@customer.example")
    desk.forward(days=1, minutes=31)
    hand: housekeeping.Hand | None = housekeeping.Hand()
    while hand is not None:
        hand = housekeeping.walk(hand, desk.clock.now())
    assert _count("SELECT count(*) FROM challenge") == [(0,)]


def _count(statement: str) -> list[tuple[int]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


@pytest.mark.security("SJ5")
def test_nobody_puts_words_into_a_mail_to_somebody_else(desk: Desk, browser: Browser) -> None:
    ask(browser, name="<b>You won!</b> http://evil.example")
    [mail] = desk.mails()
    assert "evil.example" not in mail.text
    assert "<b>" not in browser.get(link(desk)).html


@pytest.mark.security("SI3", "SC10")
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"email": ""}, 400),
        ({"name": ""}, 400),
        ({"email": "ann"}, 400),
        ({"email": f"{NEW},mallory@evil.example"}, 400),
        ({"email": f"{NEW}\r\nBcc: mallory@evil.example"}, 400),
        ({"email": "\u0430nn@acme.example"}, 400),
        ({"email": "a" * 300}, 400),
        ({"name": "n" * 121}, 400),
        ({"name": "Nora\u202eevil"}, 400),
        ({"email": [NEW, "mallory@evil.example"]}, 400),
        ({"name": "a" * 1_000_000}, 413),
    ],
)
def test_bad_input_is_an_error_and_mails_nobody(
    desk: Desk, browser: Browser, fields: dict[str, Any], status: int
) -> None:
    browser.show_failures()
    browser.get("/sign-up")
    assert browser.post("/sign-up", {"email": NEW, "name": NAME, **fields}).status == status
    assert desk.mails() == []


def test_a_former_address_waits_for_whoever_may_have_it_back(desk: Desk, browser: Browser) -> None:
    ann = desk.add("ann@acme.example")
    thief = desk.sign_in(ann)
    thief.get("/profile/address")
    thief.submit({"new_address": "mallory@evil.example"}, having="new_address")
    code = str(desk.mails("address_code")[-1].params["code"])
    thief.submit({"address_code": code}, having="address_code")
    assert desk.person(ann).email == "mallory@evil.example"
    assert "We mailed you" in ask(browser, ann.email).text
    assert desk.mails("sign_up") == []
    assert desk.mails("sign_up_known", to=ann.email)
    desk.forward(days=4)
    ask(browser, ann.email)
    assert desk.mails("sign_up", to=ann.email)


def test_events_of_asking_are_thinned_out(desk: Desk) -> None:
    for number in range(130):
        ask(desk.browser(address="192.0.2.7"), f"nobody{number}@acme.example")
        desk.forward(seconds=20)
    assert len(desk.events("sign_up.asked")) < 130
