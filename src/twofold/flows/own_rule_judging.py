"""Judging people for whom a rule of their own is meant: what they are judged by is read of everybody at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core.groups import Extra, memberships
from twofold.core.possible import ways
from twofold.core.weakenings import Weaker, extra_weakenings, weaker_for_person
from twofold.flows import dormant_told, recent_acts
from twofold.flows.own_rule_seen import is_as_seen
from twofold.flows.policy_checks import extra_started_anew, traits_that_work
from twofold.flows.rule_effects import FactsChange
from twofold.flows.selected import Became, barred
from twofold.flows.standing_of import facts_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.assurance import Traits
    from twofold.core.groups import Membership
    from twofold.core.ids import AccountId, PersonId
    from twofold.core.rules import Rules
    from twofold.core.standing import Standing
    from twofold.flows.visit import SignedIn
    from twofold.ports.people import Subscriber
    from twofold.ports.reports import SurveyedMethod
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What somebody is judged by, beside the policy: `other_act`, whether the admin changed their address lately."""

    person: Subscriber
    put_in: tuple[Membership, ...]
    methods: tuple[SurveyedMethod, ...]
    other_act: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What would become of somebody. Unless it is DONE, nothing else of it stands.

    `weaker` is in which ways less would be asked of them. `falls_dormant`: they would be asked no more for what they
    hold, before `again_at` if another requirement names them then.
    """

    became: Became
    new: Subscriber
    change: FactsChange | None = None
    weaker: tuple[Weaker, ...] = ()
    falls_dormant: bool = False
    again_at: datetime | None = None


class OwnRuleJudge:
    """Judges people by the policy of one moment.

    Whoever was judged is not judged again while nothing changed of what decided it: so the judging is done before the
    block that writes, and what that block reads is only compared.
    """

    def __init__(
        self,
        services: Services,
        account: AccountId,
        me: SignedIn,
        rule: Extra | None,
        seen: Mapping[PersonId, str],
    ) -> None:
        self._services, self._account, self._me = services, account, me
        self._rule, self._seen = rule, seen
        self.now = services.clock.now()
        self.rules, self.working = self._policy()
        self._kept: dict[PersonId, tuple[Known, Judged]] = {}

    def read(self, ids: Sequence[PersonId]) -> dict[PersonId, Known]:
        """Return what these are judged by, as it is now; those who are gone are left out."""
        policy = self._policy()
        if policy != (self.rules, self.working):
            self.rules, self.working = policy
            self._kept.clear()
        people = self._services.people.by_ids(self._account, ids)
        put_in = self._services.groups.of_people(self._account, ids) if self.rules.groups else {}
        methods = self._services.enrolments.methods_of(self._account, ids)
        other_acts = recent_acts.barred_from(self._services, self._account, self._me.person.id, now=self.now)
        return {
            one: Known(
                person=people[one],
                put_in=put_in.get(one, ()),
                methods=methods.get(one, ()),
                other_act=one in other_acts,
            )
            for one in ids
            if one in people
        }

    def judged(self, known: Known) -> Judged:
        """Say what would become of somebody."""
        kept = self._kept.get(known.person.id)
        if kept is None or kept[0] != known:
            kept = self._kept[known.person.id] = (known, self._judge(known))
        return kept[1]

    def _policy(self) -> tuple[Rules, dict[str, Traits]]:
        return self._services.policy.current(self._account).rules, traits_that_work(self._services, self._account)

    def _judge(self, known: Known) -> Judged:
        old = known.person
        new = self._changed(old)
        became = barred(self._me, old) or (Became.AS_BEFORE if new == old else None)
        if became is None and not is_as_seen(self._services, self._seen, old):
            became = Became.CHANGED_MEANWHILE
        if became is not None:
            return Judged(became=became, new=new)
        belongs_to = memberships(self.rules.groups, known.put_in, email=old.email, role=old.role)
        before = facts_of(self._services, self._account, old, known.methods, self.rules, belongs_to=belongs_to)
        change = FactsChange(before, replace(before, own_rule=new.own_rule), self.rules)
        weaker = _weaker(change)
        if weaker and known.other_act:
            return Judged(became=Became.OTHER_ACT, new=new)
        # The strictest of all that names this person has to leave something to set up, and to be sent.
        if new.own_rule is not None and not ways(change.then_holds.accepts, self.working):
            return Judged(became=Became.NO_WAY, new=new)
        falls_dormant = change.was(self.now).asked and change.stands(self.now).dormant
        return Judged(
            became=Became.DONE,
            new=new,
            change=change,
            weaker=weaker,
            falls_dormant=falls_dormant,
            again_at=self._again_at(change, new) if falls_dormant else None,
        )

    def _changed(self, old: Subscriber) -> Subscriber:
        """Return somebody with this rule in place of their own; a requirement that has begun goes on as it began."""
        before = old.own_rule or Extra()
        wanted = self._rule or Extra()
        required = wanted.required
        if required is not None and before.required is not None and before.required.starts_at <= self.now:
            required = replace(required, starts_at=before.required.starts_at)
        made = replace(before, required=required, accepts=wanted.accepts, trust_for=wanted.trust_for)
        after = extra_started_anew(before, made, now=self.now)
        return replace(old, own_rule=None if after.is_nothing else after)

    def _again_at(self, change: FactsChange, new: Subscriber) -> datetime | None:
        def stands_at(at: datetime) -> Standing:
            return change.stands(at)

        return dormant_told.asked_again_at(stands_at, new, self.rules, now=self.now)


def _weaker(change: FactsChange) -> tuple[Weaker, ...]:
    """Return what asks less of this person now, all rules that name them taken together."""
    found = weaker_for_person(change.held, change.then_holds)
    before, after = change.before.own_rule or Extra(), change.after.own_rule or Extra()
    if after.accepts.old_ones_count and Weaker.OLD_ONES_PROVE_LONGER in extra_weakenings(before, after):
        found = (*found, Weaker.OLD_ONES_PROVE_LONGER)
    return found
