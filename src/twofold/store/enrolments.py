"""Confirmed authenticators. The port: ports/enrolments.py, Enrolments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import EnrolmentId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.enrolments import Enrolment
from twofold.ports.reports import SurveyedMethod
from twofold.store.rows import Row, in_hundreds, instant, many, marks, micros, one, write

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.store.sealing import Sealer

_TABLE: Final = "enrolment"
COLUMNS: Final = "id, kind, label, state, strong, confirmed_at, last_used_at, lookup, preferred, version"
"""What `EnrolmentStore.of_row` reads, in its order."""
_HELD: Final = " FROM enrolment WHERE account = %s AND person_id = %s"
_SELECT: Final = "SELECT " + COLUMNS + _HELD
METHODS: Final = "SELECT person_id, id, kind, strong, confirmed_at, last_used_at FROM enrolment WHERE account = %s"
_USED: Final = (
    "UPDATE enrolment SET last_used_at = %s, version = version + 1 WHERE account = %s AND id = %s AND version = %s"
)
_USED_AND_STATE: Final = _USED.replace("SET ", "SET state = %s, ")
_REMOVE: Final = "DELETE FROM enrolment WHERE account = %s AND person_id = %s AND id IN ("


class EnrolmentStore:
    """Enrolments; their state is sealed."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def held(self, account: AccountId, person: PersonId) -> tuple[Enrolment, ...]:
        """Return all of a person, the preferred first, then the oldest."""
        rows = many(_SELECT, (account, person))
        return in_order([self.of_row(account, person, row) for row in rows])

    def of_row(self, account: AccountId, person: PersonId, row: Row) -> Enrolment:
        """Return the enrolment of a row with COLUMNS."""
        (enrolment_id, kind, label, state, strong, confirmed_at, last_used_at, lookup, preferred, version) = row
        return Enrolment(
            id=EnrolmentId(enrolment_id),
            person_id=person,
            kind=kind,
            label=label,
            state=self._sealer.open(state, account=account, table=_TABLE, column="state", row=enrolment_id),
            strong=bool(strong),
            confirmed_at=from_micros(confirmed_at),
            last_used_at=instant(last_used_at),
            lookup=lookup,
            preferred=bool(preferred),
            version=version,
        )

    def methods_of(
        self, account: AccountId, people: Iterable[PersonId]
    ) -> Mapping[PersonId, tuple[SurveyedMethod, ...]]:
        """Return what several people hold, in the same order and without secrets; who holds nothing is left out."""
        found: dict[PersonId, tuple[SurveyedMethod, ...]] = {}
        for some in in_hundreds(sorted(set(people))):
            these = " AND person_id IN (" + marks(len(some)) + ") ORDER BY preferred DESC, confirmed_at, id"
            found |= by_person(many(METHODS + these, (account, *some)))
        return found

    def add(self, account: AccountId, enrolment: Enrolment) -> bool:
        """Store one; False when its look-up key is taken."""
        return (
            write(
                "INSERT INTO enrolment (account, id, person_id, kind, label, state, strong, confirmed_at,"
                " last_used_at, lookup, preferred, version)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (
                    account,
                    enrolment.id,
                    enrolment.person_id,
                    enrolment.kind,
                    enrolment.label,
                    self._seal(account, enrolment.id, enrolment.state),
                    enrolment.strong,
                    to_micros(enrolment.confirmed_at),
                    micros(enrolment.last_used_at),
                    enrolment.lookup,
                    enrolment.preferred,
                    enrolment.version,
                ),
            )
            == 1
        )

    def replace_state(
        self, account: AccountId, enrolment: Enrolment, state: JsonObject | None, *, used_at: datetime | None
    ) -> bool:
        """Write the state (None: it stays) where `enrolment.version` still stands, and count the version up."""
        used = (micros(used_at), account, enrolment.id, enrolment.version)
        if state is None:
            return write(_USED, used) == 1
        return write(_USED_AND_STATE, (self._seal(account, enrolment.id, state), *used)) == 1

    def rename(self, account: AccountId, person: PersonId, enrolment: EnrolmentId, label: str) -> bool:
        """Rename, without touching the version; False when the person holds no such enrolment."""
        return (
            write(
                "UPDATE enrolment SET label = %s WHERE account = %s AND id = %s AND person_id = %s",
                (label, account, enrolment, person),
            )
            == 1
        )

    def prefer(self, account: AccountId, person: PersonId, enrolment: EnrolmentId) -> bool:
        """Make one the preferred, without touching versions; False when it is not held."""
        held = one(
            "SELECT 1 FROM enrolment WHERE account = %s AND id = %s AND person_id = %s", (account, enrolment, person)
        )
        if held is None:
            return False
        # One statement for all of them: there is no moment with two preferred, or with none.
        write(
            "UPDATE enrolment SET preferred = (id = %s) WHERE account = %s AND person_id = %s",
            (enrolment, account, person),
        )
        return True

    def remove(self, account: AccountId, person: PersonId, enrolments: Sequence[EnrolmentId]) -> int:
        """Remove some of a person's enrolments and return how many went."""
        if not enrolments:
            return 0
        return write(_REMOVE + marks(len(enrolments)) + ")", (account, person, *enrolments))

    def _seal(self, account: AccountId, enrolment: EnrolmentId, state: JsonObject) -> bytes:
        return self._sealer.seal(state, account=account, table=_TABLE, column="state", row=enrolment)


def in_order(held: Sequence[Enrolment]) -> tuple[Enrolment, ...]:
    """Return the enrolments of a person, the preferred first, then the oldest; sorted here, where mostly is one."""
    return tuple(sorted(held, key=lambda one: (not one.preferred, one.confirmed_at, one.id)))


def by_person(rows: Iterable[Row]) -> dict[PersonId, tuple[SurveyedMethod, ...]]:
    """Return what rows of METHODS tell of each person, in their order."""
    found: dict[PersonId, list[SurveyedMethod]] = {}
    for person, enrolment_id, kind, strong, confirmed_at, last_used_at in rows:
        method = SurveyedMethod(
            id=EnrolmentId(enrolment_id),
            kind=kind,
            strong=bool(strong),
            confirmed_at=from_micros(confirmed_at),
            last_used_at=instant(last_used_at),
        )
        found.setdefault(person, []).append(method)
    return {person: tuple(methods) for person, methods in found.items()}
