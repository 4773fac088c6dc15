"""Reading a file of people: each row is judged as if it were typed on the page for adding somebody."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Final

from twofold.core import emails
from twofold.core.groups import Membership, memberships
from twofold.core.ids import GroupId, ImportId
from twofold.core.json import int_in, text_in
from twofold.core.people_csv import (
    COLUMNS,
    EMAIL,
    GROUPS,
    LINES_IN_ALL,
    NAME,
    ROLE,
    ROWS_MOST,
    Place,
    group_names,
    lines_in,
    role_of,
    rows,
)
from twofold.core.plain import has_control
from twofold.core.report import unguarded
from twofold.core.roles import Alone, Permission, audience_of, has_permission
from twofold.core.weakenings import weaker_for_person
from twofold.flows import later
from twofold.flows.inviting import may_give
from twofold.flows.people_import import KEPT_FOR, ended
from twofold.ports.imports import Import, ImportRow, ImportState, RowProblem, RowState, Stopped
from twofold.ports.jobs import READ_IMPORT
from twofold.ports.people import LONGEST_NAME, Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.core.people_csv import Row
    from twofold.core.roles import Role
    from twofold.core.rules import Rules
    from twofold.ports.services import Services

READ_AT_ONCE: Final = 200
"""Rows in one transaction, which are some 20 ms on a busy machine; judging them comes before it begins."""
LONGEST_SHOWN: Final = 300
"""Characters that are kept of a cell that cannot be taken."""
_DAMAGED: Final = "\ufffd"
_DOUBLE: Final = "import.address"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What the next rows say, before anything of it is written; `body` is of the job for those behind them."""

    old: Import
    new: Import
    rows: Sequence[ImportRow] = ()
    body: JsonObject | None = None


def read(services: Services, account: AccountId, body: JsonObject) -> Read | None:
    """Count all rows, or judge the next of them; None when there is nothing to do any more. Writes nothing."""
    one = services.imports.by_id(account, ImportId(text_in(body, "import")))
    if one is None or one.state is not ImportState.READING:
        return None
    now = services.clock.now()
    if asker_of(services, account, one) is None:
        return Read(old=one, new=ended(one, ImportState.STOPPED, now=now, because=Stopped.ASKER_CHANGED))
    return _judge(services, account, one, body, now=now) if int_in(body, "line") else _count(services, account, one)


def keep(services: Services, account: AccountId, found: Read, *, now: datetime) -> None:
    """Write what was read and the job for what is behind it, in the caller's transaction."""
    if not services.imports.replace(account, found.old, found.new):
        return
    services.imports.add_rows(account, found.old.id, found.rows)
    if found.body is None:
        services.imports.forget_file(account, found.old.id)
    else:
        later.put(services, account, READ_IMPORT, found.body, now=now)


def asker_of(services: Services, account: AccountId, one: Import) -> Subscriber | None:
    """Return whoever asked for an import while they are what they were: here, let in, and of the same role."""
    person = services.people.by_id(account, one.asked_by)
    if person is None or person.suspended_at is not None or person.frozen_at is not None:
        return None
    return person if person.role is one.role and has_permission(person.role, Permission.EDIT_PEOPLE) else None


def group_problem(rules: Rules, into: Sequence[GroupId], *, email: str, role: Role, now: datetime) -> RowProblem | None:
    """Say why somebody new cannot be put into these groups: one is gone, or being in it asks for less."""
    if any(group not in rules.groups for group in into):
        return RowProblem.UNKNOWN_GROUP
    audience = audience_of(role)
    without = memberships(rules.groups, (), email=email, role=role)
    within = memberships(rules.groups, [Membership(group, now) for group in into], email=email, role=role)
    asks_less = weaker_for_person(rules.of(audience, without), rules.of(audience, within))
    if asks_less or any(_lets_off(rules, group, now=now) for group in into):
        return RowProblem.GROUP_ASKS_LESS
    return None


def _lets_off(rules: Rules, group: GroupId, *, now: datetime) -> bool:
    extra = rules.groups[group].extra
    return any(until is not None and now < until for until in (extra.exempt_until, extra.paused_until))


def _count(services: Services, account: AccountId, one: Import) -> Read:
    part_of = partial(services.imports.part, account, one.id)
    if lines_in(part_of) > LINES_IN_ALL:
        now = services.clock.now()
        return Read(old=one, new=ended(one, ImportState.STOPPED, now=now, because=Stopped.TOO_MANY_LINES))
    of = sum(1 for _ in islice(rows(part_of, one.file.head), ROWS_MOST + 1))
    now = services.clock.now()
    if of > ROWS_MOST:
        return Read(old=one, new=ended(one, ImportState.STOPPED, now=now, because=Stopped.TOO_MANY_ROWS))
    if not of:
        return Read(old=one, new=ended(one, ImportState.STOPPED, now=now, because=Stopped.NO_ROWS))
    lines = one.file.head.lines
    return Read(old=one, new=replace(one, of=of), body=_body(one, Place(0, lines, lines + 1)))


