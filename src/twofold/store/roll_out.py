"""What is read of people while a requirement is rolled out. The port: ports/roll_out.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.roles import Role
from twofold.ports.roll_out import Exempted
from twofold.store.rows import many

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.store.rows import Value

# "IS NOT NULL" is the condition of the index, word for word: else no database sees that it fits.
_EXEMPT: Final = (
    "SELECT id, name, email, role, exempt_until, exempt_because, suspended_at FROM person"
    " WHERE account = %s AND exempt_until IS NOT NULL AND exempt_until > %s"
)
_BEHIND: Final = " AND (exempt_until, id) > (%s, %s)"
_BY_END: Final = " ORDER BY exempt_until, id LIMIT %s"


class RollOutStore:
    """Reads what a roll-out shows."""

    def exempt(
        self, account: AccountId, *, now: datetime, after: tuple[datetime, str] | None = None, most: int
    ) -> Sequence[Exempted]:
        """Return the people whose own exemption still stands, those that end first first; `after` is end and id."""
        statement, params = exempt_statement(account, now=now, after=after, most=most)
        return tuple(
            Exempted(
                id=PersonId(person_id),
                name=name,
                email=email,
                role=Role(role),
                until=from_micros(until),
                because=because,
                suspended=suspended_at is not None,
            )
            for person_id, name, email, role, until, because, suspended_at in many(statement, params)
        )


def exempt_statement(
    account: AccountId, *, now: datetime, after: tuple[datetime, str] | None, most: int
) -> tuple[str, list[Value]]:
    """Return the SQL of one page of exemptions, and its parameters."""
    params: list[Value] = [account, to_micros(now)]
    if after is None:
        return _EXEMPT + _BY_END, [*params, most]
    return _EXEMPT + _BEHIND + _BY_END, [*params, to_micros(after[0]), after[1], most]
