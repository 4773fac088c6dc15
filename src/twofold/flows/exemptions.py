"""Writing exemptions of single people, in the caller's transaction, with the jobs that tell before one ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twofold.core.exemptions import BY_NAME_ALONE, told_at
from twofold.core.instants import to_micros
from twofold.core.weakenings import Weaker
from twofold.flows import called_off, journal, later, paths, policy_told
from twofold.flows.notices import helper_for, warn
from twofold.flows.person_change import alone_with
from twofold.ports.jobs import EXEMPTION_ENDS

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId, GroupId, PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

EXEMPTED: Final = "exempted"


def write(
    services: Services,
    visit: Visit,
    me: SignedIn,
    person: Subscriber,
    *,
    until: datetime,
    because: str,
    told: JsonObject,
    now: datetime,
) -> bool:
    """Exempt somebody, record it, and tell whom it concerns, now and before it ends.

    False where they were changed meanwhile. `told` goes into the event beside what stood before.
    """
    account = visit.account
    exempt = replace(person, exempt_until=until, exempt_because=because)
    if not services.people.replace(account.id, person, exempt):
        return False
    before: JsonObject = (
        {} if person.exempt_until is None else {"before": {"exempt_until": to_micros(person.exempt_until)}}
    )
    journal.record(
        services,
        visit,
        "exemption.given",
        now=now,
        person=person.id,
        actor=me.person.id,
        detail={**told, **before, "until": to_micros(until), "reason": because},
    )
    tell(services, visit, me, person, until=until, because=because, now=now)
    called_off.learn(services, account, exempt, services.policy.current(account.id).rules, now=now)
    if person.role in BY_NAME_ALONE:
        changed = policy_told.change(Weaker.EXEMPTED, policy_told.PERSON, name=person.name or person.email)
        policy_told.tell_of_weaker(services, visit, me, [changed], page=f"{paths.person(person.id)}/exempt", now=now)
    put_warnings(services, account.id, until=until, by=me.person.id, now=now, person=person.id)
    return True


def tell(
    services: Services, visit: Visit, me: SignedIn, person: Subscriber, *, until: datetime, because: str, now: datetime
) -> None:
    """Mail somebody that they are exempt, by name or through a group, in the caller's transaction."""
    params: JsonObject = {
        "until": to_micros(until),
        "because": because,
        "by": helper_for(person, me.person),
        "must_set_up": person.must_set_up,
    }
    warn(services, visit.account, person, EXEMPTED, params, now=now)


def end(services: Services, visit: Visit, me: SignedIn, person: Subscriber, *, now: datetime) -> bool:
    """End somebody's exemption before its day; False: they were changed meanwhile."""
    until, asked = person.exempt_until, replace(person, exempt_until=None, exempt_because="")
    alone_with(services, visit.account.id, person.id)
    if until is None or not services.people.replace(visit.account.id, person, asked):
        return False
    journal.record(
        services,
        visit,
        "exemption.ended",
        now=now,
        person=person.id,
        actor=me.person.id,
        detail={"until": to_micros(until)},
    )
    params: JsonObject = {"by": helper_for(person, me.person), "url": f"{visit.account.base_url}{paths.SECURITY}"}
    journal.tell(services, visit.account, person, "exemption_ended", params, now=now)
    called_off.learn(services, visit.account, asked, services.policy.current(visit.account.id).rules, now=now)
    return True


def put_warnings(
    services: Services,
    account: AccountId,
    *,
    until: datetime,
    by: PersonId,
    now: datetime,
    person: PersonId | None = None,
    group: GroupId | None = None,
) -> None:
    """Put the jobs that tell of the end before it comes, in the caller's transaction."""
    body: JsonObject = {"by": by, "group": group or "", "person": person or "", "until": to_micros(until)}
    for at in told_at(until, now=now):
        later.put(services, account, EXEMPTION_ENDS, body, now=now, at=at, person=person)
