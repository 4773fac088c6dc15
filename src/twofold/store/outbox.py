"""Messages to people, which are jobs of kind "message". The port: ports/outbox.py, Outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.json import instant_in, object_in, text_in
from twofold.ports.outbox import NOBODY_KNOWS, Failures, Message, Noted, SendState, Why
from twofold.store.jobs import BECAUSE_MOST, DONE, FAILED, SMS, WAITING, JobStore
from twofold.store.rows import many, one, write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, JobId
    from twofold.ports.texts import Receipt
    from twofold.store.jobs import Job
    from twofold.store.sealing import Sealer

MESSAGE: Final = "message"
"""The kind of a job that is a message. Stored, never renamed."""

_STATES: Final = {WAITING: SendState.WAITING, DONE: SendState.HANDED_OVER, FAILED: SendState.FAILED}
_RECEIPTS: Final = {state.value: state for state in (SendState.DELIVERED, SendState.UNDELIVERED)}
_MOST_REASONS: Final = 20
_FAILURES: Final = (
    "SELECT channel, because, 1, count(*), max(finished_at) FROM job"
    " WHERE account = %s AND finished_at > %s AND because IS NOT NULL AND (receipt IS NULL OR receipt <> %s)"
    " GROUP BY channel, because"
    " UNION ALL SELECT channel, because, 0, count(*), max(put_at) FROM job"
    " WHERE account = %s AND state = %s AND because IS NOT NULL AND receipt IS NULL GROUP BY channel, because"
    " ORDER BY 4 DESC, 2 LIMIT %s"
)

# "done" stands in it as in the condition of the index: else no database sees that it fits.
_TAKEN: Final = (
    "SELECT finished_at FROM job WHERE account = %s AND channel = %s AND state = 'done' AND finished_at > %s"
    " AND COALESCE(receipt, '') <> %s ORDER BY finished_at DESC LIMIT 1"
)


class OutboxStore:
    """Messages; address and content are sealed until they were handed over, and erased then.

    `can_send` tells whether messages of a channel can leave at all; what that depends on belongs to delivery.
    """

    def __init__(self, sealer: Sealer, can_send: Callable[[AccountId, str], bool]) -> None:
        self._jobs = JobStore(sealer)
        self._can_send = can_send

    def put(self, account: AccountId, message: Message) -> None:
        """Store one, in the present transaction."""
        self._jobs.add(
            account,
            id=message.id,
            kind=MESSAGE,
            body={
                "channel": message.channel,
                "to": message.to,
                "template": message.template,
                "params": message.params,
                "locale": message.locale,
                "time_zone": message.time_zone,
                "send_at": to_micros(message.send_at),
            },
            person_id=message.person_id,
            put_at=message.put_at,
            run_at=message.send_at,
            expires_at=message.expires_at,
            channel=message.channel,
        )

    def state(self, account: AccountId, message: JobId) -> SendState | None:
        """Tell how far a message got; what the provider told of it stands over what we saw ourselves."""
        row = one("SELECT state, receipt, because FROM job WHERE account = %s AND id = %s", (account, message))
        if row is None:
            return None
        state, receipt, reason = row
        if receipt:
            return _RECEIPTS[receipt]
        if state == FAILED and (reason or "").partition(" ")[0] in NOBODY_KNOWS:
            return SendState.UNCLEAR
        if state == WAITING and reason:
            return SendState.TRIED_AGAIN
        return _STATES[state]

    def can_send(self, account: AccountId, channel: str) -> bool:
        """Tell whether messages of this channel can leave at all at present."""
        return self._can_send(account, channel)

    def failures(self, account: AccountId, since: datetime) -> Sequence[Failures]:
        """Return what failed or did not arrive since then, and what failed and is tried again: 20 reasons at most."""
        params = (account, to_micros(since), SendState.DELIVERED.value, account, WAITING, _MOST_REASONS)
        rows = many(_FAILURES, params)
        return [_failures(*row) for row in rows]

    def last_taken(self, account: AccountId, channel: str, since: datetime) -> datetime | None:
        """Return when the newest message since then was taken and not told to be lost; None: none was lately."""
        row = one(_TAKEN, (account, channel, to_micros(since), SendState.UNDELIVERED.value))
        return None if row is None else from_micros(row[0])

    def note_receipt(self, account: AccountId, message: JobId, receipt: Receipt) -> Noted | None:
        """Keep what the provider told of a text: that it arrived stands over everything told before and after.

        It touches neither state nor version, because it may come while the text is still being handed over. Returns
        which text it was, or None where nothing was kept.
        """
        if receipt.arrived:
            kept = write(
                "UPDATE job SET receipt = %s WHERE account = %s AND id = %s AND channel = %s"
                " AND COALESCE(receipt, '') <> %s",
                (SendState.DELIVERED.value, account, message, SMS, SendState.DELIVERED.value),
            )
        else:
            kept = write(
                "UPDATE job SET receipt = %s, because = %s WHERE account = %s AND id = %s AND channel = %s"
                " AND receipt IS NULL",
                (SendState.UNDELIVERED.value, because(Why.UNDELIVERED, receipt.code), account, message, SMS),
            )
        row = one("SELECT person_id, put_at FROM job WHERE account = %s AND id = %s", (account, message))
        if not kept or row is None:
            return None
        person_id, put_at = row
        return Noted(person_id=None if person_id is None else PersonId(person_id), put_at=from_micros(put_at))


def because(why: Why, code: str = "") -> str:
    """Return a reason as it is kept beside a job: the word, and the provider's own code after a space."""
    return f"{why.value} {code}".strip()[:BECAUSE_MOST]


def _failures(channel: str | None, kept: str, is_over: int, count: int, last_at: int) -> Failures:
    word, _, code = kept.partition(" ")
    return Failures(
        channel=channel or "",
        why=next((one for one in Why if one.value == word), Why.OTHER),
        code=code,
        count=count,
        last_at=from_micros(last_at),
        is_over=bool(is_over),
    )


def message_of(job: Job) -> Message:
    """Return the message that a leased job of kind MESSAGE holds; MalformedJson when it holds something else."""
    return Message(
        id=job.id,
        channel=text_in(job.body, "channel"),
        to=text_in(job.body, "to"),
        template=text_in(job.body, "template"),
        params=object_in(job.body, "params"),
        locale=text_in(job.body, "locale"),
        time_zone=text_in(job.body, "time_zone"),
        person_id=job.person_id,
        put_at=job.put_at,
        send_at=instant_in(job.body, "send_at"),
        expires_at=job.expires_at,
    )
