"""Counts forwarding headers from addresses that are no configured proxy, so that `doctor` can tell the operator.

The count is kept under lane LANE and subject SUBJECT: `{"count": requests, "last_at": microseconds since the epoch}`.
It is written at most once a minute by each process: it is a hint, and an attacker must not make the server write.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.web.request import Request

LANE: Final = "unbelieved"
SUBJECT: Final = "forwarding"
_EVERY: Final = timedelta(seconds=60)


class Unbelieved:
    """What this process has seen and not written yet."""

    def __init__(self) -> None:
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
        value, version = services.counters.load(account, LANE, SUBJECT)
        before = value.get("count")
        total = (before if isinstance(before, int) else 0) + counted
        # Losing against another process loses a few counts of a hint.
        services.counters.replace(account, LANE, SUBJECT, {"count": total, "last_at": to_micros(now)}, version=version)
