"""Judging people who are to be put into a group, or taken out: what they are judged by is read of all at once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.core.exemptions import is_longer
from twofold.core.groups import Membership, memberships
from twofold.core.roles import audience_of
from twofold.core.weakenings import Weaker, weaker_for_person
from twofold.flows import called_off, dormant_told, recent_acts
from twofold.flows.coming import coming_of
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.rule_effects import FactsChange, Foreseen, coming
from twofold.flows.selected import Became, Line, barred
from twofold.flows.standing_of import exemption_under, facts_of, known_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.assurance import Traits
    from twofold.core.groups import Group
    from twofold.core.ids import AccountId, GroupId, PersonId
    from twofold.core.policy import Rules, Standing
    from twofold.core.wanted import Requirement
    from twofold.flows.called_off import News
    from twofold.flows.coming import Coming
    from twofold.flows.visit import SignedIn
    from twofold.ports.announced import Announced
    from twofold.ports.people import Subscriber
    from twofold.ports.reports import SurveyedMethod
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What somebody is judged by, beside the policy.

    `put` are the groups that they were put into; `told` is what they were told is coming, where that is asked;
    `other_act`: the admin changed their address or password lately.
    """

    person: Subscriber
    put: tuple[Membership, ...]
    methods: tuple[SurveyedMethod, ...]
    told: Announced | None
    other_act: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What would become of somebody. Unless it is DONE, nothing else of it stands.

    `change` is what it would do to them, and `less` in which ways less would be asked of them; `weaker` is what owners
    and admins are told of it. `falls_dormant`: they would be asked no more for what they
    hold, before `again_at` if another requirement names them then. `news` is what they are told in place of what they
    were told is coming. `learns`: another mail tells them what is `coming`.
    """

    became: Became
    change: FactsChange | None = None
    less: tuple[Weaker, ...] = ()
    weaker: tuple[Weaker, ...] = ()
    falls_dormant: bool = False
    again_at: datetime | None = None
    news: News | None = None
    learns: bool = False
    coming: Coming | None = None


class _Judge(ABC):
    """Judges people by the policy of one moment.

    Whoever was judged is not judged again while nothing changed of what decided it: so the judging is done before the
    block that writes, and what that block reads is only compared.
    """

    def __init__(self, services: Services, account: AccountId, me: SignedIn, group_id: GroupId) -> None:
        self._services, self._account = services, account
        self.me, self.group_id = me, group_id
        self.now = services.clock.now()
        self.rules, self._working = self._policy()
        self._kept: dict[PersonId, tuple[Known, Judged]] = {}
        self._foreseen: dict[PersonId, tuple[Judged, Foreseen]] = {}

    @property
    def group(self) -> Group:
        """The group, as the policy has it now."""
        return self.rules.groups[self.group_id]

    def read(self, ids: Sequence[PersonId]) -> dict[PersonId, Known] | None:
        """Return what these are judged by, as it is now; those who are gone are left out. None: the group is gone."""
        policy = self._policy()
        if policy != (self.rules, self._working):
            self.rules, self._working = policy
            self._kept.clear()
        if self.group_id not in self.rules.groups:
            return None
        people = self._services.people.by_ids(self._account, ids)
        put = self._services.groups.of_people(self._account, ids)
        methods = self._services.enrolments.methods_of(self._account, ids)
        told = self._told(ids)
        other_acts = recent_acts.barred_from(self._services, self._account, self.me.person.id, now=self.now)
        return {
            one: Known(
                person=people[one],
                put=put.get(one, ()),
                methods=methods.get(one, ()),
                told=told.get(one),
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

    def foresee(self, person_id: PersonId, known: Known | None) -> Foreseen:
        """Say what moving somebody would do to them."""
        if known is None:
            return Foreseen(line=Line(person_id, None, Became.GONE))
        judged = self.judged(known)
        kept = self._foreseen.get(person_id)
        if kept is None or kept[0] is not judged:
            kept = self._foreseen[person_id] = (judged, self._foresee(known, judged))
        return kept[1]

    def _foresee(self, known: Known, judged: Judged) -> Foreseen:
        line = Line(known.person.id, known.person, judged.became)
        if judged.change is None:
            return Foreseen(line=line)
        found = coming(judged.change, self._working, required=self._required, now=self.now)
        return Foreseen(line=line, coming=found, weaker=judged.less)

    def _policy(self) -> tuple[Rules, dict[str, Traits]]:
        return self._services.policy.current(self._account).rules, traits_that_work(self._services, self._account)

    @abstractmethod
    def then(self, known: Known) -> tuple[Membership, ...]:
        """Return the groups that somebody would be in by hand, once they were moved."""

    @property
    @abstractmethod
    def _required(self) -> Requirement | None:
        """What is required of somebody because they are moved."""

    @abstractmethod
    def may_move(self, found: Mapping[PersonId, Known]) -> bool:
        """Say whether the admin may do this to these at all."""

    @abstractmethod
    def _told(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Announced]:
        """Return what these were told is coming, as far as it matters."""

    @abstractmethod
    def _judge(self, known: Known) -> Judged: ...

    def _belong(self, known: Known, then: tuple[Membership, ...]) -> tuple[tuple[Membership, ...], ...]:
        """Return what somebody belongs to, and would once these are the groups that they were put into."""
        person = known.person
        return tuple(
            memberships(self.rules.groups, put, email=person.email, role=person.role) for put in (known.put, then)
        )

    def _change(self, known: Known, belonged: tuple[Membership, ...], belongs: tuple[Membership, ...]) -> FactsChange:
        before, after = (
            facts_of(self._services, self._account, known.person, known.methods, self.rules, belongs_to=groups)
            for groups in (belonged, belongs)
        )
        return FactsChange(before, after, self.rules)

    def _weaker(
        self, known: Known, belonged: tuple[Membership, ...], belongs: tuple[Membership, ...]
    ) -> tuple[Weaker, ...]:
        """Return what asks less of somebody once they belong to other groups."""
        person = known.person
        audience, own = audience_of(person.role), person.own_rule
        found = weaker_for_person(self.rules.of(audience, belonged, own), self.rules.of(audience, belongs, own))
        before, after = (exemption_under(person, self.rules, groups) for groups in (belonged, belongs))
        if is_longer(after, before, now=self.now):
            found = (*found, Weaker.EXEMPTED)
        paused, pause = (self.rules.paused_until(audience, groups) for groups in (belonged, belongs))
        if not known.methods and recent_acts.lets_in(person, paused, pause, now=self.now):
            found = (*found, Weaker.PAUSED)
        return found

    def _barred(self, known: Known) -> Became | None:
        """Say why this admin may not free somebody of anything alone: it is as much as exempting them."""
        return barred(self.me, known.person) or (Became.OTHER_ACT if known.other_act else None)


class PuttingIn(_Judge):
    """Judges people who are to be put into a group."""

    def then(self, known: Known) -> tuple[Membership, ...]:
        """Return the groups that somebody would be in by hand, with this one."""
        return (*known.put, Membership(self.group_id, self.now))

    @property
    def _required(self) -> Requirement | None:
        return self.group.extra.required

    def may_move(self, found: Mapping[PersonId, Known]) -> bool:
        """Say whether the admin, if one of these, meets the rule of the group."""
        own = found.get(self.me.person.id)
        return own is None or policy.meets(known_of(self._services.factors, own.methods), self.group.extra)

    def _told(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Announced]:
        del ids
        return {}

    def _judge(self, known: Known) -> Judged:
        if self.group_id in {one.group for one in known.put}:
            return Judged(became=Became.AS_BEFORE)
        belonged, belongs = self._belong(known, self.then(known))
        # Where a group's kinds contradict those of everybody, being in it is a way in that there was not.
        weaker = self._weaker(known, belonged, belongs)
        reason = self._barred(known) if weaker else None
        if reason is not None:
            return Judged(became=reason)
        # Whom the group exempts is told what they are told who are exempted by name.
        learns = Weaker.EXEMPTED in weaker and not known.methods
        return Judged(
            became=Became.DONE,
            change=self._change(known, belonged, belongs),
            less=weaker,
            weaker=weaker,
            learns=learns,
            coming=self._coming(known, belongs) if learns else None,
        )

    def _coming(self, known: Known, belongs: tuple[Membership, ...]) -> Coming | None:
        return coming_of(self._services, self._account, known.person, self.rules, belongs, now=self.now, lasting=True)


class TakingOut(_Judge):
    """Judges people who are to be taken out of a group."""

    def then(self, known: Known) -> tuple[Membership, ...]:
        """Return the groups that somebody would be in by hand, without this one."""
        return tuple(one for one in known.put if one.group != self.group_id)

    @property
    def _required(self) -> Requirement | None:
        return None

    def may_move(self, found: Mapping[PersonId, Known]) -> bool:
        """Say yes: whom the admin may not free alone is said of each."""
        del found
        return True

    def _told(self, ids: Sequence[PersonId]) -> Mapping[PersonId, Announced]:
        return self._services.announced.of(self._account, ids)

    def _judge(self, known: Known) -> Judged:
        person = known.person
        if self.group_id not in {one.group for one in known.put}:
            takes = self.group.takes(person.email, person.role)
            return Judged(became=Became.STILL_BELONGS if takes else Became.AS_BEFORE)
        belonged, belongs = self._belong(known, self.then(known))
        weaker = self._weaker(known, belonged, belongs)
        reason = self._barred(known) if weaker else None
        if reason is not None:
            return Judged(became=reason)
        change = self._change(known, belonged, belongs)

        def stands_at(at: datetime) -> Standing:
            return change.stands(at)

        falls_dormant = change.was(self.now).asked and change.stands(self.now).dormant
        return Judged(
            became=Became.DONE,
            change=change,
            less=weaker,
            weaker=(Weaker.MEMBER_REMOVED,) if weaker else (),
            falls_dormant=falls_dormant,
            again_at=dormant_told.asked_again_at(stands_at, person, self.rules, now=self.now)
            if falls_dormant
            else None,
            news=self._news(known, belongs),
        )

    def _news(self, known: Known, belongs: tuple[Membership, ...]) -> News | None:
        if known.told is None or known.methods:
            return None
        return called_off.news_of(
            self._services, self._account, known.person, known.told, self.rules, belongs, now=self.now
        )
