"""The first owner: from the printed link to First steps, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import App, Somebody, is_signed_in
from twofold.core.roles import Role
from twofold.flows import owner
from twofold.settings import settings
from twofold.web.owner import pages as owner_pages

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

DESK = {"desk_name": "Ivy Help", "time_zone": "Europe/Vienna"}
PERSON = {"name": "Olga", "email": "olga@acme.example", "new_password": "a long enough secret"}


def link_of(desk: Desk) -> str:
    url = owner.link(desk.services, desk.account)
    assert url is not None
    return url


def to_set_up(browser: Browser, url: str) -> None:
    browser.get(url)
    browser.submit()
    browser.submit(DESK)
    browser.submit(PERSON)


def test_a_first_owner_without_a_phone_is_sent_to_nobody_and_can_come_back(desk: Desk) -> None:
    browser = desk.browser()
    to_set_up(browser, link_of(desk))
    browser.get("/sign-in/set-up/cannot-now")
    assert "Nobody else is here yet who could help." in browser.page.text
    assert "Ask the people who run" not in browser.page.text
    browser.sign_out()
    row = desk.services.people.by_email(desk.account.id, "olga@acme.example")
    assert row is not None
    olga = Somebody(row.id, row.email, PERSON["new_password"], App("A" * 32, desk.clock))
    desk.present_password(browser, olga)
    assert browser.page.path == "/sign-in/set-up"


def test_the_link_leads_through_help_desk_person_and_second_factor_to_first_steps(desk: Desk) -> None:
    url = link_of(desk)
    browser = desk.browser()
    browser.get(url)
    assert "Step 1 of 5" in browser.submit().text
    assert "Step 2 of 5" in browser.submit(DESK).text
    browser.submit(PERSON)
    assert browser.page.path == "/sign-in/set-up"
    assert "Step 3 of 5" in browser.get("/sign-in/set-up/choose").text
    browser.get("/sign-in/set-up")
    assert not is_signed_in(browser), "no session before the owner's own second factor"
    row = desk.services.people.by_email(desk.account.id, "olga@acme.example")
    assert row is not None
    assert (row.role, row.chosen, row.must_set_up) == (Role.OWNER, True, True)
    olga = Somebody(row.id, row.email, PERSON["new_password"], App("A" * 32, desk.clock))
    desk.set_up(olga, browser)
    assert not desk.mails("mailbox_code"), "the operator's link stands for the mailbox"
    assert browser.page.path == "/admin/first-steps"
    assert "Ivy Help" in browser.page.text
    account = desk.services.accounts.by_id(desk.account.id)
    assert account is not None
    assert (account.name, account.time_zone) == ("Ivy Help", "Europe/Vienna")
    assert owner.link(desk.services, desk.account) is None
    assert "has an owner already" in desk.browser().get(url).text

    browser.sign_out()
    desk.present_password(browser, olga)
    assert browser.page.path == "/sign-in/passcode"


def test_a_link_works_once_and_for_half_an_hour_and_a_new_one_voids_it(desk: Desk) -> None:
    first = link_of(desk)
    second = link_of(desk)
    assert desk.browser().get(first).status == 403
    desk.forward(minutes=31)
    late = desk.browser().get(second)
    assert late.status == 403
    assert "./run owner-link" in late.text
    assert desk.browser().get("/set-up/owner").status == 403
    assert desk.browser().get("/set-up/owner?link=forged").status == 403


def test_a_browser_that_was_closed_before_the_second_factor_locks_nobody_out(desk: Desk) -> None:
    to_set_up(desk.browser(), link_of(desk))
    again = desk.browser()
    to_set_up(again, link_of(desk))
    assert again.page.path == "/sign-in/set-up"
    assert len(desk.services.people.with_roles(desk.account.id, (Role.OWNER,))) == 1


@pytest.mark.parametrize(
    ("address", "headers", "opens"),
    [
        ("127.0.0.1", {}, True),
        ("127.0.0.1", {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ("127.0.0.1", {"HTTP_FORWARDED": "for=127.0.0.1"}, False),
        ("127.0.0.1", {"HTTP_X_REAL_IP": "127.0.0.1"}, False),
    ],
)
def test_it_opens_on_the_machine_itself_only(desk: Desk, address: str, headers: dict[str, str], opens: bool) -> None:
    browser = desk.browser(address=address)
    browser.extra = headers
    assert (browser.get(link_of(desk)).status == 200) is opens


@pytest.mark.parametrize(("address", "opens"), [("192.0.2.7", True), ("198.51.100.7", False)])
def test_it_opens_from_networks_that_the_operator_named(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, address: str, opens: bool
) -> None:
    here = settings().model_copy(update={"setup_from": (ip_network("192.0.2.0/24"),)})
    monkeypatch.setattr(owner_pages, "settings", lambda: here)
    assert desk.services.accounts.replace(desk.account, replace(desk.account, base_url="https://help.acme.example"))
    browser = desk.browser(address=address, origin="https://help.acme.example")
    account = desk.services.accounts.by_id(desk.account.id)
    assert account is not None
    url = owner.link(desk.services, account)
    assert url is not None
    assert url.startswith("https://help.acme.example/")
    assert (browser.get(url).status == 200) is opens


@pytest.mark.parametrize(
    ("desk_fields", "person_fields", "message"),
    [
        ({"desk_name": ""}, {}, "Type a name"),
        ({"desk_name": "x" * 81}, {}, "too long"),
        ({}, {"email": "olga"}, "one email address"),
        ({}, {"email": "taken@acme.example"}, "there already"),
        ({}, {"new_password": "short"}, "12"),
        ({}, {"new_password": "olga@acme.example"}, "name"),
    ],
)
def test_what_cannot_be_is_said_and_the_link_goes_on_working(
    desk: Desk, desk_fields: dict[str, str], person_fields: dict[str, str], message: str
) -> None:
    desk.add("taken@acme.example", Role.ADMIN)
    browser = desk.browser()
    browser.get(link_of(desk))
    browser.submit()
    browser.submit({**DESK, **desk_fields})
    if not desk_fields:
        browser.submit({**PERSON, **person_fields})
    assert browser.page.status == 400
    assert message in browser.page.text
    if desk_fields:
        browser.submit(DESK)
    browser.submit(PERSON)
    assert browser.page.path == "/sign-in/set-up"


def test_unattended_the_owner_sets_up_at_the_first_sign_in(desk: Desk) -> None:
    made = owner.create(
        desk.services,
        desk.account,
        email="olga@acme.example",
        name="Olga",
        new_password="a long enough secret",
    )
    assert isinstance(made, owner.Made)
    assert owner.link(desk.services, desk.account) is None
    assert owner.create(desk.services, desk.account, email="o@acme.example", name="", new_password="x" * 20) is None
    olga = Somebody(made.person.id, "olga@acme.example", "a long enough secret", App("A" * 32, desk.clock))
    browser = desk.browser()
    desk.present_password(browser, olga)
    assert browser.page.path == "/sign-in/set-up"
    assert "An owner may do everything here" in browser.page.text
    assert "was reset" not in browser.page.text


def test_behind_a_proxy_the_operator_still_sets_up_on_the_machine(make_desk: Callable[[str], Desk]) -> None:
    desk = make_desk("https://help.acme.example")
    path = link_of(desk).removeprefix("https://help.acme.example")
    assert desk.browser().get(path).status == 403, "not from the outside"
    browser = desk.browser(origin="http://localhost:8420")
    to_set_up(browser, path)
    assert browser.page.path == "/sign-in/set-up", browser.page.text
    row = desk.services.people.by_email(desk.account.id, "olga@acme.example")
    assert row is not None
    olga = Somebody(row.id, row.email, PERSON["new_password"], App("A" * 32, desk.clock))
    desk.set_up(olga, browser)
    assert desk.held(olga)
    for mail in desk.mails():
        assert "localhost" not in mail.text, "links in mail are the account's"
    outside = desk.browser()
    desk.present_password(outside, olga)
    assert outside.page.path == "/sign-in/passcode"
