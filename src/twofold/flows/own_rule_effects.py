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
    from twofold.core.standing import Facts


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
    """Say what becomes of somebody of whom `before` is known, and with another rule of their own `after`."""
    required = after.own_rule.required if after.own_rule else None
    starts_at = max(now, required.starts_at) if required else now
    noticed = [
        at for at in (now, starts_at) if _felt(before, rules, working, now=at) != _felt(after, rules, working, now=at)
    ]
    at = noticed[0] if noticed else starts_at
    then = standing(after, rules, now=at)
    if not noticed:
        is_exempt = then.exempt and required is not None
        return Coming(
            effect=Effect.EXEMPT if is_exempt else Effect.NOTHING,
            exempt_until=after.exempt_until if is_exempt else None,
        )
    found = outcome(then, after.under(rules), working, at=at)
    effect = next(_OUTCOMES[one] for one in found if one in _OUTCOMES)
    return Coming(
        effect=Effect.BETTER if effect is Effect.READY and then.better_wanted else effect,
        starts_at=at if at > now else None,
        wait_until=then.grace_until if then.in_grace else None,
        skips=then.skips_left if then.in_grace else None,
    )


def _felt(facts: Facts, rules: Rules, working: Mapping[str, Traits], *, now: datetime) -> tuple[object, ...]:
    stands = standing(facts, rules, now=now)
    waits = (stands.grace_until, stands.skips_left) if stands.in_grace else None
    return (waits, *felt(stands, facts.under(rules), working))
