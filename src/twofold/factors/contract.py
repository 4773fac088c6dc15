"""What every second factor does, and the values it exchanges with the flows.

A factor is pure: it is handed what is held, what was asked, the time and the entropy, and answers
with a value. What it wants stored or sent stands in that value; the flows store and send it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.assurance import Traits
    from twofold.core.ids import EnrolmentId
    from twofold.core.json import JsonObject
    from twofold.core.refusals import Refusal


class Random(Protocol):
    """The part of the entropy port that a factor may use."""

    def bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceremony:
    """What a factor needs to know of the house and of the person.

    `origin` is the account's configured address without a path ("https://help.acme.example"),
    `rp_id` its host name alone.
    """

    account_name: str
    origin: str
    rp_id: str
    person_label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One confirmed enrolment as its own factor sees it. `state` never reaches a page."""

    id: EnrolmentId
    label: str
    state: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """A message to hand over after the commit; `template` names its words in `delivery`."""

    channel: str
    template: str
    params: JsonObject = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """What is shown to the person, what stays with us until the answer, and what is sent."""

    shown: JsonObject = field(repr=False)
    kept: JsonObject = field(repr=False)
    send: tuple[Send, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The answer was right.

    `state` replaces the enrolment's state by compare-and-set, `id` says which enrolment it was
    (None while enrolling), `lookup` is an optional key unique per account and kind.
    """

    state: JsonObject = field(repr=False)
    id: EnrolmentId | None = None
    lookup: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The answer was not right, and why."""

    because: Refusal


Verdict = Accepted | Refused


class SecondFactor(Protocol):
    """One way of proving a second factor. Implementations hold no state."""

    @property
    def kind(self) -> str:
        """The stored name ("totp"); never renamed."""

    @property
    def traits(self) -> Traits:
        """What policy may know: `amr` values of RFC 8176, phishing resistance, strength."""

    def offer(
        self,
        where: Ceremony,
        held: Sequence[Held],
        asked: JsonObject,
        *,
        now: datetime,
        entropy: Random,
    ) -> Challenge:
        """Begin an enrolment, or its next stage; `asked` is what the person chose so far."""

    def enrol(self, where: Ceremony, secret: JsonObject, answer: JsonObject, *, now: datetime) -> Verdict:
        """Judge the answer that confirms an enrolment; `secret` is what `offer` kept."""

    def challenge(self, where: Ceremony, held: Sequence[Held], *, now: datetime, entropy: Random) -> Challenge:
        """Say what a person who signs in is to be shown, given all they hold of this kind."""

    def verify(
        self,
        where: Ceremony,
        held: Sequence[Held],
        secret: JsonObject,
        answer: JsonObject,
        *,
        now: datetime,
    ) -> Verdict:
        """Judge an answer against all enrolments held of this kind."""
