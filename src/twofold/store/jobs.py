"""What the worker has to do: at least once, leased by compare-and-set, sealed until done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from twofold.core.ids import AccountId, JobId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.outbox import Why
from twofold.store.rows import instant, micros, one, write
from twofold.store.sealing import Unsealable

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.store.sealing import Sealer

WAITING: Final = "waiting"
DONE: Final = "done"
FAILED: Final = "failed"
"""The states of a job. Stored, never renamed."""

SMS: Final = "sms"
"""The channel of texts."""


class Queue(Enum):
    """Which jobs a worker takes: a provider of texts that is slow must not hold up the mail, nor the other way."""

    ALL = "all"
    TEXTS = "texts"
    OTHERS = "others"


_LOOK: Final = (
    "SELECT account, id, kind, body, person_id, put_at, expires_at, tries, because, version FROM job"
    " WHERE state = %s AND run_at <= %s"
)
# Not by the index of reasons, which would have to be put in order each time.
_FRESH: Final = " AND COALESCE(because, '') <> 'no_key'"
_PARKED: Final = " AND COALESCE(because, '') = 'no_key'"
_OF_QUEUE: Final = {
    Queue.ALL: "",
    Queue.TEXTS: " AND channel = 'sms'",
    Queue.OTHERS: " AND (channel IS NULL OR channel <> 'sms')",
}
_DUE: Final = {
    queue: tuple(f"{_LOOK}{those}{which} ORDER BY run_at LIMIT 1" for which in (_FRESH, _PARKED))
    for queue, those in _OF_QUEUE.items()
}
"""What is due longest. What was parked comes after all else: thousands of jobs of a lost key hold up no fresh code."""
_TABLE: Final = "job"
_ERASED: Final = b""
BECAUSE_MOST: Final = 64
PARKED_FOR: Final = timedelta(minutes=5)
"""How long what does not open waits before it is looked at again: the keys may be others by then."""
_PARK: Final = "UPDATE job SET run_at = %s, because = %s WHERE account = %s AND id = %s AND version = %s AND state = %s"
_END: Final = (
    "UPDATE job SET state = %s, body = %s, finished_at = %s, because = %s, version = version + 1"
    " WHERE account = %s AND id = %s AND version = %s AND state = %s"
)
_ROUNDS: Final = 16
"""How often a worker looks again, in one go, after another one was faster or a job did not open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One leased job. `tries` counts this one; `version` is the lease.

    `was_broken_off`: whoever leased it before never said how it ended, so what it is about may have been done.
    """

    account: AccountId
    id: JobId
    kind: str
    body: JsonObject = field(repr=False)
    person_id: PersonId | None
    put_at: datetime
    expires_at: datetime | None
    tries: int
    version: int

    @property
    def was_broken_off(self) -> bool:
        """Say whether an earlier try never came back: each that did has moved the version once more."""
        return self.version != 2 * self.tries - 1


class JobStore:
    """The table of jobs, of every account: the worker serves all of them."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def add(
        self,
        account: AccountId,
        *,
        id: JobId,  # noqa: A002 -- the column's name
        kind: str,
        body: JsonObject,
        put_at: datetime,
        run_at: datetime,
        expires_at: datetime | None = None,
        person_id: PersonId | None = None,
        channel: str | None = None,
    ) -> None:
        """Store one, in the present transaction; `channel` is how a message goes."""
        write(
            "INSERT INTO job (account, id, kind, state, body, person_id, put_at, run_at, expires_at, channel, tries,"
            " version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0)",
            (
                account,
                id,
                kind,
                WAITING,
                self._sealer.seal(body, account=account, table=_TABLE, column="body", row=id),
                person_id,
                to_micros(put_at),
                to_micros(run_at),
                micros(expires_at),
                channel,
            ),
        )

    def drop(self, account: AccountId, kind: str, person_id: PersonId) -> None:
        """Drop what waits of one kind about a person, in the present transaction; whoever works on it has lost it."""
        write(
            "DELETE FROM job WHERE account = %s AND person_id = %s AND kind = %s AND state = %s",
            (account, person_id, kind, WAITING),
        )

    def lease_next(self, now: datetime, lease_for: timedelta, *, queue: Queue = Queue.ALL) -> Job | None:
        """Return the job that is due longest, for this worker alone until `now + lease_for`; None: nothing is due.

        A worker that dies leaves the job due again at the end of its lease. Expired ones come out too: whoever leases
        one decides what becomes of it. What does not open is parked, or ends once its time is over, and said once:
        Unsealable.
        """
        for _ in range(_ROUNDS):
            row = next((row for due in _DUE[queue] if (row := one(due, (WAITING, to_micros(now)))) is not None), None)
            if row is None:
                return None
            account, job_id, kind, body, person_id, put_at, expires_at, tries, because, version = row
            try:
                opened = self._sealer.open(body, account=account, table=_TABLE, column="body", row=job_id)
            except Unsealable:
                if expires_at is not None and expires_at <= to_micros(now):
                    # Its key may be lost for good, and would come too late.
                    write(_END, (FAILED, _ERASED, to_micros(now), Why.NO_KEY, account, job_id, version, WAITING))
                else:
                    # Nobody leased it: when its key comes back, all its tries are before it.
                    write(_PARK, (to_micros(now + PARKED_FOR), Why.NO_KEY, account, job_id, version, WAITING))
                if because != Why.NO_KEY:
                    raise
                continue
            leased = write(
                "UPDATE job SET run_at = %s, tries = tries + 1, version = version + 1"
                " WHERE account = %s AND id = %s AND version = %s AND state = %s",
                (to_micros(now + lease_for), account, job_id, version, WAITING),
            )
            if leased == 1:
                return Job(
                    account=AccountId(account),
                    id=JobId(job_id),
                    kind=kind,
                    body=opened,
                    person_id=None if person_id is None else PersonId(person_id),
                    put_at=from_micros(put_at),
                    expires_at=instant(expires_at),
                    tries=tries + 1,
                    version=version + 1,
                )
        return None

    def done(self, job: Job, *, at: datetime) -> bool:
        """Note that it was done and erase its body; False when the lease went to somebody else meanwhile."""
        return _finish(job, DONE, at)

    def failed(self, job: Job, *, at: datetime, retry_at: datetime | None, because: str | None = None) -> bool:
        """Let it come again at `retry_at`, or give it up (None) and erase its body; False when the lease was lost.

        `because` is kept with it until it is done: a reason in code, of BECAUSE_MOST characters at most.
        """
        if retry_at is None:
            return _finish(job, FAILED, at, because)
        return (
            write(
                "UPDATE job SET run_at = %s, because = %s, version = version + 1"
                " WHERE account = %s AND id = %s AND version = %s AND state = %s",
                (to_micros(retry_at), because, job.account, job.id, job.version, WAITING),
            )
            == 1
        )


def _finish(job: Job, state: str, at: datetime, because: str | None = None) -> bool:
    # A receipt may have come before whoever sent the text could note that it was done: what it tells stands.
    return (
        write(
            "UPDATE job SET state = %s, body = %s, finished_at = %s,"
            " because = CASE WHEN receipt IS NULL THEN %s ELSE because END, version = version + 1"
            " WHERE account = %s AND id = %s AND version = %s AND state = %s",
            (state, _ERASED, to_micros(at), because, job.account, job.id, job.version, WAITING),
        )
        == 1
    )
