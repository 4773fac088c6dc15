"""Hand-made memberships of groups."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import START
from twofold.core.groups import Membership
from twofold.core.ids import AccountId, GroupId, PersonId

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.ports.services import Services

LATER = START + timedelta(minutes=1)


def test_several_people_are_asked_for_at_once(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana, bo, cy = (PersonId(entropy.new_id()) for _ in range(3))
    night, day = sorted(GroupId(entropy.new_id()) for _ in range(2))
    elsewhere = AccountId(entropy.new_id())
    services.groups.add(account, day, [ana, bo], at=START)
    services.groups.add(account, night, [ana], at=LATER)
    services.groups.add(elsewhere, day, [cy], at=START)

    found = services.groups.of_people(account, [cy, bo, ana, ana])

    assert found == {ana: (Membership(night, LATER), Membership(day, START)), bo: (Membership(day, START),)}
    assert {one: services.groups.of_person(account, one) for one in found} == found
    assert services.groups.of_people(account, []) == {}
