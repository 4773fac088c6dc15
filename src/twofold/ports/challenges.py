"""Live challenges: what stays with us of a code that was sent, until it is typed, or of a link until it is opened."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """One live challenge: what its factor kept and what it shows, both sealed at rest.

    `tries` counts the answers that were looked at. From `expires_at` on it is too late for one.
    """

    kept: JsonObject = field(repr=False)
    shown: JsonObject = field(repr=False)
    tries: int = 0
    version: int = 0
    expires_at: datetime


class Challenges(Protocol):
    """Where live challenges are kept: one for each scope (an attempt, a session, or what a link is about) and kind."""

    def load(self, account: AccountId, scope: str, kind: str) -> Live | None:
        """Return the live challenge of a kind within a scope, expired or not."""

    def replace(self, account: AccountId, scope: str, kind: str, person: PersonId, live: Live, *, version: int) -> bool:
        """Write where the version still stands (0: where there is none); else False.

        `live.version` is not read. One that was dropped and made anew never has a version of the one before.
        """

    def drop(self, account: AccountId, scope: str, kind: str, *, version: int) -> bool:
        """Remove where the version still stands: True for exactly one of several that try."""

    def end_all(self, account: AccountId, person: PersonId, *, but_kind: str) -> None:
        """Remove every one of a person, but those of one kind."""
