"""Removes rows that have no use any more, a chunk at a time; called by the worker."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.core.rules import SESSION_MOST
from twofold.store.rows import write

if TYPE_CHECKING:
    from datetime import datetime

# How long a row stays after it can no longer matter. Counters and known browsers stay longest: the hard stop of a lane
# has no end in time, and a browser that comes back after a year should still be known.
_NOT_A_MOMENT: Final = timedelta(0)
_SHORT: Final = timedelta(days=1)
_MONTH: Final = timedelta(days=30)
_LONGEST_SESSION: Final = SESSION_MOST + _MONTH
_YEAR: Final = timedelta(days=400)

_ATTEMPTS: Final = (
    "DELETE FROM attempt WHERE (account, id) IN (SELECT account, id FROM attempt WHERE begun_at < %s LIMIT %s)"
)
_SESSIONS: Final = (
    "DELETE FROM session WHERE (account, id) IN (SELECT account, id FROM session WHERE last_seen_at < %s LIMIT %s)"
)
_LINKS: Final = "DELETE FROM link WHERE (account, id) IN (SELECT account, id FROM link WHERE expires_at < %s LIMIT %s)"
_CHALLENGES: Final = (
    "DELETE FROM challenge WHERE (account, id) IN (SELECT account, id FROM challenge WHERE expires_at < %s LIMIT %s)"
)
_JOBS: Final = "DELETE FROM job WHERE (account, id) IN (SELECT account, id FROM job WHERE finished_at < %s LIMIT %s)"
_COUNTERS: Final = (
    "DELETE FROM counter WHERE (account, subject, lane) IN"
    " (SELECT account, subject, lane FROM counter WHERE touched_at < %s LIMIT %s)"
)
_KNOWN_BROWSERS: Final = (
    "DELETE FROM known_browser WHERE (account, browser_id, person_id) IN"
    " (SELECT account, browser_id, person_id FROM known_browser WHERE last_used_at < %s LIMIT %s)"
)
_HELP_CALLS: Final = (
    "DELETE FROM help_call WHERE (account, id) IN (SELECT account, id FROM help_call WHERE called_at < %s LIMIT %s)"
)
_HELP_ACTS: Final = (
    "DELETE FROM help_act WHERE (account, id) IN (SELECT account, id FROM help_act WHERE asked_at < %s LIMIT %s)"
)
_BROWSERS: Final = (
    "DELETE FROM browser WHERE (account, id) IN (SELECT b.account, b.id FROM browser b WHERE b.created_at < %s"
    " AND NOT EXISTS (SELECT 1 FROM known_browser k WHERE k.account = b.account AND k.browser_id = b.id) LIMIT %s)"
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
    (_SHORT, _ATTEMPTS),
    (_SHORT, _CHALLENGES),
    (_LONGEST_SESSION, _SESSIONS),
    (_MONTH, _LINKS),
    (_MONTH, _JOBS),
    (_MONTH, _HELP_CALLS),
    (_YEAR, _HELP_ACTS),
    (_NOT_A_MOMENT, _REPORT_PARTS),
    (_YEAR, _REPORTS),
    (_NOT_A_MOMENT, _IMPORT_PARTS),
    (_NOT_A_MOMENT, _IMPORT_ROWS),
    (_YEAR, _IMPORTS),
    (_YEAR, _COUNTERS),
    (_YEAR, _KNOWN_BROWSERS),
    (_YEAR, _BROWSERS),
)


def sweep(now: datetime, *, most: int = 500) -> int:
    """Remove up to `most` rows of each sort, each in a transaction of its own, and return how many; 0: all is clean."""
    return sum(write(statement, (to_micros(now - kept_for), most)) for kept_for, statement in _STATEMENTS)
