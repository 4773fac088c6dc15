"""The rule for one person alone: what an admin asks of them beyond the rules of audience and groups, or takes back.

It is said for several selected people at once, and judged, written and told of for each of them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.groups import Extra
from twofold.core.helping import Act
from twofold.core.possible import extra_problems
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, audience_of, has_permission
from twofold.core.standing import meets
from twofold.flows import (
    called_off,
    dormant_told,
    journal,
    own_rule_told,
    paths,
    policy_told,
    prove,
    recent_acts,
    rehearsal,
    ways_told,
)
from twofold.flows.audit import who_last
from twofold.flows.outcomes import NeedsProof, Refuse
from twofold.flows.own_rule_judging import OwnRuleJudge
from twofold.flows.person_change import ROUNDS, alone_with
from twofold.flows.policy import LONGEST_REASON, BadRules, NotMet, SetUpFirst
from twofold.flows.rule_effects import Foreseen, Foresight, coming
from twofold.flows.selected import Became, Line, Selected, barred, few
from twofold.flows.standing_of import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.own_rule_judging import Judged, Known
    from twofold.flows.rehearsal import Mailed
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_KIND: Final = "person.own_rule_changed"


NotSaved = SetUpFirst | NotMet | BadRules | Refuse
Outcome = Selected | NeedsProof | NotSaved


def look(services: Services, visit: Visit, me: SignedIn, ids: Sequence[PersonId]) -> Selected | Refuse:
    """Say for whom of the selected this admin may decide it; DONE stands for those. Writes nothing."""
    if not _may(me):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    lines, chosen = [], few(ids)
    found = services.people.by_ids(visit.account.id, chosen)
    for person_id in chosen:
        person = found.get(person_id)
        reason = Became.GONE if person is None else barred(me, person)
        lines.append(Line(person_id, person, reason or Became.DONE))
    return Selected(tuple(lines))


def foresee(
    services: Services,
    visit: Visit,
    me: SignedIn,
    ids: Sequence[PersonId],
    rule: Extra | None,
    *,
    seen: Mapping[PersonId, str] | None = None,
) -> Foresight | NotSaved:
    """Say what saving this rule would do to each of the selected, once it has begun; None: taking theirs back.

    `seen` is what the admin saw of their rules (own_rule_seen.py): nothing is done to whoever has another by now.
    """
    refused = _checked(services, visit, me, rule or Extra())
    if refused is not None:
        return refused
    judge, chosen = OwnRuleJudge(services, visit.account.id, me, rule, seen or {}), few(ids)
    known = judge.read(chosen)
    return tuple(_foreseen(judge, one, known.get(one)) for one in chosen)


def _foreseen(judge: OwnRuleJudge, person_id: PersonId, known: Known | None) -> Foreseen:
    if known is None:
        return Foreseen(line=Line(person_id, None, Became.GONE))
    judged = judge.judged(known)
    line = Line(person_id, known.person, judged.became)
    if judged.change is None:
        return Foreseen(line=line)
    own = judged.new.own_rule
    found = coming(judged.change, judge.working, required=own.required if own else None, now=judge.now)
    return Foreseen(line=line, coming=found, weaker=judged.weaker)


def whom_it_mails(
    services: Services,
    visit: Visit,
    me: SignedIn,
    ids: Sequence[PersonId],
    rule: Extra | None,
    *,
    seen: Mapping[PersonId, str] | None = None,
) -> Mailed:
    """Say whom saving this rule would mail, beside owners and admins, where it can be saved at all. Writes nothing."""
    judge, chosen = OwnRuleJudge(services, visit.account.id, me, rule, seen or {}), few(ids)
    judged = ((one.person, judge.judged(one)) for one in judge.read(chosen).values())
    changed = [_Changed(old, each.new, each) for old, each in judged if each.became is Became.DONE]

    def telling(paper: Services) -> None:
        _tell(paper, visit.account, changed, now=judge.now)

    return rehearsal.of_own_rules(
        services, visit.account, {one.new.id: one.new for one in changed}, telling, now=judge.now
    )


def save(
    services: Services,
    visit: Visit,
    me: SignedIn,
    ids: Sequence[PersonId],
    rule: Extra | None,
    *,
    because: str = "",
    seen: Mapping[PersonId, str] | None = None,
) -> Outcome:
    """Let this be the rule of each of the selected, in place of what they had; None takes theirs back.

    Each is judged as they stand when they are written; all that is written is written together. `seen` as above.
    """
    if len(because) > LONGEST_REASON:
        return Refuse(because=Refusal(No.TOO_LONG))
    refused = _checked(services, visit, me, rule or Extra()) or prove.needed(services, visit, me)
    if refused is not None:
        return refused
    judge, chosen = OwnRuleJudge(services, visit.account.id, me, rule, seen or {}), few(ids)
    # Judged before others wait; what is read once it is this helper's turn, the policy too, says whether it stands.
    for known in judge.read(chosen).values():
        judge.judged(known)
    with services.transactions.begin():
        recent_acts.alone(services, visit.account.id, me.person.id)
        alone_with(services, visit.account.id, *chosen)
        writing = _Writing(services, visit, me, judge, because)
        lines = writing.write_all(chosen)
        writing.tell(Selected(lines).done)
    return Selected(lines)


def who_set(services: Services, account: Account, person: Subscriber) -> tuple[str, datetime | None]:
    """Return who last changed a person's own rule, and when, as far back as the log goes; "" and None without one."""
    return ("", None) if person.own_rule is None else who_last(services, account.id, person.id, _KIND)


