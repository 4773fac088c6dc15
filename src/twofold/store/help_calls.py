"""Calls for help. The port: ports/helping.py, HelpCalls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import AttemptId, HelpCallId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.helping import HelpCall, Place
from twofold.store.cursors import page_behind
from twofold.store.rows import instant, many, micros, one, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.pages import Page
    from twofold.store.rows import Row

_SELECT: Final = (
    "SELECT id, reference, number, person_id, attempt_id, place, called_at, address, browser, closed_at, closed_by"
    " FROM help_call"
)
_OPEN: Final = " WHERE account = %s AND called_at > %s AND closed_at IS NULL"
_OF_END_USERS: Final = (
    " AND EXISTS (SELECT 1 FROM person p WHERE p.account = help_call.account AND p.id = help_call.person_id"
    " AND p.role = 'end_user')"
)
# In the order of the index, or PostgreSQL reads the table where many are open.
_SOME: Final = " ORDER BY called_at LIMIT %s) found"
_COUNT: Final = "SELECT COUNT(*) FROM (SELECT 1 FROM help_call" + _OPEN + _SOME  # noqa: S608
_COUNT_OF_END_USERS: Final = "SELECT COUNT(*) FROM (SELECT 1 FROM help_call" + _OPEN + _OF_END_USERS + _SOME  # noqa: S608


class HelpCallStore:
    """Calls from unfinished sign-ins."""

    def add(self, account: AccountId, call: HelpCall) -> None:
        """Store a new one."""
        write(
            "INSERT INTO help_call (account, id, reference, number, person_id, attempt_id, place, called_at, address,"
            " browser, closed_at, closed_by) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                account,
                call.id,
                call.reference,
                call.number,
                call.person_id,
                call.attempt_id,
                call.place,
                to_micros(call.called_at),
                call.address,
                call.browser,
                micros(call.closed_at),
                call.closed_by,
            ),
        )

    def by_id(self, account: AccountId, call: HelpCallId) -> HelpCall | None:
        """Return one."""
        row = one(_SELECT + " WHERE account = %s AND id = %s", (account, call))
        return None if row is None else _call(row)

    def of_attempt(self, account: AccountId, attempt: AttemptId) -> HelpCall | None:
        """Return the newest call from an attempt, closed or not."""
        row = one(
            _SELECT + " WHERE account = %s AND attempt_id = %s ORDER BY called_at DESC, id LIMIT 1", (account, attempt)
        )
        return None if row is None else _call(row)

    def open_page(
        self, account: AccountId, *, since: datetime, end_users: bool, after: str = "", size: int = 50
    ) -> Page[HelpCall]:
        """Return calls since then that nobody closed, the newest first: of all, or of end users alone.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """

        def read(place: tuple[int, str] | None) -> list[Row]:
            return many(
                _SELECT
                + _OPEN
                + (_OF_END_USERS if end_users else "")
                + ("" if place is None else " AND (called_at, id) < (%s, %s)")
                + " ORDER BY called_at DESC, id DESC LIMIT %s",
                (account, to_micros(since), *(place or ()), size + 1),
            )

        return page_behind(after, size, read, _call, lambda call: (to_micros(call.called_at), call.id))

    def count_open(self, account: AccountId, *, since: datetime, end_users: bool, most: int) -> int:
        """Count the calls since then that nobody closed, no further than `most`."""
        found = one(_COUNT_OF_END_USERS if end_users else _COUNT, (account, to_micros(since), most))
        return 0 if found is None else int(found[0])

    def open_ones(
        self, account: AccountId, person: PersonId, *, since: datetime, most: int = 100
    ) -> Sequence[HelpCall]:
        """Return the calls of one person since then that nobody closed, the newest first."""
        rows = many(
            _SELECT + _OPEN + " AND person_id = %s ORDER BY called_at DESC, id DESC LIMIT %s",
            (account, to_micros(since), person, most),
        )
        return [_call(row) for row in rows]

    def close(self, account: AccountId, call: HelpCallId, *, by: PersonId, at: datetime) -> bool:
        """Close one; False when it was closed before."""
        return (
            write(
                "UPDATE help_call SET closed_at = %s, closed_by = %s"
                " WHERE account = %s AND id = %s AND closed_at IS NULL",
                (to_micros(at), by, account, call),
            )
            == 1
        )


def _call(row: Row) -> HelpCall:
    call_id, reference, number, person_id, attempt_id, place, called_at, address, browser, closed_at, closed_by = row
    return HelpCall(
        id=HelpCallId(call_id),
        reference=reference,
        number=number,
        person_id=PersonId(person_id),
        attempt_id=AttemptId(attempt_id),
        place=Place(place),
        called_at=from_micros(called_at),
        address=address,
        browser=browser,
        closed_at=instant(closed_at),
        closed_by=None if closed_by is None else PersonId(closed_by),
    )
