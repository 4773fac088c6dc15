"""Groups of people: what they are called and asked for is policy; who was put into them by hand stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.exemptions import is_longer
from twofold.core.groups import Membership, memberships
from twofold.core.helping import Act
from twofold.core.ids import GroupId
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, audience_of, has_permission, may_read
from twofold.core.standing import meets
from twofold.core.weakenings import Weaker, weaker_for_person
from twofold.flows import called_off, dormant_told, exemptions, journal, paths, policy, policy_told, prove, recent_acts
from twofold.flows.outcomes import Done, Gone, NeedsProof, Refuse
from twofold.flows.people import LONGEST_SEARCH
from twofold.flows.person_change import alone_with
from twofold.flows.policy import NotMet, SaveOutcome, SetUpFirst
from twofold.flows.selected import Became, Line, Selected, barred, few
from twofold.flows.standing_of import exemption_under, facts_of, standing_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.groups import Group
    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.pages import PageBetween
    from twofold.ports.people import PersonRow, Subscriber
    from twofold.ports.services import Services

PAGE: Final = paths.GROUPS
PAGE_SIZE: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouped:
    """One group of the list; `by_hand` counts those who were put into it."""

    id: GroupId
    group: Group
    by_hand: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """One group with those who were put into it by hand, a page of them; `number` is the policy's."""

    id: GroupId
    group: Group
    number: int
    by_hand: int
    members: PageBetween[PersonRow]


@dataclass(frozen=True, slots=True)
class Kept:
    """The group was saved under this id."""

    id: GroupId


KeepOutcome = Kept | SaveOutcome
MoveOutcome = Selected | Gone | SetUpFirst | NotMet | NeedsProof | Refuse


def listed(services: Services, visit: Visit, me: SignedIn) -> tuple[Grouped, ...] | Refuse:
    """Return all groups by name; refused with NOT_ALLOWED to agents and end users."""
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    sizes = services.groups.sizes(visit.account.id)
    found = [
        Grouped(id=group_id, group=group, by_hand=sizes.get(group_id, 0))
        for group_id, group in me.policy.rules.groups.items()
    ]
    return tuple(sorted(found, key=lambda one: (one.group.name.casefold(), one.id)))


def look(
    services: Services,
    visit: Visit,
    me: SignedIn,
    group_id: GroupId,
    *,
    search: str = "",
    after: str = "",
    before: str = "",
) -> GroupView | Gone | Refuse:
    """Return one group with a page of those who were put into it."""
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    group = me.policy.rules.groups.get(group_id)
    if group is None:
        return Gone()
    account = visit.account.id
    return GroupView(
        id=group_id,
        group=group,
        number=me.policy.number,
        by_hand=services.groups.sizes(account).get(group_id, 0),
        members=services.people.page(
            account,
            search=search.strip()[:LONGEST_SEARCH],
            group=group_id,
            after=after,
            before=before,
            size=PAGE_SIZE,
        ),
    )


def with_group(rules: Rules, group_id: GroupId, group: Group | None) -> Rules:
    """Return the rules with this group in place of what it was; None: without it."""
    groups = {**rules.groups}
    groups.pop(group_id, None)
    return replace(rules, groups=groups if group is None else {**groups, group_id: group})


def keep(
    services: Services,
    visit: Visit,
    me: SignedIn,
    group_id: GroupId | None,
    group: Group,
    *,
    number: int,
    because: str = "",
) -> KeepOutcome:
    """Save a group with its rule as the next version of the policy; without an id it is a new one."""
    current = services.policy.current(visit.account.id).rules
    if group_id is not None and group_id not in current.groups:
        return Gone()
    made = group_id or GroupId(services.entropy.new_id())
    rules = with_group(current, made, group)
    outcome = policy.save(services, visit, me, number=number, rules=rules, because=because, page=f"{PAGE}/{made}")
    return Kept(made) if isinstance(outcome, Done) else outcome


def remove(services: Services, visit: Visit, me: SignedIn, group_id: GroupId, *, number: int) -> SaveOutcome:
    """Take a group out of the policy. Who was put into it is kept, for an earlier version that is put back."""
    current = services.policy.current(visit.account.id).rules
    if group_id not in current.groups:
        return Gone()
    return policy.save(services, visit, me, number=number, rules=with_group(current, group_id, None), page=policy.PAGE)


