"""The walk through the tables that have no index by age."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from django.db import connection

from tests.fakes import START
from twofold.core.ids import AccountId
from twofold.core.instants import to_micros
from twofold.core.rules import SESSION_MOST
from twofold.store.housekeeping import Hand, walk
from twofold.store.rows import Value, many, marks, write_many

if TYPE_CHECKING:
    from datetime import datetime

    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.ports.services import Services

DAY = timedelta(days=1)
YEAR = 400 * DAY
CHUNK = 10
"""Rows that are looked at at once here; there are more of each sort."""


class Table(NamedTuple):
    """What a row of a table is made of, where {} is its number, and how long it stays."""

    columns: str
    row: tuple[Value, ...]
    aged: str
    kept_for: timedelta


TABLES = {
    "attempt": Table(
        "id, token_digest, person_id, purpose, evidence, last_step_at, next_url, wrong, setting_up, kept, version",
        ("{}", "{}", "p", "sign_in", "", 0, "", 0, False, b"", 0),
        "begun_at",
        DAY,
    ),
    "challenge": Table("id, person_id, kept, tries, version", ("{}", "p", b"", 0, 0), "expires_at", DAY),
    "session": Table(
        "id, token_digest, person_id, evidence, created_at, audience, trusted, address, browser_name, version",
        ("{}", "{}", "p", "", 0, "", False, "", "", 0),
        "last_seen_at",
        SESSION_MOST + 30 * DAY,
    ),
    "counter": Table("subject, lane, value, version", ("{}", "lane", "", 0), "touched_at", YEAR),
    "known_browser": Table(
        "browser_id, person_id, name, first_used_at, address", ("{}", "p", "", 0, ""), "last_used_at", YEAR
    ),
    "browser": Table("id, current", ("{}", ""), "created_at", YEAR),
}


@pytest.fixture
def accounts(entropy: FakeEntropy) -> list[AccountId]:
    return sorted(AccountId(entropy.new_id()) for _ in range(3))


def put(table: str, account: AccountId, ages: dict[str, datetime]) -> None:
    """Put a row into a table for each of these numbers."""
    made = TABLES[table]
    statement = f"INSERT INTO {table} (account, {made.aged}, {made.columns}) VALUES ({marks(2 + len(made.row))})"  # noqa: S608 -- our own words
    write_many(
        statement,
        [
            (account, to_micros(at), *(value.format(number) if isinstance(value, str) else value for value in made.row))
            for number, at in ages.items()
        ],
    )


def left(table: str, accounts: list[AccountId]) -> dict[AccountId, list[str]]:
    """Return the numbers of the rows that are there, by account, in order."""
    name = TABLES[table].columns.partition(",")[0]
    statement = f"SELECT {name} FROM {table} WHERE account = %s ORDER BY {name}"  # noqa: S608 -- our own words
    return {account: [number for (number,) in many(statement, (account,))] for account in accounts}


def walk_through(now: datetime) -> None:
    hand: Hand | None = Hand()
    while hand is not None:
        hand = walk(hand, now, most=CHUNK)


@pytest.mark.parametrize("table", TABLES)
def test_what_is_too_old_goes_and_nothing_else(
    database: DatabaseSettings, services: Services, accounts: list[AccountId], table: str
) -> None:
    kept_for = TABLES[table].kept_for
    just, over = START - kept_for, START - kept_for - timedelta(microseconds=1)
    ages = {f"{number:04}": over if number % 3 else just for number in range(3 * CHUNK)}
    with services.transactions.begin():
        # Nobody's row goes because another account's does.
        put(table, accounts[0], dict.fromkeys(ages, START))
        for account in accounts[1:]:
            put(table, account, ages)

        walk_through(START)

        young = [number for number, at in ages.items() if at == just]
        assert left(table, accounts) == {accounts[0]: list(ages), accounts[1]: young, accounts[2]: young}
        walk_through(START + timedelta(microseconds=1))
        assert left(table, accounts) == {accounts[0]: list(ages), accounts[1]: [], accounts[2]: []}
        connection.set_rollback(True)


def test_what_comes_behind_the_hand_is_found_by_the_next_walk(
    database: DatabaseSettings, services: Services, accounts: list[AccountId]
) -> None:
    account, over = accounts[0], START - 2 * DAY
    with services.transactions.begin():
        put("attempt", account, {f"m{number:04}": over for number in range(2 * CHUNK)})
        # The table may hold rows of other tests before these.
        hand: Hand | None = Hand(0, (account, ""))
        assert hand is not None
        hand = walk(hand, START, most=CHUNK)
        assert hand == Hand(0, (account, f"m{CHUNK - 1:04}"))
        put("attempt", account, {"a": over, "z": over})

        while hand is not None:
            hand = walk(hand, START, most=CHUNK)
        assert left("attempt", [account]) == {account: ["a"]}

        walk_through(START)
        assert left("attempt", [account]) == {account: []}
        connection.set_rollback(True)


def test_a_row_that_was_used_meanwhile_stays(
    database: DatabaseSettings, services: Services, accounts: list[AccountId], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = accounts[0]
    with services.transactions.begin():
        put("counter", account, {"1": START - 2 * YEAR, "2": START - 2 * YEAR})

        def used_first(statement: str, rows: list[tuple[Value, ...]]) -> None:
            write_many("UPDATE counter SET touched_at = %s WHERE subject = %s", [(to_micros(START), "1")])
            write_many(statement, rows)

        monkeypatch.setattr("twofold.store.housekeeping.write_many", used_first)
        walk_through(START)

        assert left("counter", [account]) == {account: ["1"]}
        connection.set_rollback(True)


def test_a_browser_stays_as_long_as_somebody_is_known_on_it(
    database: DatabaseSettings, services: Services, accounts: list[AccountId]
) -> None:
    account, other = accounts[:2]
    old = START - 2 * YEAR
    with services.transactions.begin():
        for one in (account, other):
            put("browser", one, {"known": old, "forgotten": old, "unknown": old})
        put("known_browser", account, {"known": START, "forgotten": old})

        walk_through(START)

        assert left("browser", accounts) == {account: ["known"], other: [], accounts[2]: []}
        connection.set_rollback(True)


def test_a_step_removes_more_than_one_transaction_of_it(
    database: DatabaseSettings, services: Services, accounts: list[AccountId]
) -> None:
    account, over = accounts[0], START - 2 * YEAR
    with services.transactions.begin():
        put("counter", account, {f"{number:04}": over if number % 6 else START for number in range(300)})

        hand: Hand | None = Hand()
        while hand is not None:
            hand = walk(hand, START)

        assert left("counter", [account]) == {account: [f"{number:04}" for number in range(0, 300, 6)]}
        connection.set_rollback(True)


def test_a_transaction_of_a_step_removes_all_or_nothing(
    database: DatabaseSettings, accounts: list[AccountId], monkeypatch: pytest.MonkeyPatch
) -> None:
    put("attempt", accounts[0], {"1": START - 2 * DAY, "2": START - 2 * DAY})

    def stopped(statement: str, rows: list[tuple[Value, ...]]) -> None:
        write_many(statement, rows[:1])
        msg = "stopped"
        raise RuntimeError(msg)

    with monkeypatch.context() as patch:
        patch.setattr("twofold.store.housekeeping.write_many", stopped)
        with pytest.raises(RuntimeError, match="stopped"):
            walk(Hand(0, (accounts[0], "")), START)

    assert left("attempt", accounts[:1]) == {accounts[0]: ["1", "2"]}
