"""Imports of people: a file that was sent, how far it is read, and what each of its rows says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, GroupId, ImportId, PersonId
    from twofold.core.people_csv import Encoding, Head
    from twofold.core.roles import Role
    from twofold.ports.pages import Page


class ImportState(StrEnum):
    """How far an import is. Stored, never renamed."""

    RECEIVING = "receiving"
    """Its file is being stored; an import that stays here was broken off."""
    READING = "reading"
    READY = "ready"
    """Every row was judged; nothing was changed, and somebody has to confirm."""
    ADDING = "adding"
    DONE = "done"
    CANCELLED = "cancelled"
    STOPPED = "stopped"
    """It could not go on, because of what `Stopped` says."""


class Stopped(StrEnum):
    """Why an import could not go on. Stored, never renamed."""

    TOO_MANY_ROWS = "too_many_rows"
    TOO_MANY_LINES = "too_many_lines"
    """Most of them are empty, or nobody closed a quote."""
    NO_ROWS = "no_rows"
    ASKER_CHANGED = "asker_changed"
    """Whoever asked for it is gone, suspended, or has another role by now."""
    BROKEN_OFF = "broken_off"
    """Something went wrong on the server, again and again."""
    EXPIRED = "expired"


class RowState(StrEnum):
    """What is to become of a row, or became of it. Stored, never renamed."""

    NEW = "new"
    HERE = "here"
    """Somebody has this address already, and stays as they are."""
    WRONG = "wrong"
    ADDED = "added"
    MET = "met"
    """Somebody with this address came in otherwise after the row was judged, and stays as they are."""


class RowProblem(StrEnum):
    """Why a row adds nobody. Stored, never renamed."""

    NO_ADDRESS = "no_address"
    NOT_AN_ADDRESS = "not_an_address"
    NAME_TOO_LONG = "name_too_long"
    NAME_UNREADABLE = "name_unreadable"
    UNKNOWN_ROLE = "unknown_role"
    ROLE_NOT_YOURS = "role_not_yours"
    """Whoever asked may not give this role, or not alone."""
    UNKNOWN_GROUP = "unknown_group"
    """No group has this name, or more than one."""
    GROUP_ASKS_LESS = "group_asks_less"
    """Being in this group is a way in, or an exemption, that this person would not have otherwise."""
    DOUBLE = "double"
    """An earlier line has the same address."""
    TOO_MANY_CELLS = "too_many_cells"
    BROKEN_QUOTES = "broken_quotes"


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleFile:
    """What is known of the file beside its rows."""

    name: str
    encoding: Encoding
    head: Head


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import. Every row is judged by `role`, which whoever asked had when the file was sent.

    `done` of `of` rows are judged: `new`, `here` and `wrong` add up to `done`. While people are added, `added` and
    `met` add up to `new`. `parts` are of the file, which is thrown away when it is read; the rows go at `expires_at`.
    `finished_at` is None while it is under way; an account has one such import at most.
    """

    id: ImportId
    asked_by: PersonId
    role: Role
    asked_at: datetime
    expires_at: datetime
    file: PeopleFile = field(repr=False)
    state: ImportState = ImportState.RECEIVING
    of: int = 0
    done: int = 0
    new: int = 0
    here: int = 0
    wrong: int = 0
    added: int = 0
    met: int = 0
    groups: bool = False
    """Whether a row that adds somebody puts them into a group."""
    invite: bool = False
    because: Stopped | None = None
    finished_at: datetime | None = None
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRow:
    """One row: `email`, `name`, `role` and `groups` as they are written, trimmed to what is shown.

    Of a row that adds somebody, `email` and `name` are in their one spelling, `gives` is the role and `into` the
    groups. `key` is the same for rows with the same address, None where there is none. `other` is the line of the row
    that a double is one of. `person` is who has the address.
    """

    line: int
    state: RowState
    email: str = field(repr=False)
    name: str = field(default="", repr=False)
    role: str = ""
    groups: str = ""
    gives: Role | None = None
    into: tuple[GroupId, ...] = ()
    key: str | None = None
    problem: RowProblem | None = None
    other: int = 0
    person: PersonId | None = None


@dataclass(frozen=True, slots=True)
class Became:
    """What became of a row."""

    line: int
    state: RowState
    person: PersonId | None = None
    problem: RowProblem | None = None


class Imports(Protocol):
    """Where imports are kept, their files and their rows."""

    def add(self, account: AccountId, one: Import) -> bool:
        """Store one that was asked for; False while another one of the account is under way."""

    def by_id(self, account: AccountId, one: ImportId) -> Import | None:
        """Return one."""

    def newest(self, account: AccountId, *, after: str = "", size: int) -> Page[Import]:
        """Return those that were asked for last, the newest first.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """

    def replace(self, account: AccountId, old: Import, new: Import) -> bool:
        """Write `new` where `old.version` still stands, and count the version up; else False."""

    def add_part(self, account: AccountId, one: ImportId, number: int, text: str) -> None:
        """Store one part of the file, from 0 on."""

    def part(self, account: AccountId, one: ImportId, number: int) -> str | None:
        """Return one part of the file; None when there is none (any more)."""

    def forget_file(self, account: AccountId, one: ImportId) -> None:
        """Throw the file away."""

    def add_rows(self, account: AccountId, one: ImportId, rows: Sequence[ImportRow]) -> None:
        """Store rows that were judged."""

    def first_lines(self, account: AccountId, one: ImportId, keys: Sequence[str]) -> Mapping[str, int]:
        """Return on which line each of these keys stands first; those that stand nowhere are left out."""

    def rows(
        self,
        account: AccountId,
        one: ImportId,
        state: RowState,
        *,
        behind: int = 0,
        before: int = 0,
        most: int,
    ) -> Sequence[ImportRow]:
        """Return rows in this state by line: the first `behind` a line, or the last `before` one."""

    def became(self, account: AccountId, one: ImportId, rows: Sequence[Became]) -> None:
        """Write what became of rows."""

    def uninvited(self, account: AccountId, one: ImportId, *, most: int) -> int:
        """Count, `most` at the most, who was added and never invited, never signed in, and is not suspended."""

    def known(self, account: AccountId, emails: Sequence[str]) -> Mapping[str, PersonId]:
        """Return who has these addresses; those that nobody has are left out."""