def put_in(services: Services, visit: Visit, me: SignedIn, group_id: GroupId, ids: Sequence[PersonId]) -> MoveOutcome:
    """Put people into a group by hand; nobody puts themselves into one whose rule they do not meet.

    Where it opens a way in that there was not, only by whoever may help them.
    """
    refused = _may_move(services, visit, me, group_id)
    if refused is not None:
        return refused
    account, now = visit.account.id, services.clock.now()
    with services.transactions.begin():
        rules = _rules_alone(services, visit, me, group_id, ids)
        if rules is None:
            return Gone()
        if me.person.id in ids and not _meet(services, account, me.person, rules, group_id):
            return NotMet(group_id)
        mover = _Mover(services, visit, me, rules, group_id, now=now)
        lines = tuple(mover.put_in(one) for one in few(ids))
        policy_told.tell_of_weaker(services, visit, me, mover.weaker, page=f"{PAGE}/{group_id}", now=now)
    return Selected(lines)


def take_out(services: Services, visit: Visit, me: SignedIn, group_id: GroupId, ids: Sequence[PersonId]) -> MoveOutcome:
    """Take people out of a group; where it asks more of them than others do, only by whoever may help them."""
    refused = _may_move(services, visit, me, group_id)
    if refused is not None:
        return refused
    now = services.clock.now()
    with services.transactions.begin():
        rules = _rules_alone(services, visit, me, group_id, ids)
        if rules is None:
            return Gone()
        mover = _Mover(services, visit, me, rules, group_id, now=now)
        lines = tuple(mover.take_out(one) for one in few(ids))
        policy_told.tell_of_weaker(services, visit, me, mover.weaker, page=f"{PAGE}/{group_id}", now=now)
    return Selected(lines)


def _may_move(
    services: Services, visit: Visit, me: SignedIn, group_id: GroupId
) -> Gone | SetUpFirst | NeedsProof | Refuse | None:
    if not (
        has_permission(me.person.role, Permission.EDIT_PEOPLE)
        and has_permission(me.person.role, Permission.EDIT_POLICY)
    ):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if group_id not in services.policy.current(visit.account.id).rules.groups:
        return Gone()
    # Who belongs to a group is as much as its rule.
    if not services.enrolments.held(visit.account.id, me.person.id):
        return SetUpFirst()
    return prove.needed(services, visit, me)


def _rules_alone(
    services: Services, visit: Visit, me: SignedIn, group_id: GroupId, ids: Sequence[PersonId]
) -> Rules | None:
    """Return the rules by which this helper moves people, in the caller's transaction; None: the group is gone.

    They are read once it is this helper's turn: another browser of theirs may have saved what the group asks for.
    """
    recent_acts.alone(services, visit.account.id, me.person.id)
    alone_with(services, visit.account.id, *few(ids))
    rules = services.policy.current(visit.account.id).rules
    return rules if group_id in rules.groups else None


def _meet(services: Services, account: AccountId, person: Subscriber, rules: Rules, group_id: GroupId) -> bool:
    held = services.enrolments.held(account, person.id)
    facts = facts_of(services, account, person, held, rules)
    return meets(facts.held, rules.groups[group_id].extra)


