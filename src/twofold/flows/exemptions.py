"""Writing exemptions of single people, in the caller's transaction; and telling, before one ends, that it does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twofold.core.exemptions import BY_NAME_ALONE, told_at
from twofold.core.ids import GroupId, PersonId
from twofold.core.instants import to_micros
from twofold.core.json import instant_in, text_in
from twofold.core.roles import Audience, audience_of
from twofold.core.weakenings import Weaker
from twofold.flows import journal, later, policy_told
from twofold.flows.notices import tell_helpers, warn
from twofold.flows.report_lines import Judge
from twofold.ports.jobs import EXEMPTION_ENDS

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.groups import Group
    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.core.standing import Standing
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

PEOPLE: Final = "/admin/people"
_CHUNK: Final = 200
_OWN_PAGE: Final = "/profile/security"


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
    if not services.people.replace(account.id, person, replace(person, exempt_until=until, exempt_because=because)):
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
    if person.role in BY_NAME_ALONE:
        changed = policy_told.change(Weaker.EXEMPTED, policy_told.PERSON, name=person.name or person.email)
        policy_told.tell_of_weaker(services, visit, me, [changed], page=f"{PEOPLE}/{person.id}/exempt", now=now)
    put_warnings(services, account.id, until=until, by=me.person.id, now=now, person=person.id)
    return True


def tell(
    services: Services, visit: Visit, me: SignedIn, person: Subscriber, *, until: datetime, because: str, now: datetime
) -> None:
    """Mail somebody that they are exempt, by name or through a group, in the caller's transaction."""
    params: JsonObject = {"until": to_micros(until), "because": because, "by": _by(person, me)}
    warn(services, visit.account, person, "exempted", params, now=now)


def end(services: Services, visit: Visit, me: SignedIn, person: Subscriber, *, now: datetime) -> bool:
    """End somebody's exemption before its day; False: they were changed meanwhile."""
    until = person.exempt_until
    if until is None or not services.people.replace(
        visit.account.id, person, replace(person, exempt_until=None, exempt_because="")
    ):
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
    params: JsonObject = {"by": _by(person, me), "url": f"{visit.account.base_url}{_OWN_PAGE}"}
    journal.tell(services, visit.account, person, "exemption_ended", params, now=now)
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


def tell_of_end(services: Services, account: Account, body: JsonObject, *, now: datetime) -> None:
    """Tell that an exemption ends soon, in the caller's transaction; nothing where that is so no more, or over."""
    until, by = instant_in(body, "until"), PersonId(text_in(body, "by"))
    if until <= now:
        return
    if text_in(body, "group"):
        _tell_of_group(services, account, body, until, now=now)
        return
    person = services.people.by_id(account.id, PersonId(text_in(body, "person")))
    if person is None or person.exempt_until != until or person.suspended_at is not None:
        return
    own: JsonObject = {"until": to_micros(until), "url": f"{account.base_url}{_OWN_PAGE}"}
    journal.tell(services, account, person, "exemption_ends", own, now=now)
    giver = services.people.by_id(account.id, by)
    about: JsonObject = {
        "until": to_micros(until),
        "who": person.name or person.email,
        "because": person.exempt_because,
        "url": f"{account.base_url}{PEOPLE}/{person.id}/exempt",
    }
    if giver is not None and giver.suspended_at is None and giver.role in BY_NAME_ALONE:
        journal.tell(services, account, giver, "exemption_ends_told", about, now=now)
    else:
        # Whoever gave it answers for nobody here any more.
        tell_helpers(services, account, "exemption_ends_told", about, now=now)


def _tell_of_group(services: Services, account: Account, body: JsonObject, until: datetime, *, now: datetime) -> None:
    """Tell owners and admins, then a chunk of the group's people, with the job for the next one."""
    group_id, after = GroupId(text_in(body, "group")), text_in(body, "after") if "after" in body else ""
    rules = services.policy.current(account.id).rules
    group = rules.groups.get(group_id)
    if group is None or group.extra.exempt_until != until:
        return
    if not after:
        _tell_who_answers(services, account, group_id, group, until, now=now)
    some = services.reports.walk(account.id, behind=after, end_users=True, most=_CHUNK, groups=True)
    # As they will stand once it is over: whom nothing asks then is told nothing, and whom another exemption keeps.
    judge = Judge(rules, services.factors, now=until)
    for one in some:
        if one.suspended_at is None and group_id in {each.group for each in judge.situation(one).belongs_to}:
            _tell_member(services, account, one.id, judge.standing(one), until, now=now)
    if len(some) == _CHUNK:
        later.put(services, account.id, EXEMPTION_ENDS, {**body, "after": some[-1].id}, now=now)


def _tell_member(
    services: Services, account: Account, person_id: PersonId, stands: Standing, until: datetime, *, now: datetime
) -> None:
    person = services.people.by_id(account.id, person_id)
    # Owners and admins are exempted by name alone, whoever chose it was asked all along, and whoever never took an
    # invitation up comes by that one.
    if person is None or person.role in BY_NAME_ALONE or person.chosen or person.password is None:
        return
    if stands.covered and not stands.exempt:
        own: JsonObject = {"until": to_micros(until), "url": f"{account.base_url}{_OWN_PAGE}"}
        journal.tell(services, account, person, "exemption_ends", own, now=now)


def _tell_who_answers(
    services: Services, account: Account, group_id: GroupId, group: Group, until: datetime, *, now: datetime
) -> None:
    about: JsonObject = {
        "until": to_micros(until),
        "who": group.name,
        "because": group.extra.exempt_because,
        "url": f"{account.base_url}{PEOPLE}/groups/{group_id}/exempt",
    }
    tell_helpers(services, account, "exemption_ends_told", about, now=now)


def _by(person: Subscriber, me: SignedIn) -> str:
    """Return who did it, for a mail to the person: names of helpers are for team members."""
    return "" if audience_of(person.role) is Audience.END_USERS else me.person.name
