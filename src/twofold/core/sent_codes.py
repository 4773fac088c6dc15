"""Codes that are sent to somebody, by mail or by text: when one may be sent, and which one counts.

The try is spent before the answer is looked at: `spend`, store, then `check`.
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from twofold.core.instants import to_micros
from twofold.core.json import (
    JsonObject,
    JsonValue,
    as_object,
    instant_in,
    int_in,
    list_in,
    object_in,
    refuse_unknown,
    text_in,
)
from twofold.core.refusals import No, Refusal

ENTROPY_BYTES: Final = 24
"""Random bytes for one code: so many that the remainder favours no code by more than 2**-160."""
_OF_ALL: Final = frozenset({"codes", "tries"})
_OF_ONE: Final = frozenset({"digest", "sent_at"})
_HOUR = timedelta(hours=1)
_DAY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a sent code lives, how often it may be tried, and how often one may be sent.

    `an_hour` and `a_day` count the codes of one person; `to_number` counts texts of a day to one number, and
    `to_range` those to unproved numbers that differ in the last three digits only.
    """

    digits: int = 8
    life: timedelta = timedelta(minutes=5)
    tries: int = 5
    first_resend_after: timedelta = timedelta(seconds=30)
    resend_after: timedelta = timedelta(seconds=60)
    an_hour: int = 5
    a_day: int = 10
    to_number: int = 5
    to_range: int = 50


EMAIL: Final = Limits()
SMS: Final = Limits(digits=6)


@dataclass(frozen=True, slots=True)
class Sent:
    """One code that went out, as a digest."""

    digest: str
    sent_at: datetime


@dataclass(frozen=True, slots=True)
class SentCodes:
    """The codes of one ceremony, oldest first, and the tries spent on all of them together."""

    codes: tuple[Sent, ...] = ()
    tries: int = 0

    def to_json(self) -> JsonObject:
        """Return this as JSON; instants are microseconds."""
        return {
            "codes": [{"digest": one.digest, "sent_at": to_micros(one.sent_at)} for one in self.codes],
            "tries": self.tries,
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> "SentCodes":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, _OF_ALL)
        return cls(tuple([_sent(item) for item in list_in(value, "codes")]), int_in(value, "tries"))


def _sent(item: JsonValue) -> Sent:
    value = as_object(item, "code")
    refuse_unknown(value, _OF_ONE)
    return Sent(text_in(value, "digest"), instant_in(value, "sent_at"))


NONE_SENT = SentCodes()


@dataclass(frozen=True, slots=True)
class Ready:
    """A code may be sent now."""


@dataclass(frozen=True, slots=True)
class NotBefore:
    """One was sent just now: the next may be sent at `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Capped:
    """So many were sent within an hour or a day that the next waits until `at`."""

    at: datetime


MaySend: TypeAlias = Ready | NotBefore | Capped


def make_code(random: bytes, digits: int) -> str:
    """Return a uniformly random code of so many digits, made of ENTROPY_BYTES random bytes."""
    if len(random) != ENTROPY_BYTES:
        raise ValueError(f"a code takes {ENTROPY_BYTES} random bytes")
    return str(int.from_bytes(random, "big") % 10**digits).zfill(digits)


def may_send(
    history: Sequence[datetime], limits: Limits, *, now: datetime, alike: Sequence[datetime] | None = None
) -> MaySend:
    """Say whether one more code may be sent, given when earlier ones were, oldest first (a day's are enough).

    `alike` are those of them that were for the same thing: only these are waited for (None: all were).
    """
    today = [at for at in history if at > now - _DAY]
    if len(today) >= limits.a_day:
        return Capped(today[-limits.a_day] + _DAY)
    this_hour = [at for at in today if at > now - _HOUR]
    same = this_hour if alike is None else [at for at in alike if at > now - _HOUR]
    until = now
    if same:
        until = same[-1] + (limits.first_resend_after if len(same) == 1 else limits.resend_after)
    if len(this_hour) >= limits.an_hour and this_hour[-limits.an_hour] + _HOUR > until:
        return Capped(this_hour[-limits.an_hour] + _HOUR)
    return NotBefore(until) if until > now else Ready()


def add(codes: SentCodes, digest: str, *, now: datetime) -> SentCodes:
    """Return the codes with a new one, which voids the older ones and keeps the count of tries."""
    return SentCodes((*codes.codes, Sent(digest, now)), codes.tries)


def spend(codes: SentCodes) -> SentCodes:
    """Return the codes with one more try spent: to be stored before `check` looks at the answer."""
    return replace(codes, tries=codes.tries + 1)


def give_back(codes: SentCodes) -> SentCodes:
    """Return the codes with one try given back."""
    return replace(codes, tries=max(0, codes.tries - 1))


def check(codes: SentCodes, typed: str, limits: Limits, *, now: datetime) -> Refusal | None:
    """Judge the digest of what was typed, after its try was spent; None: it is the newest code, in time.

    Refused with `TOO_MANY_TRIES` (it was not looked at), `EXPIRED`, `WRONG` (with the tries that are `left`), or
    `SUPERSEDED`: a right code that a newer one replaced, whose try is given back (`give_back`).
    """
    if codes.tries > limits.tries:
        return Refusal(No.TOO_MANY_TRIES)
    return _against(codes, typed, limits.life, left=limits.tries - codes.tries, now=now)


def _against(
    codes: SentCodes, typed: str, life: timedelta, *, left: int | None = None, now: datetime
) -> Refusal | None:
    matching = [one for one in codes.codes if hmac.compare_digest(one.digest, typed)]
    if not matching:
        return Refusal(No.WRONG, left=left)
    sent, newest = matching[-1], codes.codes[-1]
    if sent != newest:
        return Refusal(No.SUPERSEDED, at=sent.sent_at, other_at=newest.sent_at)
    return None if now < sent.sent_at + life else Refusal(No.EXPIRED, at=sent.sent_at)


@dataclass(frozen=True, slots=True)
class Issued:
    """A new code, and what is kept of it and of those before until one is typed."""

    code: str = field(repr=False)
    kept: JsonObject = field(repr=False)


def issue(before: JsonObject, to: str, limits: Limits, *, now: datetime, random: bytes) -> Issued:
    """Make a code for a number or an address, given what was `kept` of the last one ({}: there was none).

    The older codes are void and still recognised, unless they went elsewhere. `random` is ENTROPY_BYTES for the code
    and as many for the key under which its digest is kept.
    """
    code = make_code(random[:ENTROPY_BYTES], limits.digits)
    if before and text_in(before, "to") == to:
        key, codes = text_in(before, "key"), SentCodes.from_json(object_in(before, "sent"))
    else:
        key, codes = random[ENTROPY_BYTES:].hex(), NONE_SENT
    sent = add(codes, _digest(key, code), now=now)
    return Issued(code, {"to": to, "key": key, "sent": sent.to_json()})


def judge(kept: JsonObject, typed: str, *, life: timedelta, now: datetime) -> Refusal | None:
    """Judge what was typed (ASCII digits) against what `issue` kept; None: it is right. Tries are counted elsewhere."""
    codes = SentCodes.from_json(object_in(kept, "sent"))
    return _against(codes, _digest(text_in(kept, "key"), typed), life, now=now)


def _digest(key: str, code: str) -> str:
    return hmac.digest(bytes.fromhex(key), code.encode(), "sha256").hex()
