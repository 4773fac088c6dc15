"""What stands in the way of saving a policy: what cannot be, and what the admin does not meet themselves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.groups import Extra
from twofold.core.possible import all_problems_of, without_a_way
from twofold.core.roles import Audience, audience_of
from twofold.core.rules import OLD_ONES_PROVE_FOR, RuleProblem
from twofold.core.standing import meets
from twofold.flows import journal
from twofold.flows.standing_of import facts_of

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.assurance import Traits
    from twofold.core.ids import AccountId
    from twofold.core.possible import Part
    from twofold.core.rules import AudienceRules, Rules
    from twofold.core.wanted import Accepts, Requirement
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services


def problems(services: Services, account: AccountId, old: Rules, new: Rules) -> tuple[tuple[Part, RuleProblem], ...]:
    """Return what cannot be in `new`: out of range, or met by nobody.

    What nobody could meet before stops no other change: a sender may have gone, or a kind with a new version.
    """
    found = list(all_problems_of(new))
    kinds, sendable = traits_of(services), traits_that_work(services, account)
    unmet = set(without_a_way(new, kinds)) - set(without_a_way(old, kinds))
    unsent = set(without_a_way(new, sendable)) - set(without_a_way(old, sendable)) - set(without_a_way(new, kinds))
    named = {part for part, problem in found if problem is RuleProblem.NO_KIND_LEFT}
    for part in (*Audience, *sorted(new.groups)):
        if part in unmet - named:
            found.append((part, RuleProblem.NO_WAY_LEFT))
        if part in unsent - named:
            found.append((part, RuleProblem.NOTHING_CAN_BE_SENT))
    found += [
        (audience, RuleProblem.NEEDS_MAIL)
        for audience in Audience
        if new.for_(audience).checks_new_browsers
        and not old.for_(audience).checks_new_browsers
        and not services.outbox.can_send(account, journal.EMAIL)
    ]
    return tuple(found)


def traits_of(services: Services) -> dict[str, Traits]:
    """Return every kind with what policy may know of it."""
    return {kind: factor.traits for kind, factor in services.factors.items()}


def traits_that_work(services: Services, account: AccountId) -> dict[str, Traits]:
    """Return the kinds whose messages, if they need any, can be sent at present."""
    return {
        kind: factor.traits
        for kind, factor in services.factors.items()
        if not factor.channel or services.outbox.can_send(account, factor.channel)
    }


def not_met(services: Services, visit: Visit, me: SignedIn, old: Rules, new: Rules) -> Part | None:
    """Return what of a change this admin does not meet: of each audience, of each group, and of all that names them."""
    held = services.enrolments.held(visit.account.id, me.person.id)
    facts = facts_of(services, visit.account.id, me.person, held, new)
    for audience in Audience:
        if _wants_other(old.for_(audience), new.for_(audience)) and not meets(facts.held, new.for_(audience)):
            return audience
    for group_id, group in sorted(new.groups.items()):
        before = old.groups.get(group_id)
        if (before is None or _wants_other(before.extra, group.extra)) and not meets(facts.held, group.extra):
            return group_id
    mine = facts.under(new)
    before_mine = facts_of(services, visit.account.id, me.person, held, old).under(old)
    if _wants_other(before_mine, mine) and not meets(facts.held, mine):
        return audience_of(me.person.role)
    return None


def _wants_other(old: AudienceRules | Extra, new: AudienceRules | Extra) -> bool:
    return (old.required, old.accepts) != (new.required, new.accepts)


def started_anew(old: Rules, new: Rules, *, now: datetime) -> Rules:
    """Let requirements that `old` has not begin now at the earliest, and what stops counting now prove a while yet."""
    groups = {}
    for group_id, group in new.groups.items():
        was = old.groups.get(group_id)
        extra = extra_started_anew(was.extra if was else Extra(), group.extra, now=now)
        if group != was and extra.paused_until is not None and extra.paused_until <= now:
            # Else it would be told of as if it began with this change.
            extra = replace(extra, paused_until=None)
        groups[group_id] = replace(group, extra=extra)
    by_audience = {
        audience: replace(
            new.for_(audience),
            required=_begun(old.for_(audience).required, new.for_(audience).required, now=now),
            accepts=_still_proving(old.for_(audience).accepts, new.for_(audience).accepts, now=now),
        )
        for audience in Audience
    }
    return replace(new, team=by_audience[Audience.TEAM], end_users=by_audience[Audience.END_USERS], groups=groups)


def extra_started_anew(before: Extra, after: Extra, *, now: datetime) -> Extra:
    """Do the same for what a group or one person is asked for beyond the rules of everybody."""
    return replace(
        after,
        required=_begun(before.required, after.required, now=now),
        accepts=_still_proving(before.accepts, after.accepts, now=now),
    )


def _begun(before: Requirement | None, after: Requirement | None, *, now: datetime) -> Requirement | None:
    if after is None or before is not None:
        return after
    return replace(after, starts_at=max(after.starts_at, now))


def _still_proving(before: Accepts, after: Accepts, *, now: datetime) -> Accepts:
    """Give a rule that names other ways than before a date that is still to come: one put back has an old one."""
    until = after.old_ones_prove_until
    names_others = replace(before, old_ones_prove_until=until) != after
    return (
        replace(after, old_ones_prove_until=now + OLD_ONES_PROVE_FOR)
        if names_others and until and until <= now
        else after
    )
