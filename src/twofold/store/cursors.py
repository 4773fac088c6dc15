"""Opaque cursors of long lists: where a page begins or ends, as one URL-safe word."""

from __future__ import annotations

import base64
import binascii


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
