"""Codes of several people that fit the same other moment accuse this server's clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from twofold.commands.checks import phones
from twofold.core.ids import EventId
from twofold.core.roles import Role
from twofold.flows import clock_health, journal
from twofold.ports.audit import Event

if TYPE_CHECKING:
    from tests.walks.kit import Desk
    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject

SECURITY = "/admin/account/security"
WRONG = "This server's clock is wrong"


def off_by(desk: Desk, person: PersonId, seconds: int | None) -> None:
    detail: JsonObject = {"because": "wrong"} if seconds is None else {"because": "clock", "off_by": seconds}
    now = desk.clock.now()
    desk.services.audit.record(
        desk.account.id,
        Event(
            id=EventId(desk.services.entropy.ordered_id(now)),
            at=now,
            kind="second_factor.refused",
            actor="person",
            person_id=person,
            detail=detail,
        ),
    )


def test_the_clock_is_accused_however_much_else_happens(desk: Desk) -> None:
    ann, ben, cleo = (desk.add(f"{name}@acme.example") for name in ("ann", "ben", "cleo"))
    with desk.services.transactions.begin():
        off_by(desk, cleo.id, 900)
        for one in (ann, ben, cleo):
            off_by(desk, one.id, 150)
        for _ in range(1100):
            off_by(desk, ann.id, None)
            journal.record_by_system(desk.services, desk.account, "sms.sent", now=desk.clock.now(), person=ann.id)
    assert clock_health.look(desk.services, desk.account.id) == timedelta(seconds=150)
    off_by(desk, cleo.id, 900)
    assert clock_health.look(desk.services, desk.account.id) is None, "the newest of each person counts"


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
