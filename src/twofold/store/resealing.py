"""Rotation of keys while people sign in: every sealed column, a chunk at a time, resumable at any point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.store.cursors import pack, unpack
from twofold.store.rows import many, write

if TYPE_CHECKING:
    from twofold.store.sealing import Sealer


@dataclass(frozen=True, slots=True)
class _Column:
    """A sealed column and the statements that walk over it; `read` yields account, row id and value."""

    table: str
    column: str
    read: str
    write: str


# The value itself is compared, not the version: sealing again is no change that a sign-in under way should lose to.
COLUMNS: Final = (
    _Column(
        "enrolment",
        "state",
        "SELECT account, id, state FROM enrolment WHERE (account, id) > (%s, %s) ORDER BY account, id LIMIT %s",
        "UPDATE enrolment SET state = %s WHERE account = %s AND id = %s AND state = %s",
    ),
    _Column(
        "attempt",
        "kept",
        "SELECT account, id, kept FROM attempt WHERE (account, id) > (%s, %s) ORDER BY account, id LIMIT %s",
        "UPDATE attempt SET kept = %s WHERE account = %s AND id = %s AND kept = %s",
    ),
    _Column(
        "challenge",
        "kept",
        "SELECT account, id, kept FROM challenge WHERE (account, id) > (%s, %s) ORDER BY account, id LIMIT %s",
        "UPDATE challenge SET kept = %s WHERE account = %s AND id = %s AND kept = %s",
    ),
    _Column(
        "job",
        "body",
        "SELECT account, id, body FROM job WHERE (account, id) > (%s, %s) ORDER BY account, id LIMIT %s",
        "UPDATE job SET body = %s WHERE account = %s AND id = %s AND body = %s",
    ),
    _Column(
        "people_import",
        "about",
        "SELECT account, id, about FROM people_import WHERE (account, id) > (%s, %s) ORDER BY account, id LIMIT %s",
        "UPDATE people_import SET about = %s WHERE account = %s AND id = %s AND about = %s",
    ),
    _Column(
        "import_part",
        "body",
        "SELECT account, id, body FROM import_part WHERE (account, id) > (%s, %s) ORDER BY account, id LIMIT %s",
        "UPDATE import_part SET body = %s WHERE account = %s AND id = %s AND body = %s",
    ),
    _Column(
        "import_row",
        "body",
        "SELECT account, id, body FROM import_row WHERE (account, id) > (%s, %s) ORDER BY account, id LIMIT %s",
        "UPDATE import_row SET body = %s WHERE account = %s AND id = %s AND body = %s",
    ),
    _Column(
        "setting",
        "value",
        "SELECT account, name, value FROM setting WHERE (account, name) > (%s, %s) ORDER BY account, name LIMIT %s",
        "UPDATE setting SET value = %s WHERE account = %s AND name = %s AND value = %s",
    ),
    _Column(
        "canary",
        "value",
        "SELECT '', name, value FROM canary WHERE ('', name) > (%s, %s) ORDER BY name LIMIT %s",
        "UPDATE canary SET value = %s WHERE '' = %s AND name = %s AND value = %s",
    ),
)


def reseal(sealer: Sealer, after: str = "", *, most: int = 200) -> str:
    """Seal up to `most` values with the newest key and return the cursor of the next ones; empty: all are done.

    Values that were sealed with it already are passed over, so beginning anew loses nothing. Every process must have
    the newest key in its ring before the first call, and may lose the old one after the last.
    """
    place = unpack(after, 3) or ("0", "", "")
    number = int(place[0])
    column = COLUMNS[number]
    rows = many(column.read, (place[1], place[2], most))
    for account, row, value in rows:
        old = bytes(value)
        if not old or sealer.is_current(old):
            continue
        where = {"account": account, "table": column.table, "column": column.column, "row": row}
        # Losing to somebody who wrote meanwhile is fine: what they wrote was sealed with the newest key.
        write(column.write, (sealer.seal(sealer.open(old, **where), **where), account, row, old))
    if len(rows) == most:
        return pack(str(number), rows[-1][0], rows[-1][1])
    return pack(str(number + 1), "", "") if number + 1 < len(COLUMNS) else ""
