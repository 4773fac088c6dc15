"""Imports of people in memory: the port of ports/imports.py."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tests.memory_helping import newest_asked
from twofold.ports.imports import RowState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.memory import Memory, MemoryPeople
    from twofold.core.ids import AccountId, ImportId, PersonId
    from twofold.ports.imports import Became, Import, ImportRow
    from twofold.ports.pages import Page


@dataclass(frozen=True)
class _Kept:
    """A row as the others are kept, so that erasing somebody finds it."""

    row: ImportRow

    @property
    def person_id(self) -> PersonId | None:
        return self.row.person


class MemoryImports:
    def __init__(self, memory: Memory, people: MemoryPeople) -> None:
        self._people = people
        self._imports: dict[tuple[AccountId, ImportId], Import] = memory.table()
        self._parts: dict[tuple[AccountId, ImportId, int], str] = memory.table()
        self._rows: dict[tuple[AccountId, ImportId, int], _Kept] = memory.table()

    def add(self, account: AccountId, one: Import) -> bool:
        if any(other.finished_at is None for other in self.newest(account, size=1000).rows):
            return False
        self._imports[account, one.id] = one
        return True

    def by_id(self, account: AccountId, one: ImportId) -> Import | None:
        return self._imports.get((account, one))

    def newest(self, account: AccountId, *, after: str = "", size: int) -> Page[Import]:
        found = [one for (owner, _), one in self._imports.items() if owner == account]
        return newest_asked(found, after, size)

    def replace(self, account: AccountId, old: Import, new: Import) -> bool:
        there = self.by_id(account, old.id)
        if there is None or there.version != old.version:
            return False
        self._imports[account, old.id] = replace(new, version=old.version + 1)
        return True

    def add_part(self, account: AccountId, one: ImportId, number: int, text: str) -> None:
        self._parts[account, one, number] = text

    def part(self, account: AccountId, one: ImportId, number: int) -> str | None:
        return self._parts.get((account, one, number))

    def forget_file(self, account: AccountId, one: ImportId) -> None:
        for key in [key for key in self._parts if key[:2] == (account, one)]:
            del self._parts[key]

    def add_rows(self, account: AccountId, one: ImportId, rows: Sequence[ImportRow]) -> None:
        self._rows.update({(account, one, row.line): _Kept(row) for row in rows})

    def first_lines(self, account: AccountId, one: ImportId, keys: Sequence[str]) -> Mapping[str, int]:
        found: dict[str, int] = {}
        for row in self._of(account, one):
            if row.key in keys and row.key is not None:
                found.setdefault(row.key, row.line)
        return found

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
        found = [row for row in self._of(account, one) if row.state is state and row.line > behind]
        return [row for row in found if row.line < before][-most:] if before else found[:most]

    def became(self, account: AccountId, one: ImportId, rows: Sequence[Became]) -> None:
        for row in rows:
            there = self._rows[account, one, row.line].row
            self._rows[account, one, row.line] = _Kept(
                replace(there, state=row.state, person=row.person, problem=row.problem)
            )

    def uninvited(self, account: AccountId, one: ImportId, *, most: int) -> int:
        rows = [row for row in self._of(account, one) if row.state is RowState.ADDED and row.person is not None]
        people = [self._people.by_id(account, row.person) for row in rows if row.person is not None]
        return len(
            [
                person
                for person in people
                if person is not None
                and person.invited_at is None
                and person.last_sign_in_at is None
                and person.password is None
                and person.suspended_at is None
            ][:most]
        )

    def known(self, account: AccountId, emails: Sequence[str]) -> Mapping[str, PersonId]:
        found = {email: self._people.by_email(account, email) for email in emails}
        return {email: person.id for email, person in found.items() if person is not None}

    def _of(self, account: AccountId, one: ImportId) -> list[ImportRow]:
        keys = sorted(key for key in self._rows if key[:2] == (account, one))
        return [self._rows[key].row for key in keys]
