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
    from twofold.core.rules import AudienceRules, Rules
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
class OwnRuleEffect:
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


class FactsChange:
    """Somebody of whom `before` is known, and `after` with another rule of their own; how they stand is kept by date.

    `held` is what these rules ask of them, all that name them taken together, and `then_holds` what they then do.
    """

    def __init__(self, before: Facts, after: Facts, rules: Rules) -> None:
        self.before, self.after = before, after
        self.held, self.then_holds = before.under(rules), after.under(rules)
        self._rules = rules
        self._was: dict[datetime, Standing] = {}
        self._stands: dict[datetime, Standing] = {}

    def was(self, at: datetime) -> Standing:
        """Say where they stand at this moment with the rule that they have."""
        return self._at(self._was, self.before, at)

    def stands(self, at: datetime) -> Standing:
        """Say where they stand at this moment with the other one."""
        return self._at(self._stands, self.after, at)

    def _at(self, kept: dict[datetime, Standing], facts: Facts, at: datetime) -> Standing:
        found = kept.get(at)
        if found is None:
            found = kept[at] = standing(facts, self._rules, now=at)
        return found


def coming(change: FactsChange, working: Mapping[str, Traits], *, now: datetime) -> OwnRuleEffect:
    """Say what becomes of somebody with another rule of their own.

    It is looked for now, when either rule begins, and when an exemption ends: the first difference is told.
    """
    before, after = change.before, change.after
    required = after.own_rule.required if after.own_rule else None
    starts_at = max(now, required.starts_at) if required else now
    moments = {now, starts_at, *(at for at in (_begins(before), before.exempt_until) if at is not None and at > now)}
    at = next((at for at in sorted(moments) if _differ(change, working, at)), None)
    if required is not None and change.stands(starts_at).exempt and (at is None or at > starts_at):
        return OwnRuleEffect(effect=Effect.EXEMPT, exempt_until=after.exempt_until)
    if at is None:
        return OwnRuleEffect(effect=Effect.NOTHING)
    # Whoever is asked later than before is told from when, and not that they are asked no more.
    if at < starts_at and not change.stands(at).asked:
        at = starts_at
    then = change.stands(at)
    found = outcome(then, change.then_holds, working, at=at)
    effect = next(_OUTCOMES[one] for one in found if one in _OUTCOMES)
    return OwnRuleEffect(
        effect=Effect.BETTER if effect is Effect.READY and then.better_wanted else effect,
        starts_at=at if at > now else None,
        wait_until=then.grace_until if then.in_grace else None,
        skips=then.skips_left if then.in_grace else None,
    )


def _begins(facts: Facts) -> datetime | None:
    """Return when the requirement of somebody alone begins, or began; None without one."""
    required = facts.own_rule.required if facts.own_rule else None
    return required.starts_at if required else None


def _differ(change: FactsChange, working: Mapping[str, Traits], at: datetime) -> bool:
    """Say whether they notice it at a sign-in then: nothing, where they are asked neither way."""
    was, stands = change.was(at), change.stands(at)
    if not was.asked and not stands.asked:
        return False
    return _felt(was, change.held, working) != _felt(stands, change.then_holds, working)


def _felt(stands: Standing, holds: AudienceRules, working: Mapping[str, Traits]) -> tuple[object, ...]:
    waits = (stands.grace_until, stands.skips_left) if stands.in_grace else None
    return (waits, *felt(stands, holds, working))
