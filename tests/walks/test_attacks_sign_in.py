"""What somebody with a stolen password, cookie or mailbox tries at the doors of signing in."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import App, is_signed_in, key_on
from twofold.services import install

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.ports.keys import Match


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    return desk.add("ann@acme.example", app=True, chosen=True)


def lapsed(desk: Desk) -> Somebody:
    """Add somebody whose app lay unused for so long that the requirement which then came lets them set up anew."""
    ann = desk.add("ann@acme.example", app=True)
    desk.forward(days=40)
    desk.require()
    return ann


def begin_anew(desk: Desk, thief: Browser, ann: Somebody) -> None:
    desk.present_password(thief, ann)
    thief.get("/sign-in/set-up")
    thief.submit()
    thief.submit({"mailbox_code": str(desk.mails("mailbox_code")[-1].params["code"])})
    thief.submit({"thing": "app"})
    thief.submit()


@pytest.mark.security("SD8", "SE3")
def test_what_was_proved_meanwhile_is_not_replaced_as_if_it_had_lapsed(desk: Desk) -> None:
    ann = lapsed(desk)
    thief = desk.browser()
    begin_anew(desk, thief, ann)
    key = key_on(thief)
    before = desk.held(ann)
    desk.sign_in(ann)
    thief.submit({"passcode": App(key, desk.clock).code()})
    assert not is_signed_in(thief)
    assert [one.id for one in desk.held(ann)] == [one.id for one in before]


@pytest.mark.security("SD8")
def test_set_up_instead_ends_with_the_requirement_that_opened_it(desk: Desk) -> None:
    ann = lapsed(desk)
    thief = desk.browser()
    begin_anew(desk, thief, ann)
    key = key_on(thief)
    before = desk.held(ann)
    desk.require(team=False)
    thief.submit({"passcode": App(key, desk.clock).code()})
    assert not is_signed_in(thief)
    assert [one.id for one in desk.held(ann)] == [one.id for one in before]


class _Meanwhile:
    """Passwords that end all trust of somebody while one is hashed."""

    def __init__(self, desk: Desk, whose: Somebody) -> None:
        self._desk, self._whose, self._inner = desk, whose, desk.services.passwords

    def verify(self, password: str, stored: str | None) -> Match:
        self._desk.services.browsers.end_trust(self._desk.account.id, self._whose.id)
        return self._inner.verify(password, stored)


@pytest.mark.security("SB2", "SH3")
def test_trust_that_ends_while_the_password_is_hashed_answers_no_more(desk: Desk, ann: Somebody) -> None:
    browser = desk.sign_in(ann, trust=True)
    browser.sign_out()
    install(replace(desk.services, passwords=_Meanwhile(desk, ann)))  # type: ignore[arg-type]  # one method is called
    desk.present_password(browser, ann)
    install(desk.services)
    assert browser.page.path == "/sign-in/passcode"
    assert not is_signed_in(browser)
    browser.get("/sign-in")
    desk.forward(hours=1)
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode", "the trust that ended came back"


@pytest.mark.security("SC6")
def test_a_name_of_loopback_in_the_request_is_not_the_machine_itself(desk: Desk) -> None:
    assert desk.browser(address="192.0.2.7").get("/set-up/owner?link=x").status == 403
    assert "server itself" in desk.browser(address="192.0.2.7").get("/set-up/owner?link=x").text
    assert "server itself" not in desk.browser(address="127.0.0.1").get("/set-up/owner?link=x").text


@pytest.mark.security("SC6")
@pytest.mark.parametrize("header", ["HTTP_VIA", "HTTP_TRUE_CLIENT_IP", "HTTP_CF_CONNECTING_IP", "HTTP_X_REAL_IP"])
def test_whatever_passed_through_a_proxy_was_not_asked_directly(desk: Desk, header: str) -> None:
    browser = desk.browser()
    browser.extra = {header: "127.0.0.1"}
    assert "server itself" in browser.get("/set-up/owner?link=x").text


@pytest.mark.security("SF6")
@pytest.mark.parametrize("fact", ["suspended_at", "frozen_at"])
def test_what_outlived_the_end_of_everything_opens_nothing(desk: Desk, fact: str) -> None:
    """Whoever is shut out loses sessions and sign-ins under way with it; one that were left would open nothing."""
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    inside, half_way = desk.sign_in(ann), desk.browser()
    desk.present_password(half_way, ann)
    desk.change(ann, **{fact: desk.clock.now()})
    assert not is_signed_in(inside)
    half_way.submit({"passcode": ann.app.next_code()})
    assert not is_signed_in(half_way)
    assert desk.sessions(ann) == 1, "no other one was made"
