"""Imports of people: one at a time, parts and rows by their numbers, sealed, and gone when their time is over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import connection

from tests.fakes import START
from tests.store.building import a_person, an_import, an_import_row
from twofold.core.ids import PersonId
from twofold.core.roles import Role
from twofold.ports.imports import Became, ImportState, RowProblem, RowState, Stopped
from twofold.store.housekeeping import sweep

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

DAY = timedelta(days=1)


def test_an_import_comes_back_as_stored(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    one = an_import(entropy)
    assert services.imports.add(account, one)
    assert services.imports.by_id(account, one.id) == one
    new = replace(
        one,
        state=ImportState.STOPPED,
        of=9,
        done=8,
        new=4,
        here=3,
        wrong=1,
        added=2,
        met=1,
        groups=True,
        invite=True,
        because=Stopped.ASKER_CHANGED,
        finished_at=START + DAY,
        expires_at=START + 2 * DAY,
    )
    assert services.imports.replace(account, one, new)
    assert not services.imports.replace(account, one, new), "somebody was faster"
    assert services.imports.by_id(account, one.id) == replace(new, version=1)


def test_one_is_under_way_at_a_time(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    first, second = an_import(entropy), an_import(entropy, after=DAY)
    assert services.imports.add(account, first)
    assert not services.imports.add(account, second)
    assert services.imports.replace(account, first, replace(first, finished_at=START))
    assert services.imports.add(account, second)
    assert [one.id for one in services.imports.newest(account, size=5).rows] == [second.id, first.id]
    newest = services.imports.newest(account, size=1)
    assert [one.id for one in newest.rows] == [second.id]
    older = services.imports.newest(account, size=1, after=newest.after)
    assert ([one.id for one in older.rows], older.after) == ([first.id], "")
    assert services.imports.newest(account, size=1, after="strange") == newest


def test_a_file_is_kept_in_parts_until_it_is_thrown_away(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    one, other = an_import(entropy), an_import(entropy)
    for number, text in enumerate(("email,name", "a@b.example,Žofie", "")):
        services.imports.add_part(account, one.id, number, text)
    services.imports.add_part(account, other.id, 0, "other")
    assert [services.imports.part(account, one.id, number) for number in range(4)] == [
        "email,name",
        "a@b.example,Žofie",
        "",
        None,
    ]
    services.imports.forget_file(account, one.id)
    assert services.imports.part(account, one.id, 1) is None
    assert services.imports.part(account, other.id, 0) == "other"


def test_rows_come_by_state_forwards_and_back(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    one, other = an_import(entropy), an_import(entropy)
    good = [an_import_row(line) for line in (2, 5, 9, 10, 110)]
    wrong = replace(an_import_row(4, RowState.WRONG), gives=None, into=(), key=None, problem=RowProblem.DOUBLE, other=2)
    services.imports.add_rows(account, one.id, [*good, wrong])
    services.imports.add_rows(account, other.id, [an_import_row(3)])

    def lines(**place: int) -> list[int]:
        return [row.line for row in services.imports.rows(account, one.id, RowState.NEW, **{"most": 2, **place})]

    assert services.imports.rows(account, one.id, RowState.NEW, most=10) == good
    assert services.imports.rows(account, one.id, RowState.WRONG, most=10) == [wrong]
    assert (lines(), lines(behind=5), lines(behind=10), lines(behind=110)) == ([2, 5], [9, 10], [110], [])
    assert (lines(before=10), lines(before=5), lines(before=2)) == ([5, 9], [2], [])
    who = PersonId(entropy.new_id())
    told = [Became(5, RowState.ADDED, who), Became(9, RowState.WRONG, problem=RowProblem.UNKNOWN_GROUP)]
    services.imports.became(account, one.id, told)
    assert lines(most=9) == [2, 10, 110]
    late = services.imports.rows(account, one.id, RowState.WRONG, behind=4, most=9)
    assert [(row.line, row.problem) for row in late] == [(9, RowProblem.UNKNOWN_GROUP)]
    assert services.imports.rows(account, one.id, RowState.ADDED, most=9) == [
        replace(good[1], state=RowState.ADDED, person=who)
    ]


def test_doubles_and_people_who_are_here_are_found(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    one, other = an_import(entropy), an_import(entropy)
    rows = [an_import_row(2), replace(an_import_row(3), key=an_import_row(2).key), an_import_row(4)]
    services.imports.add_rows(account, one.id, rows)
    keys = [str(row.key) for row in rows] + ["9" * 64]
    assert services.imports.first_lines(account, one.id, keys) == {keys[0]: 2, keys[2]: 4}
    assert services.imports.first_lines(account, one.id, []) == {}
    assert services.imports.first_lines(account, other.id, ["9" * 64]) == {}
    ana = a_person(entropy, "ana@acme.example")
    assert services.people.add(account, ana)
    assert services.imports.known(account, ["ana@acme.example", "bo@acme.example"]) == {"ana@acme.example": ana.id}
    assert services.imports.known(account, []) == {}


def test_who_was_added_and_never_invited_is_counted(
    services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    one, other = an_import(entropy), an_import(entropy)
    facts: list[dict[str, object]] = [
        {},
        {"invited_at": START},
        {"last_sign_in_at": START},
        {"password": "x"},
        {"suspended_at": START},
        {},
    ]
    nothing = dict.fromkeys(("invited_at", "last_sign_in_at", "password", "suspended_at"))
    people = [
        replace(a_person(entropy, f"p{line}@acme.example"), **{**nothing, **fact})  # type: ignore[arg-type]  # a test names fields of the record
        for line, fact in enumerate(facts, 2)
    ]
    for person in people:
        assert services.people.add(account, person)
    services.imports.add_rows(account, one.id, [an_import_row(line) for line in range(2, 9)])
    told = [Became(line, RowState.ADDED, person.id) for line, person in enumerate(people, 2)]
    services.imports.became(account, one.id, told)
    services.imports.became(account, one.id, [Became(8, RowState.MET, people[0].id)])
    assert services.imports.uninvited(account, one.id, most=9) == 2
    assert services.imports.uninvited(account, one.id, most=1) == 1
    assert services.imports.uninvited(account, other.id, most=9) == 0


def test_whoever_is_erased_leaves_no_row(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    one, ana = an_import(entropy), a_person(entropy)
    services.people.add(account, ana)
    services.imports.add_rows(account, one.id, [replace(an_import_row(2), person=ana.id), an_import_row(3)])
    services.people.remove(account, ana.id)
    assert [row.line for row in services.imports.rows(account, one.id, RowState.NEW, most=9)] == [3]


def test_no_file_and_no_row_can_be_read_in_the_tables(
    database: DatabaseSettings, services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    one = an_import(entropy)
    services.imports.add(account, one)
    services.imports.add_part(account, one.id, 0, "secret-file")
    services.imports.add_rows(
        account, one.id, [replace(an_import_row(2), email="x@secret.example", name="secret-name")]
    )
    with connection.cursor() as cursor:
        for table in ("people_import", "import_part", "import_row"):
            cursor.execute(f"SELECT * FROM {table} WHERE account = %s", [account])  # noqa: S608 -- our own names
            rows = [
                [bytes(cell) if isinstance(cell, memoryview) else cell for cell in row] for row in cursor.fetchall()
            ]
            assert len(rows) == 1
            assert "secret" not in repr(rows)
            assert "people.csv" not in repr(rows)


def test_file_and_rows_go_when_their_time_is_over_and_the_import_stays(
    database: DatabaseSettings, services: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    over, stays = an_import(entropy), an_import(entropy, after=DAY)
    services.imports.add(account, replace(over, finished_at=START))
    services.imports.add(account, stays)
    for one in (over, stays):
        services.imports.add_part(account, one.id, 0, "email")
        services.imports.add_rows(account, one.id, [an_import_row(line) for line in range(2, 12)])
    while sweep(START + DAY + timedelta(minutes=1), most=50):
        pass
    assert services.imports.part(account, over.id, 0) is None
    assert services.imports.rows(account, over.id, RowState.NEW, most=50) == []
    assert services.imports.by_id(account, over.id) is not None
    assert services.imports.part(account, stays.id, 0) == "email"
    assert len(services.imports.rows(account, stays.id, RowState.NEW, most=50)) == 10
    while sweep(START + 500 * DAY, most=50):
        pass
    assert services.imports.by_id(account, over.id) is None


def test_what_a_row_gives_is_a_role(services: Services, account: AccountId, entropy: FakeEntropy) -> None:
    one = an_import(entropy)
    services.imports.add_rows(account, one.id, [an_import_row(2)])
    [row] = services.imports.rows(account, one.id, RowState.NEW, most=1)
    assert row.gives is Role.AGENT
