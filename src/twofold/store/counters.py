"""Versioned small values, in which tries are counted. The port: ports/attempts.py, Counters."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.store.rows import from_text, many, one, to_text, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.clock import Clock

_OF_ONE: Final = ", value, version FROM counter WHERE account = %s AND subject = %s AND lane = %s"


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

    def load_all(self, account: AccountId, wanted: Sequence[tuple[str, str]]) -> Sequence[tuple[JsonObject, int]]:
        """Return the same of several at one moment, each named by its lane and subject, in the order asked."""
        params = [part for lane, subject in wanted for part in (account, subject, lane)]
        found = {place: (from_text(value), version) for place, value, version in many(_load_all(len(wanted)), params)}
        return [found.get(place, ({}, 0)) for place in range(len(wanted))]

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


@cache
def _load_all(count: int) -> str:
    # Of a list of pairs SQLite makes a table first, and then looks at each row of the account.
    return " UNION ALL ".join(["SELECT " + str(place) + _OF_ONE for place in range(count)])
