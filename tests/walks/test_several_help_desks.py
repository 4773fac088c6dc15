"""Several help desks in one data folder: the host name chooses, and nothing of one opens anything of another."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.browser import Browser
from tests.walks.kit import HOUSE_HOST, is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.kit import Desk

ACME = "https://help.acme.example"
GLOBEX = "https://help.globex.example"
PEOPLE = "/admin/people"
MAIL = "/admin/account/mail"


@pytest.fixture
def acme(make_desk: Callable[[str], Desk]) -> Desk:
    return make_desk(ACME)


@pytest.fixture
def globex(make_desk: Callable[[str], Desk], acme: Desk) -> Desk:
    acme.forward(minutes=1)
    return make_desk(GLOBEX)


@pytest.mark.security("SI4")
def test_the_same_address_has_two_sign_ins_with_nothing_in_common(acme: Desk, globex: Desk) -> None:
    ann = acme.add("ann@acme.example", Role.OWNER, app=True, chosen=True)
    other = globex.add("ann@acme.example", Role.OWNER, password="another horse battery")
    browser = acme.browser()
    acme.sign_in(ann, browser)
    assert is_signed_in(browser)
    assert other.id not in browser.get(PEOPLE).html
    elsewhere = globex.browser()
    globex.present_password(elsewhere, other, password=ann.password)
    assert not is_signed_in(elsewhere)
    # What one was given by its own host, sent to the other by somebody who copies cookies.
    for name, value in browser.cookies.items():
        elsewhere.set_cookie(name, value)
    assert elsewhere.get(PEOPLE).path == "/sign-in"
    elsewhere.get("/forgot-password")
    elsewhere.submit({"email": ann.email})
    (mail,) = globex.mails("password_forgotten")
    assert GLOBEX in mail.text
    assert ACME not in mail.text


def test_an_unknown_host_is_no_help_desk(acme: Desk, globex: Desk) -> None:
    for desk in (acme, globex):
        desk.add("olive@acme.example", Role.OWNER)
        assert desk.browser().get("/sign-in").status == 200
    for host in ("https://help.elsewhere.example", f"http://{HOUSE_HOST}"):
        assert Browser(host).get("/sign-in").status == 421


def test_loopback_opens_the_one_that_has_no_owner_yet(acme: Desk, make_desk: Callable[[str], Desk]) -> None:
    acme.add("olive@acme.example", Role.OWNER, name="Olive")
    here = Browser(f"http://{HOUSE_HOST}")
    assert here.get("/sign-in").status == 421
    acme.forward(minutes=1)
    globex = make_desk(GLOBEX)
    assert here.get("/sign-in").status == 200
    here.submit({"email": "olive@acme.example", "password": "correct horse battery"})
    assert not is_signed_in(here), "it is the new one, where she has no sign-in"
    third = make_desk("https://help.initech.example")
    assert Browser(f"http://{HOUSE_HOST}").get("/sign-in").status == 421, "which of two is nobody's guess"
    for desk in (globex, third):
        desk.add("olga@globex.example", Role.OWNER)
    assert Browser(f"http://{HOUSE_HOST}").get("/sign-in").status == 421
    assert timedelta(minutes=1) == globex.account.created_at - acme.account.created_at


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.7", "64:ff9b::10.0.0.7", "2002:7f00:1::1"])
def test_an_owner_names_no_mail_server_in_a_network_that_is_none_of_theirs(acme: Desk, globex: Desk, host: str) -> None:
    browser = globex.sign_in(globex.add("eve@globex.example", Role.OWNER, app=True, chosen=True))
    browser.get(MAIL)
    browser.submit({"host": host, "port": "8420", "security": "none"}, having="host")
    assert browser.page.status == 400
    assert "This is in a private network" in browser.page.text
    assert globex.services.kept.load(globex.account.id, "mail") == ({}, 0)
    browser.submit({"host": "smtp.globex.example"}, having="host")
    assert "Saved." in browser.page.text


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.7"])
def test_the_owner_of_the_only_help_desk_names_one_beside_it(acme: Desk, host: str) -> None:
    browser = acme.sign_in(acme.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    browser.get(MAIL)
    browser.submit({"host": host, "security": "none"}, having="host")
    assert "Saved." in browser.page.text