def _judge(services: Services, account: AccountId, one: Import, body: JsonObject, *, now: datetime) -> Read:
    start = Place(int_in(body, "part"), int_in(body, "at"), int_in(body, "line"))
    part_of = partial(services.imports.part, account, one.id)
    some = list(islice(rows(part_of, one.file.head, start), READ_AT_ONCE))
    judge = _Judge(services, account, one, services.policy.current(account).rules, now=now)
    judged = judge.rows(some)
    is_last = len(some) < READ_AT_ONCE
    states = [row.state for row in judged]
    new = replace(
        one,
        state=ImportState.READY if is_last else ImportState.READING,
        done=one.done + len(some),
        new=one.new + states.count(RowState.NEW),
        here=one.here + states.count(RowState.HERE),
        wrong=one.wrong + states.count(RowState.WRONG),
        groups=one.groups or any(row.into for row in judged),
        expires_at=now + KEPT_FOR,
    )
    return Read(old=one, new=new, rows=judged, body=None if is_last else _body(one, some[-1].behind))


def _body(one: Import, place: Place) -> JsonObject:
    return {"import": one.id, "part": place.part, "at": place.at, "line": place.line}


class _Judge:
    """Judges rows of one import by what whoever asked for it may do, and by who is here at present."""

    def __init__(self, services: Services, account: AccountId, one: Import, rules: Rules, *, now: datetime) -> None:
        self._services, self._account, self._one = services, account, one
        self._rules, self._now = rules, now
        self._places = [one.file.head.place_of(column) for column in COLUMNS]
        self._groups: dict[str, list[GroupId]] = {}
        for group_id, group in rules.groups.items():
            self._groups.setdefault(_folded(group.name), []).append(group_id)

    def rows(self, some: Sequence[Row]) -> list[ImportRow]:
        """Return rows with what is to become of each."""
        begun = [self._begun(row) for row in some]
        first: dict[str, int] = {}
        for row in begun:
            if row.key is not None:
                first.setdefault(row.key, row.line)
        first |= self._services.imports.first_lines(self._account, self._one.id, list(first))
        known = self._services.imports.known(self._account, [row.email for row in begun if row.key is not None])
        return [self._ended(row, first.get(row.key or "", row.line), known.get(row.email)) for row in begun]

    def _begun(self, row: Row) -> ImportRow:
        """Return a row with what can be said of it alone up to its address; `key` is set where that is one."""
        cells = dict(zip(COLUMNS, (self._cell(row, place) for place in self._places), strict=True))
        shown = ImportRow(
            line=row.line,
            state=RowState.WRONG,
            email=cells[EMAIL][:LONGEST_SHOWN],
            name=cells[NAME][:LONGEST_SHOWN],
            role=cells[ROLE][:LONGEST_SHOWN],
            groups=cells[GROUPS][:LONGEST_SHOWN],
        )
        if row.broken:
            return replace(shown, email=row.cells[0][:LONGEST_SHOWN], problem=RowProblem.BROKEN_QUOTES)
        if any(cell.strip() for cell in row.cells[len(self._one.file.head.columns) :]):
            return replace(shown, problem=RowProblem.TOO_MANY_CELLS)
        if not cells[EMAIL]:
            return replace(shown, problem=RowProblem.NO_ADDRESS)
        email = emails.normalise(cells[EMAIL])
        if email is None:
            return replace(shown, problem=RowProblem.NOT_AN_ADDRESS)
        key = self._services.digests.keyed(_DOUBLE, self._account, self._one.id, email)
        # The name is judged whole: what is shown of it may be less.
        name = unicodedata.normalize("NFC", cells[NAME])
        return replace(shown, email=email, name=name[: LONGEST_NAME + 1], key=key, problem=_of_name(name))

    def _ended(self, row: ImportRow, first: int, person: PersonId | None) -> ImportRow:
        if row.key is None:
            return row
        if first != row.line:
            return replace(row, problem=RowProblem.DOUBLE, other=first)
        if person is not None:
            # Whatever else the row says: nothing of it is looked at.
            return replace(row, state=RowState.HERE, problem=None, person=person)
        if row.problem is not None:
            return row
        role = role_of(row.role)
        if role is None:
            return replace(row, problem=RowProblem.UNKNOWN_ROLE)
        if may_give(self._one.role, role) != Alone():
            return replace(row, problem=RowProblem.ROLE_NOT_YOURS)
        names = group_names(row.groups, lambda name: _folded(name) in self._groups)
        found = [self._groups.get(_folded(name), []) for name in names]
        if any(len(ids) != 1 for ids in found):
            return replace(row, problem=RowProblem.UNKNOWN_GROUP)
        into = tuple(dict.fromkeys(ids[0] for ids in found))
        problem = group_problem(self._rules, into, email=row.email, role=role, now=self._now) if into else None
        if problem is not None:
            return replace(row, problem=problem)
        return replace(row, state=RowState.NEW, gives=role, into=into)

    @staticmethod
    def _cell(row: Row, place: int | None) -> str:
        # Rows with errors go out with a guard against formulas, and come back mended: it is nobody's name.
        return unguarded(row.cells[place].strip()) if place is not None and place < len(row.cells) else ""


def _of_name(name: str) -> RowProblem | None:
    if len(name) > LONGEST_NAME:
        return RowProblem.NAME_TOO_LONG
    return RowProblem.NAME_UNREADABLE if _DAMAGED in name or has_control(name) else None


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
