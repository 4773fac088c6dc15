"""Adding the people of an import that was confirmed: some at a time, whoever asked for it judged again each time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import ImportId, PersonId
from twofold.core.json import text_in
from twofold.core.roles import Role
from twofold.flows import journal, later
from twofold.flows.import_reading import asker_of, group_problem
from twofold.flows.inviting import mail_invitation
from twofold.flows.people_import import KEPT_FOR, ended
from twofold.flows.visit import Visit
from twofold.ports.imports import Became, Import, ImportRow, ImportState, RowState, Stopped
from twofold.ports.jobs import APPLY_IMPORT
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

ADDED_AT_ONCE: Final = 100
"""People who are added in one transaction: some 35 ms with an invitation for each."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The next rows of an import; empty when all were gone through."""

    one: Import
    rows: Sequence[ImportRow]


def next_batch(services: Services, account: Account, body: JsonObject, *, now: datetime) -> Batch | None:  # noqa: ARG001 -- as all
    """Return the rows that come next; None when there is nothing to do any more. Writes nothing."""
    one = services.imports.by_id(account.id, ImportId(text_in(body, "import")))
    if one is None or one.state is not ImportState.ADDING:
        return None
    return Batch(one, services.imports.rows(account.id, one.id, RowState.NEW, most=ADDED_AT_ONCE))


def add(services: Services, account: Account, body: JsonObject, batch: Batch | None, *, now: datetime) -> None:
    """Add these people and put the job for the next, in the caller's transaction.

    Whoever came in otherwise meanwhile is left as they are. When whoever asked is no longer what they were, nobody is
    added any more.
    """
    if batch is None:
        return
    old = batch.one
    # Written first, so that nobody cancels between here and the end of the transaction.
    if not services.imports.replace(account.id, old, old):
        return
    one = replace(old, version=old.version + 1)
    visit = Visit.of_job(account, body)
    asker = asker_of(services, account.id, one)
    if asker is None:
        _end(services, visit, one, ImportState.STOPPED, because=Stopped.ASKER_CHANGED, now=now)
        return
    adder = _Adder(services, visit, asker, one, now=now)
    became = [adder.add(row) for row in batch.rows]
    services.imports.became(account.id, one.id, became)
    states = [row.state for row in became]
    late = states.count(RowState.WRONG)
    moved = replace(
        one,
        added=one.added + states.count(RowState.ADDED),
        met=one.met + states.count(RowState.MET),
        new=one.new - late,
        wrong=one.wrong + late,
        expires_at=now + KEPT_FOR,
    )
    if len(batch.rows) < ADDED_AT_ONCE:
        _end(services, visit, moved, ImportState.DONE, now=now)
        return
    services.imports.replace(account.id, moved, moved)
    later.put(services, account.id, APPLY_IMPORT, body, now=now)


def give_up(services: Services, account: Account, import_id: ImportId) -> None:
    """Note that an import does not go on; whoever was added stays."""
    one = services.imports.by_id(account.id, import_id)
    if one is None or one.finished_at is not None:
        return
    now = services.clock.now()
    with services.transactions.begin():
        stopped = ended(one, ImportState.STOPPED, because=Stopped.BROKEN_OFF, now=now)
        if services.imports.replace(account.id, one, stopped):
            services.imports.forget_file(account.id, one.id)


def _end(
    services: Services,
    visit: Visit,
    one: Import,
    state: ImportState,
    *,
    now: datetime,
    because: Stopped | None = None,
) -> None:
    services.imports.replace(visit.account.id, one, ended(one, state, because=because, now=now))
    journal.record_by_system(
        services,
        visit.account,
        "import.ended",
        now=now,
        person=None,
        detail={
            "import": one.id,
            "state": state.value,
            "added": one.added,
            "met": one.met,
            "because": because.value if because else "",
        },
    )


class _Adder:
    """Adds one person after the other, in the caller's transaction."""

    def __init__(self, services: Services, visit: Visit, asker: Subscriber, one: Import, *, now: datetime) -> None:
        self._services, self._visit, self._asker, self._one, self._now = services, visit, asker, one, now
        self._rules: Rules = services.policy.current(visit.account.id).rules

    def add(self, row: ImportRow) -> Became:
        """Add one person as the page for adding somebody does."""
        services, account, now = self._services, self._visit.account, self._now
        role = row.gives or Role.END_USER
        problem = group_problem(self._rules, row.into, email=row.email, role=role, now=now) if row.into else None
        if problem is not None:
            return Became(row.line, RowState.WRONG, problem=problem)
        person = Subscriber(
            id=PersonId(services.entropy.new_id()),
            email=row.email,
            name=row.name,
            role=role,
            created_at=now,
            invited_at=now if self._one.invite else None,
        )
        if not services.people.add(account.id, person):
            there = services.people.by_email(account.id, row.email)
            return Became(row.line, RowState.MET, there.id if there else None)
        self._record("person.added", person, {"role": role.value, "invited": self._one.invite, "import": self._one.id})
        for group in row.into:
            services.groups.add(account.id, group, [person.id], at=now)
            self._record("group.member_added", person, {"group": group, "name": self._rules.groups[group].name})
        if self._one.invite:
            mail_invitation(services, account, person, by=self._asker.name, now=now)
        return Became(row.line, RowState.ADDED, person.id)

    def _record(self, kind: str, person: Subscriber, detail: JsonObject) -> None:
        journal.record(
            self._services,
            self._visit,
            kind,
            now=self._now,
            person=person.id,
            actor=self._asker.id,
            detail=detail,
        )
