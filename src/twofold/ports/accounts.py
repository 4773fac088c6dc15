"""The help desks that this server signs people in to. An account is the tenant."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId

LONGEST_NAME: Final = 80
"""Characters of the name of a help desk."""
LONGEST_LINK: Final = 300
LONGEST_HELP: Final = 300
LONGEST_PHONE: Final = 30
LONGEST_HOURS: Final = 80
"""Characters of the links at the foot of each page, and of what is said of the help there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpText:
    """What one audience is told about getting help: free text, a phone number, opening hours."""

    text: str = ""
    phone: str = ""
    hours: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One help desk: its face, its address, its words.

    `base_url` is the configured address without a trailing slash; links and cookies come from it,
    never from a request. `colour` is "#rrggbb" or empty, `logo` the bytes of a PNG or None.
    `policy` is the number of the policy that was in force when a request asked for the account (None: nobody looked);
    it belongs to the moment, and makes no account another.
    """

    id: AccountId
    name: str
    base_url: str
    time_zone: str
    locale: str
    created_at: datetime
    version: int = 0
    colour: str = ""
    logo: bytes | None = field(default=None, repr=False)
    privacy_url: str = ""
    imprint_url: str = ""
    help_team: HelpText = HelpText()
    help_end_users: HelpText = HelpText()
    policy: int | None = field(default=None, compare=False)


class Accounts(Protocol):
    """The accounts of this installation."""

    def by_host(self, host: str) -> Account | None:
        """Return the account whose address has this host (lower case, without port).

        While only one account exists whose address is on loopback, `localhost`, `127.0.0.1` and
        `::1` all name it. With it comes the number of its policy.
        """

    def by_id(self, account_id: AccountId) -> Account | None:
        """Return one account."""

    def all(self) -> Sequence[Account]:
        """Return every account, oldest first."""

    def add(self, account: Account) -> bool:
        """Store a new one; False when its host is taken."""

    def replace(self, old: Account, new: Account) -> bool:
        """Write `new` where `old.version` still stands; False when somebody else was faster."""
