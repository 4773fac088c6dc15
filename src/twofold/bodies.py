"""Taking a posted form in whole before a page runs, on some of the server's threads and never on all of them.

The server reads a body on the thread that answers, and waits for it without end. A few dozen clients that send theirs
slowly would hold every thread, and nobody would be answered any more; so only `most` threads read at a time.

A large file that was refused unread is still on its way. The server closes the connection on whoever is sending, and a
proxy then says that the server failed, instead of what it answered; so the rest is read and thrown away first.
"""

from __future__ import annotations

import io
import threading
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import InputStream, StartResponse, WSGIApplication, WSGIEnvironment

WAITS: Final = 1.0
"""Seconds that a form waits for its turn: in a rush each is read within a moment."""
_CLOSED: Final = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cache-Control", "no-store"),
)
_BUSY: Final = (*_CLOSED, ("Retry-After", "2"))
_LONGEST: Final = 1024 * 1024
"""Bytes; of whatever claims more the gate takes one sort, in a turn of its own, and refuses the rest unread."""
_REFUSED_AT_ONCE: Final = 2
"""Refused files that are read to their end at a time, at most; whoever sends one more meanwhile is cut off."""
_REFUSED_MOST: Final = 32 * 1024 * 1024
"""Bytes of one of them: whatever claims more is cut off."""
_PIECE: Final = 64 * 1024


def turns_of(threads: int) -> tuple[int, int]:
    """Return how many of these threads read forms, and how many refused files, at a time.

    One that takes in an admin's file is neither, and one more is left for whoever sends nothing.
    """
    forms = max(1, threads // 2)
    return forms, min(_REFUSED_AT_ONCE, max(0, threads - forms - 2))


class Bodies:
    """The application behind it, which finds every body read."""

    def __init__(
        self, application: WSGIApplication, *, most: int, refused: int = _REFUSED_AT_ONCE, waits: float = WAITS
    ) -> None:
        self._application = application
        # A semaphore with a wait is Python all through; a queue is one call.
        self._turns: SimpleQueue[None] = SimpleQueue()
        for _ in range(most):
            self._turns.put(None)
        self._waits = waits
        self._refused = threading.BoundedSemaphore(refused)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body if there is one; 503 while too many others are still sending theirs."""
        given = environ.get("CONTENT_LENGTH") or "0"
        length = int(given) if given.isascii() and given.isdecimal() else 0
        if length == 0:
            return self._application(environ, start_response)
        if length > _LONGEST:
            rest = environ["wsgi.input"]
            answer = self._application(environ, start_response)
            if length <= _REFUSED_MOST:
                self._throw_away(rest)
            return answer
        try:
            self._turns.get(timeout=self._waits)
        except Empty:
            start_response("503 Service Unavailable", [*_BUSY])
            return [b""]
        try:
            body = environ["wsgi.input"].read(length)
        finally:
            self._turns.put(None)
        if len(body) < length:
            # Whoever sent it has gone on the way; what came may be cut anywhere, in the middle of a new password too.
            start_response("400 Bad Request", [*_CLOSED])
            return [b""]
        environ["wsgi.input"] = io.BytesIO(body)
        return self._application(environ, start_response)

    def _throw_away(self, rest: InputStream) -> None:
        if not self._refused.acquire(blocking=False):
            return
        try:
            while rest.read(_PIECE):
                pass
        except OSError:
            # Whoever sent it has gone.
            return
        finally:
            self._refused.release()
