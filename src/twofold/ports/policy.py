"""The account's policy, every version of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.policy import Rules
    from twofold.ports.accounts import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyVersion:
    """Rules, who saved them, when and why. Number 0 stands for the defaults, saved by nobody."""

    number: int
    rules: Rules
    saved_at: datetime | None
    saved_by: PersonId | None
    because: str = ""


class Policy(Protocol):
    """Where policy is kept; versions are only added."""

    def current(self, account: AccountId) -> PolicyVersion:
        """Return the version in force."""

    def of(self, account: Account) -> PolicyVersion:
        """Return the version that was in force when a request asked for this account; else the one in force."""

    def add(self, account: AccountId, version: PolicyVersion) -> bool:
        """Append; False when its number is taken, because somebody else was faster."""

    def by_number(self, account: AccountId, number: int) -> PolicyVersion | None:
        """Return one version."""

    def history(self, account: AccountId, *, most: int = 50, before: int | None = None) -> Sequence[PolicyVersion]:
        """Return the versions, newest first; with a number those before it."""
