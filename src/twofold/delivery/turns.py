"""Whose turn it is among the workers of one queue: accounts one after the other, none with more than its share.

A house may hold several help desks, and the mail server of one may answer as slowly as it likes. What is counted here
is what this process has under way; that no job is done twice at once is the lease's to see to.
"""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta

    from twofold.core.ids import AccountId, JobId
    from twofold.store.jobs import Job, JobStore, Queue

SLOW_AFTER: Final = 0.5
"""Seconds after which a job that is still under way brings the other workers of its queue in."""


class Turns:
    """Shared by the workers of one queue. `each`: how many jobs of one account may be under way at once."""

    def __init__(self, *, each: int = 1) -> None:
        self._each = each
        self._lock = threading.Lock()
        self._under_way: dict[JobId, tuple[AccountId, float]] = {}
        self._served: dict[AccountId, int] = {}
        self._numbers = itertools.count(1)

    @property
    def are_held_up(self) -> bool:
        """Say whether a job takes so long that the others should not wait for its worker."""
        latest = time.monotonic() - SLOW_AFTER
        return any(since <= latest for _, since in list(self._under_way.values()))

    def lease(self, jobs: JobStore, now: datetime, lease_for: timedelta, queue: Queue) -> Job | None:
        """Lease the next job of the account that waited longest for a turn; None: nothing that may go on is due."""
        with self._lock:
            job = jobs.lease_next(now, lease_for, queue=queue, choose=self._choose)
            if job is not None:
                self._under_way[job.id] = (job.account, time.monotonic())
            return job

    def over(self, job: Job) -> None:
        """Note that a leased job is not under way any more, however it ended."""
        with self._lock:
            self._under_way.pop(job.id, None)

    def _choose(self, due: Sequence[AccountId]) -> AccountId | None:
        busy = [account for account, _ in self._under_way.values()]
        free = [account for account in due if busy.count(account) < self._each]
        if not free:
            return None
        # Noted at once: one whose jobs do not open would else be looked at again and again.
        chosen = min(free, key=lambda account: self._served.get(account, 0))
        self._served[chosen] = next(self._numbers)
        return chosen
