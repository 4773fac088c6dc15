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
    return parts if len(parts) == count else None
