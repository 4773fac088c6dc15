"""The ports of people and accounts in memory: dictionaries of the records themselves, with transactions that roll back.

The rows of a person are erased by what every record of theirs has: a `person_id`.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from twofold.core.roles import Audience, Role, audience_of
from twofold.core.rules import default_rules
from twofold.ports.pages import PageBetween
from twofold.ports.people import Named, PersonRow, Subscriber
from twofold.ports.policy import PolicyVersion
from twofold.ports.roll_out import Members, Tally
from twofold.store.accounts import LOOPBACK, host_of
from twofold.store.cursors import pack_place, unpack_place
from twofold.store.words import sort_key, terms_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, GroupId, PersonId
    from twofold.ports.accounts import Account
    from twofold.ports.enrolments import Enrolment


class Memory:
    """All tables of one store. Keys begin with the account."""

    def __init__(self) -> None:
        self._tables: list[dict[Any, Any]] = []

    def table(self) -> dict[Any, Any]:
        """Return a new table that takes part in transactions."""
        table: dict[Any, Any] = {}
        self._tables.append(table)
        return table

    @contextmanager
    def begin(self, *, lasting: bool = True) -> Iterator[None]:
        """Restore every table when something is raised."""
        before = [dict(table) for table in self._tables]
        try:
            yield
        except BaseException:
            for table, rows in zip(self._tables, before, strict=True):
                table.clear()
                table.update(rows)
            raise

    def alone(self, account: AccountId, *subjects: str) -> None:
        """Nobody else is there."""

    def erase(self, account: AccountId, person: PersonId) -> None:
        for table in self._tables:
            for key, row in list(table.items()):
                if key[0] == account and getattr(row, "person_id", None) == person and not hasattr(row, "actor"):
                    del table[key]


class MemoryAccounts:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[str], Account] = memory.table()

    def by_host(self, host: str) -> Account | None:
        found = [account for account in self.all() if host_of(account) == host]
        if not found and host in LOOPBACK:
            found = [account for account in self.all() if host_of(account) in LOOPBACK]
        return found[0] if len(found) == 1 else None

    def by_id(self, account_id: AccountId) -> Account | None:
        return self._rows.get((account_id,))

    def all(self) -> Sequence[Account]:
        return sorted(self._rows.values(), key=lambda account: (account.created_at, account.id))

    def add(self, account: Account) -> bool:
        if any(host_of(other) == host_of(account) for other in self.all()):
            return False
        self._rows[account.id,] = account
        return True

    def replace(self, old: Account, new: Account) -> bool:
        there = self.by_id(old.id)
        if there is None or there.version != old.version:
            return False
        if any(host_of(other) == host_of(new) and other.id != old.id for other in self.all()):
            return False
        self._rows[old.id,] = replace(new, version=old.version + 1)
        return True


class MemoryPeople:
    def __init__(
        self,
        memory: Memory,
        counters: dict[Any, Any],
        enrolments: dict[Any, Enrolment],
        members: dict[Any, Any],
    ) -> None:
        self._memory = memory
        self._members = members
        self._counters = counters
        self._enrolments = enrolments
        self._rows: dict[tuple[AccountId, PersonId], Subscriber] = memory.table()
        self.signed_in_by: dict[tuple[AccountId, PersonId], str] = memory.table()

    def by_id(self, account: AccountId, person: PersonId) -> Subscriber | None:
        return self._rows.get((account, person))

    def by_email(self, account: AccountId, email: str) -> Subscriber | None:
        return next((person for person in self._of(account) if person.email == email), None)

    def add(self, account: AccountId, person: Subscriber) -> bool:
        if self.by_email(account, person.email) is not None:
            return False
        self._rows[account, person.id] = person
        return True

    def replace(self, account: AccountId, old: Subscriber, new: Subscriber) -> bool:
        there = self.by_id(account, old.id)
        if there is None or there.version != old.version:
            return False
        if self.by_email(account, new.email) not in {None, there}:
            return False
        self._rows[account, old.id] = replace(new, version=old.version + 1, last_sign_in_at=there.last_sign_in_at)
        return True

    def signed_in(self, account: AccountId, person: Subscriber, at: datetime, *, by: str = "") -> bool:
        there = self.by_id(account, person.id)
        if there is None or there.version != person.version:
            return False
        self.signed_in_by[account, person.id] = by
        self._rows[account, person.id] = replace(there, last_sign_in_at=at)
        return True

    def remove(self, account: AccountId, person: PersonId) -> None:
        self._memory.erase(account, person)
        for key in [key for key in self._counters if key[0] == account and key[1].startswith(person)]:
            del self._counters[key]
        self._rows.pop((account, person), None)

    def by_ids(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Subscriber]:
        return {one: self._rows[account, one] for one in people if (account, one) in self._rows}

    def names(self, account: AccountId, people: Iterable[PersonId]) -> Mapping[PersonId, Named]:
        return {one.id: Named(one.name, one.email) for one in self.by_ids(account, people).values()}

    def with_roles(self, account: AccountId, roles: Sequence[Role], *, helping: bool = False) -> Sequence[Subscriber]:
        found = [
            person
            for person in self._of(account)
            if person.role in roles
            and person.suspended_at is None
            and not (helping and person.role is Role.AGENT and person.helps_since is None)
        ]
        return sorted(found, key=lambda person: (person.created_at, person.id))

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
        found = sorted(
            (
                person
                for person in self._of(account)
                if _matches(person, search)
                and role in {None, person.role}
                and (group is None or (account, group, person.id) in self._members)
            ),
            key=_place,
        )
        start, end = 0, size
        place = unpack_place(after or before)
        if place is not None:
            if after:
                start = sum(_place(person) <= place for person in found)
                end = start + size
            else:
                end = sum(_place(person) < place for person in found)
                start = max(0, end - size)
            if not found[start:end]:
                return self.page(account, search=search, role=role, group=group, size=size)
        shown = found[start:end]
        return PageBetween(
            rows=tuple(self._row(account, person) for person in shown),
            before=_cursor(shown[0]) if shown and start > 0 else "",
            after=_cursor(shown[-1]) if shown and end < len(found) else "",
        )

    def tally(self, account: AccountId, whose: Audience | Members, *, now: datetime) -> Tally:
        return self._tally(account, self._belonging(account, whose), now)

    def _belonging(self, account: AccountId, whose: Audience | Members) -> list[Subscriber]:
        return [
            one
            for one in self._of(account)
            if one.suspended_at is None
            and (
                audience_of(one.role) is whose
                if isinstance(whose, Audience)
                else whose.group.takes(one.email, one.role) or (account, whose.id, one.id) in self._members
            )
        ]

    def _tally(self, account: AccountId, people: Sequence[Subscriber], now: datetime) -> Tally:
        return Tally(
            people=len(people),
            set_up=sum(self._methods(account, person.id) > 0 for person in people),
            chosen=sum(person.chosen for person in people),
            exempt=sum(person.exempt_until is not None and person.exempt_until > now for person in people),
            never_signed_in=sum(person.last_sign_in_at is None for person in people),
            asked_by_reset=sum(person.must_set_up for person in people),
        )

    def tally_of_some(
        self, account: AccountId, whose: Audience | Members, *, now: datetime, behind: str, most: int
    ) -> tuple[Tally, PersonId | None]:
        belonging = self._belonging(account, whose)
        found = sorted((one for one in belonging if one.id > behind), key=lambda one: one.id)[:most]
        return self._tally(account, found, now), found[-1].id if len(found) == most else None

    def are_more_than(self, account: AccountId, audience: Audience, than: int) -> bool:
        return sum(audience_of(person.role) is audience for person in self._of(account)) > than

    def _of(self, account: AccountId) -> list[Subscriber]:
        return [person for (owner, _), person in self._rows.items() if owner == account]

    def _methods(self, account: AccountId, person: PersonId) -> int:
        return sum(key[0] == account and row.person_id == person for key, row in self._enrolments.items())

    def _row(self, account: AccountId, person: Subscriber) -> PersonRow:
        return PersonRow(
            id=person.id,
            email=person.email,
            name=person.name,
            role=person.role,
            last_sign_in_at=person.last_sign_in_at,
            suspended=person.suspended_at is not None,
            invited=person.invited_at is not None and person.last_sign_in_at is None,
            methods=self._methods(account, person.id),
        )


def _matches(person: Subscriber, search: str) -> bool:
    words = words_of(person.name, person.email)
    return all(any(word.startswith(term) for word in words) for term in terms_of(search))


def _place(person: Subscriber) -> tuple[bytes, str]:
    return sort_key(person.name, person.email), person.id


def _cursor(person: Subscriber) -> str:
    return pack_place(*_place(person))


class MemoryPolicy:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, int], PolicyVersion] = memory.table()

    def current(self, account: AccountId) -> PolicyVersion:
        return next(iter(self.history(account)), _DEFAULTS)

    def of(self, account: Account) -> PolicyVersion:
        return self.current(account.id)

    def add(self, account: AccountId, version: PolicyVersion) -> bool:
        if (account, version.number) in self._rows:
            return False
        self._rows[account, version.number] = version
        return True

    def by_number(self, account: AccountId, number: int) -> PolicyVersion | None:
        return _DEFAULTS if number == 0 else self._rows.get((account, number))

    def history(self, account: AccountId, *, most: int = 50, before: int | None = None) -> Sequence[PolicyVersion]:
        found = [
            version
            for (owner, number), version in self._rows.items()
            if owner == account and (before is None or number < before)
        ]
        return sorted(found, key=lambda version: version.number, reverse=True)[:most]


_DEFAULTS = PolicyVersion(number=0, rules=default_rules(), saved_at=None, saved_by=None)
