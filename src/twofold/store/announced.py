"""What people were told is coming, and which ways of theirs stop. The ports: ports/announced.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.announced import Announced, Stopping
from twofold.store.rows import in_hundreds, instant, many, marks, micros, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from twofold.core.ids import AccountId

_OF_PEOPLE: Final = (
    "SELECT person_id, starts_at, until, reminded_at FROM announced WHERE account = %s AND person_id IN ("
)
_STOPPING: Final = "SELECT person_id, kind, until, reminded_at FROM stopping WHERE account = %s AND person_id IN ("


class AnnouncementStore:
    """What people were told, one row each."""

    def of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Announced]:
        """Return what these people were told; those who were told nothing are left out."""
        return {
            PersonId(person): Announced(
                starts_at=from_micros(starts_at), until=instant(until), reminded_at=instant(reminded_at)
            )
            for some in in_hundreds(sorted(set(people)))
            for person, starts_at, until, reminded_at in many(_OF_PEOPLE + marks(len(some)) + ")", (account, *some))
        }

    def walk(self, account: AccountId, *, behind: str, most: int) -> Sequence[PersonId]:
        """Return who was told anything, in the order of their ids, those behind this one."""
        rows = many(
            "SELECT person_id FROM announced WHERE account = %s AND person_id > %s ORDER BY person_id LIMIT %s",
            (account, behind, most),
        )
        return [PersonId(person) for (person,) in rows]

    def keep(self, account: AccountId, person: PersonId, told: Announced) -> None:
        """Keep what somebody was told, in place of what stood before, in the present transaction."""
        write(
            "INSERT INTO announced (account, person_id, starts_at, until, reminded_at) VALUES (%s, %s, %s, %s, %s)"
            " ON CONFLICT (account, person_id) DO UPDATE SET starts_at = excluded.starts_at, until = excluded.until,"
            " reminded_at = excluded.reminded_at",
            (account, person, to_micros(told.starts_at), micros(told.until), micros(told.reminded_at)),
        )

    def drop(self, account: AccountId, person: PersonId) -> None:
        """Forget what somebody was told."""
        write("DELETE FROM announced WHERE account = %s AND person_id = %s", (account, person))


class StoppingStore:
    """Which ways people were told count no more, a row for each kind."""

    def of(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Stopping]:
        """Return what these people were told; those who were told nothing are left out."""
        found: dict[PersonId, Stopping] = {}
        for some in in_hundreds(sorted(set(people))):
            for person, kind, until, reminded_at in many(_STOPPING + marks(len(some)) + ")", (account, *some)):
                before = found.get(person)
                ways = {**(before.ways if before else {}), kind: instant(until)}
                found[PersonId(person)] = Stopping(ways=ways, reminded_at=instant(reminded_at))
        return found

    def keep(self, account: AccountId, person: PersonId, told: Stopping) -> None:
        """Keep what somebody was told, in place of what stood before, in the present transaction."""
        write("DELETE FROM stopping WHERE account = %s AND person_id = %s", (account, person))
        for kind, until in sorted(told.ways.items(), key=lambda one: one[0]):
            write(
                "INSERT INTO stopping (account, person_id, kind, until, reminded_at) VALUES (%s, %s, %s, %s, %s)",
                (account, person, kind, micros(until), micros(told.reminded_at)),
            )
