"""Taking a posted form in whole before a page runs, on some of the server's threads and never on all of them.

The server reads a body on the thread that answers, and waits for it without end. A few dozen clients that send theirs
slowly would hold every thread, and nobody would be answered any more; so only `most` threads read at a time.
"""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

WAITS: Final = 1.0
"""Seconds that a form waits for its turn: in a rush each is read within a moment."""
_BUSY: Final = (
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cache-Control", "no-store"),
    ("Retry-After", "2"),
)
_LONGEST: Final = 1024 * 1024
"""Bytes; of whatever claims more the gate takes one sort, in a turn of its own, and refuses the rest unread."""


class Bodies:
    """The application behind it, which finds every body read."""

    def __init__(self, application: WSGIApplication, *, most: int, waits: float = WAITS) -> None:
        self._application = application
        self._turns = threading.BoundedSemaphore(most)
        self._waits = waits

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Read the body if there is one; 503 while too many others are still sending theirs."""
        length = environ.get("CONTENT_LENGTH") or "0"
        if not (length.isascii() and length.isdecimal()) or not 0 < int(length) <= _LONGEST:
            return self._application(environ, start_response)
        if not self._turns.acquire(timeout=self._waits):
            start_response("503 Service Unavailable", [*_BUSY])
            return [b""]
        try:
            body = environ["wsgi.input"].read(int(length))
        finally:
            self._turns.release()
        environ["wsgi.input"] = io.BytesIO(body)
        return self._application(environ, start_response)
