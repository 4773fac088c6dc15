"""What people do to each other's sign-ins, and calls for help."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.helping import Act, State
    from twofold.core.ids import AccountId, AttemptId, HelpActId, HelpCallId, PersonId
    from twofold.core.json import JsonObject
    from twofold.ports.pages import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpAct:
    """One act on somebody's sign-in: done, asked for, or agreed to.

    `detail` says what the act needs (`role`, `until`, `lives`) and how the helper knew who it was (`what`, `check`,
    `vouched_by`, `sent_to`, `call`). From `ends_at` on nobody may agree to it, or do what was agreed to.
    """

    id: HelpActId
    act: Act
    person_id: PersonId
    asked_by: PersonId
    asked_at: datetime
    state: State
    detail: JsonObject = field(default_factory=dict)
    reason: str = ""
    ends_at: datetime
    decided_by: PersonId | None = None
    decided_at: datetime | None = None
    done_at: datetime | None = None
    version: int = 0


class Place(StrEnum):
    """The page that a call for help came from; stored, never renamed."""

    PASSCODE = "passcode"
    WAITING = "waiting"
    NEW_BROWSER = "new_browser"
    SET_UP = "set_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpCall:
    """Somebody who proved their password asks for help; `number` are two digits that stand on their screen, too."""

    id: HelpCallId
    reference: str
    number: str
    person_id: PersonId
    attempt_id: AttemptId
    place: Place
    called_at: datetime
    address: str = ""
    browser: str = ""
    closed_at: datetime | None = None
    closed_by: PersonId | None = None


class HelpActs(Protocol):
    """Where acts are kept."""

    def add(self, account: AccountId, act: HelpAct) -> None:
        """Store a new one."""

    def by_id(self, account: AccountId, act: HelpActId) -> HelpAct | None:
        """Return one."""

    def replace(self, account: AccountId, old: HelpAct, new: HelpAct) -> bool:
        """Write state, decision and times of `new` where `old.version` still stands, and count the version up."""

    def open_page(self, account: AccountId, *, now: datetime, after: str = "", size: int = 50) -> Page[HelpAct]:
        """Return what waits for a yes or for being done, and has not run out: what runs out last comes first.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """

    def count_open(self, account: AccountId, *, now: datetime, most: int) -> int:
        """Count what waits for a yes or for being done, and has not run out; no further than `most`."""

    def open_about(self, account: AccountId, person: PersonId, *, now: datetime) -> Sequence[HelpAct]:
        """Return all that is to be done to one person and waits like that, the newest first."""

    def sorts_done(self, account: AccountId, helper: PersonId, person: PersonId, *, since: datetime) -> frozenset[Act]:
        """Return which acts a helper has done to a person since then, however many there were of each."""

    def times_done(self, account: AccountId, person: PersonId, act: Act) -> int:
        """Return how often this was done to a person, by anybody and ever."""

    def done_to(
        self, account: AccountId, helper: PersonId, acts: Sequence[Act], *, since: datetime
    ) -> frozenset[PersonId]:
        """Return to whom a helper has done one of these acts since then, however many they are."""


class HelpCalls(Protocol):
    """Where calls for help are kept."""

    def add(self, account: AccountId, call: HelpCall) -> None:
        """Store a new one."""

    def by_id(self, account: AccountId, call: HelpCallId) -> HelpCall | None:
        """Return one."""

    def of_attempt(self, account: AccountId, attempt: AttemptId) -> HelpCall | None:
        """Return the newest call from an attempt, closed or not."""

    def open_page(
        self, account: AccountId, *, since: datetime, end_users: bool, after: str = "", size: int = 50
    ) -> Page[HelpCall]:
        """Return calls since then that nobody closed, the newest first: of all, or of end users alone.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """

    def count_open(self, account: AccountId, *, since: datetime, end_users: bool, most: int) -> int:
        """Count the calls since then that nobody closed, no further than `most`."""

    def open_ones(
        self, account: AccountId, person: PersonId, *, since: datetime, most: int = 100
    ) -> Sequence[HelpCall]:
        """Return the calls of one person since then that nobody closed, the newest first."""

    def close(self, account: AccountId, call: HelpCallId, *, by: PersonId, at: datetime) -> bool:
        """Close one; False when it was closed before."""
