"""What every second factor does, and the values it exchanges with the flows.

A factor is pure: it is handed what is held, what was asked, the time and the entropy, and answers
with a value. What it wants stored or sent stands in that value; the flows store and send it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from twofold.core import sent_codes
from twofold.core.instants import to_micros
from twofold.core.refusals import No
from twofold.core.typed import digits_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.assurance import Traits
    from twofold.core.ids import EnrolmentId
    from twofold.core.json import JsonObject
    from twofold.core.refusals import Refusal
    from twofold.core.sent_codes import Limits

EMAIL: Final = "email"
SMS: Final = "sms"
THING: Final = "thing"
"""Under what a state, and what was asked for it, say what the person has at hand, where its kind has several things.

It is for words alone ("token"); what is missing is the usual thing of that kind.
"""
UNCOUNTED: Final = frozenset({No.SUPERSEDED})
"""Refusals of what was right once: they cost no try."""


class Random(Protocol):
    """The part of the entropy port that a factor may use."""

    def bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """What a factor needs to know of the house and of the person.

    `origin` is the account's configured address without a path ("https://help.acme.example"),
    `rp_id` its host name alone. `email` is the address on file, `email_proved` whether its mailbox was.
    `countries` are the regions (ISO 3166-1) to which texts go; None: all. A code that is sent works for `code_life`.
    """

    account_name: str
    origin: str
    rp_id: str
    person_label: str
    email: str = ""
    email_proved: bool = False
    countries: frozenset[str] | None = None
    code_life: timedelta = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One confirmed enrolment as its own factor sees it. `state` never reaches a page."""

    id: EnrolmentId
    label: str
    state: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A message to hand over after the commit, by EMAIL or SMS; `template` names its words."""

    channel: str
    to: str
    template: str
    params: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What is shown to the person, what stays with us until the answer, and what is sent.

    `asks` names the field that is wanted before an enrolment can go on ("number"); empty: the next thing is the
    answer. From `until` on an answer is too late (None: it has no such moment).
    """

    shown: JsonObject = field(repr=False)
    kept: JsonObject = field(repr=False)
    send: tuple[Send, ...] = ()
    asks: str = ""
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The answer was right.

    `state` replaces the enrolment's state by compare-and-set (None: it stays as it is), `id` says which enrolment it
    was (None while enrolling), `lookup` is an optional key unique per account and kind.
    """

    state: JsonObject | None = field(default=None, repr=False)
    id: EnrolmentId | None = None
    lookup: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The answer was not right, and why.

    `state` replaces the state of the enrolment `id` where something of the answer has to be kept.
    """

    because: Refusal
    id: EnrolmentId | None = None
    state: JsonObject | None = field(default=None, repr=False)


Verdict = Accepted | Refused

_PASSCODE: Final = "passcode"
"""The template of the message with a code, and the name of the field in which the code comes back."""


def send_code(
    where: Ceremony,
    before: JsonObject,
    limits: Limits,
    *,
    channel: str,
    to: str,
    masked: str,
    now: datetime,
    entropy: Random,
) -> Challenge:
    """Return the challenge of a factor that sends a code to a number or an address.

    `shown` has `to` and `label` (as it is `masked`), `sent_at` and `until` (microseconds), `digits`.
    """
    limits = replace(limits, life=where.code_life)
    issued = sent_codes.issue(before, to, limits, now=now, random=entropy.bytes(2 * sent_codes.ENTROPY_BYTES))
    until = now + limits.life
    sent_at, until_at = to_micros(now), to_micros(until)
    params: JsonObject = {"code": issued.code, "host": where.rp_id, "sent_at": sent_at, "until_at": until_at}
    return Challenge(
        shown={"to": masked, "label": masked, "digits": limits.digits, "sent_at": sent_at, "until": until_at},
        kept=issued.kept,
        send=(Send(channel=channel, to=to, template=_PASSCODE, params=params),),
        until=until,
    )


def judge_code(where: Ceremony, secret: JsonObject, answer: JsonObject, *, now: datetime) -> Refusal | None:
    """Judge the code that came back against what `send_code` kept; None: it is right."""
    typed = answer.get(_PASSCODE)
    digits = digits_of(typed if isinstance(typed, str) else "")
    return sent_codes.judge(secret, digits, life=where.code_life, now=now)


class SecondFactor(Protocol):
    """One way of proving a second factor. Implementations hold no state."""

    @property
    def kind(self) -> str:
        """The stored name ("totp"); never renamed."""

    @property
    def traits(self) -> Traits:
        """What policy may know: `amr` values of RFC 8176, phishing resistance, strength."""

    @property
    def makes_challenge(self) -> bool:
        """Whether a challenge is made, by POST, before there is an answer. Else `challenge` only shows something."""

    @property
    def channel(self) -> str:
        """The channel that its messages take, EMAIL or SMS; empty when it sends nothing."""

    @property
    def only_one(self) -> bool:
        """Whether a person holds one at most: another takes the place of the one before."""

    def offer(
        self,
        where: Ceremony,
        held: Sequence[Held],
        asked: JsonObject,
        before: JsonObject,
        *,
        now: datetime,
        entropy: Random,
    ) -> Challenge | Refused:
        """Begin an enrolment, or its next stage, or its message anew.

        `asked` is what the person chose or typed so far ({}: nothing), `before` what the offer that this one
        replaces kept ({}: there is none).
        """

    def enrol(self, where: Ceremony, secret: JsonObject, answer: JsonObject, *, now: datetime) -> Verdict:
        """Judge the answer that confirms an enrolment; `secret` is what `offer` kept."""

    def challenge(
        self, where: Ceremony, held: Sequence[Held], before: JsonObject, *, now: datetime, entropy: Random
    ) -> Challenge | Refused:
        """Say what a person who signs in is to be shown, given all they hold of this kind.

        `before` is what the live challenge that this one replaces kept ({}: there is none).
        """

    def verify(
        self,
        where: Ceremony,
        held: Sequence[Held],
        secret: JsonObject,
        answer: JsonObject,
        *,
        now: datetime,
    ) -> Verdict:
        """Judge an answer against all enrolments held of this kind; `secret` is what the live challenge kept."""
