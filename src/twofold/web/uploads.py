"""Forms that carry a file: how large each may be, and how the one large file is taken in.

A file of people may be many times as large as everything else that is sent. Who sends it is known before a byte of it
is read, they take turns, and it never lies in memory as a whole, nor on a disk unsealed.
"""

from __future__ import annotations

import threading
import zlib
from datetime import timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext

from twofold.core.people_csv import BYTES_MOST, BadFile, FileProblem
from twofold.core.roles import Permission, has_permission
from twofold.flows.people_import import PAGE
from twofold.web import cookies, doors, errors, pages
from twofold.web.admin import import_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from django.http import HttpResponse

    from twofold.core.ids import PersonId
    from twofold.web.request import Request

MOST_POSTED: Final[int] = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
"""Bytes of a form. Passwords and codes have 128 characters at most, so this leaves room for everything around them."""
LIMITS: Final[Mapping[str, int]] = MappingProxyType(
    {"/admin/account/appearance": 640 * 1024, PAGE: BYTES_MOST + MOST_POSTED}
)
"""Bytes of the forms that carry a file."""
LONGEST_TURN: Final = timedelta(minutes=5)
"""How long somebody who sends slowly bars the others: 16 MiB take less over a slow line."""
SENDERS_MOST: Final = 4
"""Threads that files are read on at the same time, where some take longer than their turn."""
_QUICK: Final = 1


def most_of(path: str) -> int:
    """Return how many bytes may be sent to a path."""
    return LIMITS.get(path, MOST_POSTED)


class Turns:
    """Whose turn it is to send a large file, one after the other.

    Nothing ends a read that waits for more, so whoever takes too long goes on, but bars nobody else any more; until
    they are through they get no second turn, so that one person holds one thread at most.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since: dict[PersonId, datetime] = {}

    def take(self, person: PersonId, *, now: datetime) -> bool:
        """Take the turn; False where somebody has it, or this person sends another file already."""
        with self._lock:
            is_taken = any(now < since + LONGEST_TURN for since in self._since.values())
            if is_taken or person in self._since or len(self._since) >= SENDERS_MOST:
                return False
            self._since[person] = now
            return True

    def give_back(self, person: PersonId) -> None:
        """End somebody's turn."""
        with self._lock:
            self._since.pop(person, None)


_TURNS: Final = Turns()


def answered(request: Request, answer: Callable[[Request], HttpResponse]) -> HttpResponse:
    """Answer a request; before a large file is read, it is judged who sends it, and whether it is their turn.

    Nobody but admins of the account holds a thread by sending slowly, and each of them one.
    """
    if request.method != "POST" or request.path_info != PAGE:
        return answer(request)
    if request.me is None:
        # Nothing that was sent is kept, nor looked at.
        had_session = cookies.read(request, cookies.SESSION) != ""
        url = pages.go_with(doors.SIGN_IN, next=PAGE)
        return pages.go(request, url, said=doors.NOT_SAVED if had_session else None)
    pages.speak(request, request.me.person)
    if not has_permission(request.me.person.role, Permission.EDIT_PEOPLE):
        # The page says why, with nothing of the file read.
        return doors.refused(request, request.me)
    sender = request.me.person.id
    if not _TURNS.take(sender, now=request.services.clock.now()):
        sentence = gettext("Another file is being sent at this moment. Wait until it is there, then send yours again.")
        return errors.answer(request, errors.BUSY, what_next=sentence, retry_after=30)
    try:
        request.upload_handlers = [_Handler(request)]
        return answer(request)
    finally:
        _TURNS.give_back(sender)


def too_large(path: str) -> str:
    """Return what to do about a form that is too large, where there is more to say than usual."""
    return import_words.bad_file(BadFile(FileProblem.TOO_LARGE)) if path == PAGE else ""


class SentFile(UploadedFile):  # type: ignore[type-arg]  # of nothing that lies anywhere
    """A file that was sent; it can be gone through again and again."""

    def __init__(self, name: str, size: int, parts: list[bytes]) -> None:
        super().__init__(None, name, size=size)
        self._parts = parts

    def __iter__(self) -> Iterator[bytes]:
        return (zlib.decompress(part) for part in self._parts)

    def close(self) -> None:
        """Let go of it; called at the end of the request."""
        self._parts.clear()


class _Handler(FileUploadHandler):
    """Keeps a file in memory as it comes in, compressed: rows of text shrink to a fraction."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Keep one more piece."""
        if start == 0:
            self._parts: list[bytes] = []
        self._parts.append(zlib.compress(raw_data, _QUICK))

    def file_complete(self, file_size: int) -> SentFile:
        """Return the file."""
        return SentFile(self.file_name or "", file_size, self._parts if file_size else [])
