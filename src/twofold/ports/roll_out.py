"""What is read of people while a requirement is rolled out: lists and counts along an index, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempted:
    """Somebody who is exempt until then."""

    id: PersonId
    name: str
    email: str
    role: Role
    until: datetime
    because: str
    suspended: bool


class RollOut(Protocol):
    """Where it is read from."""

    def exempt(
        self, account: AccountId, *, now: datetime, after: tuple[datetime, str] | None = None, most: int
    ) -> Sequence[Exempted]:
        """Return the people whose own exemption still stands, those that end first first; `after` is end and id."""
