"""People: stored whole, changed by compare-and-set, found by beginnings of words, erased with all that is theirs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import connection

from tests.fakes import START
from tests.store.building import (
    a_browser,
    a_call,
    a_challenge,
    a_known_browser,
    a_link,
    a_message,
    a_person,
    a_session,
    an_act,
    an_attempt,
    an_enrolment,
    an_event,
    an_import,
    an_import_row,
)
from twofold.core.ids import AccountId, GroupId, PersonId
from twofold.core.roles import Audience, Role
from twofold.ports.announced import Announced, Stopping
from twofold.ports.people import Named
from twofold.store.people import subscriber_of

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.ports.pages import PageBetween
    from twofold.ports.people import PersonRow
    from twofold.ports.services import Services


def test_a_person_comes_back_as_stored(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = a_person(entropy)

    assert services.people.add(account, person)

    assert services.people.by_id(account, person.id) == person
    assert services.people.by_email(account, "ana@acme.example") == person
    assert services.people.by_email(account, "ana@acme") is None
    assert services.people.by_id(account, PersonId(entropy.new_id())) is None


def test_nobody_is_found_in_another_account(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = a_person(entropy)
    services.people.add(account, person)
    other = type(account)(entropy.new_id())

    assert services.people.by_id(other, person.id) is None
    assert services.people.by_email(other, person.email) is None
    assert services.people.page(other).rows == ()
    services.people.remove(other, person.id)
    assert services.people.add(other, replace(person, id=PersonId(entropy.new_id())))
    assert services.people.by_id(account, person.id) == person


def test_nobody_who_was_erased_is_kept_in_memory(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    ana = a_person(entropy)
    services.people.add(account, ana)
    kept = services.people.by_id(account, ana.id)
    assert services.people.by_id(account, ana.id) is kept, "whoever is as they were is the same"

    services.people.remove(account, ana.id)

    assert subscriber_of.cache_info().currsize == 0


def test_an_address_is_one_persons(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana, bo = a_person(entropy), a_person(entropy, "bo@acme.example", "Bo")
    services.people.add(account, ana)

    with services.transactions.begin():
        assert not services.people.add(account, a_person(entropy))
        assert services.people.add(account, bo)
        assert not services.people.replace(account, bo, replace(bo, email=ana.email))
    assert services.people.by_id(account, bo.id) == bo


def test_nobody_who_was_changed_meanwhile_is_noted_as_signed_in(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    person = a_person(entropy)
    services.people.add(account, person)
    assert services.people.replace(account, person, replace(person, suspended_at=START))

    assert not services.people.signed_in(account, person, START)
    now = services.people.by_id(account, person.id)
    assert now is not None
    assert now.last_sign_in_at != START
    assert services.people.signed_in(account, now, START)


def test_replacing_needs_the_version_that_was_read(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    person = a_person(entropy)
    services.people.add(account, person)
    assert services.people.signed_in(account, person, START + timedelta(hours=1))

    assert services.people.replace(account, person, replace(person, name="Ana S.", suspended_at=START))
    assert not services.people.replace(account, person, replace(person, name="Anna"))
    assert not services.people.replace(account, person, replace(person, chosen=False))

    assert services.people.by_id(account, person.id) == replace(
        person, name="Ana S.", suspended_at=START, version=1, last_sign_in_at=START + timedelta(hours=1)
    )


def test_a_new_name_is_what_is_found(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    person = a_person(entropy)
    services.people.add(account, person)
    services.people.replace(account, person, replace(person, name="Zoë Berg", email="zoe@acme.example"))

    assert not services.people.page(account, search="silva").rows
    assert [row.name for row in services.people.page(account, search="berg").rows] == ["Zoë Berg"]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["ana", "asa", "chen", "mueller"]),
        ("an", ["ana"]),
        ("ANA sil", ["ana"]),
        ("silva ana", ["ana"]),
        ("ana chen", []),
        ("asa", ["asa"]),
        ("Ås", ["asa"]),
        ("obrien", []),
        ("brien", ["asa"]),
        ("o'br", ["asa"]),
        ("muller", ["mueller"]),
        ("MÜLLER", ["mueller"]),
        ("lüd", ["mueller"]),
        ("ana@ac", ["ana"]),
        ("acme", ["ana", "asa", "chen", "mueller"]),
        ("陳", ["chen"]),
        ("chen", ["chen"]),  # typed in full width
        ("100%", []),
        ("_", []),
        ("nnnnnn" * 40, []),
    ],
)
def test_people_are_found_by_beginnings_of_words(
    services: Services, account: AccountId, entropy: FakeEntropy, search: str, found: list[str]
) -> None:
    for email, name in [
        ("ana@acme.example", "Ana Silva"),
        ("asa@acme.example", "Åsa O'Brien"),
        ("chen@acme.example", "陳 大文"),
        ("mueller@acme.example", "Jörg Müller-Lüdenscheidt"),
    ]:
        services.people.add(account, a_person(entropy, email, name))

    rows = services.people.page(account, search=search).rows

    assert sorted(row.email.partition("@")[0] for row in rows) == found


def test_pages_go_forth_and_back(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    for number in range(12):
        services.people.add(account, a_person(entropy, f"p{number}@acme.example", f"Person {number:02}"))
    assert services.people.add(account, a_person(entropy, "aaa@acme.example", ""))

    def names(page: PageBetween[PersonRow]) -> list[str]:
        return [row.name for row in page.rows]

    first = services.people.page(account, size=5)
    second = services.people.page(account, size=5, after=first.after)
    third = services.people.page(account, size=5, after=second.after)
    back = services.people.page(account, size=5, before=third.before)
    begin = services.people.page(account, size=5, before=back.before)

    # Somebody without a name stands under the address.
    assert names(first) == ["", "Person 00", "Person 01", "Person 02", "Person 03"]
    assert names(third) == ["Person 09", "Person 10", "Person 11"]
    assert back == second
    assert begin == first
    assert (first.before, third.after) == ("", "")


def test_a_strange_cursor_gives_the_first_page(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    ana, bo = a_person(entropy), a_person(entropy, "bo@acme.example", "Bo")
    services.people.add(account, ana)
    services.people.add(account, bo)
    first = services.people.page(account, size=1)

    services.people.remove(account, bo.id)

    assert [row.id for row in services.people.page(account, size=1, after=first.after).rows] == [ana.id]
    for cursor in ("x", "é", "====", "eHh4", "enp6Cmlk"):
        assert [row.id for row in services.people.page(account, before=cursor).rows] == [ana.id]
        assert [row.id for row in services.people.page(account, after=cursor).rows] == [ana.id]


def test_a_row_of_the_list_tells_the_facts(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    owner = replace(a_person(entropy), role=Role.OWNER, suspended_at=START)
    services.people.add(account, owner)
    services.people.add(account, a_person(entropy, "bo@acme.example", "Bo"))
    for _ in range(2):
        services.enrolments.add(account, an_enrolment(entropy, owner.id))
    before = services.people.page(account, role=Role.OWNER).rows
    assert services.people.signed_in(account, owner, START)

    (row,) = services.people.page(account, role=Role.OWNER).rows

    assert before == (replace(row, last_sign_in_at=None, invited=True),)
    assert (row.id, row.methods, row.suspended, row.invited) == (owner.id, 2, True, False)
    assert row.last_sign_in_at == START


def test_people_with_roles_come_oldest_first_without_the_suspended(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    young = replace(a_person(entropy, "b@acme.example"), role=Role.OWNER, created_at=START + timedelta(days=1))
    old = replace(a_person(entropy, "a@acme.example"), role=Role.ADMIN)
    gone = replace(a_person(entropy, "c@acme.example"), role=Role.OWNER, suspended_at=START)
    for person in (young, old, gone, a_person(entropy)):
        services.people.add(account, person)

    assert services.people.with_roles(account, [Role.OWNER, Role.ADMIN]) == [old, young]
    assert services.people.with_roles(account, []) == []


def test_of_many_agents_those_who_help_come_without_the_others(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    for number in range(3):
        services.people.add(account, replace(a_person(entropy, f"agent{number}@acme.example"), helps_since=None))
    later = START + timedelta(days=1)
    owner = replace(a_person(entropy, "owner@acme.example"), role=Role.OWNER, created_at=later)
    helper = replace(a_person(entropy, "helper@acme.example"), created_at=later + timedelta(days=1), helps_since=later)
    for person in (owner, helper):
        services.people.add(account, person)

    roles = [Role.OWNER, Role.AGENT]
    assert services.people.with_roles(account, roles, helping=True) == [owner, helper]
    assert len(services.people.with_roles(account, roles)) == 5


def test_none_of_many_with_a_role_is_left_out(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    for number in range(201):
        owner = replace(a_person(entropy, f"o{number}@acme.example"), role=Role.OWNER)
        services.people.add(account, replace(owner, created_at=START + timedelta(minutes=number)))

    found = services.people.with_roles(account, [Role.OWNER])

    assert [one.email for one in found] == [f"o{number}@acme.example" for number in range(201)]


def test_some_are_found_by_their_ids(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    there = [a_person(entropy, f"p{number}@acme.example") for number in range(250)]
    for person in there:
        services.people.add(account, person)
    gone = PersonId(entropy.new_id())

    found = services.people.by_ids(account, [gone, *(one.id for one in there), there[0].id])
    names = services.people.names(account, [gone, *(one.id for one in there)])

    assert found == {one.id: one for one in there}
    assert names == {one.id: Named(one.name, one.email) for one in there}
    assert services.people.by_ids(account, []) == {}
    assert services.people.by_ids(AccountId(entropy.new_id()), [there[0].id]) == {}


def test_the_tally_counts_an_audience(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    plain = replace(
        a_person(entropy, "b@acme.example"),
        role=Role.ADMIN,
        chosen=False,
        must_set_up=False,
        exempt_until=None,
        last_sign_in_at=START,
    )
    ana = a_person(entropy)
    people = [
        ana,
        plain,
        replace(a_person(entropy, "c@acme.example"), suspended_at=START),
        replace(a_person(entropy, "d@acme.example"), role=Role.END_USER),
    ]
    for person in people:
        services.people.add(account, person)
    services.enrolments.add(account, an_enrolment(entropy, plain.id))
    services.enrolments.add(account, an_enrolment(entropy, plain.id))

    tally = services.roll_out.tally(account, Audience.TEAM, now=START)
    later = services.roll_out.tally(account, Audience.TEAM, now=START + timedelta(days=2))
    nobody = services.roll_out.tally(type(account)(entropy.new_id()), Audience.TEAM, now=START)

    assert (tally.people, tally.set_up, tally.chosen, tally.exempt) == (2, 1, 1, 1)
    assert (tally.never_signed_in, tally.asked_by_reset, later.exempt) == (1, 1, 0)
    assert (nobody.people, nobody.set_up) == (0, 0)
    assert services.roll_out.tally(account, Audience.END_USERS, now=START).people == 1


def _everything_of(services: Services, account: AccountId, entropy: FakeEntropy, email: str) -> PersonId:
    person = a_person(entropy, email)
    services.people.add(account, person)
    services.enrolments.add(account, an_enrolment(entropy, person.id))
    services.recovery_codes.replace_all(account, person.id, ["1" * 64, "2" * 64], at=START)
    services.attempts.begin(account, an_attempt(entropy, person.id), token_digest=entropy.token())
    assert services.challenges.replace(account, entropy.new_id(), "sms", person.id, a_challenge(), version=0)
    services.sessions.add(account, a_session(entropy, person.id), token_digest=entropy.token())
    browser = a_browser(entropy)
    services.browsers.add(account, browser)
    services.browsers.remember(account, a_known_browser(browser.id, person.id), most=10)
    services.groups.add(account, GroupId(entropy.new_id()), [person.id], at=START)
    services.links.add(account, a_link(entropy, person.id), token_digest=entropy.token())
    services.help_acts.add(account, an_act(entropy, person.id))
    services.help_calls.add(account, a_call(entropy, person.id))
    services.outbox.put(account, a_message(entropy, person.id))
    services.announced.keep(account, person.id, Announced(starts_at=START, until=None))
    services.stopping.keep(account, person.id, Stopping(ways={"sms": START}))
    services.imports.add_rows(account, an_import(entropy).id, [replace(an_import_row(2), person=person.id)])
    services.counters.replace(account, "a", person.id, {}, version=0)
    services.counters.replace(account, "password", f"{person.id} 192.0.2.7", {}, version=0)
    services.audit.record(account, an_event(entropy, by=person.id, to=person.id))
    return person.id


def test_erasing_takes_everything_but_the_id_in_events(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    ana = _everything_of(services, account, entropy, "ana@acme.example")
    bo = _everything_of(services, account, entropy, "bo@acme.example")

    services.people.remove(account, ana)

    assert services.people.by_id(account, ana) is None
    assert [row.id for row in services.people.page(account, search="silva").rows] == [bo]
    assert services.enrolments.held(account, ana) == ()
    assert services.recovery_codes.left(account, ana).made_at is None
    assert not services.sessions.of_person(account, ana)
    assert not services.browsers.of_person(account, ana)
    assert services.counters.load(account, "a", ana) == ({}, 0)
    assert services.counters.load(account, "password", f"{ana} 192.0.2.7") == ({}, 0)
    assert [event.person_id for event in services.audit.of_person(account, ana)] == [ana]
    assert services.enrolments.held(account, bo)
    assert services.sessions.of_person(account, bo)


def test_no_table_keeps_anything_of_somebody_erased(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    ana = _everything_of(services, account, entropy, "ana@acme.example")
    tables = [model._meta.db_table for model in apps.get_app_config("store").get_models()]

    def mentioning() -> set[str]:
        found = set()
        for table in tables:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 -- our own tables
                rows = [row for row in cursor.fetchall() if account in row]
            if any(ana in str(row) for row in rows):
                found.add(table)
        return found

    personal = mentioning()
    services.people.remove(account, ana)

    # Every table that has a person in it was filled beforehand, so that a new one is not forgotten.
    assert personal >= {
        model._meta.db_table
        for model in apps.get_app_config("store").get_models()
        if any(field.name == "person_id" for field in model._meta.get_fields())
    }
    assert mentioning() == {"audit_event"}
