"""The roll-out of a requirement: how far it is, who is stuck, telling everybody once more, a pause of some hours."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.ids import GroupId
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Audience, Permission, has_permission, may_read
from twofold.flows import alone, announcing, counts, first_group, pauses, policy, prove, set_up_told, shut_out
from twofold.flows.announcing import ANNOUNCED
from twofold.flows.journal import record
from twofold.flows.outcomes import Gone, NeedsProof, Refuse

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.rules import Rules
    from twofold.flows.alone import Alone
    from twofold.flows.announcing import Last, Reach
    from twofold.flows.counts import Day
    from twofold.flows.first_group import FirstGroup
    from twofold.flows.pauses import Pause
    from twofold.flows.policy import SaveOutcome
    from twofold.flows.shut_out import ShutOut
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.audit import Event
    from twofold.ports.reports import Surveyed
    from twofold.ports.roll_out import Stuck, Tally
    from twofold.ports.services import Services

PAGE: Final = "/admin/roll-out"
STUCK_AFTER: Final = timedelta(minutes=5)
STUCK_SINCE: Final = timedelta(hours=24)
STUCK_MOST: Final = 50
LONGEST_TEXT: Final = 2000
LONGEST_REASON: Final = 300
PAUSE_FOR: Final = (timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
"""How long set-up may be paused; the second is what is proposed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """One audience: the counts of today, and how they came about in the last two weeks, the oldest first.

    `alone` are those of whom it is required by a rule of their own. `shut_out` are asked and hold nothing that counts
    any more: they are not among those who have a second factor today.
    """

    audience: Audience
    tally: Tally
    days: tuple[Day, ...]
    alone: Alone
    shut_out: ShutOut


@dataclass(frozen=True, slots=True, kw_only=True)
class StuckOne:
    """Somebody who is stuck, with what they were told or did last."""

    one: Stuck
    last: Event | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RollOutView:
    """What the page shows; `number` is the policy's, `groups` are those that may be paused.

    `is_required`: of anybody at all, by whatever rule. `reaches` is whom an announcement would reach now, None where
    nobody may send one or is there to read it, and `last` the last one. `out` are the first who are shut out. Of large
    audiences the counts are some minutes older than all else.
    """

    number: int
    is_large: bool
    coverage: tuple[Coverage, ...]
    stuck: tuple[StuckOne, ...]
    are_more_stuck: bool
    out: tuple[Surveyed, ...]
    pauses: tuple[Pause, ...]
    groups: tuple[tuple[GroupId, str], ...]
    first: FirstGroup
    is_required: bool
    reaches: Reach | None
    last: Last | None


def look(
    services: Services, visit: Visit, me: SignedIn, *, is_attended: bool = True, counts_reach: bool = False
) -> RollOutView | Refuse:
    """Return what the page shows. Writes nothing. `is_attended`: it does not only look again by itself.

    `counts_reach`: somebody asks whom an announcement would reach, also of many people.
    """
    if not may_read(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account, now = visit.account.id, services.clock.now()
    rules = me.policy.rules
    large = counts.which_are_large(services, account)
    stuck = services.roll_out.stuck(account, since=now - STUCK_SINCE, before=now - STUCK_AFTER, most=STUCK_MOST + 1)
    last = services.audit.newest_of(account, (one.person_id for one in stuck))
    coverage = tuple(_coverage(services, account, one, rules, now=now, large=large) for one in Audience)
    out = coverage[0].shut_out.plus(coverage[1].shut_out).first[: shut_out.NAMED_MOST]
    is_required = bool(rules.requirements) or any(one.alone.tally.people for one in coverage)
    may_announce = is_attended and is_required and has_permission(me.person.role, Permission.EDIT_POLICY)
    return RollOutView(
        number=me.policy.number,
        is_large=bool(large),
        coverage=coverage,
        stuck=tuple(StuckOne(one=one, last=_since(one, last.get(one.person_id))) for one in stuck[:STUCK_MOST]),
        are_more_stuck=len(stuck) > STUCK_MOST,
        out=tuple(services.reports.these(account, out)),
        pauses=pauses.look(services, account, rules, now=now),
        groups=tuple((group_id, group.name) for group_id, group in rules.groups.items()),
        first=first_group.look(services, account, rules, now=now, large=large),
        is_required=is_required,
        reaches=announcing.reach(services, visit.account, me.policy, now=now)
        if may_announce and (counts_reach or announcing.is_seen_at_a_glance(services, visit.account))
        else None,
        last=announcing.last(services, visit.account) if may_announce else None,
    )


def _coverage(
    services: Services,
    account: AccountId,
    audience: Audience,
    rules: Rules,
    *,
    now: datetime,
    large: frozenset[Audience],
) -> Coverage:
    out = shut_out.of(services, account, audience, rules, now=now, is_large=audience in large)
    *before, today = counts.by_day(services, account, audience, now=now, large=large)
    return Coverage(
        audience=audience,
        tally=out.left_out_of(counts.tally(services, account, audience, now=now, large=large)),
        days=(*before, replace(today, set_up=max(today.set_up - out.number, 0))),
        alone=shut_out.of_alone(services, account, audience, rules, now=now, number=out.number),
        shut_out=out,
    )


def announce(services: Services, visit: Visit, me: SignedIn, text: str) -> Reach | NeedsProof | Refuse:
    """Mail this to everybody who is to set up and has nothing, and say how many; NOT_ALLOWED where nobody has to."""
    now, account = services.clock.now(), visit.account.id
    if not has_permission(me.person.role, Permission.EDIT_POLICY):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if not me.policy.rules.requirements and not alone.is_anybody(services, account, now=now):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if not text or len(text) > LONGEST_TEXT:
        return Refuse(because=Refusal(No.TOO_LONG))
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    params = {"text": text, "by": me.person.name or me.person.email}
    reached = announcing.reach(services, visit.account, me.policy, now=now)
    with services.transactions.begin():
        set_up_told.announce(services, visit.account, me.policy.rules, ANNOUNCED, {**params}, now=now)
        record(
            services,
            visit,
            "roll_out.announced",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"text": text, "people": reached.people},
        )
        announcing.note(services, visit.account, me, reached, now=now)
    return reached


def pause(
    services: Services,
    visit: Visit,
    me: SignedIn,
    whose: str,
    *,
    number: int,
    pause_for: timedelta | None,
    because: str,
) -> SaveOutcome:
    """Let nobody of an audience or a group be made to set up for a while; None ends that.

    Whoever has something is asked as before. It is a version of the policy, and mailed to every owner and admin as
    one that asks for less.
    """
    now = services.clock.now()
    if pause_for is not None and (pause_for not in PAUSE_FOR or not because):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    until = None if pause_for is None else now + pause_for
    rules = services.policy.current(visit.account.id).rules
    if whose == Audience.TEAM.value:
        rules = replace(rules, team=replace(rules.team, paused_until=until))
    elif whose == Audience.END_USERS.value:
        rules = replace(rules, end_users=replace(rules.end_users, paused_until=until))
    else:
        group = rules.groups.get(GroupId(whose))
        if group is None:
            return Gone()
        paused = replace(group, extra=replace(group.extra, paused_until=until))
        rules = replace(rules, groups={**rules.groups, GroupId(whose): paused})
    return policy.save(services, visit, me, number=number, rules=rules, because=because, page=PAGE)


def _since(one: Stuck, last: Event | None) -> Event | None:
    """Return what somebody who is stuck was told or did last, where that was in their set-up."""
    return last if last is not None and last.at >= one.begun_at else None
