"""Imports of people. The port: ports/imports.py, Imports.

Parts and rows are named by the import's id with a number of eight digits behind it: in that order they are read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import LENGTH, GroupId, ImportId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.json import as_text, int_in, list_in, object_in, text_in
from twofold.core.people_csv import Encoding, Head
from twofold.core.roles import Role
from twofold.ports.imports import Import, ImportRow, ImportState, PeopleFile, RowProblem, RowState, Stopped
from twofold.store.cursors import newest_asked
from twofold.store.rows import in_hundreds, instant, many, marks, micros, write, write_many

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.imports import Became
    from twofold.ports.pages import Page
    from twofold.store.rows import Row, Value
    from twofold.store.sealing import Sealer

_IMPORT: Final = "people_import"
_PART: Final = "import_part"
_ROW: Final = "import_row"
_LAST: Final = 99_999_999
_SELECT: Final = (
    "SELECT id, asked_by, role, asked_at, expires_at, about, state, of, done, new, here, wrong, added, met, groups,"
    " invite, because, finished_at, version FROM people_import"
)
_ROWS: Final = (
    "SELECT id, state, problem, subject, person_id, body FROM import_row"
    " WHERE account = %s AND import_id = %s AND state = %s AND id > %s AND id < %s ORDER BY id"
)
_FIRST: Final = "SELECT subject, MIN(id) FROM import_row WHERE account = %s AND import_id = %s AND subject IN ("
_KNOWN: Final = "SELECT email, id FROM person WHERE account = %s AND email IN ("


_UNINVITED: Final = (
    "SELECT COUNT(*) FROM (SELECT 1 FROM import_row JOIN person"
    " ON person.account = import_row.account AND person.id = import_row.person_id"
    " WHERE import_row.account = %s AND import_id = %s AND import_row.state = %s AND invited_at IS NULL"
    " AND last_sign_in_at IS NULL AND password IS NULL AND suspended_at IS NULL LIMIT %s) AS found"
)


class ImportStore:
    """Imports, their files and their rows; housekeeping removes the last two when their time is over."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def add(self, account: AccountId, one: Import) -> bool:
        """Store one that was asked for; False while another one of the account is under way."""
        added = write(
            "INSERT INTO people_import (account, id, asked_by, role, asked_at, about, expires_at, state, of, done, new,"
            " here, wrong, added, met, groups, invite, because, finished_at, version)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            (
                account,
                one.id,
                one.asked_by,
                one.role,
                to_micros(one.asked_at),
                self._sealer.seal(_about(one.file), account=account, table=_IMPORT, column="about", row=one.id),
                *_values(one),
                one.version,
            ),
        )
        return added == 1

    def by_id(self, account: AccountId, one: ImportId) -> Import | None:
        """Return one."""
        found = many(_SELECT + " WHERE account = %s AND id = %s", (account, one))
        return self._import(account, found[0]) if found else None

    def newest(self, account: AccountId, *, after: str = "", size: int) -> Page[Import]:
        """Return those that were asked for last, the newest first.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """
        return newest_asked(_SELECT, account, lambda row: self._import(account, row), after=after, size=size)

    def replace(self, account: AccountId, old: Import, new: Import) -> bool:
        """Write `new` where `old.version` still stands, and count the version up; else False."""
        written = write(
            "UPDATE people_import SET version = version + 1, expires_at = %s, state = %s, of = %s, done = %s, new = %s,"
            " here = %s, wrong = %s, added = %s, met = %s, groups = %s, invite = %s, because = %s, finished_at = %s"
            " WHERE account = %s AND id = %s AND version = %s",
            (*_values(new), account, old.id, old.version),
        )
        return written == 1

    def add_part(self, account: AccountId, one: ImportId, number: int, text: str) -> None:
        """Store one part of the file, from 0 on."""
        row = _named(one, number)
        body = self._sealer.seal({"text": text}, account=account, table=_PART, column="body", row=row)
        write(
            "INSERT INTO import_part (account, id, import_id, body) VALUES (%s, %s, %s, %s)", (account, row, one, body)
        )

    def part(self, account: AccountId, one: ImportId, number: int) -> str | None:
        """Return one part of the file; None when there is none (any more)."""
        row = _named(one, number)
        found = many("SELECT body FROM import_part WHERE account = %s AND id = %s", (account, row))
        if not found:
            return None
        return text_in(self._sealer.open(found[0][0], account=account, table=_PART, column="body", row=row), "text")

    def forget_file(self, account: AccountId, one: ImportId) -> None:
        """Throw the file away."""
        write("DELETE FROM import_part WHERE account = %s AND import_id = %s", (account, one))

    def add_rows(self, account: AccountId, one: ImportId, rows: Sequence[ImportRow]) -> None:
        """Store rows that were judged."""
        write_many(
            "INSERT INTO import_row (account, id, import_id, state, problem, subject, person_id, body)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (
                    account,
                    row_id := _named(one, row.line),
                    one,
                    row.state,
                    row.problem,
                    row.key,
                    row.person,
                    self._sealer.seal(_body(row), account=account, table=_ROW, column="body", row=row_id),
                )
                for row in rows
            ],
        )

    def first_lines(self, account: AccountId, one: ImportId, keys: Sequence[str]) -> Mapping[str, int]:
        """Return on which line each of these keys stands first; those that stand nowhere are left out."""
        rows = [
            row
            for some in in_hundreds(keys)
            for row in many(_FIRST + marks(len(some)) + ") GROUP BY subject", (account, one, *some))
        ]
        return {subject: int(row_id[LENGTH:]) for subject, row_id in rows}

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
        ends = (account, one, state, _named(one, behind), _named(one, before or _LAST), most)
        found = many(_ROWS + (" DESC LIMIT %s" if before else " LIMIT %s"), ends)
        return [self._row(account, row) for row in (reversed(found) if before else found)]

    def became(self, account: AccountId, one: ImportId, rows: Sequence[Became]) -> None:
        """Write what became of rows."""
        write_many(
            "UPDATE import_row SET state = %s, person_id = %s, problem = %s WHERE account = %s AND id = %s",
            [(row.state, row.person, row.problem, account, _named(one, row.line)) for row in rows],
        )

    def uninvited(self, account: AccountId, one: ImportId, *, most: int) -> int:
        """Count, `most` at the most, who was added and never invited, never signed in, and is not suspended."""
        found: int = many(_UNINVITED, (account, one, RowState.ADDED, most))[0][0]
        return found

    def known(self, account: AccountId, emails: Sequence[str]) -> Mapping[str, PersonId]:
        """Return who has these addresses; those that nobody has are left out."""
        return {
            email: PersonId(person)
            for some in in_hundreds(emails)
            for email, person in many(_KNOWN + marks(len(some)) + ")", (account, *some))
        }

    def _import(self, account: AccountId, row: Row) -> Import:
        import_id, asked_by, role, asked_at, expires_at, about, state, of, done, new, *rest = row
        here, wrong, added, met, groups, invite, because, finished_at, version = rest
        told = self._sealer.open(about, account=account, table=_IMPORT, column="about", row=import_id)
        return Import(
            id=ImportId(import_id),
            asked_by=PersonId(asked_by),
            role=Role(role),
            asked_at=from_micros(asked_at),
            expires_at=from_micros(expires_at),
            file=PeopleFile(
                name=text_in(told, "name"),
                encoding=Encoding(text_in(told, "encoding")),
                head=Head.from_json(object_in(told, "head")),
            ),
            state=ImportState(state),
            of=of,
            done=done,
            new=new,
            here=here,
            wrong=wrong,
            added=added,
            met=met,
            groups=bool(groups),
            invite=bool(invite),
            because=None if because is None else Stopped(because),
            finished_at=instant(finished_at),
            version=version,
        )

    def _row(self, account: AccountId, row: Row) -> ImportRow:
        row_id, state, problem, subject, person_id, body = row
        told = self._sealer.open(body, account=account, table=_ROW, column="body", row=row_id)
        gives = text_in(told, "gives")
        return ImportRow(
            line=int(row_id[LENGTH:]),
            state=RowState(state),
            email=text_in(told, "email"),
            name=text_in(told, "name"),
            role=text_in(told, "role"),
            groups=text_in(told, "groups"),
            gives=Role(gives) if gives else None,
            into=tuple(GroupId(as_text(group, "group")) for group in list_in(told, "into")),
            key=subject,
            problem=None if problem is None else RowProblem(problem),
            other=int_in(told, "other"),
            person=None if person_id is None else PersonId(person_id),
        )


def _named(one: ImportId, number: int) -> str:
    return f"{one}{number:08}"


def _about(file: PeopleFile) -> JsonObject:
    return {"name": file.name, "encoding": file.encoding.value, "head": file.head.to_json()}


def _body(row: ImportRow) -> JsonObject:
    return {
        "email": row.email,
        "name": row.name,
        "role": row.role,
        "groups": row.groups,
        "gives": row.gives.value if row.gives else "",
        "into": [*row.into],
        "other": row.other,
    }


def _values(one: Import) -> tuple[Value, ...]:
    """Return what both statements write, in their order."""
    return (
        to_micros(one.expires_at),
        one.state,
        one.of,
        one.done,
        one.new,
        one.here,
        one.wrong,
        one.added,
        one.met,
        one.groups,
        one.invite,
        one.because,
        micros(one.finished_at),
    )
