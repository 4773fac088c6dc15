"""Exempting somebody, or a group, from what is required: until a day, for a reason; and taking that back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core.exemptions import BY_NAME_ALONE, is_possible
from twofold.core.helping import Act
from twofold.core.instants import to_micros
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Barrier, NeedsApproval, Permission, Refused, has_permission, may_read
from twofold.flows import approvals, exemptions, groups, judged, prove, recent_acts, whom
from twofold.flows.approvals import Asked
from twofold.flows.audit import who_last, who_last_of_each
from twofold.flows.carrying_out import carry_out
from twofold.flows.doing import Doing, Given
from twofold.flows.groups import Kept
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import hold_still
from twofold.flows.standing_of import standing_of
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.groups import Group
    from twofold.core.ids import GroupId, PersonId
    from twofold.core.json import JsonObject
    from twofold.core.roles import Helping
    from twofold.core.rules import Rules
    from twofold.core.standing import Standing
    from twofold.flows.policy import SaveOutcome
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.roll_out import Exempted
    from twofold.ports.services import Services

LONGEST_REASON: Final = 300
_GIVEN: Final = "exemption.given"
PAGE_SIZE: Final = 50


class Missing(StrEnum):
    """What an exemption lacks."""

    UNTIL = "until"
    REASON = "reason"


@dataclass(frozen=True, slots=True)
class Unfit:
    """These cannot be so."""

    problems: tuple[Missing, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptView:
    """What the page of one person's exemption shows.

    `until` is set while they are exempt themselves. `by` is who exempted them last ("": nobody who is still here), `at`
    when. `needed` is what exempting them needs of this admin. `may_end`: this admin may end it.
    """

    person: Subscriber
    standing: Standing
    until: datetime | None
    because: str
    by: str
    at: datetime | None
    needed: Helping
    may_end: bool
    is_weakening: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedExemption:
    """One line of the list of open exemptions; `by` is who gave it ("": nobody who is still here)."""

    one: Exempted
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ExemptionList:
    """Open exemptions, those that end first first; of groups all, on the first page. `after` is the next page's."""

    people: tuple[ListedExemption, ...]
    groups: tuple[tuple[GroupId, Group], ...]
    after: tuple[datetime, str] | None


GiveOutcome = Given | Asked | Unfit | Barred | Gone | NeedsProof | judged.HoldsNothing | Conflict | Refuse


