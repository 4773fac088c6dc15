"""The audit log. The port: ports/audit.py, Audit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import EventId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.audit import LOOKED_AT, Event, EventPage
from twofold.store.cursors import pack_moment, unpack_moment
from twofold.store.rows import Row, Value, from_text, in_hundreds, instant, many, marks, one, to_text, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.audit import Wanted

_SELECT: Final = "SELECT id, at, kind, actor, actor_id, person_id, address, browser, detail FROM audit_event"
_COLUMNS: Final = ("id", "at", "kind", "actor", "actor_id", "person_id", "address", "browser", "detail")
_FOUND: Final = "SELECT id, at, kind, actor, actor_id, person_id, address, browser, detail FROM "
_PLACE: Final = "SELECT at, id FROM audit_event"
_NEWEST_FIRST: Final = " ORDER BY at DESC, id DESC LIMIT %s"
# The index of instants knows that order whole, and the others by instant alone. SQLite, which counts no rows, would
# take the former for it, and look through the log for the few events of one person: so none of them may know it whole.
_AMONG_FEW: Final = " ORDER BY at DESC, id || '' DESC"
_AMONG_FEW_OLDEST: Final = " ORDER BY at, id || ''"
_OF_PERSON: Final = " WHERE account = %s AND person_id = %s"
# Person by person along the index of what happened to them.
_LAST: Final = "SELECT (SELECT e.id FROM audit_event e WHERE e.account = p.account AND e.person_id = p.id"
_LAST_OF: Final = " ORDER BY e.at DESC, e.id || '' DESC LIMIT 1) FROM person p WHERE p.account = %s AND p.id IN ("
_NAMED: Final = " WHERE account = %s AND id IN ("
_OLD: Final = "SELECT id FROM audit_event WHERE account = %s AND at < %s ORDER BY at LIMIT %s"
_FORGET: Final = "DELETE FROM audit_event WHERE account = %s AND id IN ("


class AuditStore:
    """Events; triggers in the database refuse to change or delete them."""

    def record(self, account: AccountId, event: Event) -> None:
        """Append one."""
        write(
            "INSERT INTO audit_event (account, id, at, kind, actor, actor_id, person_id, address, browser, detail)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                account,
                event.id,
                to_micros(event.at),
                event.kind,
                event.actor,
                event.actor_id,
                event.person_id,
                event.address,
                event.browser,
                to_text(event.detail),
            ),
        )

    def of_person(self, account: AccountId, person: PersonId, *, most: int = 50) -> Sequence[Event]:
        """Return what happened to a person, newest first; not what they did to others."""
        rows = many(_SELECT + _OF_PERSON + _AMONG_FEW + " LIMIT %s", (account, person, most))
        return [_event(row) for row in rows]

    def newest_of(self, account: AccountId, people: Iterable[PersonId], *, kind: str = "") -> Mapping[PersonId, Event]:
        """Return what happened last to each of these people, of one kind or of any; who has nothing is left out."""
        found: dict[PersonId, Event] = {}
        of_kind = (kind,) if kind else ()
        last = _LAST + (" AND e.kind = %s" if kind else "") + _LAST_OF
        for some in in_hundreds(sorted(set(people))):
            ids = [one for (one,) in many(last + marks(len(some)) + ")", (*of_kind, account, *some)) if one is not None]
            if ids:
                events = map(_event, many(_SELECT + _NAMED + marks(len(ids)) + ")", (account, *ids)))
                found |= {event.person_id: event for event in events if event.person_id is not None}
        return found

    def search(self, account: AccountId, wanted: Wanted, *, before: str = "", most: int = 50) -> EventPage:
        """Return the events that are looked for, newest first; at most LOOKED_AT are looked through."""
        walk = _walk(account, wanted, before, sign="<")
        if not walk.rest:
            return _page(many(_SELECT + walk.where + walk.newest_first + " LIMIT %s", (*walk.params, most + 1)), most)
        fits = " AND ".join(f"{name} = %s" for name, _ in walk.rest)
        rows = many(
            _FOUND + "(" + _SELECT + walk.where + _AMONG_FEW + " LIMIT %s) AS found WHERE " + fits + _NEWEST_FIRST,
            (*walk.params, LOOKED_AT, *(value for _, value in walk.rest), most + 1),
        )
        page = _page(rows, most)
        if page.older:
            return page
        last = one(_PLACE + walk.where + _AMONG_FEW + " LIMIT 1 OFFSET %s", (*walk.params, LOOKED_AT - 1))
        if last is None:
            return page
        return replace(page, older=pack_moment(*last), looked_back_to=from_micros(last[0]))

    def chunk(
        self, account: AccountId, wanted: Wanted, *, after: str = "", most: int = 1000
    ) -> tuple[Sequence[Event], str]:
        """Return some of the events that are looked for, oldest first, and the cursor of the next (empty: the end)."""
        walk = _walk(account, wanted, after, sign=">")
        rows = many(_SELECT + walk.where + walk.oldest_first + " LIMIT %s", (*walk.params, most))
        following = pack_moment(rows[-1][1], rows[-1][0]) if len(rows) == most else ""
        rest = [(_COLUMNS.index(name), value) for name, value in walk.rest]
        return [_event(row) for row in rows if all(row[column] == value for column, value in rest)], following

    def ends(self, account: AccountId) -> tuple[datetime, datetime] | None:
        """Return when the oldest and the newest event happened; None: there is none."""
        # One query each: SQLite takes a minimum and a maximum together by reading everything.
        oldest = one("SELECT MIN(at) FROM audit_event WHERE account = %s", (account,))
        newest = one("SELECT MAX(at) FROM audit_event WHERE account = %s", (account,))
        if oldest is None or newest is None or oldest[0] is None:
            return None
        return from_micros(oldest[0]), from_micros(newest[0])

    def horizon(self, account: AccountId) -> datetime | None:
        """Return the instant before which nothing is kept any more, or is being removed."""
        row = one("SELECT MAX(before) FROM audit_horizon WHERE account = %s", (account,))
        return instant(row[0]) if row else None

    def set_horizon(self, account: AccountId, before: datetime) -> bool:
        """Let events from before an instant be removed; False where that instant was set already."""
        return (
            write(
                "INSERT INTO audit_horizon (account, before, removed) VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
                (account, to_micros(before)),
            )
            == 1
        )

    def forget(self, account: AccountId, *, at: datetime, most: int) -> int | None:
        """Remove some events from before the horizon, in the present transaction; None: there is nothing to do."""
        row = one(
            "SELECT before, removed FROM audit_horizon WHERE account = %s AND done_at IS NULL ORDER BY before LIMIT 1",
            (account,),
        )
        if row is None:
            return None
        before, removed = row
        # Named one by one: of a query inside, PostgreSQL thinks so much that it reads the table instead.
        old = [found for (found,) in many(_OLD, (account, before, most))]
        gone = write(_FORGET + marks(len(old)) + ")", (account, *old)) if old else 0
        is_last = gone < most
        mine = write(
            "UPDATE audit_horizon SET removed = %s, done_at = %s"
            " WHERE account = %s AND before = %s AND removed = %s AND done_at IS NULL",
            (removed + gone, to_micros(at) if is_last else None, account, before, removed),
        )
        return removed + gone if is_last and mine else 0


@dataclass(frozen=True, slots=True)
class _Walk:
    """A condition that one index answers with its values, and what is left to be compared row by row."""

    where: str
    params: tuple[Value, ...]
    rest: tuple[tuple[str, Value], ...]
    is_of_few: bool

    @property
    def newest_first(self) -> str:
        """The order, as the index that answers it knows it."""
        return _AMONG_FEW if self.is_of_few else " ORDER BY at DESC, id DESC"

    @property
    def oldest_first(self) -> str:
        """The same the other way round."""
        return _AMONG_FEW_OLDEST if self.is_of_few else " ORDER BY at, id"


def _walk(account: AccountId, wanted: Wanted, cursor: str, *, sign: str) -> _Walk:
    asked: tuple[tuple[str, Value], ...] = (
        # The fewest events have the first of these in common, so it leads where several are looked for.
        ("person_id", wanted.person),
        ("actor_id", wanted.actor),
        ("address", wanted.address or None),
        ("kind", wanted.kind or None),
    )
    given = [one for one in asked if one[1] is not None]
    conditions = ["account = %s", *(f"{name} = %s" for name, _ in given[:1])]
    params: list[Value] = [account, *(value for _, value in given[:1])]
    if wanted.since is not None:
        conditions.append("at >= %s")
        params.append(to_micros(wanted.since))
    if wanted.until is not None:
        conditions.append("at < %s")
        params.append(to_micros(wanted.until))
    place = unpack_moment(cursor)
    if place is not None:
        conditions.append(f"(at, id) {sign} (%s, %s)")
        params += place
    return _Walk(" WHERE " + " AND ".join(conditions), tuple(params), tuple(given[1:]), is_of_few=bool(given))


def _page(rows: list[Row], most: int) -> EventPage:
    shown = rows[:most]
    older = pack_moment(shown[-1][1], shown[-1][0]) if len(rows) > most else ""
    return EventPage(events=tuple(_event(row) for row in shown), older=older)


def _event(row: Row) -> Event:
    event_id, at, kind, actor, actor_id, person_id, address, browser, detail = row
    return Event(
        id=EventId(event_id),
        at=from_micros(at),
        kind=kind,
        actor=actor,
        actor_id=None if actor_id is None else PersonId(actor_id),
        person_id=None if person_id is None else PersonId(person_id),
        address=address,
        browser=browser,
        detail=from_text(detail),
    )