class _Mover:
    """Moves one person after the other in the caller's transaction, and notes in `weaker` what asks for less."""

    def __init__(
        self, services: Services, visit: Visit, me: SignedIn, rules: Rules, group_id: GroupId, *, now: datetime
    ) -> None:
        self._services, self._visit, self._me = services, visit, me
        self._rules, self._id, self._now = rules, group_id, now
        self._account = visit.account.id
        self._name = rules.groups[group_id].name
        self.weaker: list[JsonObject] = []

    def put_in(self, person_id: PersonId) -> Line:
        """Put one person in."""
        person = self._services.people.by_id(self._account, person_id)
        if person is None:
            return Line(person_id, None, Became.GONE)
        put = self._services.groups.of_person(self._account, person_id)
        if self._id in {one.group for one in put}:
            return Line(person_id, person, Became.AS_BEFORE)
        # Where a group's kinds contradict those of everybody, being in it is a way in that there was not.
        found = self._weaker(person, put, (*put, Membership(self._id, self._now)))
        reason = self._barred(person) if found else None
        if reason is not None:
            return Line(person_id, person, reason)
        if not self._services.groups.add(self._account, self._id, [person_id], at=self._now):
            return Line(person_id, person, Became.AS_BEFORE)
        self._record("group.member_added", person_id)
        self._note(person, found)
        if Weaker.EXEMPTED in found:
            self._tell_exempted(person)
        return Line(person_id, person, Became.DONE)

    def take_out(self, person_id: PersonId) -> Line:
        """Take one person out, and tell them if they are asked no longer."""
        person = self._services.people.by_id(self._account, person_id)
        if person is None:
            return Line(person_id, None, Became.GONE)
        put = self._services.groups.of_person(self._account, person_id)
        found = self._weaker(person, put, tuple(one for one in put if one.group != self._id))
        reason = self._barred(person) if found else None
        if reason is not None:
            return Line(person_id, person, reason)
        held = self._services.enrolments.held(self._account, person_id)
        was = standing_of(self._services, self._account, person, held, self._rules, now=self._now)
        if not self._services.groups.remove(self._account, self._id, [person_id]):
            takes = self._rules.groups[self._id].takes(person.email, person.role)
            return Line(person_id, person, Became.STILL_BELONGS if takes else Became.AS_BEFORE)
        self._record("group.member_removed", person_id)
        self._note(person, (Weaker.MEMBER_REMOVED,) if found else ())
        now_stands = standing_of(self._services, self._account, person, held, self._rules, now=self._now)
        if was.asked and not now_stands.asked and held:
            dormant_told.tell_one(self._services, self._visit.account, person, held, self._rules, now=self._now)
        called_off.tell_one(self._services, self._visit.account, person, self._rules, now=self._now)
        return Line(person_id, person, Became.DONE)

    def _weaker(self, person: Subscriber, put: Sequence[Membership], then: Sequence[Membership]) -> tuple[Weaker, ...]:
        """Return what asks less of somebody once they are put into other groups by hand."""
        audience, own = audience_of(person.role), person.own_rule
        belonged, belongs = (
            memberships(self._rules.groups, by_hand, email=person.email, role=person.role) for by_hand in (put, then)
        )
        found = weaker_for_person(self._rules.of(audience, belonged, own), self._rules.of(audience, belongs, own))
        before, after = (exemption_under(person, self._rules, groups) for groups in (belonged, belongs))
        if is_longer(after, before, now=self._now):
            found = (*found, Weaker.EXEMPTED)
        paused, pause = (self._rules.paused_until(audience, groups) for groups in (belonged, belongs))
        if recent_acts.is_let_in(self._services, self._account, person, paused, pause, now=self._now):
            found = (*found, Weaker.PAUSED)
        return found

    def _barred(self, person: Subscriber) -> Became | None:
        """Say why this admin may not free somebody of anything alone: it is as much as exempting them."""
        reason = barred(self._me, person)
        if reason is None and recent_acts.bars(
            self._services, self._account, self._me.person.id, person, now=self._now
        ):
            return Became.OTHER_ACT
        return reason

    def _tell_exempted(self, person: Subscriber) -> None:
        """Tell somebody whom the group exempts what they are told who are exempted by name."""
        extra = self._rules.groups[self._id].extra
        if extra.exempt_until is not None:
            exemptions.tell(
                self._services,
                self._visit,
                self._me,
                person,
                until=extra.exempt_until,
                because=extra.exempt_because,
                now=self._now,
            )
            called_off.learn(self._services, self._visit.account, person, self._rules, now=self._now)

    def _note(self, person: Subscriber, found: Sequence[Weaker]) -> None:
        """Keep what was weakened as an act on this person, and for the mail."""
        if found:
            recent_acts.note(
                self._services,
                self._account,
                Act.EXEMPT,
                person.id,
                self._me.person.id,
                now=self._now,
                detail={"group": self._id},
            )
        name = person.name or person.email
        # Who is exempted by name is told of in no mail to all either, unless they answer for the account.
        told = [one for one in found if one is not Weaker.EXEMPTED]
        self.weaker += [policy_told.change(one, policy_told.PERSON, name=name, group=self._name) for one in told]

    def _record(self, kind: str, person_id: PersonId) -> None:
        journal.record(
            self._services,
            self._visit,
            kind,
            now=self._now,
            person=person_id,
            actor=self._me.person.id,
            detail={"group": self._id, "name": self._name},
        )
