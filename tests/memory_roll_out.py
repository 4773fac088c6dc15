"""The stand-in for ports/roll_out.py, over the people in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.ports.roll_out import Exempted, Stuck

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tests.memory import MemoryPeople
    from twofold.core.ids import AccountId


class MemoryRollOut:
    """Reads what a roll-out shows."""

    def __init__(self, people: MemoryPeople) -> None:
        self._people = people

    def exempt(
        self, account: AccountId, *, now: datetime, after: tuple[datetime, str] | None = None, most: int
    ) -> Sequence[Exempted]:
        found = [
            Exempted(
                id=one.id,
                name=one.name,
                email=one.email,
                role=one.role,
                until=one.exempt_until,
                because=one.exempt_because,
                suspended=one.suspended_at is not None,
            )
            for (owner, _), one in self._people._rows.items()
            if owner == account and one.exempt_until is not None and one.exempt_until > now
        ]
        ordered = sorted(found, key=lambda one: (one.until, one.id))
        return [one for one in ordered if after is None or (one.until, one.id) > after][:most]

    def stuck(self, account: AccountId, *, since: datetime, before: datetime, most: int) -> Sequence[Stuck]:
        raise NotImplementedError("attempts are walked through with a database")

    def set_up_by_day(self, account: AccountId, *, end_users: bool, since: datetime) -> Mapping[int, int]:
        raise NotImplementedError("enrolments are counted with a database")
