"""The stand-ins for ports/enrolments.py."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.ports.enrolments import CodeUse, Enrolment, RecoveryCodesLeft
from twofold.ports.reports import SurveyedMethod

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from tests.memory import Memory
    from twofold.core.ids import AccountId, EnrolmentId, PersonId
    from twofold.core.json import JsonObject


class MemoryEnrolments:
    def __init__(self, memory: Memory) -> None:
        self.rows: dict[tuple[AccountId, EnrolmentId], Enrolment] = memory.table()

    def held(self, account: AccountId, person: PersonId) -> tuple[Enrolment, ...]:
        found = [row for (owner, _), row in self.rows.items() if owner == account and row.person_id == person]
        return tuple(copy.deepcopy(sorted(found, key=lambda row: (not row.preferred, row.confirmed_at, row.id))))

    def methods_of(
        self, account: AccountId, people: Iterable[PersonId]
    ) -> Mapping[PersonId, tuple[SurveyedMethod, ...]]:
        held = {person: self.held(account, person) for person in people}
        return {
            person: tuple(
                SurveyedMethod(
                    id=one.id,
                    kind=one.kind,
                    strong=one.strong,
                    confirmed_at=one.confirmed_at,
                    last_used_at=one.last_used_at,
                )
                for one in some
            )
            for person, some in held.items()
            if some
        }

    def add(self, account: AccountId, enrolment: Enrolment) -> bool:
        taken = enrolment.lookup is not None and any(
            owner == account and (row.kind, row.lookup) == (enrolment.kind, enrolment.lookup)
            for (owner, _), row in self.rows.items()
        )
        if not taken:
            self.rows[account, enrolment.id] = copy.deepcopy(enrolment)
        return not taken

    def replace_state(
        self, account: AccountId, enrolment: Enrolment, state: JsonObject | None, *, used_at: datetime | None
    ) -> bool:
        there = self.rows.get((account, enrolment.id))
        if there is None or there.version != enrolment.version:
            return False
        kept = there.state if state is None else copy.deepcopy(state)
        self.rows[account, enrolment.id] = replace(there, state=kept, last_used_at=used_at, version=there.version + 1)
        return True

    def rename(self, account: AccountId, person: PersonId, enrolment: EnrolmentId, label: str) -> bool:
        there = self.rows.get((account, enrolment))
        if there is None or there.person_id != person:
            return False
        self.rows[account, enrolment] = replace(there, label=label)
        return True

    def prefer(self, account: AccountId, person: PersonId, enrolment: EnrolmentId) -> bool:
        held = self.held(account, person)
        if all(row.id != enrolment for row in held):
            return False
        for row in held:
            self.rows[account, row.id] = replace(row, preferred=row.id == enrolment)
        return True

    def remove(self, account: AccountId, person: PersonId, enrolments: Sequence[EnrolmentId]) -> int:
        going = [row.id for row in self.held(account, person) if row.id in enrolments]
        for enrolment in going:
            del self.rows[account, enrolment]
        return len(going)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    person_id: PersonId
    by_helper: bool
    made_at: datetime
    expires_at: datetime | None = None
    used_at: datetime | None = None


class MemoryRecoveryCodes:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, PersonId, str], _Code] = memory.table()

    def replace_all(self, account: AccountId, person: PersonId, digests: Sequence[str], *, at: datetime) -> None:
        self._void(account, person, by_helper=False)
        for digest in digests:
            self._rows[account, person, digest] = _Code(person_id=person, by_helper=False, made_at=at)

    def put_helpers(self, account: AccountId, person: PersonId, digest: str, *, at: datetime, until: datetime) -> None:
        self._void(account, person, by_helper=True)
        self._rows[account, person, digest] = _Code(person_id=person, by_helper=True, made_at=at, expires_at=until)

    def spend(self, account: AccountId, person: PersonId, digest: str, *, at: datetime) -> CodeUse | None:
        code = self._rows.get((account, person, digest))
        if code is None:
            return None
        spent = code.used_at is None and (code.expires_at is None or code.expires_at > at)
        if spent:
            code = self._rows[account, person, digest] = replace(code, used_at=at)
        left = self.left(account, person).left
        return CodeUse(spent=spent, used_at=code.used_at, by_helper=code.by_helper, left=left)

    def left(self, account: AccountId, person: PersonId) -> RecoveryCodesLeft:
        own = [code for key, code in self._rows.items() if key[:2] == (account, person) and not code.by_helper]
        return RecoveryCodesLeft(
            left=sum(code.used_at is None for code in own), made_at=max((code.made_at for code in own), default=None)
        )

    def discard(self, account: AccountId, person: PersonId) -> None:
        self._void(account, person, by_helper=True)
        self._void(account, person, by_helper=False)

    def _void(self, account: AccountId, person: PersonId, *, by_helper: bool) -> None:
        for key, code in list(self._rows.items()):
            if key[:2] == (account, person) and code.by_helper is by_helper:
                del self._rows[key]
