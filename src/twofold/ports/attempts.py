"""Sign-ins and set-ups under way, and the counting of wrong answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.assurance import Evidence
    from twofold.core.ids import AccountId, AttemptId, BrowserId, PersonId, SessionId
    from twofold.core.json import JsonObject
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber


class Purpose(StrEnum):
    """What an attempt is for."""

    SIGN_IN = "sign_in"
    FIRST_OWNER = "first_owner"
    SET_UP = "set_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in or a set-up under way; its secret is in one browser's cookie.

    `kept` holds what stays with us between pages (a pending key, mailed codes), sealed at rest.
    `wrong` counts wrong answers within this attempt. `session_id` is set when somebody signed in
    sets up from the profile.
    """

    id: AttemptId
    person_id: PersonId
    purpose: Purpose
    evidence: Evidence
    begun_at: datetime
    last_step_at: datetime
    browser_id: BrowserId | None = None
    session_id: SessionId | None = None
    next_url: str = ""
    wrong: int = 0
    setting_up: bool = False
    kept: JsonObject = field(default_factory=dict, repr=False)
    version: int = 0


class Attempts(Protocol):
    """Where attempts are kept."""

    def begin(self, account: AccountId, attempt: Attempt, *, token_digest: str) -> None:
        """Store a new one."""

    def by_token(self, account: AccountId, token_digest: str) -> Attempt | None:
        """Return the open attempt of this secret; closed ones are not found."""

    def with_person(
        self, account: AccountId, token_digest: str
    ) -> tuple[Attempt, Subscriber, tuple[Enrolment, ...]] | None:
        """Return the open attempt of this secret with its person and what they hold, all of one moment.

        None also where the person is gone.
        """

    def replace(self, account: AccountId, old: Attempt, new: Attempt) -> bool:
        """Write `new` where `old.version` still stands and the attempt is open."""

    def close(self, account: AccountId, attempt: Attempt, *, at: datetime) -> bool:
        """Close where `attempt.version` still stands and the attempt is open.

        True for exactly one of several that try.
        """

    def end_all(
        self,
        account: AccountId,
        person: PersonId,
        *,
        at: datetime,
        but: AttemptId | None = None,
    ) -> None:
        """Close every open attempt of a person, except `but`."""


class Counters(Protocol):
    """Versioned small values under a lane and a subject: tries are counted in them."""

    def load(self, account: AccountId, lane: str, subject: str) -> tuple[JsonObject, int]:
        """Return value and version; an empty object and 0 where nothing was counted yet."""

    def load_all(self, account: AccountId, wanted: Sequence[tuple[str, str]]) -> Sequence[tuple[JsonObject, int]]:
        """Return the same of several at one moment, each named by its lane and subject, in the order asked."""

    def replace(self, account: AccountId, lane: str, subject: str, value: JsonObject, *, version: int) -> bool:
        """Write where the version still stands (0: where there is no row); else False."""

    def forget(self, account: AccountId, subject: str) -> None:
        """Remove every lane of a subject: somebody was helped, or is erased."""
