"""The threads of a server hand each other their connections, and never have one together."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from django.db import DatabaseError, connections

from twofold.store import connections as lent
from twofold.store import rows
from twofold.store.connections import Borrowed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.backends.base.base import BaseDatabaseWrapper

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[BaseDatabaseWrapper]]:
    """Return the free connections: none at the start."""
    found: list[BaseDatabaseWrapper] = []
    # As in production; Django's own default closes a connection at the end of each request.
    monkeypatch.setitem(connections.settings["default"], "CONN_MAX_AGE", None)
    monkeypatch.setattr(lent, "_FREE", found)
    # What this thread had itself takes no part.
    connections["default"].close()
    yield found
    for one in found:
        one.close()


def here() -> BaseDatabaseWrapper:
    """Return the connection of this thread, which has answered once."""
    assert rows.one("SELECT 1", ()) == (1,)
    return rows.this_connection()


def test_threads_that_take_turns_have_one_connection(free: list[BaseDatabaseWrapper]) -> None:
    seen: list[BaseDatabaseWrapper] = []

    def ask() -> None:
        with Borrowed():
            seen.append(here())
            assert connections["default"] is seen[-1], "Django's own blocks use the same"

    for _ in range(3):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(seen) == 3
    assert len({id(one) for one in seen}) == 1
    assert free == seen[:1]


def two_at_once() -> list[BaseDatabaseWrapper]:
    """Return the connections that two threads have at the same time."""
    both = threading.Barrier(2)
    seen: list[BaseDatabaseWrapper] = []

    def ask() -> None:
        with Borrowed():
            both.wait(10)
            seen.append(here())
            both.wait(10)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    return seen


def test_two_at_once_have_two_and_the_last_one_used_is_the_next(free: list[BaseDatabaseWrapper]) -> None:
    assert len({id(one) for one in two_at_once()}) == len(free) == 2
    last = free[-1]
    with Borrowed():
        assert here() is last


def test_afterwards_nothing_of_it_is_left_to_the_thread(free: list[BaseDatabaseWrapper]) -> None:
    mine = here()
    with Borrowed():
        assert here() is not mine
    mine.close()
    assert here() is not free[0]
    assert connections["default"] is not free[0]


def test_whoever_uses_a_connection_shares_it_with_django_until_it_is_let_go(free: list[BaseDatabaseWrapper]) -> None:
    mine, other = here(), connections.create_connection("default")
    rows.use(other)
    assert connections["default"] is rows.this_connection() is other
    rows.let_go()
    # What was there before is not put back: neither keeps any, and both find the one that Django makes.
    assert not hasattr(rows._here, "connection")
    assert not [one for one in connections.all(initialized_only=True) if one.alias == "default"]
    assert rows.this_connection() is connections["default"]
    assert connections["default"] not in {mine, other}
    mine.close()


def test_what_broke_a_connection_is_not_handed_on(free: list[BaseDatabaseWrapper]) -> None:
    with Borrowed():
        here().set_autocommit(False)
    assert free[0].connection is None, "it is closed, and opened anew by whoever takes it"
    broken = free[0]
    with Borrowed():
        assert here() is broken


def test_after_the_server_was_started_anew_one_request_fails_and_no_other(free: list[BaseDatabaseWrapper]) -> None:
    assert len(two_at_once()) == 2
    if free[0].vendor == "sqlite":
        return  # There is no server that could be started anew.
    for one in free:
        # As they are found when the other side has gone.
        one.connection.close()
    with pytest.raises(DatabaseError), Borrowed():
        here()
    assert len(two_at_once()) == 2
