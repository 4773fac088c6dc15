"""The audit log: every event, in the same transaction as what it tells of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, EventId, PersonId
    from twofold.core.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Who (`actor_id`) did what (`kind`, past tense) to whom (`person_id`), when, from where, why.

    `actor` is "person", "operator", "system" or "claimant". Codes, secrets and whole phone numbers
    never stand in `detail`.
    """

    id: EventId
    at: datetime
    kind: str
    actor: str
    actor_id: PersonId | None = None
    person_id: PersonId | None = None
    address: str = ""
    browser: str = ""
    detail: JsonObject = field(default_factory=dict)


class Audit(Protocol):
    """Where events are kept; none is ever changed."""

    def record(self, account: AccountId, event: Event) -> None:
        """Append one."""

    def of_person(self, account: AccountId, person: PersonId, *, most: int = 50) -> Sequence[Event]:
        """Return what was done by or to a person, newest first."""

    def page(self, account: AccountId, *, before: str = "", most: int = 100) -> tuple[Sequence[Event], str]:
        """Return events, newest first, and the cursor of the older ones (empty: none)."""
