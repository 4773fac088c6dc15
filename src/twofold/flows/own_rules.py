"""Which ways count for selected people alone: an admin moves them to the app, for example, or takes that back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core.groups import Extra
from twofold.core.possible import extra_problems, ways
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Alone, Permission, TakeoverAct, audience_of, has_permission, may_help
from twofold.core.standing import meets
from twofold.core.weakenings import extra_weakenings
from twofold.flows import journal, policy_told, prove
from twofold.flows.outcomes import Conflict, Gone, NeedsProof, Refuse
from twofold.flows.person_change import change_person
from twofold.flows.policy import BadRules, NotMet, SetUpFirst
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.standing_of import facts_of, memberships_of
from twofold.ports.audit import Wanted

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.wanted import Accepts
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

MOST_AT_ONCE: Final = 100
_KIND: Final = "person.own_rule_changed"
PEOPLE_PAGE: Final = "/admin/people"


class Became(StrEnum):
    """What became of one of the people that were selected."""

    DONE = "done"
    AS_BEFORE = "as_before"
    """Nothing was different, so nothing was written."""
    ONESELF = "oneself"
    """Nobody decides this for themselves."""
    NOT_ALONE = "not_alone"
    """The table "Who may help whom" wants somebody else, or one more."""
    NO_WAY = "no_way"
    """Beside the rules of their audience and groups this would leave them nothing."""
    GONE = "gone"
    CHANGED_MEANWHILE = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Line:
    """One of the selected, and what became of them; `person` is None where they are gone."""

    id: PersonId
    person: Subscriber | None
    became: Became


@dataclass(frozen=True, slots=True)
class Selected:
    """What became of each of the selected, in their order: whoever is not DONE or AS_BEFORE was left as they were."""

    lines: tuple[Line, ...]


Outcome = Selected | NeedsProof | SetUpFirst | NotMet | BadRules | Refuse


def foresee(services: Services, visit: Visit, me: SignedIn, ids: Sequence[PersonId]) -> Selected | Refuse:
    """Say whom of the selected this admin may decide it for; DONE stands for those. Writes nothing."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    lines = []
    for person_id in _few(ids):
        person = services.people.by_id(visit.account.id, person_id)
        barred = Became.GONE if person is None else _barred(me, person)
        lines.append(Line(person_id, person, barred or Became.DONE))
    return Selected(tuple(lines))


def allow_only(
    services: Services, visit: Visit, me: SignedIn, ids: Sequence[PersonId], accepts: Accepts | None
) -> Outcome:
    """Let only these ways count for each of the selected, whatever counts for others; None takes such a rule away.

    Each is written by compare-and-set and judged as they stand then; all that is written is written together.
    """
    if not (
        has_permission(me.person.role, Permission.EDIT_PEOPLE)
        and has_permission(me.person.role, Permission.EDIT_POLICY)
    ):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if accepts is not None:
        barred = _checked(services, visit, me, Extra(accepts=accepts))
        if barred is not None:
            return barred
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    now = services.clock.now()
    weaker: list[JsonObject] = []
    with services.transactions.begin():
        lines = tuple(_decide(services, visit, me, one, accepts, weaker, now=now) for one in _few(ids))
        done = [line.id for line in lines if line.became is Became.DONE]
        page = f"{PEOPLE_PAGE}/{done[0]}" if len(done) == 1 else PEOPLE_PAGE
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


def _few(ids: Sequence[PersonId]) -> list[PersonId]:
    return list(dict.fromkeys(ids))[:MOST_AT_ONCE]


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


def _barred(me: SignedIn, person: Subscriber) -> Became | None:
    if person.id == me.person.id:
        return Became.ONESELF
    # To say what somebody must set up anew is as much as to reset it.
    helping = may_help(actor=me.person.role, target=person.role, is_self=False, act=TakeoverAct.RESET)
    return None if helping == Alone() else Became.NOT_ALONE


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
        became = _barred(me, old) or (Became.AS_BEFORE if new == old else Became.DONE)
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
        before, after = old.own_rule or Extra(), stored.own_rule or Extra()
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
        name = stored.name or stored.email
        weaker += [policy_told.change(one, policy_told.PERSON, name=name) for one in extra_weakenings(before, after)]
    return Line(person_id, stored, became)


def _rule(person: Subscriber, accepts: Accepts | None) -> Extra | None:
    """Return the person's own rule with these ways in it; what else stands there stays."""
    before = person.own_rule or Extra()
    after = replace(before, accepts=Extra().accepts if accepts is None else accepts)
    return None if after.is_nothing else after


def _has_way(services: Services, visit: Visit, me: SignedIn, person: Subscriber) -> bool:
    """Say whether the strictest of all that names this person leaves something to set up, and to be sent."""
    if person.own_rule is None:
        return True
    rules = me.policy.rules
    belongs_to = memberships_of(services, visit.account.id, person, rules)
    accepts = rules.of(audience_of(person.role), belongs_to, person.own_rule).accepts
    return bool(ways(accepts, traits_that_work(services, visit.account.id)))
