"""What people were told is coming, so that it is told once, and told as well when it comes no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """From when on a second factor was said to be required of somebody; last reminded of at `reminded_at`.

    It can be left until `until`; None: from `starts_at` on they are led through set-up.
    """

    starts_at: datetime
    until: datetime | None
    reminded_at: datetime | None = None

    @property
    def last_day(self) -> datetime:
        """From when on they cannot sign in without setting up."""
        return self.until or self.starts_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Stopping:
    """Which ways somebody was told count no more: of each kind until when it opens set-up, None where that has no end.

    They were last reminded of it at `reminded_at`.
    """

    ways: Mapping[str, datetime | None]
    reminded_at: datetime | None = None


class Stoppings(Protocol):
    """Where it is kept who was told of ways that count no more: of each person the last that they were told."""

    def of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Stopping]:
        """Return what these people were told; those who were told nothing are left out."""

    def keep(self, account: AccountId, person: PersonId, told: Stopping) -> None:
        """Keep what somebody was told, in place of what stood before, in the present transaction; no ways: nothing."""


class Announcements(Protocol):
    """Where it is kept who was told of what: of each person the last that they were told."""

    def of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Announced]:
        """Return what these people were told; those who were told nothing are left out."""

    def walk(self, account: AccountId, *, behind: str, most: int) -> Sequence[PersonId]:
        """Return who was told anything, in the order of their ids, those behind this one ("": from the first)."""

    def keep(self, account: AccountId, person: PersonId, told: Announced) -> None:
        """Keep what somebody was told, in place of what stood before, in the present transaction."""

    def drop(self, account: AccountId, person: PersonId) -> None:
        """Forget what somebody was told: nothing of it comes, and they know."""
