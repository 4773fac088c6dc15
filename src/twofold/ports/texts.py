"""Text messages: how many may go where, and what providers tell of their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from twofold.core.texts import END_USERS_PERCENT, UNPROVED_PERCENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.ids import AccountId
    from twofold.core.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class TextLimits:
    """Where texts of an account may go (ISO 3166 regions; None: everywhere), and how many in 24 hours.

    Of these end users may use so many percent.
    """

    countries: frozenset[str] | None
    budget_a_day: int
    end_users_percent: int = END_USERS_PERCENT

    @property
    def end_users_a_day(self) -> int:
        """How many texts end users may use: a part of a text is one."""
        return -(-self.budget_a_day * self.end_users_percent // 100)

    @property
    def unproved_a_day(self) -> int:
        """How many texts may go to numbers that nobody has proved yet, of team members and end users together."""
        return -(-self.end_users_a_day * UNPROVED_PERCENT // 100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider told of one text: whether it arrived, and in the provider's own code why not ("": untold)."""

    arrived: bool
    code: str = ""


class Texts(Protocol):
    """What depends on how texts are sent."""

    def limits(self, account: AccountId) -> TextLimits:
        """Return where the texts of an account may go, and how many."""

    def number(self, account: AccountId, typed: str) -> str | Refusal:
        """Return the one spelling (E.164) of a number that texts of the account go to, or why they do not."""

    def receipt(self, told: Mapping[str, str]) -> Receipt | None:
        """Read what a provider told, field by field; None for anything on the way, or not understood."""
