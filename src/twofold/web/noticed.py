"""Counts requests that say something about the proxy, so that `doctor` can tell the operator.

Each count is kept under a lane and a subject: `{"count": requests, "last_at": microseconds since the epoch}`.
It is written at most once a minute by each process: it is a hint, and an attacker must not make the server write.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.web.request import Request

UNBELIEVED: Final = ("unbelieved", "forwarding")
"""Forwarding headers from addresses that are no configured proxy."""
PLAIN_HTTP: Final = ("proxy", "plain_http")
"""Requests that came to a configured proxy over plain http, for an account that is reached over https."""
_EVERY: Final = timedelta(seconds=60)


class Noticed:
    """What this process has seen of one thing and not written yet."""

    def __init__(self, what: tuple[str, str]) -> None:
        self._lane, self._subject = what
        self._seen = 0
        self._written_at: datetime | None = None

    def note(self, request: Request) -> None:
        """Count one request."""
        self._seen += 1
        services = request.services
        now = services.clock.now()
        if self._written_at is not None and now - self._written_at < _EVERY:
            return
        counted, self._seen, self._written_at = self._seen, 0, now
        account = request.account.id
        value, version = services.counters.load(account, self._lane, self._subject)
        before = value.get("count")
        total = (before if isinstance(before, int) else 0) + counted
        new: JsonObject = {"count": total, "last_at": to_micros(now)}
        # Losing against another process loses a few counts of a hint.
        services.counters.replace(account, self._lane, self._subject, new, version=version)
