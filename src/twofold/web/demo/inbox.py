"""What the demo's people were sent: the messages that the worker writes into the data folder."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

EMAIL: Final = "email"
MOST: Final = 500
"""Messages that are read; older ones are left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One message. `channel` is "email", or "sms" for a text."""

    to: str
    channel: str
    subject: str
    body: str
    at: datetime


def received(folder: Path, *, most: int = MOST) -> tuple[Received, ...]:
    """Return the messages of a folder, newest first; what cannot be read as one is left out."""
    try:
        # The worker names files by time, so the newest are the last by name.
        names = sorted((path for path in folder.glob("[0-9]*.txt")), reverse=True)
    except OSError:
        return ()
    found = [_read(path) for path in names[:most]]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.at, reverse=True))


def _read(path: Path) -> Received | None:
    try:
        head, _, body = path.read_text(encoding="utf-8").partition("\n\n")
        fields = dict(line.split(": ", 1) for line in head.splitlines() if ": " in line)
        return Received(
            to=fields["To"],
            channel=fields.get("Channel", EMAIL),
            subject=fields.get("Subject", ""),
            body=body,
            at=datetime.fromisoformat(fields["Date"]),
        )
    except (OSError, KeyError, ValueError):
        # Removed meanwhile, or none of the worker's.
        return None
