"""Whether the keys fit the database: asked once, before anybody is served."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.store.rows import one, write
from twofold.store.sealing import Unsealable

if TYPE_CHECKING:
    from twofold.core.json import JsonObject
    from twofold.store.sealing import Sealer

_NAME = "keys"
_KNOWN: JsonObject = {"canary": "sings"}


class KeysDoNotFit(Exception):
    """The key file belongs to another database; nothing sealed in this one would open."""


def check_keys(sealer: Sealer) -> None:
    """Open the canary of this database, or put one into a new one; KeysDoNotFit when it does not open."""
    place = {"account": "", "table": "canary", "column": "value", "row": _NAME}
    row = one("SELECT value FROM canary WHERE name = %s", (_NAME,))
    if row is None:
        write(
            "INSERT INTO canary (name, value) VALUES (%s, %s) ON CONFLICT DO NOTHING",
            (_NAME, sealer.seal(_KNOWN, **place)),
        )
        # Of two processes with different keys that start at once, the slower one finds the other's.
        row = one("SELECT value FROM canary WHERE name = %s", (_NAME,))
    try:
        fits = row is not None and sealer.open(row[0], **place) == _KNOWN
    except Unsealable:
        fits = False
    if not fits:
        raise KeysDoNotFit("the keys do not fit this database")
