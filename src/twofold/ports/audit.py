"""The audit log: every event, in the same transaction as what it tells of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, EventId, PersonId
    from twofold.core.json import JsonObject

LOOKED_AT: Final = 3000
"""How many events one page looks through at most, where more than one thing is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Who (`actor_id`) did what (`kind`, past tense) to whom (`person_id`), when, from where, why.

    `actor` is "person", "operator", "system" or "claimant". Codes, secrets and whole phone numbers
    never stand in `detail`. Ids of one process rise, so that events of one instant keep their order.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are looked for: all that fit everything that is said here.

    `since` is the first instant, `until` the one after the last.
    """

    person: PersonId | None = None
    actor: PersonId | None = None
    kind: str = ""
    address: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventPage:
    """Some events, newest first.

    `older` is the cursor of what comes after them (empty: nothing). `looked_back_to` is set where the looking stopped
    before the page was full: further back there may be more.
    """

    events: tuple[Event, ...]
    older: str = ""
    looked_back_to: datetime | None = None


class Audit(Protocol):
    """Where events are kept; none is ever changed."""

    def record(self, account: AccountId, event: Event) -> None:
        """Append one."""

    def of_person(self, account: AccountId, person: PersonId, *, most: int = 50) -> Sequence[Event]:
        """Return what happened to a person, newest first; not what they did to others."""

    def newest_of(self, account: AccountId, people: Iterable[PersonId], *, kind: str = "") -> Mapping[PersonId, Event]:
        """Return what happened last to each of these people, of one kind or of any; who has nothing is left out."""

    def search(self, account: AccountId, wanted: Wanted, *, before: str = "", most: int = 50) -> EventPage:
        """Return the events that are looked for, newest first; at most LOOKED_AT are looked through."""

    def chunk(
        self, account: AccountId, wanted: Wanted, *, after: str = "", most: int = 1000
    ) -> tuple[Sequence[Event], str]:
        """Return some of the events that are looked for, oldest first, and the cursor of the next (empty: the end).

        For taking all of them out: at most `most` are looked through, so a chunk may well be empty.
        """

    def ends(self, account: AccountId) -> tuple[datetime, datetime] | None:
        """Return when the oldest and the newest event happened; None: there is none."""

    def horizon(self, account: AccountId) -> datetime | None:
        """Return the instant before which nothing is kept any more, or is being removed."""

    def set_horizon(self, account: AccountId, before: datetime) -> bool:
        """Let events from before an instant be removed; False where that instant was set already.

        The database refuses one that is later than 90 days before the newest event.
        """

    def forget(self, account: AccountId, *, at: datetime, most: int) -> int | None:
        """Remove some events from before the horizon, in the present transaction; None: there is nothing to do.

        Returns 0 while there may be more, and how many were removed in all once they are gone.
        """
