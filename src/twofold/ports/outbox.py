"""Messages to people, stored with what they tell of and sent by the worker after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId, JobId, PersonId
    from twofold.core.json import JsonObject


class SendState(StrEnum):
    """How far a message got. `HANDED_OVER` says that the provider took it, not that it arrived."""

    WAITING = "waiting"
    HANDED_OVER = "handed_over"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What is to be said to whom; `template` names the words in `delivery`.

    `params` are sealed at rest and erased after sending. `locale` and `time_zone` are already
    resolved. After `expires_at` it is no longer sent.
    """

    id: JobId
    channel: str
    to: str
    template: str
    params: JsonObject = field(repr=False)
    locale: str
    time_zone: str
    person_id: PersonId | None
    put_at: datetime
    send_at: datetime
    expires_at: datetime | None = None


class Outbox(Protocol):
    """Where messages wait."""

    def put(self, account: AccountId, message: Message) -> None:
        """Store one, in the present transaction."""

    def state(self, account: AccountId, message: JobId) -> SendState | None:
        """Tell how far a message got."""

    def can_send(self, account: AccountId, channel: str) -> bool:
        """Tell whether messages of this channel can leave at all at present."""
