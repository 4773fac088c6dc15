"""Status reports: what they are made of, how far one is, and its file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.groups import Extra, Membership
    from twofold.core.ids import AccountId, EnrolmentId, PersonId, ReportId
    from twofold.core.roles import Role
    from twofold.core.trust import Trust
    from twofold.ports.pages import Page, PageBetween


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyedMethod:
    """One confirmed authenticator, without its secret."""

    id: EnrolmentId
    kind: str
    strong: bool
    confirmed_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """One person with everything that a report tells of them, as facts.

    `skipped` counts how often they said "later" to what is required, last at `skipped_at`. `methods` are in the order
    in which they are asked for. `by_hand` are the groups they were put into. `codes_left` is None where no recovery
    codes were ever made. `signed_in_by` says how the last sign-in was proved: kinds of
    proof with " + " between them, empty where that was not noted. `locale` and `time_zone` may be empty: the account's
    then apply.
    """

    id: PersonId
    email: str
    name: str
    role: Role
    created_at: datetime
    chosen: bool
    every_sign_in: bool
    must_set_up: bool
    grace_until: datetime | None
    exempt_until: datetime | None
    exempt_because: str
    suspended_at: datetime | None
    audience_since: datetime | None
    own_rule: Extra | None
    skipped: int
    skipped_at: datetime | None
    last_sign_in_at: datetime | None
    signed_in_by: str
    email_proved: bool
    has_password: bool
    locale: str
    time_zone: str
    methods: tuple[SurveyedMethod, ...]
    by_hand: tuple[Membership, ...]
    codes_left: int | None
    trusts: tuple[Trust, ...]


class ReportState(StrEnum):
    """How far a report is."""

    WAITING = "waiting"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report. `asked_by` is None where an operator made it; then there is no file.

    Every line is judged by policy number `policy` at `asked_at`. `done` of `of` people are in its `parts`, `size`
    bytes in all. Its file ends at `expires_at`; the row stays.
    """

    id: ReportId
    asked_by: PersonId | None
    end_users: bool
    policy: int
    asked_at: datetime
    expires_at: datetime
    state: ReportState = ReportState.WAITING
    done: int = 0
    of: int = 0
    parts: int = 0
    size: int = 0
    finished_at: datetime | None = None


class Reports(Protocol):
    """Where reports are kept, and where the people come from of whom they tell."""

    def count(self, account: AccountId, *, end_users: bool) -> int:
        """Count the team, or everybody."""

    def walk(
        self, account: AccountId, *, behind: str, end_users: bool, most: int, groups: bool = False
    ) -> Sequence[Surveyed]:
        """Return people in the order of their ids, those behind this one ("": from the first): the team, or everybody.

        An id never changes, so whoever walks like this meets nobody twice and misses nobody, whatever happens
        meanwhile. `groups`: whether the groups that people were put into are read.
        """

    def these(self, account: AccountId, people: Sequence[PersonId], *, groups: bool = False) -> Sequence[Surveyed]:
        """Return these people in this order; those who are not there any more are left out."""

    def page(
        self,
        account: AccountId,
        *,
        search: str = "",
        role: Role | None = None,
        team: bool = False,
        after: str = "",
        before: str = "",
        size: int = 50,
        groups: bool = False,
        alone: bool = False,
    ) -> PageBetween[Surveyed]:
        """Return people by name, as `People.page` does; `team` leaves the end users out.

        `alone` leaves those of whom something is required by a rule of their own.
        """

    def add(self, account: AccountId, report: Report) -> None:
        """Store one that was asked for."""

    def by_id(self, account: AccountId, report: ReportId) -> Report | None:
        """Return one."""

    def newest(self, account: AccountId, *, after: str = "", size: int = 20) -> Page[Report]:
        """Return those that were asked for last, the newest first.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """

    def last_made_at(self, account: AccountId) -> datetime | None:
        """Return when the newest of those that are ready was finished."""

    def advance(self, account: AccountId, old: Report, new: Report, part: bytes | None = None) -> bool:
        """Write how far it is, and one more part of its file, where `old` still stands; else False."""

    def part(self, account: AccountId, report: ReportId, number: int) -> bytes | None:
        """Return one part of the file, from 0 on; None when there is none (any more)."""
