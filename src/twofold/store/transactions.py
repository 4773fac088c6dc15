"""Units of work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.db import DatabaseError

from twofold.store.rows import many, marks, this_connection

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import TracebackType

    from django.db.backends.base.base import BaseDatabaseWrapper

    from twofold.core.ids import AccountId


_BEGIN_SQLITE: Final = "BEGIN IMMEDIATE"
# Said aloud, because a database may have another default: whoever waited for a lock must read what was written before.
_BEGIN_POSTGRESQL: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
# One statement takes all the locks, row by row in the order of their names: a walk over an array has no other order.
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(subject, 0)) FROM unnest(CAST(ARRAY["
_EACH: Final = "] AS text[])) AS subject"


class DatabaseTransactions:
    """Transactions of Django's connection; on SQLite they are IMMEDIATE (store/sqlite.py)."""

    def begin(self, *, lasting: bool = True) -> AbstractContextManager[None]:
        """Commit at the end of the block, roll back when something is raised; inside another one, join it."""
        return _Transaction() if lasting else _Hasty()

    def alone(self, account: AccountId, *subjects: str) -> None:
        """Take PostgreSQL's advisory locks until the end of the block; on SQLite a block is alone with everything."""
        if this_connection().vendor == "sqlite":
            return
        if subjects:
            names = [f"{account} {subject}" for subject in subjects]
            many(_LOCK + marks(len(names)) + _EACH, names)


class _Transaction:
    """What Django's `atomic` does for one outermost block, without the switches of autocommit around it.

    Those cost as much as three statements, twice in every sign-in. Django is told that a block is open, so that an
    `atomic` inside joins it with a savepoint, and a connection that is not usable afterwards is closed.
    """

    __slots__ = ("_connection", "_is_outermost")

    def __enter__(self) -> None:
        connection: BaseDatabaseWrapper = this_connection()
        self._connection = connection
        self._is_outermost = not connection.in_atomic_block
        if not self._is_outermost:
            return
        if connection.connection is None:
            connection.ensure_connection()
        with connection.wrap_database_errors:
            connection.connection.execute(_BEGIN_SQLITE if connection.vendor == "sqlite" else _BEGIN_POSTGRESQL)
        connection.in_atomic_block = True
        # So that an `atomic` inside sets a savepoint, and what fails there undoes no more than itself.
        connection.autocommit = False
        connection.needs_rollback = False

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._is_outermost:
            return
        connection = self._connection
        connection.in_atomic_block = False
        connection.autocommit = True
        if kind is None and not connection.needs_rollback:
            try:
                with connection.wrap_database_errors:
                    connection.connection.execute("COMMIT")
            except DatabaseError:
                self._roll_back()
                raise
            return
        self._roll_back()

    def _roll_back(self) -> None:
        connection = self._connection
        connection.needs_rollback = False
        try:
            with connection.wrap_database_errors:
                connection.connection.execute("ROLLBACK")
        except DatabaseError:
            # Whatever it is that is open there, closing ends it.
            connection.close()


class _Hasty(_Transaction):
    """A block at whose end the disk is not waited for, which costs as much as ten statements."""

    __slots__ = ()

    def __enter__(self) -> None:
        connection = this_connection()
        if connection.in_atomic_block:
            super().__enter__()
            return
        if connection.vendor != "sqlite":
            super().__enter__()
            try:
                with connection.wrap_database_errors:
                    connection.connection.execute("SET LOCAL synchronous_commit TO OFF")
            except DatabaseError as problem:
                # Nobody leaves a block that was not entered: the connection would count as inside one for ever.
                super().__exit__(type(problem), problem, None)
                raise
            return
        if connection.connection is None:
            connection.ensure_connection()
        _wait_for_the_disk(connection, "NORMAL")
        try:
            super().__enter__()
        except DatabaseError:
            _wait_for_the_disk(connection, "FULL")
            raise

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            super().__exit__(kind, problem, trace)
        finally:
            connection = self._connection
            # One that was closed comes back as all begin: waiting.
            if self._is_outermost and connection.vendor == "sqlite" and connection.connection is not None:
                _wait_for_the_disk(connection, "FULL")


def _wait_for_the_disk(connection: BaseDatabaseWrapper, how: str) -> None:
    """Set when SQLite waits. It does so while it reads the words, so they must be read anew: no statement is kept."""
    with connection.wrap_database_errors:
        connection.connection.executescript(f"PRAGMA synchronous={how}")
