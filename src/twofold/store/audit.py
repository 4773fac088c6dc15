"""The audit log. The port: ports/audit.py, Audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import EventId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.audit import Event
from twofold.store.cursors import pack, unpack
from twofold.store.rows import Row, from_text, many, to_text, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import AccountId

_SELECT: Final = "SELECT id, at, kind, actor, actor_id, person_id, address, browser, detail FROM audit_event"
_NEWEST_FIRST: Final = " ORDER BY at DESC, id DESC LIMIT %s"


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
        """Return what was done by or to a person, newest first."""
        # Two walks along an index, because one with OR sorts everything that ever happened to the person.
        found = {
            row[0]: row
            for row in (
                *many(_SELECT + " WHERE account = %s AND person_id = %s" + _NEWEST_FIRST, (account, person, most)),
                *many(_SELECT + " WHERE account = %s AND actor_id = %s" + _NEWEST_FIRST, (account, person, most)),
            )
        }
        newest = sorted(found.values(), key=lambda row: (row[1], row[0]), reverse=True)
        return [_event(row) for row in newest[:most]]

    def page(self, account: AccountId, *, before: str = "", most: int = 100) -> tuple[Sequence[Event], str]:
        """Return events, newest first, and the cursor of the older ones (empty: none)."""
        place = unpack(before, 2)
        if place is None or not place[0].isdecimal():
            rows = many(_SELECT + " WHERE account = %s" + _NEWEST_FIRST, (account, most + 1))
        else:
            rows = many(
                _SELECT + " WHERE account = %s AND (at, id) < (%s, %s)" + _NEWEST_FIRST,
                (account, int(place[0]), place[1], most + 1),
            )
        shown = rows[:most]
        older = pack(str(shown[-1][1]), shown[-1][0]) if len(rows) > most else ""
        return [_event(row) for row in shown], older


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
