"""Messages as files, while no mail server is set: for the operator's eyes, in the data folder."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from twofold.delivery.senders import NotSent

if TYPE_CHECKING:
    from datetime import datetime, timedelta
    from pathlib import Path

    from twofold.delivery.words import Letter

_FOLDER_MODE = 0o700
_FILE_MODE = 0o600
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_NAME = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-z]+\.txt")


class Files:
    """Writes each message into a file of its own: To, Subject and Date, an empty line, the text.

    A text has no subject, and a line "Channel: sms".
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def send(self, letter: Letter, *, to: str, message_id: str, at: datetime, channel: str = "") -> str:
        """Write one file and return its name; the same message again replaces its file."""
        name = f"{at.strftime(_STAMP)}-{message_id}.txt"
        kind = f"Channel: {channel}" if channel else f"Subject: {letter.subject}"
        text = f"To: {to}\n{kind}\nDate: {at.isoformat()}\n\n{letter.text}"
        try:
            self._folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
            # The new name appears with the whole text: whoever lists the folder never reads half a message.
            new = self._folder / f".{message_id}.new"
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _FILE_MODE)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            new.replace(self._folder / name)
        except OSError as problem:
            raise NotSent(f"file not written: {problem.strerror}") from problem
        return str(self._folder / name)

    def close(self) -> None:
        """Nothing is held open."""

    def tidy(self, *, now: datetime, keep_for: timedelta) -> int:
        """Remove messages older than `keep_for`, and return how many went."""
        oldest = (now - keep_for).strftime(_STAMP)
        try:
            old = [path for path in self._folder.iterdir() if _NAME.fullmatch(path.name) and path.name < oldest]
        except FileNotFoundError:
            return 0
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)
