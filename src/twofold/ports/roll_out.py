"""What is read of people while a requirement is rolled out: lists and counts along an index, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.asked import SignIn
    from twofold.core.groups import Group
    from twofold.core.ids import AccountId, GroupId, PersonId
    from twofold.core.roles import Audience, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempted:
    """Somebody who is exempt until then."""

    id: PersonId
    name: str
    email: str
    role: Role
    until: datetime
    because: str
    suspended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """Somebody who opened set-up at a sign-in and did not finish; `last_step_at` is when they did something last."""

    person_id: PersonId
    name: str
    email: str
    begun_at: datetime
    last_step_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """Everybody who belongs to a group: by hand, by role or by email domain."""

    id: GroupId
    group: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of the people of an audience or a group who are not suspended: facts only, no policy."""

    people: int
    set_up: int
    chosen: int
    exempt: int
    never_signed_in: int
    asked_by_reset: int


class RollOut(Protocol):
    """Where it is read from."""

    def exempt(
        self, account: AccountId, *, now: datetime, after: tuple[datetime, str] | None = None, most: int
    ) -> Sequence[Exempted]:
        """Return the people whose own exemption still stands, those that end first first; `after` is end and id."""

    def stuck(self, account: AccountId, *, since: datetime, before: datetime, most: int) -> Sequence[Stuck]:
        """Return who began to set up since then, has nothing and did nothing after `before`, newest first."""

    def sign_ins(
        self, account: AccountId, people: Sequence[PersonId], *, since: datetime
    ) -> Mapping[PersonId, Sequence[SignIn]]:
        """Return when these people signed in since then, and on which browsers, oldest first; none: left out.

        Sign-ins of the last 120 days are kept, as rows of sessions that may have ended long since.
        """

    def set_up_by_day(
        self, account: AccountId, audience: Audience, *, since: datetime, behind: str, most: int
    ) -> Mapping[int, int]:
        """Count those who hold something by the day of their first of it: days since 1970 (UTC), all before as -1.

        Of the next `most` of an audience who are not suspended, in the order of their ids, from behind this one on.
        """

    def tally(self, account: AccountId, whose: Audience | Members, *, now: datetime) -> Tally:
        """Count an audience or a group; `now` tells which exemptions still stand."""

    def tally_of_some(
        self, account: AccountId, whose: Audience | Members, *, now: datetime, behind: str, most: int
    ) -> tuple[Tally, PersonId | None]:
        """Count the next of an audience or a group in the order of their ids, behind this one ("": from the first).

        With the last of them where there may be more, else None.
        """

    def hold_only(
        self,
        account: AccountId,
        whose: Audience | Members,
        kinds: frozenset[str],
        *,
        behind: str = "",
        up_to: str = "",
        most: int,
    ) -> Sequence[PersonId]:
        """Return who holds something, of these kinds alone, or of any where they have a rule of their own.

        The next `most` of an audience or a group who are not suspended, in the order of their ids, from behind one on
        and up to another ("": to the last).
        """

    def tally_alone(self, account: AccountId, audience: Audience, *, now: datetime, most: int) -> Tally:
        """Count those of an audience of whom something is required by a rule of their own, `most` of them at most."""

    def alone(
        self, account: AccountId, audience: Audience | None = None, *, behind: str, most: int
    ) -> Sequence[PersonId]:
        """Return such people, suspended ones included, in the order of their ids, behind this one.

        Of both audiences where none is given.
        """

    def are_more_than(self, account: AccountId, audience: Audience, than: int) -> bool:
        """Say whether an audience has more people than this, suspended ones included."""
