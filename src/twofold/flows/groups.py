"""Groups of people: what they are called and asked for is policy; who was put into them by hand stands beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import GroupId
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission, may_read
from twofold.flows import group_foreseen, paths, policy, policy_told, prove, recent_acts
from twofold.flows.group_judging import PuttingIn, TakingOut
from twofold.flows.group_moving import Mover
from twofold.flows.outcomes import Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.people import LONGEST_SEARCH
from twofold.flows.person_change import alone_with
from twofold.flows.policy import NotMet, SaveOutcome, SetUpFirst
from twofold.flows.selected import Selected, few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.groups import Group
    from twofold.core.ids import PersonId
    from twofold.core.rules import Rules
    from twofold.flows.group_foreseen import Moving
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.pages import PageBetween
    from twofold.ports.people import PersonRow
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
NotMoved = Gone | SetUpFirst | NotMet | Refuse
MoveOutcome = Selected | NeedsProof | Conflict | NotMoved


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


def foresee_putting_in(
    services: Services, visit: Visit, me: SignedIn, group_id: GroupId, ids: Sequence[PersonId]
) -> Moving | NotMoved:
    """Say what putting these into a group would do to each. Writes nothing."""
    refused = _may_move(services, visit, me, group_id)
    return refused or _foresee(services, visit, PuttingIn(services, visit.account.id, me, group_id), ids)


def foresee_taking_out(
    services: Services, visit: Visit, me: SignedIn, group_id: GroupId, ids: Sequence[PersonId]
) -> Moving | NotMoved:
    """Say what taking these out of a group would do to each. Writes nothing."""
    refused = _may_move(services, visit, me, group_id)
    return refused or _foresee(services, visit, TakingOut(services, visit.account.id, me, group_id), ids)


def put_in(
    services: Services, visit: Visit, me: SignedIn, group_id: GroupId, ids: Sequence[PersonId], *, seen: str = ""
) -> MoveOutcome:
    """Put people into a group by hand; nobody puts themselves into one whose rule they do not meet.

    Where it opens a way in that there was not, only by whoever may help them. `seen` stands for what the admin saw
    that it would do ("": they did not look): nobody is moved when it would do something else by now.
    """
    refused = _may_move(services, visit, me, group_id) or prove.needed(services, visit, me)
    if refused is not None:
        return refused
    return _move(services, visit, PuttingIn(services, visit.account.id, me, group_id), ids, seen)


def take_out(
    services: Services, visit: Visit, me: SignedIn, group_id: GroupId, ids: Sequence[PersonId], *, seen: str = ""
) -> MoveOutcome:
    """Take people out of a group; where it asks more of them than others do, only by whoever may help them.

    `seen` as above.
    """
    refused = _may_move(services, visit, me, group_id) or prove.needed(services, visit, me)
    if refused is not None:
        return refused
    return _move(services, visit, TakingOut(services, visit.account.id, me, group_id), ids, seen)


def _may_move(services: Services, visit: Visit, me: SignedIn, group_id: GroupId) -> Gone | SetUpFirst | Refuse | None:
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
    return None


def _foresee(
    services: Services, visit: Visit, judge: PuttingIn | TakingOut, ids: Sequence[PersonId]
) -> Moving | Gone | NotMet:
    chosen = few(ids)
    known = judge.read(chosen)
    if known is None:
        return Gone()
    if not judge.may_move(known):
        return NotMet(judge.group_id)
    found = group_foreseen.moving(services, judge, chosen, known)
    return replace(found, mailed=group_foreseen.whom_it_mails(services, visit, judge, known))


def _move(
    services: Services, visit: Visit, judge: PuttingIn | TakingOut, ids: Sequence[PersonId], seen: str
) -> MoveOutcome:
    """Move whom the judge lets move, each as they stand when that is written."""
    chosen = few(ids)
    # Judged before others wait; what is read once it is this helper's turn, the policy too, says whether it stands:
    # another browser of theirs may have saved what the group asks for.
    for one, known in (judge.read(chosen) or {}).items():
        judge.foresee(one, known)
    with services.transactions.begin():
        recent_acts.alone(services, visit.account.id, judge.me.person.id)
        alone_with(services, visit.account.id, *chosen)
        found = judge.read(chosen)
        if found is None:
            return Gone()
        if not judge.may_move(found):
            return NotMet(judge.group_id)
        if seen and seen != group_foreseen.moving(services, judge, chosen, found).seen:
            return Conflict()
        mover = Mover(services, visit, judge)
        lines = tuple(mover.move(one, found.get(one)) for one in chosen)
        page = f"{PAGE}/{judge.group_id}"
        policy_told.tell_of_weaker(services, visit, judge.me, mover.weaker, page=page, now=judge.now)
        mover.tell()
    return Selected(lines)
