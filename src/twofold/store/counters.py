"""Versioned small values, in which tries are counted. The port: ports/attempts.py, Counters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.instants import to_micros
from twofold.store.rows import from_text, one, to_text, write

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.clock import Clock


class CounterStore:
    """Counters; the clock only marks when a row was touched, so that housekeeping finds what nobody uses."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def load(self, account: AccountId, lane: str, subject: str) -> tuple[JsonObject, int]:
        """Return value and version; an empty object and 0 where nothing was counted yet."""
        row = one(
            "SELECT value, version FROM counter WHERE account = %s AND subject = %s AND lane = %s",
            (account, subject, lane),
        )
        return ({}, 0) if row is None else (from_text(row[0]), row[1])

    def replace(self, account: AccountId, lane: str, subject: str, value: JsonObject, *, version: int) -> bool:
        """Write where the version still stands (0: where there is no row); else False."""
        text, now = to_text(value), to_micros(self._clock.now())
        if version == 0:
            return (
                write(
                    "INSERT INTO counter (account, subject, lane, value, version, touched_at)"
                    " VALUES (%s, %s, %s, %s, 1, %s) ON CONFLICT DO NOTHING",
                    (account, subject, lane, text, now),
                )
                == 1
            )
        return (
            write(
                "UPDATE counter SET value = %s, version = version + 1, touched_at = %s"
                " WHERE account = %s AND subject = %s AND lane = %s AND version = %s",
                (text, now, account, subject, lane, version),
            )
            == 1
        )

    def forget(self, account: AccountId, subject: str) -> None:
        """Remove every lane of a subject."""
        write("DELETE FROM counter WHERE account = %s AND subject = %s", (account, subject))
