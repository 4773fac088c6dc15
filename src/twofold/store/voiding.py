"""What belongs to an address of an account, and ends with it: cookies that browsers keep, and links that were mailed.

Whoever is given the old host name later is sent both. On the server they open nothing any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.core.links import Purpose
from twofold.store.rows import one, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from datetime import datetime

    from twofold.core.ids import AccountId

AT_ONCE: Final = 500
"""Rows of one transaction."""
# Table, the column that orders it, what is written with the present instant, and which rows are open. In the order in
# which one person's are ended (flows/ending.py): so nobody waits here for whoever waits for this.
_OPEN: Final = (
    ("attempt", "id", "closed_at = %s, version = version + 1", "closed_at IS NULL"),
    # These two only freeze and stop, and outlive everything.
    (
        "link",
        "id",
        "used_at = %s",
        f"used_at IS NULL AND purpose NOT IN ('{Purpose.FREEZE.value}', '{Purpose.STOP_HELP.value}')",
    ),
    ("session", "id", "ended_at = %s, version = version + 1", "ended_at IS NULL"),
    ("known_browser", "browser_id", "trust = NULL", "trust IS NOT NULL"),
)


def end_part_by_part(account: AccountId, *, at: datetime, begin: Callable[[], AbstractContextManager[object]]) -> None:
    """End sessions, unfinished sign-ins, trust and mailed links of an account, some in each transaction."""
    for table, column, written, is_open in _OPEN:
        select = (
            f"SELECT max({column}) FROM (SELECT {column} FROM {table} WHERE account = %s AND {column} > %s"  # noqa: S608
            f" AND {is_open} ORDER BY {column} LIMIT {AT_ONCE}) part"
        )
        update = f"UPDATE {table} SET {written} WHERE account = %s AND {column} > %s AND {column} <= %s AND {is_open}"  # noqa: S608
        behind = ""
        while (last := _last(select, account, behind)) is not None:
            with begin():
                write(update, (*_instants(written, at), account, behind, last))
            behind = last


def end_rest(account: AccountId, *, at: datetime) -> None:
    """End what is open still, in the present transaction: what was begun while the others were ended."""
    for table, _, written, is_open in _OPEN:
        update = f"UPDATE {table} SET {written} WHERE account = %s AND {is_open}"  # noqa: S608 -- our own words
        write(update, (*_instants(written, at), account))


def _last(select: str, account: AccountId, behind: str) -> str | None:
    row = one(select, (account, behind))
    found: str | None = row[0] if row is not None else None
    return found


def _instants(written: str, at: datetime) -> list[int]:
    return [to_micros(at)] * written.count("%s")
