"""What a change of policy weakens: each finding is mailed to every owner and admin."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from twofold.core.groups import Extra, Group, Membership
from twofold.core.ids import GroupId
from twofold.core.networks import is_wider
from twofold.core.roles import Audience, audience_of
from twofold.core.rules import AudienceRules, Rules
from twofold.core.wanted import Accepts, Requirement


class Weaker(StrEnum):
    """In which way a policy became weaker. Stored in the audit log, so a name is never changed."""

    REQUIREMENT_OFF = "requirement_off"
    REQUIREMENT_LATER = "requirement_later"
    GRACE_LONGER = "grace_longer"
    TRUST_LONGER = "trust_longer"
    KINDS_WEAKER = "kinds_weaker"
    OLD_ONES_PROVE_LONGER = "old_ones_prove_longer"
    SESSIONS_LONGER = "sessions_longer"
    NEW_BROWSERS_UNCHECKED = "new_browsers_unchecked"
    GROUP_SMALLER = "group_smaller"
    """A group that is asked for something takes fewer people by role or domain, or is gone."""
    MEMBER_REMOVED = "member_removed"
    """Somebody was taken out of a group that is asked for something."""
    NETWORKS_WIDER = "networks_wider"
    """Team members may come from networks that they could not come from before."""
    SIGN_UP_WIDER = "sign_up_wider"
    """People may sign up as end users by themselves who could not before."""
    EXEMPTED = "exempted"
    """From what is required: a group, or an owner or admin."""
    PAUSED = "paused"
    """Nobody is made to set up for some hours."""


@dataclass(frozen=True, slots=True)
class Weakening:
    """One way in which the policy became weaker: for an audience, or (None) for the group of this name."""

    audience: Audience | None
    weaker: Weaker
    group: str = ""


def weakenings(old: Rules, new: Rules) -> tuple[Weakening, ...]:
    """Return everything that `new` weakens against `old`: team members, end users, then the groups."""
    by_audience = [
        Weakening(audience, weaker)
        for audience in Audience
        for weaker in _between(old.for_(audience), new.for_(audience))
    ]
    if is_wider(new.networks, old.networks):
        by_audience.append(Weakening(Audience.TEAM, Weaker.NETWORKS_WIDER))
    if new.sign_up.is_wider(old.sign_up):
        by_audience.append(Weakening(Audience.END_USERS, Weaker.SIGN_UP_WIDER))
    ids = dict.fromkeys((*old.groups, *new.groups))
    by_group = [
        Weakening(None, weaker, (old.groups.get(group_id) or new.groups[group_id]).name)
        for group_id in ids
        for weaker in dict.fromkeys((*_of_group(group_id, old, new), *_inside(group_id, old, new)))
    ]
    return (*by_audience, *by_group)


def weaker_for_person(old: AudienceRules, new: AudienceRules) -> tuple[Weaker, ...]:
    """Return what becomes weaker for somebody for whom `old` held as a whole, and now `new` does."""
    found = [*_requirement(old.required, new.required)]
    if new.trust_for > old.trust_for:
        found.append(Weaker.TRUST_LONGER)
    if _is_wider(old.accepts, new.accepts):
        found.append(Weaker.KINDS_WEAKER)
    return tuple(found)


def asks_less(old: AudienceRules, new: AudienceRules) -> bool:
    """Say whether less is required of somebody, or later, for whom `old` held as a whole, and now `new` does."""
    return any(_requirement(old.required, new.required))


def extra_weakenings(old: Extra, new: Extra) -> tuple[Weaker, ...]:
    """Return everything that a rule for one group or person weakens against the one before."""
    found = [*_requirement(old.required, new.required)]
    if old.trust_for is not None and (new.trust_for is None or new.trust_for > old.trust_for):
        found.append(Weaker.TRUST_LONGER)
    if _lasts_longer(old.exempt_until, new.exempt_until):
        found.append(Weaker.EXEMPTED)
    if _lasts_longer(old.paused_until, new.paused_until):
        found.append(Weaker.PAUSED)
    return (*found, *_accepts(old.accepts, new.accepts))


def _of_group(group_id: GroupId, old: Rules, new: Rules) -> Iterable[Weaker]:
    before, after = old.groups.get(group_id), new.groups.get(group_id)
    if after is not None and (before is None or _reaches(before, after)):
        if after.extra.exempt_until is not None:
            yield Weaker.EXEMPTED
        if after.extra.paused_until is not None:
            yield Weaker.PAUSED
    if before is None:
        return
    if after is not None:
        yield from extra_weakenings(before.extra, after.extra)
    is_smaller = after is None or not (before.domains <= after.domains and before.roles <= after.roles)
    if is_smaller and not before.extra.is_nothing:
        yield Weaker.GROUP_SMALLER


def _inside(group_id: GroupId, old: Rules, new: Rules) -> Iterable[Weaker]:
    """Find what a group gives its people beyond what their audience has: its kinds stand where both contradict."""
    here = (Membership(group_id),)
    reached = _reaches(old.groups.get(group_id), new.groups[group_id]) if group_id in new.groups else frozenset()
    for audience in reached:
        if _is_wider(new.for_(audience).accepts, new.of(audience, here).accepts):
            yield Weaker.KINDS_WEAKER
    for audience in Audience:
        before, after = old.of(audience, here), new.of(audience, here)
        by_audience = _is_wider(old.for_(audience).accepts, new.for_(audience).accepts)
        if group_id in new.groups and not by_audience and _is_wider(before.accepts, after.accepts):
            yield Weaker.KINDS_WEAKER


def _reaches(before: Group | None, after: Group) -> frozenset[Audience]:
    """Return of which audiences a group takes people by role or domain whom it did not take before."""
    if after.domains - (before.domains if before else frozenset()):
        return frozenset(Audience)
    return frozenset(audience_of(role) for role in after.roles - (before.roles if before else frozenset()))


def _between(old: AudienceRules, new: AudienceRules) -> Iterable[Weaker]:
    yield from _requirement(old.required, new.required)
    if new.trust_for > old.trust_for:
        yield Weaker.TRUST_LONGER
    yield from _accepts(old.accepts, new.accepts)
    if old.checks_new_browsers and not new.checks_new_browsers:
        yield Weaker.NEW_BROWSERS_UNCHECKED
    if _lasts_longer(old.paused_until, new.paused_until):
        yield Weaker.PAUSED
    if new.idle_for > old.idle_for or new.session_for > old.session_for:
        yield Weaker.SESSIONS_LONGER


def _accepts(old: Accepts, new: Accepts) -> Iterable[Weaker]:
    if _is_wider(old, new):
        yield Weaker.KINDS_WEAKER
    # Where everything counts again there is nothing left that no longer does.
    if not new.is_everything and (
        _ends_later(old.old_ones_prove_until, new.old_ones_prove_until)
        or (new.old_ones_count and not old.old_ones_count and not old.is_everything)
    ):
        yield Weaker.OLD_ONES_PROVE_LONGER


def _requirement(old: Requirement | None, new: Requirement | None) -> Iterable[Weaker]:
    if old is None:
        return
    if new is None:
        yield Weaker.REQUIREMENT_OFF
        return
    if new.starts_at > old.starts_at:
        yield Weaker.REQUIREMENT_LATER
    if new.grace_for > old.grace_for or _has_more_skips(old.skips, new.skips):
        yield Weaker.GRACE_LONGER


def _has_more_skips(old: int | None, new: int | None) -> bool:
    return old is not None and (new is None or new > old)


def _is_wider(old: Accepts, new: Accepts) -> bool:
    # A kind that was not accepted before counts as weaker, whatever its traits: adding a way in is never silent.
    before, after = old.kinds_of_all, new.kinds_of_all
    has_more_kinds = before is not None and (after is None or not after <= before)
    return (
        has_more_kinds
        or (old.wants_strong and not new.wants_strong)
        or (old.wants_resistant and not new.wants_resistant)
    )


def _lasts_longer(old: datetime | None, new: datetime | None) -> bool:
    return new is not None and (old is None or new > old)


def _ends_later(old: datetime | None, new: datetime | None) -> bool:
    return old is not None and (new is None or new > old)
