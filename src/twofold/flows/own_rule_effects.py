"""What a rule for one person alone would do to them: at their next sign-in, or once it begins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from twofold.core.standing import standing
from twofold.flows.foresee import felt, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.assurance import Traits
    from twofold.core.rules import Rules
    from twofold.core.standing import Facts, Standing


class Effect(StrEnum):
    """What becomes of one person."""

    NOTHING = "nothing"
    """They notice nothing of it."""
    SET_UP = "set_up"
    """They hold nothing, and are led through set-up."""
    ANOTHER = "another"
    """What they hold counts no more, and opens the set-up of something that does."""
    READY = "ready"
    """They hold something that counts, and are asked for it."""
    BETTER = "better"
    """What they hold goes on counting, and a notice offers to set up another way."""
    STUCK = "stuck"
    """They are left without a way, and somebody has to help."""
    FREED = "freed"
    """They are asked for a second factor no longer."""
    EXEMPT = "exempt"
    """An exemption stands over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What becomes of one person: at `starts_at` (None: now), and until when set-up may wait (None: not at all).

    `skips` is how often they may say "later" until then; None: any number of times.
    """

    effect: Effect
    starts_at: datetime | None = None
    wait_until: datetime | None = None
    skips: int | None = None
    exempt_until: datetime | None = None


_OUTCOMES = {
    "asked": Effect.READY,
    "changing": Effect.ANOTHER,
    "led": Effect.SET_UP,
    "stuck": Effect.STUCK,
    "left_alone": Effect.FREED,
}


def coming(before: Facts, after: Facts, rules: Rules, working: Mapping[str, Traits], *, now: datetime) -> Coming:
    """Say what becomes of somebody of whom `before` is known, and with another rule of their own `after`.

    It is looked for now, when either rule begins, and when an exemption ends: the first difference is told.
    """
    required = after.own_rule.required if after.own_rule else None
    starts_at = max(now, required.starts_at) if required else now
    moments = {now, starts_at, *(at for at in (_begins(before), before.exempt_until) if at is not None and at > now)}
    noticed = (at for at in sorted(moments) if _differ(before, after, rules, working, now=at))
    at = next(noticed, None)
    if required is not None and standing(after, rules, now=starts_at).exempt and (at is None or at > starts_at):
        return Coming(effect=Effect.EXEMPT, exempt_until=after.exempt_until)
    if at is None:
        return Coming(effect=Effect.NOTHING)
    # Whoever is asked later than before is told from when, and not that they are asked no more.
    if at < starts_at and not standing(after, rules, now=at).asked:
        at = starts_at
    then = standing(after, rules, now=at)
    found = outcome(then, after.under(rules), working, at=at)
    effect = next(_OUTCOMES[one] for one in found if one in _OUTCOMES)
    return Coming(
        effect=Effect.BETTER if effect is Effect.READY and then.better_wanted else effect,
        starts_at=at if at > now else None,
        wait_until=then.grace_until if then.in_grace else None,
        skips=then.skips_left if then.in_grace else None,
    )


def _begins(facts: Facts) -> datetime | None:
    """Return when the requirement of somebody alone begins, or began; None without one."""
    required = facts.own_rule.required if facts.own_rule else None
    return required.starts_at if required else None


def _differ(before: Facts, after: Facts, rules: Rules, working: Mapping[str, Traits], *, now: datetime) -> bool:
    """Say whether they notice it at a sign-in then: nothing, where they are asked neither way."""
    was, stands = standing(before, rules, now=now), standing(after, rules, now=now)
    return (was.asked or stands.asked) and _felt(was, before, rules, working) != _felt(stands, after, rules, working)


def _felt(stands: Standing, facts: Facts, rules: Rules, working: Mapping[str, Traits]) -> tuple[object, ...]:
    waits = (stands.grace_until, stands.skips_left) if stands.in_grace else None
    return (waits, *felt(stands, facts.under(rules), working))