def look(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ExemptView | Gone | Refuse:
    """Return what the page of somebody's exemption shows. Writes nothing."""
    account = visit.account.id
    person = whom.to_read(services, visit, me, person_id)
    if isinstance(person, Gone | Refuse):
        return person
    now = services.clock.now()
    held = services.enrolments.held(account, person.id)
    is_exempt = person.exempt_until is not None and now < person.exempt_until
    by, at = who_last(services, visit.account.id, person.id, _GIVEN) if is_exempt else ("", None)
    return ExemptView(
        person=person,
        standing=standing_of(services, account, person, held, me.policy.rules, now=now),
        until=person.exempt_until if is_exempt else None,
        because=person.exempt_because if is_exempt else "",
        by=by,
        at=at,
        needed=judged.judge(services, visit, me.person, person, Act.EXEMPT, {}, now=now),
        may_end=is_exempt and has_permission(me.person.role, Permission.EDIT_PEOPLE),
        is_weakening=person.role in BY_NAME_ALONE,
    )


def give(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, until: datetime | None, because: str
) -> GiveOutcome:
    """Exempt somebody until then, or ask for it where another helper has to agree; instead of what stood before."""
    person = whom.to_change(services, visit, me, person_id)
    if isinstance(person, Gone | Refuse):
        return person
    now = services.clock.now()
    helping = judged.judge(services, visit, me.person, person, Act.EXEMPT, {}, now=now)
    if isinstance(helping, Refused):
        return Barred(helping)
    problems = problems_of(until, because, now=now)
    if problems or until is None:
        return Unfit(problems)
    barred = judged.barred(services, visit, me, Act.EXEMPT)
    if barred is not None:
        return barred
    detail: JsonObject = {"until": to_micros(until)}
    with services.transactions.begin():
        recent_acts.alone(services, visit.account.id, me.person.id)
        still = hold_still(services, visit.account.id, person.id)
        if not isinstance(still, Subscriber):
            return still
        # The table is read once more: of what this helper, or somebody else, did to them meanwhile, all counts.
        if judged.judge(services, visit, me.person, still, Act.EXEMPT, {}, now=now) != helping:
            return Conflict()
        doing = Doing(me=me, person=still, act=Act.EXEMPT, now=now, detail=detail, reason=because)
        if isinstance(helping, NeedsApproval):
            return approvals.ask(services, visit, doing, helping)
        outcome = carry_out(services, visit, doing)
        if isinstance(outcome, Given):
            approvals.note_done(services, visit, doing)
        return outcome


def end(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId
) -> Done | Gone | Barred | NeedsProof | Conflict | Refuse:
    """End somebody's exemption now: it asks for more, so whoever edits people may do it."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if person_id == me.person.id:
        return Barred(Refused(Barrier.ONESELF))
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    now = services.clock.now()
    with services.transactions.begin():
        person = services.people.by_id(visit.account.id, person_id)
        if person is None:
            return Gone()
        if person.exempt_until is None or person.exempt_until <= now:
            return Done()
        return Done() if exemptions.end(services, visit, me, person, now=now) else Conflict()


def give_group(
    services: Services,
    visit: Visit,
    me: SignedIn,
    group_id: GroupId,
    *,
    number: int,
    until: datetime | None,
    because: str,
) -> Done | Unfit | SaveOutcome:
    """Exempt everybody of a group until then, but for owners and admins; it is a change of the policy."""
    group = me.policy.rules.groups.get(group_id)
    if group is None:
        return Gone()
    now = services.clock.now()
    problems = problems_of(until, because, now=now)
    if problems or until is None:
        return Unfit(problems)
    with services.transactions.begin():
        outcome = _with(services, visit, me, group_id, group, number=number, until=until, because=because)
        if not isinstance(outcome, Kept):
            return outcome
        exemptions.put_warnings(services, visit.account.id, until=until, by=me.person.id, now=now, group=group_id)
    return Done()


def rules_with(rules: Rules, group_id: GroupId, *, until: datetime, because: str) -> Rules:
    """Return the rules that exempting a group would save; the same where there is no such group."""
    group = rules.groups.get(group_id)
    return rules if group is None else groups.with_group(rules, group_id, _exempt(group, until, because))


def end_group(services: Services, visit: Visit, me: SignedIn, group_id: GroupId, *, number: int) -> SaveOutcome:
    """End the exemption of a group now."""
    group = me.policy.rules.groups.get(group_id)
    if group is None:
        return Gone()
    outcome = _with(services, visit, me, group_id, group, number=number, until=None, because="")
    return Done() if isinstance(outcome, Kept) else outcome


def listed(
    services: Services, visit: Visit, me: SignedIn, *, after: tuple[datetime, str] | None = None
) -> ExemptionList | Refuse:
    """Return the exemptions that stand, by their ends, a page of them."""
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    now = services.clock.now()
    found = services.roll_out.exempt(visit.account.id, now=now, after=after, most=PAGE_SIZE + 1)
    shown = found[:PAGE_SIZE]
    of_groups = [
        (group_id, group)
        for group_id, group in me.policy.rules.groups.items()
        if group.extra.exempt_until is not None and now < group.extra.exempt_until
    ]
    by = who_last_of_each(services, visit.account.id, (one.id for one in shown), _GIVEN)
    return ExemptionList(
        people=tuple(ListedExemption(one=one, by=by[one.id][0] if one.id in by else "") for one in shown),
        groups=() if after else tuple(sorted(of_groups, key=lambda one: one[1].name.casefold())),
        after=(shown[-1].until, shown[-1].id) if len(found) > PAGE_SIZE else None,
    )


def problems_of(until: datetime | None, because: str, *, now: datetime) -> tuple[Missing, ...]:
    """Return what an exemption lacks."""
    found = (
        (until is None or not is_possible(until, now=now), Missing.UNTIL),
        (not because or len(because) > LONGEST_REASON, Missing.REASON),
    )
    return tuple(problem for is_there, problem in found if is_there)


def _with(
    services: Services,
    visit: Visit,
    me: SignedIn,
    group_id: GroupId,
    group: Group,
    *,
    number: int,
    until: datetime | None,
    because: str,
) -> groups.KeepOutcome:
    exempt = _exempt(group, until, because)
    return groups.keep(services, visit, me, group_id, exempt, number=number, because=because)


def _exempt(group: Group, until: datetime | None, because: str) -> Group:
    return replace(group, extra=replace(group.extra, exempt_until=until, exempt_because=because))
