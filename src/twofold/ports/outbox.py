"""Messages to people, stored with what they tell of and sent by the worker after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, JobId, PersonId
    from twofold.core.json import JsonObject
    from twofold.ports.texts import Receipt


class SendState(StrEnum):
    """How far a message got. `HANDED_OVER` says that the provider took it, not that it arrived.

    `TRIED_AGAIN`: it did not leave at the last try, and waits for the next. `DELIVERED` and `UNDELIVERED` are what a
    provider told later; many never tell. `UNCLEAR`: it was given up because the provider did not say what it did, so it
    may have been sent all the same.
    """

    WAITING = "waiting"
    TRIED_AGAIN = "tried_again"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    FAILED = "failed"
    UNCLEAR = "unclear"


class Why(StrEnum):
    """Why a message did not go out or did not arrive; stored, never renamed."""

    REFUSED = "refused"
    """The provider said no, with a code of its own."""
    UNDELIVERED = "undelivered"
    """The provider took it, and told later that it did not arrive."""
    NO_CONNECTION = "no_connection"
    TLS = "tls"
    """The server's certificate or encryption was not right."""
    NOT_PUBLIC = "not_public"
    """The other side is in a network of our own, and was named by somebody who is not the operator."""
    BUSY = "busy"
    """The provider had no time for it."""
    NO_ANSWER = "no_answer"
    """It may have been sent: the provider was told, and did not say what it did."""
    BROKEN_OFF = "broken_off"
    """It may have been sent: whoever sent it was stopped in the middle."""
    TOO_LATE = "too_late"
    NO_WORDS = "no_words"
    NO_KEY = "no_key"
    """It does not open: the key that sealed it is not there. It waits until it is, or until its time is over."""
    OTHER = "other"


NOBODY_KNOWS: Final = frozenset({Why.NO_ANSWER, Why.BROKEN_OFF})
"""Of these a message may have been sent all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failures:
    """Messages of one channel that failed for the same reason; `code` is the provider's own, "" where there is none.

    `is_over` is False for those that are still being tried; `last_at` then says when the newest of them was put.
    """

    channel: str
    why: Why
    code: str
    count: int
    last_at: datetime
    is_over: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A message of which something new became known: whose it is, and when it was put."""

    person_id: PersonId | None
    put_at: datetime


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


class Addressee(Protocol):
    """Whom a message is for: a person, however much was read of them."""

    @property
    def id(self) -> PersonId:
        """Who it is."""

    @property
    def email(self) -> str:
        """Where mail goes."""

    @property
    def name(self) -> str:
        """How they are called."""

    @property
    def locale(self) -> str:
        """Their language; empty: the account's."""

    @property
    def time_zone(self) -> str:
        """Their time zone; empty: the account's."""


class Outbox(Protocol):
    """Where messages wait."""

    def put(self, account: AccountId, message: Message) -> None:
        """Store one, in the present transaction."""

    def state(self, account: AccountId, message: JobId) -> SendState | None:
        """Tell how far a message got."""

    def can_send(self, account: AccountId, channel: str) -> bool:
        """Tell whether messages of this channel can leave at all at present."""

    def failures(self, account: AccountId, since: datetime) -> Sequence[Failures]:
        """Return what failed or did not arrive since then, and what failed and is tried again: 20 reasons at most."""

    def last_taken(self, account: AccountId, channel: str, since: datetime) -> datetime | None:
        """Return when the newest message since then was taken and not told to be lost; None: none was."""

    def note_receipt(self, account: AccountId, message: JobId, receipt: Receipt) -> Noted | None:
        """Keep what the provider told of a text: that it arrived stands over everything told before and after.

        Returns which text it was, or None where nothing was kept: it was told before, or it is no text of the account.
        """
