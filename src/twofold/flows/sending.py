"""Who may be sent a code now: waits and caps for each person and number, and the account's budget of texts.

A code is counted before it is put into the outbox, in the same transaction. Only somebody whose password was proved,
or who is signed in, gets this far: nobody else can cause a message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from twofold.core import sent_codes
from twofold.core.instants import day_of, to_micros
from twofold.core.json import as_instant, as_text, list_in
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience
from twofold.factors.contract import EMAIL, SMS
from twofold.flows import text_budget
from twofold.flows.text_budget import Budget
from twofold.flows.tries import ROUNDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.core.sent_codes import Limits
    from twofold.ports.services import Services

MAILBOX: Final = "mailbox"
SIGN_IN: Final = "sign_in"
SET_UP: Final = "set_up"
TEST: Final = "test"
"""What a code is for: the waits between two hold within one of these, the caps over all of them."""
_DAY: Final = timedelta(days=1)
_LANES: Final[Mapping[str, str]] = {EMAIL: "mailed_codes", SMS: "texted_codes"}
_NUMBER: Final = "texts_to_number"
_PREFIX: Final = "texts_to_prefix"
_VARIES: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """One message that is to go out. `is_proved`: its number belongs to an enrolment, or its address is on file.

    `audience` is that of the person: end users share a part of the account's texts, and whose is not said do as well.
    """

    channel: str
    to: str
    purpose: str
    is_proved: bool = True
    audience: Audience = Audience.END_USERS


def gate(services: Services, account: AccountId, person: PersonId, parcel: Parcel, *, now: datetime) -> Refusal | None:
    """Tell what keeps a message from being sent now; None: nothing. Writes nothing."""
    if not services.outbox.can_send(account, parcel.channel):
        return Refusal(No.CANNOT_SEND)
    return _shut(_counted(services, account, _counts(services, account, person, parcel)), now)


def spend(services: Services, account: AccountId, person: PersonId, parcel: Parcel, *, now: datetime) -> Refusal | None:
    """Count a message wherever it is limited, in the caller's transaction; a refusal says why it must not be sent.

    Of several that ask at once for one person, one is let through.
    """
    if not services.outbox.can_send(account, parcel.channel):
        return Refusal(No.CANNOT_SEND)
    counted = _counted(services, account, _counts(services, account, person, parcel))
    shut = _shut(counted, now)
    if shut is not None:
        return shut
    for count, value, version in counted:
        shut = _write(services, account, count, value, version, now=now)
        if shut is not None:
            return shut
    return None


def texts_today(services: Services, account: AccountId, *, now: datetime) -> int:
    """Return how many texts of the account's budget are used up today."""
    value, _ = services.counters.load(account, text_budget.LANE, text_budget.ACCOUNT)
    return text_budget.sent_on(value, day_of(now))


class _Count(Protocol):
    """One place where messages are counted."""

    @property
    def lane(self) -> str: ...
    @property
    def subject(self) -> str: ...
    def gate(self, value: JsonObject, now: datetime) -> Refusal | None: ...
    def after(self, value: JsonObject, now: datetime) -> JsonObject: ...


def _counted(
    services: Services, account: AccountId, counts: Sequence[_Count]
) -> Sequence[tuple[_Count, JsonObject, int]]:
    """Return these places, each with its count and the version of that."""
    loaded = services.counters.load_all(account, [(count.lane, count.subject) for count in counts])
    return [(count, value, version) for count, (value, version) in zip(counts, loaded, strict=True)]


def _shut(counted: Sequence[tuple[_Count, JsonObject, int]], now: datetime) -> Refusal | None:
    """Return what refuses for longest of these places, so that nobody waits for another wait; None: none is full."""
    found = [shut for count, value, _ in counted if (shut := count.gate(value, now)) is not None]
    return max(found, key=lambda shut: shut.at or now, default=None)


def _write(
    services: Services, account: AccountId, count: _Count, value: JsonObject, version: int, *, now: datetime
) -> Refusal | None:
    for _ in range(ROUNDS):
        after = count.after(value, now)
        if services.counters.replace(account, count.lane, count.subject, after, version=version):
            if isinstance(count, Budget):
                count.tell_of(services, account, value, after, now=now)
            return None
        # Others were faster; a person's own other tab is stopped here by the wait that its code began.
        value, version = services.counters.load(account, count.lane, count.subject)
        shut = count.gate(value, now)
        if shut is not None:
            return shut
    return Refusal(No.BUSY, at=now)


def _counts(services: Services, account: AccountId, person: PersonId, parcel: Parcel) -> Sequence[_Count]:
    limits = services.numbers.codes
    counts: list[_Count] = [_Person(person, parcel.channel, parcel.purpose, limits)]
    if parcel.channel == SMS:
        # Whoever types a number leaves some of its texts to whoever proved it: else they would shut its owner out.
        to_number = limits.to_number if parcel.is_proved else (limits.to_number + 1) // 2
        counts.append(_InADay(_NUMBER, services.digests.keyed(_NUMBER, parcel.to), to_number))
        if not parcel.is_proved:
            prefix = services.digests.keyed(_PREFIX, parcel.to[:-_VARIES])
            counts.append(_InADay(_PREFIX, prefix, limits.to_range))
        counts.append(Budget(services.texts.limits(account), parcel.audience, parcel.is_proved))
    return counts


@dataclass(frozen=True, slots=True)
class _Person:
    """The codes of one person over one channel, each with its purpose."""

    subject: str
    channel: str
    purpose: str
    limits: Limits

    @property
    def lane(self) -> str:
        return _LANES[self.channel]

    def gate(self, value: JsonObject, now: datetime) -> Refusal | None:
        history = _history(value)
        match sent_codes.may_send(
            [at for at, _ in history], self.limits, now=now, alike=[at for at, what in history if what == self.purpose]
        ):
            case sent_codes.Ready():
                return None
            case sent_codes.NotBefore(at=at):
                return Refusal(No.TOO_SOON, at=at)
            case sent_codes.Capped(at=at):
                return Refusal(No.SENT_ENOUGH, at=at)

    def after(self, value: JsonObject, now: datetime) -> JsonObject:
        history = [*_history(value), (now, self.purpose)][-self.limits.a_day :]
        return {"at": [to_micros(at) for at, _ in history], "for": [what for _, what in history]}


def _history(value: JsonObject) -> list[tuple[datetime, str]]:
    at = [as_instant(one, "at") for one in list_in(value, "at")] if value else []
    purposes = [as_text(one, "for") for one in list_in(value, "for")] if "for" in value else [MAILBOX] * len(at)
    return list(zip(at, purposes, strict=True))


@dataclass(frozen=True, slots=True)
class _InADay:
    """So many within any 24 hours."""

    lane: str
    subject: str
    most: int

    def gate(self, value: JsonObject, now: datetime) -> Refusal | None:
        today = self._today(value, now)
        return Refusal(No.SENT_ENOUGH, at=today[-self.most] + _DAY) if len(today) >= self.most else None

    def after(self, value: JsonObject, now: datetime) -> JsonObject:
        return {"at": [to_micros(at) for at in [*self._today(value, now), now][-self.most :]]}

    def _today(self, value: JsonObject, now: datetime) -> list[datetime]:
        at = [as_instant(one, "at") for one in list_in(value, "at")] if value else []
        return [one for one in at if one > now - _DAY]
