"""The people of an account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from twofold.core.groups import Extra
    from twofold.core.ids import AccountId, GroupId, PersonId
    from twofold.core.roles import Role
    from twofold.ports.pages import PageBetween

LONGEST_NAME: Final = 120
"""Characters of a person's name, wherever it is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """Somebody with a sign-in of an account (NIST SP 800-63's subscriber).

    `locale` and `time_zone` may be empty: the account's then apply. `password` is the stored hash.
    `frozen_at` is set by "this was not me": the password must be reset before the next sign-in.
    `proved_by_mailbox_at` is set while the password was last set through a mailed link and no other
    kind of proof has been given since. `codes_unsaved` is True from the showing of recovery codes
    until "I have saved them". `audience_since` is when a change of role brought them under another
    audience's policy; None means since they were added. `own_rule` is what is wanted of them alone.
    `helps_since` is when an agent was let help end users sign in.
    `skipped` counts how often they said "later" to what is required, last at `skipped_at`.
    `silenced` names the notices that they do not want (core/notices.py).
    """

    id: PersonId
    email: str
    name: str
    role: Role
    created_at: datetime
    version: int = 0
    locale: str = ""
    time_zone: str = ""
    password: str | None = field(default=None, repr=False)
    chosen: bool = False
    every_sign_in: bool = False
    must_set_up: bool = False
    grace_until: datetime | None = None
    exempt_until: datetime | None = None
    exempt_because: str = ""
    suspended_at: datetime | None = None
    frozen_at: datetime | None = None
    proved_by_mailbox_at: datetime | None = None
    email_proved_at: datetime | None = None
    email_changed_at: datetime | None = None
    former_email: str = ""
    invited_at: datetime | None = None
    last_sign_in_at: datetime | None = None
    codes_unsaved: bool = False
    enrolled_at: datetime | None = None
    audience_since: datetime | None = None
    own_rule: Extra | None = None
    helps_since: datetime | None = None
    silenced: frozenset[str] = frozenset()
    skipped: int = 0
    skipped_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One line of the People list."""

    id: PersonId
    email: str
    name: str
    role: Role
    last_sign_in_at: datetime | None
    suspended: bool
    invited: bool
    methods: int


@dataclass(frozen=True, slots=True)
class Named:
    """How somebody is called in a list of other things."""

    name: str
    email: str


class People(Protocol):
    """Where people are kept."""

    def by_id(self, account: AccountId, person: PersonId) -> Subscriber | None:
        """Return one person."""

    def by_ids(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Subscriber]:
        """Return these people, for a page of something else; those who are not there any more are left out."""

    def by_email(self, account: AccountId, email: str) -> Subscriber | None:
        """Return the person with this normalised address."""

    def add(self, account: AccountId, person: Subscriber) -> bool:
        """Store a new person; False when the address is taken."""

    def replace(self, account: AccountId, old: Subscriber, new: Subscriber) -> bool:
        """Write `new` where `old.version` still stands and count the version up.

        False when somebody else was faster, or when the new address is taken.
        `last_sign_in_at` is not written by this.
        """

    def signed_in(self, account: AccountId, person: Subscriber, at: datetime, *, by: str = "") -> bool:
        """Note the time of a sign-in, and `by` what, where `person.version` still stands, without touching the version.

        False when the person was changed since they were read: whatever changed may have been meant
        to keep just this sign-in out.
        """

    def remove(self, account: AccountId, person: PersonId) -> None:
        """Erase the person with all that belongs to them; audit events keep the id alone."""

    def with_roles(self, account: AccountId, roles: Sequence[Role], *, helping: bool = False) -> Sequence[Subscriber]:
        """Return all the people with these roles who are not suspended, oldest first: for a team, not for end users.

        `helping`: of agents those alone who may help end users.
        """

    def names(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Named]:
        """Return how these people are called; those who are not there any more are left out."""

    def page(
        self,
        account: AccountId,
        *,
        search: str = "",
        role: Role | None = None,
        group: GroupId | None = None,
        after: str = "",
        before: str = "",
        size: int = 50,
    ) -> PageBetween[PersonRow]:
        """Return people by name; `search` matches beginnings of words of names and addresses.

        `group` leaves those who were put into it by hand.
        """
