"""Messages to people, which are jobs of kind "message". The port: ports/outbox.py, Outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.core.json import instant_in, object_in, text_in
from twofold.ports.outbox import Message, SendState
from twofold.store.jobs import DONE, FAILED, WAITING, JobStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from twofold.core.ids import AccountId, JobId
    from twofold.store.jobs import Job
    from twofold.store.sealing import Sealer

MESSAGE: Final = "message"
"""The kind of a job that is a message. Stored, never renamed."""

_STATES: Final = {WAITING: SendState.WAITING, DONE: SendState.HANDED_OVER, FAILED: SendState.FAILED}


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
        )

    def state(self, account: AccountId, message: JobId) -> SendState | None:
        """Tell how far a message got."""
        state = self._jobs.state(account, message)
        return None if state is None else _STATES[state]

    def can_send(self, account: AccountId, channel: str) -> bool:
        """Tell whether messages of this channel can leave at all at present."""
        return self._can_send(account, channel)


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
