"""What signed-in people have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.assurance import Evidence
    from twofold.core.ids import AccountId, BrowserId, PersonId, SessionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One signed-in browser, or later an application that was signed in through it (`parent_id`).

    `audience` names whom the session is for: empty for our own pages. `trusted` tells that a trusted
    device answered for the second factor. `recovery_proof_until` lengthens fresh proof once, for
    replacing what was lost, after a sign-in by recovery code.
    """

    id: SessionId
    person_id: PersonId
    evidence: Evidence
    created_at: datetime
    last_seen_at: datetime
    browser_id: BrowserId | None = None
    parent_id: SessionId | None = None
    audience: str = ""
    trusted: bool = False
    address: str = ""
    browser_name: str = ""
    recovery_proof_until: datetime | None = None
    ended_at: datetime | None = None
    version: int = 0


class Sessions(Protocol):
    """Where sessions are kept; their secrets only as digests."""

    def add(self, account: AccountId, session: Session, *, token_digest: str) -> None:
        """Store a new one."""

    def by_token(self, account: AccountId, token_digest: str) -> Session | None:
        """Return the session of this secret, if it has not been ended."""

    def replace(self, account: AccountId, old: Session, new: Session, *, token_digest: str | None = None) -> bool:
        """Write `new` where `old.version` still stands; with a digest the old secret dies."""

    def seen(self, account: AccountId, session: SessionId, at: datetime) -> None:
        """Note that the session was used, without touching the version."""

    def end(self, account: AccountId, person: PersonId, session: SessionId, *, at: datetime) -> bool:
        """End one with its children; False when the person has no such open session."""

    def end_all(
        self,
        account: AccountId,
        person: PersonId,
        *,
        at: datetime,
        but: SessionId | None = None,
    ) -> int:
        """End every session of a person except `but`, and return how many."""

    def end_of_browser(
        self, account: AccountId, person: PersonId, browser: BrowserId, *, at: datetime, but: SessionId
    ) -> int:
        """End every session of a person on one browser except `but`, with their children, and return how many."""

    def is_open(self, account: AccountId, person: PersonId, session: SessionId) -> bool:
        """Say whether a session of this person has not been ended."""

    def of_person(self, account: AccountId, person: PersonId, *, most: int = 100) -> Sequence[Session]:
        """Return the open ones, last seen first."""
