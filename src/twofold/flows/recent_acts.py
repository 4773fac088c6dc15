"""What a helper did to a person lately: acts of two sorts by one helper need a second one (rules.md).

Whoever is freed by a group of what they were asked for is freed as much as by name: moving somebody counts as an act
on them, and a saved policy as one on everybody whom it frees. Of the latter nothing is written but its version. Freed
is who is exempt, of whom less is required, who is let in by a pause, and who types no mailed code on a new browser.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.exemptions import is_longer
from twofold.core.helping import Act, State, is_other_sort
from twofold.core.ids import HelpActId
from twofold.core.roles import ADDRESS_ACTS, OTHER_ACT_WITHIN, Audience, TakeoverAct, audience_of
from twofold.core.weakenings import Weaker, asks_less
from twofold.flows.standing_of import exemption_under, memberships_of
from twofold.ports.helping import HelpAct

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.exemptions import Exemption
    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.core.rules import AudienceRules, Rules
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_VERSIONS: Final = 100
"""So many versions of the policy are looked through; whoever saved more within the time is believed nothing."""


def alone(services: Services, account: AccountId, helper: PersonId) -> None:
    """Let one helper do one thing at a time, in the caller's transaction, before what they did lately is read.

    Of two acts that must not be joined, sent at the same moment, each would otherwise see nothing of the other.
    """
    services.transactions.alone(account, f"acts.{helper}")


def of(
    services: Services,
    account: AccountId,
    helper: PersonId,
    person: Subscriber,
    act: TakeoverAct | None,
    *,
    now: datetime,
) -> frozenset[TakeoverAct]:
    """Return what this helper did to this person within OTHER_ACT_WITHIN, as far as it matters for `act`."""
    since = now - OTHER_ACT_WITHIN
    sorts = services.help_acts.sorts_done(account, helper, person.id, since=since)
    done = {one.takeover for one in sorts if one.takeover is not None}
    # The history is read for those acts alone that it could stand in the way of.
    if act in ADDRESS_ACTS and _freed_by_policy(services, account, helper, person, since=since, now=now):
        done.add(TakeoverAct.EXEMPT)
    return frozenset(done)


def bars(services: Services, account: AccountId, helper: PersonId, person: Subscriber, *, now: datetime) -> bool:
    """Say whether this helper may not exempt this person alone, because of what they did to them lately."""
    exempt = TakeoverAct.EXEMPT
    return is_other_sort(exempt, of(services, account, helper, person, exempt, now=now))


def barred_from(services: Services, account: AccountId, helper: PersonId, *, now: datetime) -> frozenset[PersonId]:
    """Return whom this helper may not exempt alone like that, of everybody."""
    acts = [act for act in Act if act.takeover in ADDRESS_ACTS]
    return services.help_acts.done_to(account, helper, acts, since=now - OTHER_ACT_WITHIN)


def note(
    services: Services,
    account: AccountId,
    act: Act,
    person: PersonId,
    by: PersonId,
    *,
    now: datetime,
    detail: JsonObject,
    reason: str = "",
) -> None:
    """Keep an act that was done at once, in the caller's transaction: what a helper did decides what they may do."""
    services.help_acts.add(
        account,
        HelpAct(
            id=HelpActId(services.entropy.new_id()),
            act=act,
            person_id=person,
            asked_by=by,
            asked_at=now,
            state=State.DONE,
            detail=detail,
            reason=reason,
            ends_at=now,
            done_at=now,
        ),
    )


def in_the_way(
    services: Services, account: AccountId, helper: PersonId, old: Rules, new: Rules, *, now: datetime
) -> tuple[Subscriber, ...]:
    """Return whom `new` frees of what `old` asks of them, and whose address or password this helper set lately."""
    done_to = barred_from(services, account, helper, now=now)
    found = sorted(services.people.by_ids(account, done_to).values(), key=lambda one: (one.name or one.email, one.id))
    return tuple(one for one in found if _frees(services, account, one, old, new, now=now))


def _freed_by_policy(
    services: Services, account: AccountId, helper: PersonId, person: Subscriber, *, since: datetime, now: datetime
) -> bool:
    versions = services.policy.history(account, most=_VERSIONS)
    recent = [one for one in versions if one.saved_at is not None and one.saved_at > since]
    numbered = {one.number: one for one in versions}
    for new in recent:
        if new.saved_by != helper:
            continue
        old = numbered.get(new.number - 1) or services.policy.by_number(account, new.number - 1)
        if old is not None and _frees(services, account, person, old.rules, new.rules, now=now):
            return True
    return len(recent) == _VERSIONS


def is_freed(services: Services, account: AccountId, person: Subscriber, then: Subscriber, *, now: datetime) -> bool:
    """Say whether somebody who is changed like this is exempt for longer, or less is asked of them.

    A group takes people by the domain of their address and by their role, and an audience is one of roles.
    """
    return bool(freed_by(services, account, person, then, now=now))


def freed_by(
    services: Services, account: AccountId, person: Subscriber, then: Subscriber, *, now: datetime
) -> tuple[Weaker, ...]:
    """Return in which ways less is asked of somebody who is changed like this."""
    rules = services.policy.current(account).rules
    return _between(services, account, (person, rules), (then, rules), now=now)


def is_let_in(
    services: Services,
    account: AccountId,
    person: Subscriber,
    before: datetime | None,
    after: datetime | None,
    *,
    now: datetime,
) -> bool:
    """Say whether a pause that lasts until `after`, and lasted until `before`, lets somebody in who was to set up.

    Whoever holds something, or was reset, is asked as ever.
    """
    return lets_in(person, before, after, now=now) and not services.enrolments.held(account, person.id)


def lets_in(person: Subscriber, before: datetime | None, after: datetime | None, *, now: datetime) -> bool:
    """Say the same of somebody who holds nothing."""
    if after is None or after <= now or (before is not None and after <= before):
        return False
    return not person.must_set_up


def _frees(
    services: Services, account: AccountId, person: Subscriber, old: Rules, new: Rules, *, now: datetime
) -> bool:
    """Say whether less is asked of somebody by `new` than by `old`."""
    return bool(_between(services, account, (person, old), (person, new), now=now))


def _between(
    services: Services,
    account: AccountId,
    old: tuple[Subscriber, Rules],
    new: tuple[Subscriber, Rules],
    *,
    now: datetime,
) -> tuple[Weaker, ...]:
    before, after = (_stands(services, account, *one) for one in (old, new))
    found = (
        (is_longer(after.exempt, before.exempt, now=now), Weaker.EXEMPTED),
        (asks_less(before.rules, after.rules), Weaker.REQUIREMENT_OFF),
        (before.is_checked and not after.is_checked, Weaker.NEW_BROWSERS_UNCHECKED),
        (is_let_in(services, account, new[0], before.paused, after.paused, now=now), Weaker.PAUSED),
    )
    return tuple(weaker for is_so, weaker in found if is_so)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stands:
    """What frees somebody or does not; `is_checked`: they type a mailed code on a new browser."""

    exempt: Exemption | None
    rules: AudienceRules
    is_checked: bool
    paused: datetime | None


def _stands(services: Services, account: AccountId, person: Subscriber, rules: Rules) -> _Stands:
    belongs_to = memberships_of(services, account, person, rules)
    audience = audience_of(person.role)
    return _Stands(
        exempt=exemption_under(person, rules, belongs_to),
        rules=rules.of(audience, belongs_to, person.own_rule),
        is_checked=audience is Audience.TEAM and rules.for_(audience).checks_new_browsers,
        paused=rules.paused_until(audience, belongs_to),
    )
