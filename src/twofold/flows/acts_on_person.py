"""The acts on who somebody is here, in the caller's transaction: their role, and whether they may sign in at all."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.effects import Change
from twofold.core.exemptions import BY_NAME_ALONE
from twofold.core.helping import Act
from twofold.core.json import text_in
from twofold.core.roles import Role, audience_of
from twofold.flows import called_off, ending, journal, recent_acts, ways_told
from twofold.flows.doing import Given, record
from twofold.flows.outcomes import Conflict
from twofold.flows.people import other_active_owners

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.flows.doing import Doing, Outcome
    from twofold.flows.visit import Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


def set_role(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Give another role; all sessions end."""
    person, role = doing.person, Role(text_in(doing.detail, "role"))
    then = _with_role(person, role, now=doing.now)
    if not _owner_stays(services, visit, person) or not services.people.replace(visit.account.id, person, then):
        return Conflict()
    if recent_acts.is_freed(services, visit.account.id, person, then, now=doing.now):
        freed: JsonObject = {"role": role.value}
        recent_acts.note(
            services, visit.account.id, Act.EXEMPT, person.id, doing.me.person.id, now=doing.now, detail=freed
        )
    ending.apply(services, visit.account.id, person.id, Change.ROLE_CHANGED, now=doing.now)
    journal.record(
        services,
        visit,
        "person.role_changed",
        now=doing.now,
        person=person.id,
        actor=doing.me.person.id,
        detail={**doing.told, "before": person.role.value, "after": role.value},
    )
    journal.tell(
        services,
        visit.account,
        person,
        "role_changed",
        {"role": role.value, "former_role": person.role.value, "by": doing.by},
        now=doing.now,
    )
    rules = services.policy.current(visit.account.id).rules
    called_off.tell_one(services, visit.account, then, rules, now=doing.now)
    ways_told.put_for_some(services, visit.account.id, [then.id], now=doing.now)
    return Given(act=doing.act, person=doing.person)


def _with_role(person: Subscriber, role: Role, *, now: datetime) -> Subscriber:
    """Return the person with another role; under another audience's policy their time to set up begins anew."""
    moves = audience_of(role) is not audience_of(person.role)
    if role in BY_NAME_ALONE and person.role is not Role.OWNER:
        # What one admin may give an agent, nobody alone may give an admin, and nobody an owner.
        person = replace(person, exempt_until=None, exempt_because="")
    # Helping end users was given to this agent, and not to whoever they are next.
    return replace(person, role=role, audience_since=now if moves else person.audience_since, helps_since=None)


def suspend(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Shut them out; everything ends."""
    person = doing.person
    if not _owner_stays(services, visit, person) or not services.people.replace(
        visit.account.id, person, replace(person, suspended_at=doing.now)
    ):
        return Conflict()
    ending.apply(services, visit.account.id, person.id, Change.SUSPENDED, now=doing.now)
    record(services, visit, "person.suspended", doing)
    journal.tell(services, visit.account, person, "suspended", {"by": doing.by}, now=doing.now)
    return Given(act=doing.act, person=doing.person)


def end_suspension(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Let them in again."""
    person = doing.person
    if not services.people.replace(visit.account.id, person, replace(person, suspended_at=None)):
        return Conflict()
    record(services, visit, "person.suspension_ended", doing)
    journal.tell(services, visit.account, person, "unsuspended", {"by": doing.by}, now=doing.now)
    # Who is suspended is told of no rule.
    ways_told.put_for_some(services, visit.account.id, [person.id], now=doing.now)
    return Given(act=doing.act, person=doing.person)


def end_sessions(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Sign them out everywhere."""
    if not services.people.replace(visit.account.id, doing.person, doing.person):
        return Conflict()
    ending.apply(services, visit.account.id, doing.person.id, Change.SIGNED_OUT_EVERYWHERE, now=doing.now)
    record(services, visit, "session.signed_out_everywhere", doing)
    return Given(act=doing.act, person=doing.person)


def remove(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Erase them."""
    person = doing.person
    if services.people.by_id(visit.account.id, person.id) != person or not _owner_stays(services, visit, person):
        return Conflict()
    journal.record(
        services,
        visit,
        "person.removed",
        now=doing.now,
        person=person.id,
        actor=doing.me.person.id,
        detail={**doing.told, "role": person.role.value},
    )
    services.people.remove(visit.account.id, person.id)
    services.counters.forget(visit.account.id, person.id)
    # After the erasure, which would take it along; the address goes with the message once it is sent.
    journal.tell(services, visit.account, person, "removed", {"by": doing.by}, now=doing.now)
    return Given(act=doing.act, person=doing.person)


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
