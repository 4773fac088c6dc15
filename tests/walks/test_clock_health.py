"""Codes of several people that fit the same other moment accuse this server's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from twofold.commands.checks import phones
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.kit import Desk

SECURITY = "/admin/account/security"
WRONG = "This server's clock is wrong"


def test_when_several_people_are_off_by_the_same_amount_it_is_the_server(desk: Desk) -> None:
    as_owner = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    for number in range(3):
        assert WRONG not in as_owner.get(SECURITY).text
        assert not list(phones(desk.services, desk.account))
        ann = desk.add(f"agent{number}@acme.example", app=True, chosen=True)
        browser = desk.browser()
        desk.present_password(browser, ann)
        browser.submit({"passcode": ann.app.code(ahead=timedelta(seconds=150))})
        assert "here it is" in browser.page.text
    assert WRONG in as_owner.get(SECURITY).text
    [finding] = phones(desk.services, desk.account)
    assert "behind" in finding.text
    desk.forward(hours=11)
    as_owner = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    assert WRONG in as_owner.get(SECURITY).text
    desk.forward(hours=14)
    as_owner = desk.sign_in(desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True))
    assert WRONG not in as_owner.get(SECURITY).text, "what was a day ago says nothing of today"
