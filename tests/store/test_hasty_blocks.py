"""Blocks at whose end the disk is not waited for: they alone, and what comes after them waits again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from django.db import OperationalError, connection, connections

from tests.databases import NEEDS_POSTGRESQL, default_database
from tests.store.building import a_person
from twofold.store.connections import close_if_broken
from twofold.store.rows import this_connection
from twofold.store.transactions import DatabaseTransactions, _Transaction

if TYPE_CHECKING:
    from tests.blocking import DjangoDbBlocker
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeEntropy
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

pytestmark = pytest.mark.usefixtures("account")


def waits() -> bool:
    """Say whether a commit would wait for the disk now."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA synchronous" if connection.vendor == "sqlite" else "SHOW synchronous_commit")
        found = cursor.fetchone()[0]
    return found in {2, "on"}


@pytest.fixture
def on_disk(services: Services, database: object) -> Services:
    """Return services with a disk under them; memory has none."""
    del database
    return services


def test_only_a_hasty_block_does_not_wait(on_disk: Services) -> None:
    assert waits()
    with on_disk.transactions.begin():
        assert waits()
    with on_disk.transactions.begin(lasting=False):
        assert not waits()
    assert waits()


def test_what_breaks_in_a_hasty_block_is_taken_back_and_the_next_one_waits(
    on_disk: Services, account: AccountId, entropy: FakeEntropy
) -> None:
    person = a_person(entropy)
    with suppress(LookupError), on_disk.transactions.begin(lasting=False):
        on_disk.people.add(account, person)
        raise LookupError
    assert on_disk.people.by_id(account, person.id) is None
    assert waits()


@NEEDS_POSTGRESQL
def test_a_hasty_block_that_cannot_begin_leaves_none_open(
    shared_postgresql: DatabaseSettings, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database ends the connection between the statements with which a block begins."""
    begin = _Transaction.__enter__

    def begin_and_be_ended(self: _Transaction) -> None:
        begin(self)
        with ThreadPoolExecutor(1) as other:
            other.submit(end, connection.connection.info.backend_pid).result()

    with django_db_blocker.unblock(), default_database(shared_postgresql):
        with monkeypatch.context() as patched:
            patched.setattr(_Transaction, "__enter__", begin_and_be_ended)
            with pytest.raises(OperationalError), DatabaseTransactions().begin(lasting=False):
                pass
        assert not connection.in_atomic_block
        close_if_broken(this_connection())
        with DatabaseTransactions().begin(lasting=False):
            assert not waits()


def end(pid: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
    connection.close()


def test_inside_a_block_that_lasts_nothing_is_hasty(on_disk: Services) -> None:
    with on_disk.transactions.begin(), on_disk.transactions.begin(lasting=False):
        assert waits()
    assert waits()


def test_a_hasty_block_that_cannot_begin_leaves_the_connection_waiting(
    on_disk: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_disk.transactions.begin():
        pass
    here = connections["default"]
    raw = here.connection

    class Busy:
        """A connection whose turn does not come."""

        def __getattr__(self, name: str) -> object:
            return getattr(raw, name)

        def execute(self, statement: str, *params: object) -> object:
            if statement.startswith("BEGIN"):
                raise OperationalError("database is locked")
            return raw.execute(statement, *params)

    with monkeypatch.context() as patched:
        patched.setattr(here, "connection", Busy())
        with pytest.raises(OperationalError), on_disk.transactions.begin(lasting=False):
            raise AssertionError("it began all the same")
    assert waits()
