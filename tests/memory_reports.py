"""Status reports in memory: the port of ports/reports.py over the rows of the others."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from tests.memory_helping import newest_asked
from twofold.core.roles import Role
from twofold.ports.pages import Page, PageBetween
from twofold.ports.reports import Report, ReportState, Surveyed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.memory import Memory, MemoryPeople
    from tests.memory_enrolments import MemoryEnrolments, MemoryRecoveryCodes
    from tests.memory_groups import MemoryGroups
    from twofold.core.ids import AccountId, PersonId, ReportId
    from twofold.ports.browsers import KnownBrowser


class _Browsers(Protocol):
    def of_person(self, account: AccountId, person: PersonId) -> Sequence[KnownBrowser]: ...


class MemoryReports:
    def __init__(
        self,
        memory: Memory,
        people: MemoryPeople,
        enrolments: MemoryEnrolments,
        codes: MemoryRecoveryCodes,
        browsers: _Browsers,
        groups: MemoryGroups,
    ) -> None:
        self._rows: dict[tuple[AccountId, ReportId], Report] = memory.table()
        self._parts: dict[tuple[AccountId, ReportId, int], bytes] = memory.table()
        self._people = people
        self._enrolments = enrolments
        self._codes = codes
        self._browsers = browsers
        self._groups = groups

    def count(self, account: AccountId, *, end_users: bool) -> int:
        return len(self._ids(account, end_users=end_users))

    def walk(
        self, account: AccountId, *, behind: str, end_users: bool, most: int, groups: bool = False
    ) -> Sequence[Surveyed]:
        ids = [one for one in self._ids(account, end_users=end_users) if one > behind]
        return [self._surveyed(account, one, groups=groups) for one in ids[:most]]

    def these(self, account: AccountId, people: Sequence[PersonId], *, groups: bool = False) -> Sequence[Surveyed]:
        there = set(self._ids(account, end_users=True))
        return [self._surveyed(account, one, groups=groups) for one in people if one in there]

    def page(
        self,
        account: AccountId,
        *,
        search: str = "",
        role: Role | None = None,
        team: bool = False,
        after: str = "",
        before: str = "",
        size: int = 50,
        groups: bool = False,
        alone: bool = False,
    ) -> PageBetween[Surveyed]:
        # The team is never larger than a page of everybody in tests that run in memory.
        found = self._people.page(account, search=search, role=role, after=after, before=before, size=size)
        rows = [row for row in found.rows if not team or row.role is not Role.END_USER]
        people = tuple(
            one
            for one in (self._surveyed(account, row.id, groups=groups) for row in rows)
            if not alone or (one.own_rule is not None and one.own_rule.required is not None)
        )
        return PageBetween(people, before=found.before, after=found.after)

    def add(self, account: AccountId, report: Report) -> None:
        self._rows[account, report.id] = report

    def by_id(self, account: AccountId, report: ReportId) -> Report | None:
        return self._rows.get((account, report))

    def newest(self, account: AccountId, *, after: str = "", size: int = 20) -> Page[Report]:
        found = [report for (owner, _), report in self._rows.items() if owner == account]
        return newest_asked(found, after, size)

    def last_made_at(self, account: AccountId) -> datetime | None:
        ready = (one for one in self.newest(account, size=1000).rows if one.state is ReportState.READY)
        return next((one.finished_at for one in ready), None)

    def advance(self, account: AccountId, old: Report, new: Report, part: bytes | None = None) -> bool:
        there = self.by_id(account, old.id)
        if there is None or (there.state, there.done, there.parts) != (old.state, old.done, old.parts):
            return False
        self._rows[account, old.id] = replace(
            there,
            state=new.state,
            done=new.done,
            of=new.of,
            parts=new.parts,
            size=new.size,
            finished_at=new.finished_at,
            expires_at=new.expires_at,
        )
        if part is not None:
            self._parts[account, old.id, old.parts] = part
        return True

    def part(self, account: AccountId, report: ReportId, number: int) -> bytes | None:
        found = self._parts.get((account, report, number))
        return None if found is None else zlib.decompress(found)

    def _ids(self, account: AccountId, *, end_users: bool) -> list[PersonId]:
        rows = self._people.page(account, size=1_000_000).rows
        return sorted(row.id for row in rows if end_users or row.role is not Role.END_USER)

    def _surveyed(self, account: AccountId, person_id: PersonId, *, groups: bool) -> Surveyed:
        person = self._people.by_id(account, person_id)
        assert person is not None
        codes = self._codes.left(account, person_id)
        trusts = (one.trust for one in self._browsers.of_person(account, person_id))
        return Surveyed(
            id=person.id,
            email=person.email,
            name=person.name,
            role=person.role,
            created_at=person.created_at,
            chosen=person.chosen,
            every_sign_in=person.every_sign_in,
            must_set_up=person.must_set_up,
            grace_until=person.grace_until,
            exempt_until=person.exempt_until,
            exempt_because=person.exempt_because,
            suspended_at=person.suspended_at,
            audience_since=person.audience_since,
            own_rule=person.own_rule,
            skipped=person.skipped,
            skipped_at=person.skipped_at,
            last_sign_in_at=person.last_sign_in_at,
            email_proved=person.email_proved_at is not None,
            has_password=person.password is not None,
            locale=person.locale,
            time_zone=person.time_zone,
            signed_in_by=self._people.signed_in_by.get((account, person_id), ""),
            methods=self._enrolments.methods_of(account, [person_id]).get(person_id, ()),
            by_hand=self._groups.of_person(account, person_id) if groups else (),
            codes_left=codes.left if codes.made_at else None,
            trusts=tuple(trust for trust in trusts if trust is not None),
        )
