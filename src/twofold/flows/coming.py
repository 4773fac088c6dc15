"""When a second factor is required of somebody next, by all rules that name them together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.flows.report_lines import Judge
from twofold.flows.standing_of import facts_of, memberships_of
from twofold.ports.announced import Announced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from twofold.core.groups import Membership
    from twofold.core.ids import AccountId
    from twofold.core.rules import Rules
    from twofold.core.standing import Standing
    from twofold.factors.contract import SecondFactor
    from twofold.ports.people import Subscriber
    from twofold.ports.reports import Surveyed
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """From when on somebody who has nothing is asked, and until when they can leave it, `left` times at most.

    `until` None: from `starts_at` on they are led through set-up. `left` None: any number of times.
    """

    starts_at: datetime
    until: datetime | None
    left: int | None

    def told(self, reminded_at: datetime | None = None) -> Announced:
        """Return what is kept of it once they were told."""
        return Announced(starts_at=self.starts_at, until=self.until, reminded_at=reminded_at)


class Foretelling:
    """Says what is coming for people who have nothing, by one policy at one moment.

    Nothing for whoever has to set up anew after a reset: they are led there at their next sign-in whatever rules say,
    and heard of it by the mail about the reset.
    """

    def __init__(self, rules: Rules, factors: Mapping[str, SecondFactor], *, now: datetime) -> None:
        self._rules, self._lasting_rules = rules, without_pauses(rules)
        self._factors, self._now = factors, now
        self._judges: dict[tuple[bool, datetime], Judge] = {}

    def today(self, one: Surveyed) -> Coming | None:
        """Say what is coming as it stands today: with a pause, and with what a helper let them in for."""
        return self._coming(one, lasting=False)

    def lasting(self, one: Surveyed) -> Coming | None:
        """Say what is coming by the rules alone, which is what is kept: a pause of some hours moves no day."""
        return self._coming(replace(one, grace_until=None, skipped=0), lasting=True)

    def _coming(self, one: Surveyed, *, lasting: bool) -> Coming | None:
        if one.must_set_up:
            return None

        def stands_at(at: datetime) -> Standing:
            judge = self._judges.get((lasting, at))
            if judge is None:
                rules = self._lasting_rules if lasting else self._rules
                judge = self._judges[lasting, at] = Judge(rules, self._factors, now=at)
            return judge.standing(one)

        return _next(stands_at, _moments(one, self._rules), now=self._now)


def coming_for(
    services: Services, account: AccountId, person: Subscriber, rules: Rules, *, now: datetime, lasting: bool
) -> Coming | None:
    """Say the same of one person who has nothing: as it stands today, or by the rules alone."""
    belongs_to = memberships_of(services, account, person, rules)
    return coming_of(services, account, person, rules, belongs_to, now=now, lasting=lasting)


def coming_of(
    services: Services,
    account: AccountId,
    person: Subscriber,
    rules: Rules,
    belongs_to: tuple[Membership, ...],
    *,
    now: datetime,
    lasting: bool,
) -> Coming | None:
    """Say it of somebody who belongs to these groups; nothing is read."""
    if person.must_set_up:
        return None
    if lasting:
        person, rules = replace(person, grace_until=None, skipped=0), without_pauses(rules)
    facts = facts_of(services, account, person, (), rules, belongs_to=belongs_to)

    def stands_at(at: datetime) -> Standing:
        return policy.standing(facts, rules, now=at)

    return _next(stands_at, _moments(person, rules), now=now)


def without_pauses(rules: Rules) -> Rules:
    """Return these rules as if nobody had paused set-up."""
    return replace(
        rules,
        team=replace(rules.team, paused_until=None),
        end_users=replace(rules.end_users, paused_until=None),
        groups={
            group_id: replace(group, extra=replace(group.extra, paused_until=None))
            for group_id, group in rules.groups.items()
        },
    )


def _moments(one: Surveyed | Subscriber, rules: Rules) -> set[datetime]:
    """Return when it may change whether somebody is asked: when a requirement begins, or an exemption ends."""
    own = one.own_rule.required if one.own_rule else None
    found = {each.starts_at for each in (*rules.requirements, *((own,) if own else ()))}
    ends = (one.exempt_until, *(group.extra.exempt_until for group in rules.groups.values()))
    return found | {until for until in ends if until is not None}


def _next(stands_at: Callable[[datetime], Standing], moments: Iterable[datetime], *, now: datetime) -> Coming | None:
    later = sorted(at for at in moments if at > now)
    for at in (now, *later):
        stands = stands_at(at)
        if stands.asked:
            break
    else:
        return None
    # What began already began when it reached them; what is to come begins then, be it at the end of an exemption.
    starts_at = at if at > now else stands.covered_since or now
    if not stands.in_grace or stands.grace_until is None:
        return Coming(starts_at=starts_at, until=None, left=None)
    until = stands.grace_until
    for sooner in later:
        # Another rule may begin meanwhile, and leave less time.
        if at < sooner < until:
            then = stands_at(sooner)
            until = min(until, then.grace_until if then.in_grace and then.grace_until else sooner)
    return Coming(starts_at=starts_at, until=until, left=stands.skips_left or None)
