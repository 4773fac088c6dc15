"""Hand-written SQL: one statement in, plain rows out.

Statements use `%s` and only what SQLite and PostgreSQL both understand. Every one names the account.
"""

from __future__ import annotations

import json
import threading
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections

from twofold.core.instants import from_micros, to_micros
from twofold.core.json import as_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from django.db.backends.base.base import BaseDatabaseWrapper

    from twofold.core.json import JsonObject

Row: TypeAlias = tuple[Any, ...]
Value: TypeAlias = "str | int | bytes | bool | None"

_Text = TypeVar("_Text", bound=str)

_HUNDRED: Final = 100
_here = threading.local()
_decode = json.JSONDecoder().decode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode


def one(statement: str, params: Sequence[Value]) -> Row | None:
    """Return the first row, or None."""
    row: Row | None = _run(statement, params).fetchone()
    return row


def many(statement: str, params: Sequence[Value]) -> list[Row]:
    """Return every row."""
    rows: list[Row] = _run(statement, params).fetchall()
    return rows


def write(statement: str, params: Sequence[Value]) -> int:
    """Run an INSERT, UPDATE or DELETE and return how many rows it touched."""
    touched: int = _run(statement, params).rowcount
    return touched


def write_many(statement: str, rows: Iterable[Sequence[Value]]) -> None:
    """Run one INSERT, UPDATE or DELETE for each row of parameters."""
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.executemany(statement, list(rows))


def _run(statement: str, params: Sequence[Value]) -> Any:  # noqa: ANN401 -- a cursor of either driver
    """Run one statement on the driver's own connection, inside Django's transaction.

    A passcode step runs a dozen statements, and Django's cursor costs several times what SQLite takes for one of them.
    Whoever listens to statements (a test that counts them) gets Django's cursor.
    """
    try:
        connection = _here.connection
    except AttributeError:
        connection = this_connection()
    if connection.execute_wrappers or connection.force_debug_cursor:
        cursor = connection.cursor()
        cursor.execute(statement, params)
        return cursor
    if connection.connection is None:
        connection.ensure_connection()
    try:
        if connection.vendor == "sqlite":
            statement = _with_question_marks(statement)
        return connection.connection.execute(statement, params)
    except Exception:
        # Errors are wrapped as Django's cursor does it, so that a connection that was lost is opened anew.
        with connection.wrap_database_errors:
            raise


def this_connection() -> BaseDatabaseWrapper:
    """Return this thread's connection. Asking Django for it costs as much as a small statement, so it is kept."""
    try:
        found: BaseDatabaseWrapper = _here.connection
    except AttributeError:
        found = _here.connection = connections[DEFAULT_DB_ALIAS]
    return found


def use(connection: BaseDatabaseWrapper) -> None:
    """Make this the connection of this thread, until it lets go of it."""
    _here.connection = connections[DEFAULT_DB_ALIAS] = connection


def let_go() -> None:
    """Let this thread have another connection, which Django makes when it is asked for."""
    _here.__dict__.clear()
    del connections[DEFAULT_DB_ALIAS]


@cache
def _with_question_marks(statement: str) -> str:
    return statement.replace("%s", "?")


def of_table(table: str, columns: str) -> str:
    """Return columns as a statement over several tables names them: "a, b" of "t" are "t.a, t.b"."""
    return ", ".join([f"{table}.{column}" for column in columns.split(", ")])


def marks(count: int) -> str:
    """Return `count` placeholders for a list in SQL: "%s, %s, %s"."""
    return ", ".join(["%s"] * count)


def in_hundreds(texts: Sequence[_Text]) -> Iterator[Sequence[_Text]]:
    """Yield them a hundred at a time: few enough for every database to find them by an index."""
    for start in range(0, len(texts), _HUNDRED):
        yield texts[start : start + _HUNDRED]


def micros(at: datetime | None) -> int | None:
    """Return an optional instant as it is stored."""
    return None if at is None else to_micros(at)


def instant(stored: int | None) -> datetime | None:
    """Return a stored optional instant."""
    return None if stored is None else from_micros(stored)


def to_text(value: JsonObject) -> str:
    """Return the one JSON text of an object: sorted, without spaces."""
    return _encode(value)


def from_text(text: str | bytes) -> JsonObject:
    """Return the object of a JSON text; MalformedJson when it is something else."""
    return as_object(_decode(text if isinstance(text, str) else text.decode()), "stored JSON")
