"""What an admin does to people: roles, suspending, removing. Each is judged by "Who may help whom"."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.effects import Change
from twofold.core.refusals import No, Refusal
from twofold.core.roles import (
    Alone,
    Permission,
    Role,
    audience_of,
    has_permission,
    may_remove,
    may_set_role,
    may_suspend,
)
from twofold.flows import ending, journal, prove
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.people import Barred, other_active_owners
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.roles import Helping
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

ChangeOutcome = Done | Gone | Barred | NeedsProof | Conflict | Refuse


def set_role(services: Services, visit: Visit, me: SignedIn, person_id: PersonId, role: Role) -> ChangeOutcome:
    """Give somebody another role; it applies at once, and all their sessions end."""

    def judge(target: Subscriber, others: int) -> Helping:
        is_self = target.id == me.person.id
        return may_set_role(
            actor=me.person.role, is_self=is_self, old=target.role, new=role, other_active_owners=others
        )

    person = _judged(services, visit, me, person_id, judge)
    if not isinstance(person, Subscriber):
        return person
    if person.role is role:
        return Done()
    now = services.clock.now()
    with services.transactions.begin():
        if not _owner_stays(services, visit, person) or not services.people.replace(
            visit.account.id, person, _with_role(person, role, now=now)
        ):
            return Conflict()
        ending.apply(services, visit.account.id, person.id, Change.ROLE_CHANGED, now=now)
        journal.record(
            services,
            visit,
            "person.role_changed",
            now=now,
            person=person.id,
            actor=me.person.id,
            detail={"before": person.role.value, "after": role.value},
        )
        journal.tell(
            services,
            visit.account,
            person,
            "role_changed",
            {"role": role.value, "former_role": person.role.value, "by": me.person.name},
            now=now,
        )
    return Done()


def _with_role(person: Subscriber, role: Role, *, now: datetime) -> Subscriber:
    """Return the person with another role; under another audience's policy their time to set up begins anew."""
    moves = audience_of(role) is not audience_of(person.role)
    return replace(person, role=role, audience_since=now if moves else person.audience_since)


def suspend(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Shut somebody out at once: sessions, unfinished sign-ins, trust and links end."""
    person = _suspendable(services, visit, me, person_id)
    if not isinstance(person, Subscriber):
        return person
    if person.suspended_at is not None:
        return Done()
    now = services.clock.now()
    with services.transactions.begin():
        if not _owner_stays(services, visit, person) or not services.people.replace(
            visit.account.id, person, replace(person, suspended_at=now)
        ):
            return Conflict()
        ending.apply(services, visit.account.id, person.id, Change.SUSPENDED, now=now)
        journal.record(services, visit, "person.suspended", now=now, person=person.id, actor=me.person.id)
        journal.tell(services, visit.account, person, "suspended", {"by": me.person.name}, now=now)
    return Done()


def end_suspension(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Let somebody sign in again. Nothing that ended comes back."""
    person = _suspendable(services, visit, me, person_id)
    if not isinstance(person, Subscriber):
        return person
    if person.suspended_at is None:
        return Done()
    now = services.clock.now()
    with services.transactions.begin():
        if not services.people.replace(visit.account.id, person, replace(person, suspended_at=None)):
            return Conflict()
        journal.record(services, visit, "person.suspension_ended", now=now, person=person.id, actor=me.person.id)
        journal.tell(services, visit.account, person, "unsuspended", {"by": me.person.name}, now=now)
    return Done()


def end_sessions(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Sign somebody out everywhere; their trusted devices are asked for a passcode again."""
    person = _suspendable(services, visit, me, person_id)
    if not isinstance(person, Subscriber):
        return person
    now = services.clock.now()
    with services.transactions.begin():
        ending.apply(services, visit.account.id, person.id, Change.SIGNED_OUT_EVERYWHERE, now=now)
        journal.record(services, visit, "session.signed_out_everywhere", now=now, person=person.id, actor=me.person.id)
    return Done()


def remove(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Erase somebody with all that belongs to them; the audit log keeps the id alone.

    The last mail to them says so.
    """

    def judge(target: Subscriber, others: int) -> Helping:
        is_self = target.id == me.person.id
        return may_remove(actor=me.person.role, target=target.role, is_self=is_self, other_active_owners=others)

    person = _judged(services, visit, me, person_id, judge)
    if not isinstance(person, Subscriber):
        return person
    now = services.clock.now()
    with services.transactions.begin():
        if services.people.by_id(visit.account.id, person.id) != person or not _owner_stays(services, visit, person):
            return Conflict()
        journal.record(
            services,
            visit,
            "person.removed",
            now=now,
            person=person.id,
            actor=me.person.id,
            detail={"role": person.role.value},
        )
        services.people.remove(visit.account.id, person.id)
        services.counters.forget(visit.account.id, person.id)
        # After the erasure, which would take it along; the address goes with the message once it is sent.
        journal.tell(services, visit.account, person, "removed", {"by": me.person.name}, now=now)
    return Done()


def _suspendable(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId
) -> Subscriber | Gone | Refuse | Barred | NeedsProof:
    def judge(target: Subscriber, others: int) -> Helping:
        is_self = target.id == me.person.id
        return may_suspend(actor=me.person.role, target=target.role, is_self=is_self, other_active_owners=others)

    return _judged(services, visit, me, person_id, judge)


def _judged(
    services: Services,
    visit: Visit,
    me: SignedIn,
    person_id: PersonId,
    judge: Callable[[Subscriber, int], Helping],
) -> Subscriber | Gone | Refuse | Barred | NeedsProof:
    """Return the person when this admin may act on them now: by permission, by the table, by fresh proof.

    `judge` is handed the person and the number of other active owners.
    """
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    person = services.people.by_id(visit.account.id, person_id)
    if person is None:
        return Gone()
    helping = judge(person, other_active_owners(services, visit, person))
    if helping != Alone():
        return Barred(helping)
    return prove.needed(services, visit, me) or person


def _owner_stays(services: Services, visit: Visit, person: Subscriber) -> bool:
    """Make sure, in the present transaction, that taking this owner away leaves another one.

    Two owners who lower each other at the same moment both saw the other. Writing the account's row
    lets only one of them through, on databases too that let both read first.
    """
    if person.role is not Role.OWNER:
        return True
    account = services.accounts.by_id(visit.account.id)
    return (
        account is not None
        and services.accounts.replace(account, account)
        and other_active_owners(services, visit, person) > 0
    )
