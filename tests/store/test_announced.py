"""What people were told is coming."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import START
from tests.store.building import a_person
from twofold.core.ids import AccountId, PersonId
from twofold.ports.announced import Announced, Stopping

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.ports.services import Services

JUNE = Announced(starts_at=START + timedelta(days=28), until=None)
JULY = Announced(
    starts_at=START + timedelta(days=58), until=START + timedelta(days=65), reminded_at=START + timedelta(days=62)
)


def test_of_each_person_the_last_is_kept(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana, bo, cy = (PersonId(entropy.new_id()) for _ in range(3))
    elsewhere = AccountId(entropy.new_id())
    announced = services.announced
    announced.keep(account, ana, JUNE)
    announced.keep(account, bo, JUNE)
    announced.keep(elsewhere, cy, JUNE)
    announced.keep(account, bo, JULY)

    assert announced.of(account, [cy, bo, ana, ana]) == {ana: JUNE, bo: JULY}
    assert (JUNE.last_day, JULY.last_day) == (JUNE.starts_at, JULY.until)

    announced.keep(account, bo, JUNE)
    announced.drop(account, ana)
    assert announced.of(account, [ana, bo]) == {bo: JUNE}
    assert announced.of(account, []) == {}


def test_they_are_walked_in_the_order_of_their_ids(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    people = sorted(PersonId(entropy.new_id()) for _ in range(5))
    for one in people:
        services.announced.keep(account, one, JUNE)
    services.announced.keep(AccountId(entropy.new_id()), PersonId(entropy.new_id()), JUNE)
    assert list(services.announced.walk(account, behind="", most=3)) == people[:3]
    assert list(services.announced.walk(account, behind=people[2], most=3)) == people[3:]


def test_whoever_is_erased_is_forgotten(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana = a_person(entropy)
    assert services.people.add(account, ana)
    services.announced.keep(account, ana.id, JUNE)
    services.people.remove(account, ana.id)
    assert services.announced.of(account, [ana.id]) == {}


def test_these_people_are_surveyed_in_this_order(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana, bo = a_person(entropy), a_person(entropy, email="bo@acme.example")
    for one in (ana, bo):
        assert services.people.add(account, one)
    gone = PersonId(entropy.new_id())
    assert [one.id for one in services.reports.these(account, [bo.id, gone, ana.id])] == [bo.id, ana.id]


def test_of_each_person_the_ways_that_stop_are_kept(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    ana, bo, cy = (PersonId(entropy.new_id()) for _ in range(3))
    elsewhere = AccountId(entropy.new_id())
    both = Stopping(ways={"sms": START, "email": None}, reminded_at=START + timedelta(days=1))
    one = Stopping(ways={"email": START + timedelta(days=14)})
    stopping = services.stopping
    stopping.keep(account, ana, one)
    stopping.keep(account, ana, both)
    stopping.keep(account, bo, one)
    stopping.keep(elsewhere, cy, both)
    assert stopping.of(account, [cy, bo, ana, ana]) == {ana: both, bo: one}

    stopping.keep(account, ana, Stopping(ways={}))
    assert stopping.of(account, [ana, bo]) == {bo: one}
    assert stopping.of(account, []) == {}


def test_of_whoever_is_erased_no_way_is_kept(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana = a_person(entropy)
    assert services.people.add(account, ana)
    services.stopping.keep(account, ana.id, Stopping(ways={"sms": None}))
    services.people.remove(account, ana.id)
    assert services.stopping.of(account, [ana.id]) == {}
