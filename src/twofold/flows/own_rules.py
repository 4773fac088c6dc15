"""Which ways count for selected people alone: an admin moves them to the app, for example, or takes that back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twofold.core.groups import Extra
from twofold.core.helping import Act
from twofold.core.possible import extra_problems, ways
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, audience_of, has_permission
from twofold.core.standing import meets
from twofold.core.weakenings import Weaker, extra_weakenings, weaker_for_person
from twofold.flows import journal, policy_told, prove, recent_acts
from twofold.flows.outcomes import Conflict, Gone, NeedsProof, Refuse
from twofold.flows.person_change import change_person
from twofold.flows.policy import BadRules, NotMet, SetUpFirst
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.selected import Became, Line, Selected, barred, few
from twofold.flows.standing_of import facts_of, rules_of
from twofold.ports.audit import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import AudienceRules
    from twofold.core.wanted import Accepts
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_KIND: Final = "person.own_rule_changed"
PEOPLE_PAGE: Final = "/admin/people"

Outcome = Selected | NeedsProof | SetUpFirst | NotMet | BadRules | Refuse


def foresee(services: Services, visit: Visit, me: SignedIn, ids: Sequence[PersonId]) -> Selected | Refuse:
    """Say whom of the selected this admin may decide it for; DONE stands for those. Writes nothing."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    lines = []
    for person_id in few(ids):
        person = services.people.by_id(visit.account.id, person_id)
        reason = Became.GONE if person is None else barred(me, person)
        lines.append(Line(person_id, person, reason or Became.DONE))
    return Selected(tuple(lines))


def allow_only(
    services: Services, visit: Visit, me: SignedIn, ids: Sequence[PersonId], accepts: Accepts | None
) -> Outcome:
    """Let only these ways count for each of the selected, whatever counts for others; None takes such a rule away.

    Each is judged as they stand when they are written; all that is written is written together.
    """
    if not (
        has_permission(me.person.role, Permission.EDIT_PEOPLE)
        and has_permission(me.person.role, Permission.EDIT_POLICY)
    ):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    refused = _checked(services, visit, me, Extra() if accepts is None else Extra(accepts=accepts))
    if refused is not None:
        return refused
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    now = services.clock.now()
    weaker: list[JsonObject] = []
    with services.transactions.begin():
        lines = tuple(_decide(services, visit, me, one, accepts, weaker, now=now) for one in few(ids))
        done = Selected(lines).done
        page = f"{PEOPLE_PAGE}/{done[0].id}" if len(done) == 1 else PEOPLE_PAGE
        policy_told.tell_of_weaker(services, visit, me, weaker, page=page, now=now)
    return Selected(lines)


def who_set(services: Services, visit: Visit, person: Subscriber) -> tuple[str, datetime | None]:
    """Return who last changed a person's own rule, and when, as far back as the log goes; "" and None without one."""
    if person.own_rule is None:
        return "", None
    found = services.audit.search(visit.account.id, Wanted(person=person.id, kind=_KIND), most=1).events
    if not found:
        return "", None
    by = found[0].actor_id
    helper = services.people.by_id(visit.account.id, by) if by is not None else None
    return (helper.name or helper.email if helper else ""), found[0].at


def _checked(services: Services, visit: Visit, me: SignedIn, rule: Extra) -> SetUpFirst | NotMet | BadRules | None:
    problems = extra_problems(rule)
    audience = audience_of(me.person.role)
    if problems:
        return BadRules(tuple((audience, problem) for problem in problems))
    held = services.enrolments.held(visit.account.id, me.person.id)
    if not held:
        return SetUpFirst()
    facts = facts_of(services, visit.account.id, me.person, held, me.policy.rules)
    return None if meets(facts.held, rule) else NotMet(audience)


def _decide(
    services: Services,
    visit: Visit,
    me: SignedIn,
    person_id: PersonId,
    accepts: Accepts | None,
    weaker: list[JsonObject],
    *,
    now: datetime,
) -> Line:
    """Write one person's rule in the caller's transaction, and note in `weaker` what asks for less."""
    account = visit.account.id
    seen: list[tuple[Subscriber, Became]] = []

    def change(old: Subscriber) -> Subscriber:
        new = replace(old, own_rule=_rule(old, accepts))
        became = barred(me, old) or (Became.AS_BEFORE if new == old else Became.DONE)
        if (
            became is Became.DONE
            and _weaker(services, visit, me, old, new)
            and recent_acts.bars(services, account, me.person.id, old, now=now)
        ):
            became = Became.OTHER_ACT
        if became is Became.DONE and not _has_way(services, visit, me, new):
            became = Became.NO_WAY
        seen.append((old, became))
        return new if became is Became.DONE else old

    stored = change_person(services, account, person_id, change)
    if isinstance(stored, Gone):
        return Line(person_id, None, Became.GONE)
    old, became = seen[-1]
    if isinstance(stored, Conflict):
        return Line(person_id, old, Became.CHANGED_MEANWHILE)
    if became is Became.DONE:
        journal.record(
            services,
            visit,
            "person.own_rule_changed",
            now=now,
            person=person_id,
            actor=me.person.id,
            detail={
                "before": None if old.own_rule is None else old.own_rule.to_json(),
                "after": None if stored.own_rule is None else stored.own_rule.to_json(),
            },
        )
        found = _weaker(services, visit, me, old, stored)
        if found:
            recent_acts.note(services, account, Act.EXEMPT, person_id, me.person.id, now=now, detail={"own_rule": True})
        name = stored.name or stored.email
        weaker += [policy_told.change(one, policy_told.PERSON, name=name) for one in found]
    return Line(person_id, stored, became)


def _rule(person: Subscriber, accepts: Accepts | None) -> Extra | None:
    """Return the person's own rule with these ways in it; what else stands there stays."""
    before = person.own_rule or Extra()
    after = replace(before, accepts=Extra().accepts if accepts is None else accepts)
    return None if after.is_nothing else after


def _weaker(services: Services, visit: Visit, me: SignedIn, old: Subscriber, new: Subscriber) -> list[Weaker]:
    """Return what asks less of this person now, all rules that name them taken together."""
    found = [*weaker_for_person(_holds(services, visit, me, old), _holds(services, visit, me, new))]
    before, after = old.own_rule or Extra(), new.own_rule or Extra()
    if after.accepts.old_ones_count and Weaker.OLD_ONES_PROVE_LONGER in extra_weakenings(before, after):
        found.append(Weaker.OLD_ONES_PROVE_LONGER)
    return found


def _holds(services: Services, visit: Visit, me: SignedIn, person: Subscriber) -> AudienceRules:
    """Return what holds for a person: the strictest of audience, groups and their own."""
    return rules_of(services, visit.account.id, person, me.policy.rules)


def _has_way(services: Services, visit: Visit, me: SignedIn, person: Subscriber) -> bool:
    """Say whether the strictest of all that names this person leaves something to set up, and to be sent."""
    accepts = _holds(services, visit, me, person).accepts
    return person.own_rule is None or bool(ways(accepts, traits_that_work(services, visit.account.id)))