def _may(me: SignedIn) -> bool:
    return has_permission(me.person.role, Permission.EDIT_PEOPLE) and has_permission(
        me.person.role, Permission.EDIT_POLICY
    )


def _checked(services: Services, visit: Visit, me: SignedIn, rule: Extra) -> NotSaved | None:
    """Say why this admin cannot save this rule, for whomever."""
    if not _may(me):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    problems = extra_problems(rule)
    audience = audience_of(me.person.role)
    if problems:
        return BadRules(tuple((audience, problem) for problem in problems))
    held = services.enrolments.held(visit.account.id, me.person.id)
    if not held:
        return SetUpFirst()
    facts = facts_of(services, visit.account.id, me.person, held, me.policy.rules)
    return None if meets(facts.held, rule) else NotMet(audience)


@dataclass(frozen=True, slots=True)
class _Changed:
    """Somebody whose rule was, or would be, written, and how they were judged."""

    old: Subscriber
    new: Subscriber
    judged: Judged


def _tell(services: Services, account: Account, changed: Sequence[_Changed], *, now: datetime) -> None:
    """Mail these what is asked of them now, or no more, in the caller's transaction (rehearsal.py counts it)."""
    for one in changed:
        own_rule_told.put(services, account, one.old, one.new, now=now)
        if one.judged.falls_dormant:
            dormant_told.tell_them(services, account, one.new, one.judged.again_at, now=now)
    free = [one.new.id for one in changed if own_rule_told.is_free(one.old, one.new)]
    called_off.put_for_some(services, account, free, now=now)
    dormant = [one.new.id for one in changed if one.judged.falls_dormant]
    ways_told.put_for_some(services, account.id, [one.new.id for one in changed], now=now, heard=dormant)


class _Writing:
    """Writes one person after the other in the caller's transaction, as they are judged then."""

    def __init__(self, services: Services, visit: Visit, me: SignedIn, judge: OwnRuleJudge, because: str) -> None:
        self._services, self._visit, self._me = services, visit, me
        self._judge, self._because = judge, because
        self._account = visit.account.id
        self._now = judge.now
        self._told: list[JsonObject] = []
        self._changed: list[_Changed] = []

    def write_all(self, ids: Sequence[PersonId]) -> tuple[Line, ...]:
        """Write the rule of each of these, and say what became of them."""
        known = self._judge.read(ids)
        return tuple(self._write(one, known.get(one)) for one in ids)

    def tell(self, done: Sequence[Line]) -> None:
        """Mail every owner and admin what asks for less now, and whoever it is about."""
        page = paths.person(done[0].id) if len(done) == 1 else paths.PEOPLE
        policy_told.tell_of_weaker(
            self._services, self._visit, self._me, self._told, page=page, now=self._now, because=self._because
        )
        _tell(self._services, self._visit.account, self._changed, now=self._now)

    def _write(self, person_id: PersonId, known: Known | None) -> Line:
        """Write one person's rule, and note what asks for less; whoever was changed meanwhile is judged once more."""
        old = None
        for _ in range(ROUNDS):
            if known is None:
                return Line(person_id, None, Became.GONE)
            old, judged = known.person, self._judge.judged(known)
            if judged.became is not Became.DONE:
                return Line(person_id, old, judged.became)
            if self._services.people.replace(self._account, old, judged.new):
                new = replace(judged.new, version=old.version + 1)
                self._note(old, new, judged)
                return Line(person_id, new, Became.DONE)
            known = self._judge.read([person_id]).get(person_id)
        return Line(person_id, old, Became.CHANGED_MEANWHILE)

    def _note(self, old: Subscriber, new: Subscriber, judged: Judged) -> None:
        """Record what was written, keep it as an act on them where it weakens, and whom it is about."""
        journal.record(
            self._services,
            self._visit,
            "person.own_rule_changed",
            now=self._now,
            person=new.id,
            actor=self._me.person.id,
            detail={
                "because": self._because,
                "before": None if old.own_rule is None else old.own_rule.to_json(),
                "after": None if new.own_rule is None else new.own_rule.to_json(),
                "weakens": [f"{policy_told.PERSON}.{one}" for one in judged.weaker],
            },
        )
        if judged.weaker:
            recent_acts.note(
                self._services,
                self._account,
                Act.EXEMPT,
                new.id,
                self._me.person.id,
                now=self._now,
                detail={"own_rule": True},
            )
        name = new.name or new.email
        self._told += [policy_told.change(one, policy_told.PERSON, name=name) for one in judged.weaker]
        self._changed.append(_Changed(old, new, judged))
