"""The audit log: looking for events, taking them out, and letting what is old go."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connection, transaction

from tests.fakes import START
from tests.store.building import an_event
from twofold.core.ids import EventId, PersonId
from twofold.ports import audit
from twofold.ports.audit import Event, Wanted

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

ANN, BOB = PersonId("a" * 26), PersonId("b" * 26)
YEARS = timedelta(days=1000)


def record(services: Services, account: AccountId, *events: Event) -> list[Event]:
    for event in events:
        services.audit.record(account, event)
    return list(events)


@pytest.fixture
def events(services: Services, account: AccountId, entropy: FakeEntropy) -> list[Event]:
    """Make two events a second for ten seconds, of two people, two kinds and two addresses in turn."""
    made = []
    for number in range(20):
        event = an_event(entropy, to=ANN if number % 2 else BOB, by=BOB if number % 3 else ANN, after=number // 2)
        made.append(
            replace(
                event,
                id=EventId(entropy.ordered_id(event.at)),
                kind="policy.changed" if number % 5 == 0 else event.kind,
                address="2001:db8::1" if number % 4 == 0 else event.address,
            )
        )
    return record(services, account, *made)


def fits(event: Event, wanted: Wanted) -> bool:
    return (
        wanted.person in {None, event.person_id}
        and wanted.actor in {None, event.actor_id}
        and wanted.kind in {"", event.kind}
        and wanted.address in {"", event.address}
        and (wanted.since is None or event.at >= wanted.since)
        and (wanted.until is None or event.at < wanted.until)
    )


LOOKED_FOR = [
    Wanted(),
    Wanted(person=ANN),
    Wanted(actor=ANN),
    Wanted(kind="policy.changed"),
    Wanted(address="2001:db8::1"),
    Wanted(since=START + timedelta(seconds=2), until=START + timedelta(seconds=5)),
    Wanted(person=ANN, kind="second_factor.refused", since=START + timedelta(seconds=1)),
    Wanted(person=BOB, actor=BOB, address="192.0.2.7", kind="second_factor.refused"),
    Wanted(address="192.0.2.7", kind="policy.changed"),
    Wanted(kind="nothing.happened"),
    Wanted(person=ANN, address="203.0.113.1"),
]


@pytest.mark.parametrize("wanted", LOOKED_FOR)
@pytest.mark.parametrize("most", [1, 3, 50])
def test_events_are_found_page_by_page(
    services: Services, account: AccountId, events: list[Event], wanted: Wanted, most: int
) -> None:
    found: list[Event] = []
    cursor = ""
    while True:
        page = services.audit.search(account, wanted, before=cursor, most=most)
        assert page.looked_back_to is None
        assert len(page.events) <= most
        found += page.events
        cursor = page.older
        if not cursor:
            break
    assert found == [event for event in reversed(events) if fits(event, wanted)]


@pytest.mark.parametrize("wanted", LOOKED_FOR)
@pytest.mark.parametrize("most", [1, 7, 1000])
def test_all_of_them_are_taken_out_in_order(
    services: Services, account: AccountId, events: list[Event], wanted: Wanted, most: int
) -> None:
    found: list[Event] = []
    cursor = ""
    while True:
        some, cursor = services.audit.chunk(account, wanted, after=cursor, most=most)
        found += some
        if not cursor:
            break
    assert found == [event for event in events if fits(event, wanted)]


def test_events_of_one_instant_stay_in_the_order_of_their_coming(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    made = [replace(an_event(entropy), id=EventId(entropy.ordered_id(START)), kind=f"a.{number}") for number in "cabd"]
    record(services, account, *made)
    assert [event.kind for event in services.audit.search(account, Wanted()).events] == ["a.d", "a.b", "a.a", "a.c"]
    assert [event.kind for event in services.audit.chunk(account, Wanted())[0]] == ["a.c", "a.a", "a.b", "a.d"]


def test_looking_for_two_things_at_once_ends_somewhere_and_goes_on_from_there(
    services: Services, account: AccountId, entropy: FakeEntropy, monkeypatch: pytest.MonkeyPatch, database: object
) -> None:
    monkeypatch.setattr("twofold.store.audit.LOOKED_AT", 5)
    assert audit.LOOKED_AT > 5
    rare = replace(an_event(entropy, to=ANN), kind="rare.event")
    many = [an_event(entropy, to=ANN, after=number) for number in range(1, 13)]
    record(services, account, rare, *many)
    wanted = Wanted(person=ANN, kind="rare.event")
    first = services.audit.search(account, wanted)
    assert (first.events, first.looked_back_to) == ((), many[-5].at)
    second = services.audit.search(account, wanted, before=first.older)
    assert (second.events, second.looked_back_to) == ((), many[-10].at)
    third = services.audit.search(account, wanted, before=second.older)
    assert (third.events, third.older, third.looked_back_to) == ((rare,), "", None)


def test_a_strange_cursor_begins_at_the_start(services: Services, account: AccountId, events: list[Event]) -> None:
    for strange in ("strange", "YQpi", "LTEKYQ", "\u0665"):
        assert services.audit.search(account, Wanted(), before=strange, most=1).events == (events[-1],)


def test_accounts_do_not_see_each_other(services: Services, events: list[Event], entropy: FakeEntropy) -> None:
    other = entropy.new_id()
    assert services.audit.search(other, Wanted()).events == ()  # type: ignore[arg-type]  # an id is an id
    assert services.audit.chunk(other, Wanted()) == ([], "")  # type: ignore[arg-type]  # an id is an id
    assert services.audit.ends(other) is None  # type: ignore[arg-type]  # an id is an id


def test_the_log_begins_and_ends_somewhere(services: Services, account: AccountId, events: list[Event]) -> None:
    assert services.audit.ends(account) == (events[0].at, events[-1].at)


def old_and_new(services: Services, account: AccountId, entropy: FakeEntropy) -> list[Event]:
    """Record three old events and one that is 1,000 days younger."""
    made = [an_event(entropy, after=number) for number in range(3)]
    new = an_event(entropy)
    return record(services, account, *made, replace(new, at=new.at + YEARS))


def test_what_is_older_than_the_horizon_goes_in_chunks(
    services: Services, account: AccountId, entropy: FakeEntropy, database: object
) -> None:
    *_, new = old_and_new(services, account, entropy)
    assert services.audit.horizon(account) is None
    assert services.audit.forget(account, at=START, most=2) is None
    before = START + timedelta(days=1)
    assert services.audit.set_horizon(account, before)
    assert not services.audit.set_horizon(account, before)
    assert services.audit.horizon(account) == before
    assert services.audit.forget(account, at=START, most=2) == 0
    assert services.audit.forget(account, at=START, most=2) == 3
    assert services.audit.forget(account, at=START, most=2) is None
    assert services.audit.search(account, Wanted()).events == (new,)


def refused(statement: str, params: list[str | int], match: str) -> None:
    with (
        pytest.raises(DatabaseError, match=match),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, params)


def test_nothing_younger_than_the_horizon_can_be_deleted(
    services: Services, account: AccountId, entropy: FakeEntropy, database: DatabaseSettings
) -> None:
    made = old_and_new(services, account, entropy)
    # A horizon of another account is none of this one's.
    other = an_event(entropy)
    services.audit.record(entropy.new_id(), replace(other, at=other.at + YEARS))  # type: ignore[arg-type]  # an id
    refused("DELETE FROM audit_event WHERE account = %s", [account], "append-only")
    assert services.audit.set_horizon(account, made[1].at)
    refused("DELETE FROM audit_event WHERE account = %s AND id = %s", [account, made[1].id], "append-only")
    refused("UPDATE audit_event SET at = 0 WHERE account = %s", [account], "append-only")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_event WHERE account = %s AND id = %s", [account, made[0].id])
    assert [event.id for event in services.audit.chunk(account, Wanted())[0]] == [event.id for event in made[1:]]


def test_the_horizon_never_comes_near_the_present_and_never_moves(
    services: Services, account: AccountId, entropy: FakeEntropy, database: DatabaseSettings
) -> None:
    *_, new = old_and_new(services, account, entropy)
    for ahead in (timedelta(days=-90, microseconds=1), timedelta(0), timedelta(days=400)):
        with pytest.raises(DatabaseError, match="90 days"), transaction.atomic():
            services.audit.set_horizon(account, new.at + ahead)
    assert services.audit.set_horizon(account, new.at - timedelta(days=90))
    refused("UPDATE audit_horizon SET before = before + 1 WHERE account = %s", [account], "does not move")
    refused("DELETE FROM audit_horizon WHERE account = %s", [account], "does not move")
