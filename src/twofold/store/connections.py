"""Connections that the threads of a server hand to each other.

Django keeps a connection for each thread. SQLite keeps pages in memory for each connection, and throws them away when
another connection has written: threads that took turns would read every page anew. So whoever begins takes the
connection that was used last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import DEFAULT_DB_ALIAS, connections

from twofold.store import rows

if TYPE_CHECKING:
    from types import TracebackType

    from django.db.backends.base.base import BaseDatabaseWrapper

_FREE: Final[list[BaseDatabaseWrapper]] = []
"""The last one was used last. As many as there ever were threads at work at once."""


class Borrowed:
    """A connection of this thread's own for as long as the block takes, for all that reads and writes in it."""

    __slots__ = ("_connection",)

    def __enter__(self) -> None:
        try:
            connection = _FREE.pop()
        except IndexError:
            connection = connections.create_connection(DEFAULT_DB_ALIAS)
            connection.inc_thread_sharing()
        self._connection = connection
        rows.use(connection)

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection = self._connection
        try:
            if close_if_broken(connection):
                _close_the_others()
        finally:
            # Before anybody else takes it, so that no two threads ever have it.
            rows.let_go()
            _FREE.append(connection)


def _close_the_others() -> None:
    """Let nobody else find out, one after the other, that a database server was started anew: it broke them all."""
    closed = []
    while _FREE:
        closed.append(_FREE.pop())
        closed[-1].close()
    _FREE.extend(closed)


def close_if_broken(connection: BaseDatabaseWrapper) -> bool:
    """Close the connection if it is of no use any more, as Django does after each request, and say whether it was."""
    if connection.connection is None:
        return False
    if connection.autocommit and not connection.errors_occurred and connection.close_at is None:
        # Nothing went wrong, and it has no age; all that Django does then.
        connection.health_check_done = False  # type: ignore[attr-defined]
        return False
    connection.close_if_unusable_or_obsolete()
    return connection.connection is None
