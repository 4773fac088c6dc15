"""Removes rows that have no use any more, a chunk at a time; called by the worker.

What signing in writes has no index by age, which every sign-in would have to write as well: those tables are walked
through now and then in the order of their keys (docs/decisions/small-rows-lie-in-their-key.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.core.rules import SESSION_MOST
from twofold.store.rows import Value, many, marks, write, write_many
from twofold.store.transactions import DatabaseTransactions

if TYPE_CHECKING:
    from datetime import datetime

# How long a row stays after it can no longer matter. Counters and known browsers stay longest: the hard stop of a lane
# has no end in time, and a browser that comes back after a year should still be known.
_NOT_A_MOMENT: Final = timedelta(0)
_SHORT: Final = timedelta(days=1)
_MONTH: Final = timedelta(days=30)
_LONGEST_SESSION: Final = SESSION_MOST + _MONTH
_YEAR: Final = timedelta(days=400)
# Rows that a walk looks at in one go.
_LOOKED_AT: Final = 1000
# Rows of one transaction of a walk: a few milliseconds, in which nobody else writes on SQLite.
_REMOVED_AT_ONCE: Final = 100

_LINKS: Final = "DELETE FROM link WHERE (account, id) IN (SELECT account, id FROM link WHERE expires_at < %s LIMIT %s)"
_JOBS: Final = "DELETE FROM job WHERE (account, id) IN (SELECT account, id FROM job WHERE finished_at < %s LIMIT %s)"
_HELP_CALLS: Final = (
    "DELETE FROM help_call WHERE (account, id) IN (SELECT account, id FROM help_call WHERE called_at < %s LIMIT %s)"
)
_HELP_ACTS: Final = (
    "DELETE FROM help_act WHERE (account, id) IN (SELECT account, id FROM help_act WHERE asked_at < %s LIMIT %s)"
)
# A part has some ten times the bytes of any other row.
_REPORT_PARTS: Final = (
    "DELETE FROM report_part WHERE (account, report_id, number) IN (SELECT p.account, p.report_id, p.number"
    " FROM report r CROSS JOIN report_part p WHERE p.account = r.account AND p.report_id = r.id AND r.expires_at < %s"
    " LIMIT %s / 10)"
)
_REPORTS: Final = (
    "DELETE FROM report WHERE (account, id) IN (SELECT account, id FROM report WHERE expires_at < %s LIMIT %s)"
)
# A part has some hundred times the bytes of any other row.
_IMPORT_PARTS: Final = (
    "DELETE FROM import_part WHERE (account, id) IN"
    " (SELECT p.account, p.id FROM people_import i CROSS JOIN import_part p"
    " WHERE p.account = i.account AND p.import_id = i.id AND i.expires_at < %s"
    " LIMIT %s / 50)"
)
_IMPORT_ROWS: Final = (
    "DELETE FROM import_row WHERE (account, id) IN"
    " (SELECT r.account, r.id FROM people_import i CROSS JOIN import_row r"
    " WHERE r.account = i.account AND r.import_id = i.id AND i.expires_at < %s"
    " LIMIT %s)"
)
_IMPORTS: Final = (
    "DELETE FROM people_import WHERE (account, id) IN"
    " (SELECT account, id FROM people_import WHERE expires_at < %s LIMIT %s)"
)
_STATEMENTS: Final = (
    (_MONTH, _LINKS),
    (_MONTH, _JOBS),
    (_MONTH, _HELP_CALLS),
    (_YEAR, _HELP_ACTS),
    (_NOT_A_MOMENT, _REPORT_PARTS),
    (_YEAR, _REPORTS),
    (_NOT_A_MOMENT, _IMPORT_PARTS),
    (_NOT_A_MOMENT, _IMPORT_ROWS),
    (_YEAR, _IMPORTS),
)


@dataclass(frozen=True, slots=True)
class _Walked:
    """A table without an index by age: its key, the column of the age, and what else keeps a row."""

    table: str
    key: tuple[str, ...]
    aged: str
    kept_for: timedelta
    unless: str = ""

    @property
    def look(self) -> str:
        """Whether it is too old, and the key, of the next rows behind a key."""
        key = ", ".join(self.key)
        return (
            f"SELECT {self.aged} < %s, {key} FROM {self.table}"  # noqa: S608 -- our own words
            f" WHERE ({key}) > ({marks(len(self.key))}) ORDER BY {key} LIMIT %s"
        )

    @property
    def remove(self) -> str:
        """Remove one row, if it still is too old. Named by its key: of a range PostgreSQL would read the table."""
        named = " AND ".join(f"{column} = %s" for column in self.key)
        return f"DELETE FROM {self.table} WHERE {self.aged} < %s AND {named}{self.unless}"  # noqa: S608 -- as above


_WALKED: Final = (
    _Walked("attempt", ("account", "id"), "begun_at", _SHORT),
    _Walked("challenge", ("account", "id"), "expires_at", _SHORT),
    _Walked("session", ("account", "id"), "last_seen_at", _LONGEST_SESSION),
    _Walked("counter", ("account", "subject", "lane"), "touched_at", _YEAR),
    _Walked("known_browser", ("account", "browser_id", "person_id"), "last_used_at", _YEAR),
    _Walked(
        "browser",
        ("account", "id"),
        "created_at",
        _YEAR,
        " AND NOT EXISTS"
        " (SELECT 1 FROM known_browser k WHERE k.account = browser.account AND k.browser_id = browser.id)",
    ),
)


@dataclass(frozen=True, slots=True)
class Hand:
    """Where a walk has come to: a table, and the key of the row that was looked at last there."""

    table: int = 0
    behind: tuple[Value, ...] = ()


def sweep(now: datetime, *, most: int = 500) -> int:
    """Remove up to `most` rows of each sort, each in a transaction of its own, and return how many; 0: all is clean."""
    return sum(write(statement, (to_micros(now - kept_for), most)) for kept_for, statement in _STATEMENTS)


def walk(hand: Hand, now: datetime, *, most: int = _LOOKED_AT) -> Hand | None:
    """Look at the next `most` rows behind the hand, remove those whose time is over, and return where to go on.

    None at the end of the last table. Whoever forgets the hand begins anew.
    """
    walked = _WALKED[hand.table]
    since = to_micros(now - walked.kept_for)
    # No key has an empty text.
    rows = many(walked.look, (since, *(hand.behind or [""] * len(walked.key)), most))
    over = [(since, *key) for is_over, *key in rows if is_over]
    for start in range(0, len(over), _REMOVED_AT_ONCE):
        # Nothing is lost if the disk does not have it yet: the next walk comes by here again.
        with DatabaseTransactions().begin(lasting=False):
            write_many(walked.remove, over[start : start + _REMOVED_AT_ONCE])
    if len(rows) == most:
        return Hand(hand.table, tuple(rows[-1][1:]))
    return Hand(hand.table + 1) if hand.table + 1 < len(_WALKED) else None
