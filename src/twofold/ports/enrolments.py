"""What people hold: confirmed authenticators, and recovery codes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from twofold.factors.contract import THING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, EnrolmentId, PersonId
    from twofold.core.json import JsonObject
    from twofold.ports.reports import SurveyedMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """One authenticator bound to one person. Only confirmed ones are ever stored."""

    id: EnrolmentId
    person_id: PersonId
    kind: str
    label: str
    state: JsonObject = field(repr=False)
    strong: bool
    confirmed_at: datetime
    last_used_at: datetime | None = None
    lookup: str | None = None
    preferred: bool = False
    version: int = 0

    @property
    def thing(self) -> str:
        """What the person has at hand, where its kind has several things ("token"); "" for the usual one."""
        thing = self.state.get(THING)
        return thing if isinstance(thing, str) else ""


class Enrolments(Protocol):
    """Where enrolments are kept, their state sealed."""

    def held(self, account: AccountId, person: PersonId) -> tuple[Enrolment, ...]:
        """Return all of a person, the preferred first, then the oldest."""

    def methods_of(
        self, account: AccountId, people: Iterable[PersonId]
    ) -> Mapping[PersonId, tuple[SurveyedMethod, ...]]:
        """Return what several people hold, in the same order and without secrets; who holds nothing is left out."""

    def add(self, account: AccountId, enrolment: Enrolment) -> bool:
        """Store one; False when its look-up key is taken."""

    def replace_state(
        self,
        account: AccountId,
        enrolment: Enrolment,
        state: JsonObject | None,
        *,
        used_at: datetime | None,
    ) -> bool:
        """Write the state (None: it stays) and when it was last used where `enrolment.version` still stands.

        Counts the version up.
        """

    def rename(self, account: AccountId, person: PersonId, enrolment: EnrolmentId, label: str) -> bool:
        """Rename, without touching the version; False when the person holds no such enrolment."""

    def prefer(self, account: AccountId, person: PersonId, enrolment: EnrolmentId) -> bool:
        """Make one the preferred, without touching versions; False when it is not held."""

    def remove(self, account: AccountId, person: PersonId, enrolments: Sequence[EnrolmentId]) -> int:
        """Remove some of a person's enrolments and return how many went."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesLeft:
    """How many are unused, and when the set was made (None: there is none)."""

    left: int
    made_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeUse:
    """What spending a recovery code found.

    `spent` is True exactly once per code. `used_at` tells when an already used one was used.
    `left` counts what remains of the person's own set.
    """

    spent: bool
    used_at: datetime | None
    by_helper: bool
    left: int


class RecoveryCodes(Protocol):
    """Keyed digests of recovery codes, looked up per person."""

    def replace_all(self, account: AccountId, person: PersonId, digests: Sequence[str], *, at: datetime) -> None:
        """Void the person's own set and store a new one."""

    def put_helpers(self, account: AccountId, person: PersonId, digest: str, *, at: datetime, until: datetime) -> None:
        """Store the one code that a helper or the operator gave; an earlier one is void."""

    def spend(self, account: AccountId, person: PersonId, digest: str, *, at: datetime) -> CodeUse | None:
        """Use a code up by compare-and-set; None when no such code is the person's."""

    def left(self, account: AccountId, person: PersonId) -> RecoveryCodesLeft:
        """Count the unused of the person's own set."""

    def discard(self, account: AccountId, person: PersonId) -> None:
        """Void all, the helper's included."""
