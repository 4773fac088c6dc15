"""Opaque cursors of long lists: where a page begins or ends, as one URL-safe word."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from twofold.core.instants import to_micros
from twofold.ports.pages import Page
from twofold.store.rows import many

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.store.rows import Row

_T = TypeVar("_T")
_A = TypeVar("_A", bound="Asked")

_BEHIND_ASKED: Final = " AND (asked_at, id) < (%s, %s)"
_NEWEST_ASKED: Final = " ORDER BY asked_at DESC, id DESC LIMIT %s"
_DIGITS: Final = 18


class Asked(Protocol):
    """What somebody asked for."""

    @property
    def id(self) -> str:
        """Its id."""

    @property
    def asked_at(self) -> datetime:
        """When it was asked for."""


def pack(*parts: str) -> str:
    """Return a cursor of some texts; none of them may hold a line break."""
    return base64.urlsafe_b64encode("\n".join(parts).encode()).decode("ascii").rstrip("=")


def unpack(cursor: str, count: int) -> tuple[str, ...] | None:
    """Return the texts of a cursor, or None when it is none of ours: the list then begins at its start."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        parts = tuple(base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode().split("\n"))
    except (binascii.Error, ValueError):
        return None
    # PostgreSQL refuses the character NUL in any text.
    return parts if len(parts) == count and not any("\0" in part for part in parts) else None


def pack_moment(at: int, row: str) -> str:
    """Return the cursor of a row in a list that is ordered by an instant (in microseconds), then by the row's id."""
    return pack(str(at), row)


def unpack_moment(cursor: str) -> tuple[int, str] | None:
    """Return instant and id of a cursor that `pack_moment` made, or None when it is none of those."""
    parts = unpack(cursor, 2)
    # No column holds more digits, and SQLite takes no longer number.
    if parts is None or not (parts[0].isascii() and parts[0].isdecimal() and len(parts[0]) <= _DIGITS):
        return None
    return int(parts[0]), parts[1]


def page_behind(
    after: str,
    size: int,
    read: Callable[[tuple[int, str] | None], list[Row]],
    made: Callable[[Row], _T],
    place_of: Callable[[_T], tuple[int, str]],
) -> Page[_T]:
    """Return the page behind a cursor that `pack_moment` made.

    `read` returns up to one row more than `size` from behind a place on (None: from the start of the list). A cursor
    that is none of ours, or behind which there is nothing any more, gives the first page.
    """
    place = unpack_moment(after)
    rows = read(place)
    if place is not None and not rows:
        rows = read(None)
    shown = tuple(made(row) for row in rows[:size])
    return Page(shown, pack_moment(*place_of(shown[-1])) if len(rows) > size else "")


def newest_asked(select: str, account: AccountId, made: Callable[[Row], _A], *, after: str, size: int) -> Page[_A]:
    """Return the page behind a cursor of what was asked for in an account, the newest first."""

    def read(place: tuple[int, str] | None) -> list[Row]:
        behind = "" if place is None else _BEHIND_ASKED
        return many(select + " WHERE account = %s" + behind + _NEWEST_ASKED, (account, *(place or ()), size + 1))

    return page_behind(after, size, read, made, lambda one: (to_micros(one.asked_at), one.id))


def pack_place(key: bytes, row: str) -> str:
    """Return the cursor of a row in a list that is ordered by `key`, then by the row's id."""
    return pack(key.hex(), row)


def unpack_place(cursor: str) -> tuple[bytes, str] | None:
    """Return key and id of a cursor that `pack_place` made, or None when it is none of those."""
    parts = unpack(cursor, 2)
    if parts is None:
        return None
    try:
        return bytes.fromhex(parts[0]), parts[1]
    except ValueError:
        return None
