"""The people of an exempted group are told before it ends, as those are who are exempted by name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks.group_kit import PAGE
from twofold.core.groups import Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.flows import exemption_ends

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

CLEAN: Final = GroupId("c" * 26)
OTHER: Final = GroupId("d" * 26)


@pytest.fixture
def olive(desk: Desk) -> Somebody:
    names = {CLEAN: ("Clean room", "clean.example"), OTHER: ("Other room", "other.example")}
    groups = {one: Group(name=name, domains=frozenset({domain})) for one, (name, domain) in names.items()}
    desk.rules(lambda rules: replace(rules, groups=groups))
    desk.require()
    return desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def as_owner(desk: Desk, olive: Somebody) -> Browser:
    return desk.sign_in(olive)


def exempt(desk: Desk, helper: Browser, group: GroupId, *, days: int) -> None:
    helper.get(f"{PAGE}/{group}/exempt")
    until = (desk.clock.now() + timedelta(days=days)).date().isoformat()
    helper.submit({"until": until, "reason": "No phones in there"}, having="until")


def told(desk: Desk) -> list[str]:
    return sorted(mail.to for mail in desk.mails("exemption_ends"))


@pytest.mark.behaviour("B51")
def test_its_people_are_told_a_week_and_a_day_before(desk: Desk, olive: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@clean.example")
    bob = desk.add("bob@acme.example")
    desk.services.groups.add(desk.account.id, CLEAN, [bob.id], at=desk.clock.now())
    desk.add("out@acme.example")
    exempt(desk, as_owner, CLEAN, days=20)
    desk.forward(days=12)
    assert not told(desk)
    desk.forward(days=2)
    assert told(desk) == sorted([ann.email, bob.email])
    assert "requires a second factor of you again" in desk.mails("exemption_ends", to=ann.email)[0].text
    assert [mail.to for mail in desk.mails("exemption_ends_told")] == [olive.email]
    desk.forward(days=6)
    assert told(desk) == sorted([ann.email, bob.email] * 2)
    desk.forward(days=30)
    assert len(told(desk)) == 4


def test_who_notices_no_end_is_told_of_none(desk: Desk, as_owner: Browser) -> None:
    """Whoever chose it, is exempt by name or by another group for longer, cannot sign in, or is asked all along."""
    ann = desk.add("ann@clean.example")
    desk.add("admin@clean.example", Role.ADMIN)
    desk.add("chose@clean.example", app=True, chosen=True)
    desk.add("customer@clean.example", Role.END_USER)
    facts_of: dict[str, dict[str, object]] = {
        "gone@clean.example": {"suspended_at": desk.clock.now()},
        "guest@clean.example": {"password": None},
        "longer@clean.example": {"exempt_until": desk.clock.now() + timedelta(days=90), "exempt_because": "At sea"},
    }
    for email, facts in facts_of.items():
        desk.change(desk.add(email), **facts)
    both = desk.add("both@clean.example")
    desk.services.groups.add(desk.account.id, OTHER, [both.id], at=desk.clock.now())
    exempt(desk, as_owner, CLEAN, days=20)
    exempt(desk, as_owner, OTHER, days=60)
    desk.forward(days=14)
    desk.forward(days=6)
    assert told(desk) == [ann.email] * 2


def test_nobody_is_told_of_what_was_ended(desk: Desk, as_owner: Browser) -> None:
    desk.add("ann@clean.example")
    exempt(desk, as_owner, CLEAN, days=20)
    as_owner.get(f"{PAGE}/{CLEAN}/exempt")
    as_owner.submit(press="end=1")
    desk.forward(days=14)
    desk.forward(days=6)
    assert not told(desk)


def test_many_are_told_in_chunks_each_once(desk: Desk, as_owner: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exemption_ends, "CHUNK", 3)
    people = [desk.add(f"agent{number}@clean.example") for number in range(8)]
    exempt(desk, as_owner, CLEAN, days=20)
    desk.forward(days=14)
    assert told(desk) == sorted(one.email for one in people)
    assert len(desk.mails("exemption_ends_told")) == 1
