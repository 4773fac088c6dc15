"""The rule for one person alone: what an admin asks of them beyond the rules of audience and groups, or takes back.

It is said for several selected people at once, and judged, written and told of for each of them apart.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.groups import Extra
from twofold.core.helping import Act
from twofold.core.possible import extra_problems, ways
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, audience_of, has_permission
from twofold.core.standing import meets
from twofold.core.weakenings import Weaker, extra_weakenings, weaker_for_person
from twofold.flows import dormant_told, journal, own_rule_told, paths, policy_told, prove, recent_acts
from twofold.flows.audit import who_last
from twofold.flows.outcomes import Conflict, Gone, NeedsProof, Refuse
from twofold.flows.own_rule_effects import Coming, coming
from twofold.flows.own_rule_seen import is_as_seen
from twofold.flows.person_change import alone_with, change_person
from twofold.flows.policy import LONGEST_REASON, BadRules, NotMet, SetUpFirst
from twofold.flows.policy_checks import extra_started_anew, traits_that_work
from twofold.flows.selected import Became, Line, Selected, barred, few
from twofold.flows.standing_of import facts_of, rules_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import AudienceRules
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_KIND: Final = "person.own_rule_changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One of the selected: what would become of them (DONE: it would be written), and what that does to them.

    `coming` is None where nothing would be written; `weaker` is in which ways less would be asked of them.
    """

    line: Line
    coming: Coming | None = None
    weaker: tuple[Weaker, ...] = ()


Foresight = tuple[Foreseen, ...]
NotSaved = SetUpFirst | NotMet | BadRules | Refuse
Outcome = Selected | NeedsProof | NotSaved


def look(services: Services, visit: Visit, me: SignedIn, ids: Sequence[PersonId]) -> Selected | Refuse:
    """Say for whom of the selected this admin may decide it; DONE stands for those. Writes nothing."""
    if not _may(me):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    lines = []
    for person_id in few(ids):
        person = services.people.by_id(visit.account.id, person_id)
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
    deciding = _Deciding(services, visit, me, rule, seen or {})
    found = []
    for person_id in few(ids):
        old = services.people.by_id(visit.account.id, person_id)
        if old is None:
            found.append(Foreseen(line=Line(person_id, None, Became.GONE)))
            continue
        new = deciding.changed(old)
        became = deciding.became(old, new)
        if became is Became.DONE:
            line = Foreseen(line=Line(person_id, old, became), coming=deciding.coming(old, new))
            found.append(replace(line, weaker=deciding.weaker(old, new)))
        else:
            found.append(Foreseen(line=Line(person_id, old, became)))
    return tuple(found)


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
    with services.transactions.begin():
        recent_acts.alone(services, visit.account.id, me.person.id)
        alone_with(services, visit.account.id, *few(ids))
        # The policy is read once it is this helper's turn: another browser of theirs may have saved one.
        deciding = _Deciding(services, visit, me, rule, seen or {}, because)
        lines = tuple(deciding.write(one) for one in few(ids))
        deciding.tell(Selected(lines).done)
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


