"""What the worker has to do: at least once, leased by compare-and-set, sealed until done."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum, IntEnum
from typing import TYPE_CHECKING, Final, TypeAlias

from twofold.core.ids import AccountId, JobId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.outbox import Why
from twofold.store.rows import instant, many, micros, one, write
from twofold.store.sealing import Unsealable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.store.rows import Row
    from twofold.store.sealing import Sealer

WAITING: Final = "waiting"
DONE: Final = "done"
FAILED: Final = "failed"
"""The states of a job. Stored, never renamed."""

SMS: Final = "sms"
"""The channel of texts."""


MAIL: Final = "email"
"""The channel of mail."""


class Queue(Enum):
    """Which jobs a worker takes: what is slow at one of them must not hold up the others."""

    ALL = "all"
    TEXTS = "texts"
    MAIL = "mail"
    WORK = "work"
    """Everything that goes to nobody outside: reports, imports, and mails to many being written out."""


class Turn(IntEnum):
    """Which of an account's jobs comes first. Stored, never renumbered."""

    TEAM_WAITS = 0
    """A page waits for it, with a member of the team before it."""
    SOMEBODY_WAITS = 1
    LATER = 2
    PARKED = 3
    """It does not open at present: after all else of every account."""


Choose: TypeAlias = "Callable[[Sequence[AccountId]], AccountId | None]"
"""Picks one of the accounts that have something due; None: none of them may go on now."""

WAITED_FOR: Final = timedelta(hours=1)
"""What lives no longer than this is waited for: passcodes, codes for a mailbox, links for a new password."""
_OF_QUEUE: Final = {
    Queue.TEXTS: f"channel = '{SMS}'",
    Queue.MAIL: f"channel = '{MAIL}'",
    Queue.WORK: "channel IS NULL",
}
_QUEUES: Final = {Queue.ALL: tuple(_OF_QUEUE), **{queue: (queue,) for queue in _OF_QUEUE}}
_FRESH: Final = (Turn.TEAM_WAITS, Turn.SOMEBODY_WAITS, Turn.LATER)
_PARKED: Final = (Turn.PARKED,)


def _whose(which: str, turns: Sequence[Turn]) -> str:
    """Return the statement for the accounts that have something due.

    It goes from account to account through the index, whatever one of them has waiting. `state` is no parameter: the
    index holds what waits alone, and is used where the statement says so.
    """
    named = ", ".join(str(int(turn)) for turn in turns)
    return (
        "WITH RECURSIVE found(account) AS ("  # noqa: S608 -- our own words
        f"SELECT (SELECT account FROM job WHERE state = 'waiting' AND {which} ORDER BY account LIMIT 1)"
        f" UNION ALL SELECT (SELECT account FROM job WHERE state = 'waiting' AND {which} AND account > found.account"
        " ORDER BY account LIMIT 1) FROM found WHERE found.account IS NOT NULL)"
        " SELECT account FROM found WHERE account IS NOT NULL AND EXISTS (SELECT 1 FROM job WHERE state = 'waiting'"
        f" AND {which} AND job.account = found.account AND turn IN ({named}) AND run_at <= %s)"
    )


_WHOSE: Final = {
    (queue, turns): _whose(which, turns) for queue, which in _OF_QUEUE.items() for turns in (_FRESH, _PARKED)
}
_DUE: Final = {
    queue: "SELECT account, id, kind, body, person_id, put_at, expires_at, tries, because, version FROM job"  # noqa: S608 -- as above
    f" WHERE state = 'waiting' AND {which} AND account = %s AND turn = %s AND run_at <= %s ORDER BY run_at LIMIT 1"
    for queue, which in _OF_QUEUE.items()
}
"""What of an account is due longest."""
_ADD: Final = (
    "INSERT INTO job (account, id, kind, state, body, person_id, put_at, run_at, expires_at, channel, turn, tries,"
    " version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0, 0)"
)
_ADD_URGENT: Final = _ADD.replace(
    "%s, 0, 0)",
    "COALESCE((SELECT CASE WHEN role = 'end_user' THEN 1 ELSE 0 END FROM person WHERE account = %s AND id = %s), 1),"
    " 0, 0)",
)
"""With Turn.TEAM_WAITS or Turn.SOMEBODY_WAITS, as whom it is about has it."""
_TABLE: Final = "job"
_ERASED: Final = b""
BECAUSE_MOST: Final = 64
PARKED_FOR: Final = timedelta(minutes=5)
"""How long what does not open waits before it is looked at again: the keys may be others by then."""
_PARK: Final = (
    "UPDATE job SET run_at = %s, because = %s, turn = %s WHERE account = %s AND id = %s AND version = %s AND state = %s"
)
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


def next_of(due: Sequence[AccountId]) -> AccountId | None:
    """Choose the first: for whoever leases a job now and then."""
    return due[0] if due else None


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
        is_waited_for = channel is not None and expires_at is not None and expires_at - put_at <= WAITED_FOR
        values = (
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
        )
        if is_waited_for:
            write(_ADD_URGENT, (*values, account, person_id))
        else:
            write(_ADD, (*values, Turn.LATER))

    def drop(self, account: AccountId, kind: str, person_id: PersonId) -> None:
        """Drop what waits of one kind about a person, in the present transaction; whoever works on it has lost it."""
        write(
            "DELETE FROM job WHERE account = %s AND person_id = %s AND kind = %s AND state = %s",
            (account, person_id, kind, WAITING),
        )

    def lease_next(
        self, now: datetime, lease_for: timedelta, *, queue: Queue = Queue.ALL, choose: Choose = next_of
    ) -> Job | None:
        """Return the next job of a queue, for this worker alone until `now + lease_for`; None: nothing is due.

        `choose` says which account has its turn; of its jobs what somebody waits for comes first, and then what is due
        longest.

        A worker that dies leaves the job due again at the end of its lease. Expired ones come out too: whoever leases
        one decides what becomes of it. What does not open is parked, or ends once its time is over, and said once:
        Unsealable.
        """
        for _ in range(_ROUNDS):
            row = _next(now, queue, choose)
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
                    parked = (to_micros(now + PARKED_FOR), Why.NO_KEY, Turn.PARKED)
                    write(_PARK, (*parked, account, job_id, version, WAITING))
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


def _next(now: datetime, queue: Queue, choose: Choose) -> Row | None:
    # What was parked comes after all else: thousands of jobs of a lost key hold up no fresh code.
    for turns in (_FRESH, _PARKED):
        for each in _QUEUES[queue]:
            due = [AccountId(account) for (account,) in many(_WHOSE[each, turns], (to_micros(now),))]
            account = choose(due) if due else None
            if account is not None:
                looks = (one(_DUE[each], (account, turn, to_micros(now))) for turn in turns)
                row = next((row for row in looks if row is not None), None)
                if row is not None:
                    return row
    return None


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
