"""Files that are sent as they are read, a few at once: each holds a thread of the server while somebody reads it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from django.http import StreamingHttpResponse
from django.utils.translation import gettext

from twofold.web import errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

    from twofold.web.request import Request

AT_ONCE: Final = 2
_PLACES: Final = threading.BoundedSemaphore(AT_ONCE)


class Place:
    """One of the few places for files. Given back once, however often that is said."""

    def __init__(self) -> None:
        self._is_taken = True

    def give_back(self) -> None:
        """Let the next file begin."""
        was_taken, self._is_taken = self._is_taken, False
        if was_taken:
            _PLACES.release()

    # Whatever a server does or forgets: what was never read to its end must not keep others out.
    __del__ = give_back


def place() -> Place | None:
    """Return a place, or None while all are taken."""
    return Place() if _PLACES.acquire(blocking=False) else None


def all_taken() -> str:
    """Say that all places are taken."""
    return gettext("Two files are being sent already. Wait until one of them is there.")


def busy(request: Request) -> HttpResponse:
    """Return the page that says so."""
    return errors.answer(request, errors.BUSY, what_next=all_taken(), retry_after=60)


def sent(here: Place, parts: Iterator[bytes], *, kind: str, name: str) -> StreamingHttpResponse:
    """Return the answer that sends these parts as a file, and gives the place back at its end."""
    response = StreamingHttpResponse(_Sent(parts, here), content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Sent:
    """What is being sent; Django calls `close` when it was, or when its reader has gone."""

    def __init__(self, parts: Iterator[bytes], here: Place) -> None:
        self._parts = parts
        self._place = here

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Give the place back."""
        self._place.give_back()