class _Deciding:
    """Judges one person after the other by the policy of this moment, and writes them in the caller's transaction."""

    def __init__(
        self,
        services: Services,
        visit: Visit,
        me: SignedIn,
        rule: Extra | None,
        seen: Mapping[PersonId, str],
        because: str = "",
    ) -> None:
        self._services, self._visit, self._me, self._rule = services, visit, me, rule
        self._seen, self._because = seen, because
        self._account: AccountId = visit.account.id
        self._now = services.clock.now()
        self._rules = services.policy.current(self._account).rules
        self._working = traits_that_work(services, self._account)
        self._told: list[JsonObject] = []

    def changed(self, old: Subscriber) -> Subscriber:
        """Return somebody with this rule in place of their own; a requirement that has begun goes on as it began."""
        before = old.own_rule or Extra()
        wanted = self._rule or Extra()
        required = wanted.required
        if required is not None and before.required is not None and before.required.starts_at <= self._now:
            required = replace(required, starts_at=before.required.starts_at)
        made = replace(before, required=required, accepts=wanted.accepts, trust_for=wanted.trust_for)
        after = extra_started_anew(before, made, now=self._now)
        return replace(old, own_rule=None if after.is_nothing else after)

    def became(self, old: Subscriber, new: Subscriber) -> Became:
        """Say whether this may be written, by this admin and at all."""
        reason = barred(self._me, old) or (Became.AS_BEFORE if new == old else None)
        if reason is not None:
            return reason
        if not is_as_seen(self._services, self._seen, old):
            return Became.CHANGED_MEANWHILE
        if self.weaker(old, new) and recent_acts.bars(
            self._services, self._account, self._me.person.id, old, now=self._now
        ):
            return Became.OTHER_ACT
        return Became.DONE if self._has_way(new) else Became.NO_WAY

    def coming(self, old: Subscriber, new: Subscriber) -> Coming:
        """Say what it does to them."""
        held = self._services.enrolments.held(self._account, old.id)
        before, after = (facts_of(self._services, self._account, one, held, self._rules) for one in (old, new))
        return coming(before, after, self._rules, self._working, now=self._now)

    def weaker(self, old: Subscriber, new: Subscriber) -> tuple[Weaker, ...]:
        """Return what asks less of this person now, all rules that name them taken together."""
        found = weaker_for_person(self._holds(old), self._holds(new))
        before, after = old.own_rule or Extra(), new.own_rule or Extra()
        if after.accepts.old_ones_count and Weaker.OLD_ONES_PROVE_LONGER in extra_weakenings(before, after):
            found = (*found, Weaker.OLD_ONES_PROVE_LONGER)
        return found

    def write(self, person_id: PersonId) -> Line:
        """Write one person's rule, and note what asks for less."""
        seen: list[tuple[Subscriber, Became]] = []

        def change(old: Subscriber) -> Subscriber:
            new = self.changed(old)
            seen.append((old, self.became(old, new)))
            return new if seen[-1][1] is Became.DONE else old

        stored = change_person(self._services, self._account, person_id, change)
        if isinstance(stored, Gone):
            return Line(person_id, None, Became.GONE)
        old, became = seen[-1]
        if isinstance(stored, Conflict):
            return Line(person_id, old, Became.CHANGED_MEANWHILE)
        if became is Became.DONE:
            self._note(old, stored)
        return Line(person_id, stored, became)

    def tell(self, done: Sequence[Line]) -> None:
        """Mail every owner and admin what asks for less now."""
        page = paths.person(done[0].id) if len(done) == 1 else paths.PEOPLE
        policy_told.tell_of_weaker(
            self._services, self._visit, self._me, self._told, page=page, now=self._now, because=self._because
        )

    def _note(self, old: Subscriber, new: Subscriber) -> None:
        """Record what was written, keep it as an act on them where it weakens, and mail them what it asks of them."""
        found = self.weaker(old, new)
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
                "weakens": [f"{policy_told.PERSON}.{one}" for one in found],
            },
        )
        if found:
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
        self._told += [policy_told.change(one, policy_told.PERSON, name=name) for one in found]
        own_rule_told.put(self._services, self._visit.account, old, new, now=self._now)
        held = self._services.enrolments.held(self._account, new.id)
        was, stands = (
            standing_of(self._services, self._account, one, held, self._rules, now=self._now) for one in (old, new)
        )
        if was.asked and stands.dormant:
            dormant_told.tell_one(self._services, self._visit.account, new, held, self._rules, now=self._now)

    def _holds(self, person: Subscriber) -> AudienceRules:
        """Return what holds for a person: the strictest of audience, groups and their own."""
        return rules_of(self._services, self._account, person, self._rules)

    def _has_way(self, person: Subscriber) -> bool:
        """Say whether the strictest of all that names this person leaves something to set up, and to be sent."""
        return person.own_rule is None or bool(ways(self._holds(person).accepts, self._working))
