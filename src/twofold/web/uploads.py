"""Forms that carry a file: how large each may be, and how the one large file is taken in.

A file of people may be many times as large as everything else that is sent. Who sends it is known before a byte of it
is read, only one is taken in at a time, and it never lies in memory as a whole, nor on a disk unsealed.
"""

from __future__ import annotations

import threading
import zlib
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

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

    from django.http import HttpResponse

    from twofold.web.request import Request

MOST_POSTED: Final = 64 * 1024
"""Bytes of a form. Passwords and codes have 128 characters at most, so this leaves room for everything around them."""
LIMITS: Final[Mapping[str, int]] = MappingProxyType(
    {"/admin/account/appearance": 640 * 1024, PAGE: BYTES_MOST + MOST_POSTED}
)
"""Bytes of the forms that carry a file."""
_TURN: Final = threading.BoundedSemaphore(1)
_QUICK: Final = 1


def most_of(path: str) -> int:
    """Return how many bytes may be sent to a path."""
    return LIMITS.get(path, MOST_POSTED)


def answered(request: Request, answer: Callable[[Request], HttpResponse]) -> HttpResponse:
    """Answer a request; before a large file is read, it is judged who sends it, and whether it is their turn.

    Nobody but admins of the account holds a thread by sending slowly, and one of them at a time.
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
    if not _TURN.acquire(blocking=False):
        sentence = gettext("Another file is being sent at this moment. Wait until it is there, then send yours again.")
        return errors.answer(request, errors.BUSY, what_next=sentence, retry_after=30)
    try:
        request.upload_handlers = [_Handler(request)]
        return answer(request)
    finally:
        _TURN.release()


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
