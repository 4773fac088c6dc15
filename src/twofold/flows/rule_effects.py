"""What another rule would do to one person, their own or a group's: at their next sign-in, or once it begins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from twofold.core.standing import standing
from twofold.flows.foresee import differ, outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.assurance import Traits
    from twofold.core.rules import Rules
    from twofold.core.standing import Facts, Standing
    from twofold.core.wanted import Requirement
    from twofold.core.weakenings import Weaker
    from twofold.flows.selected import Line


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
class RuleEffect:
    """What becomes of one person: at `starts_at` (None: now), and until when set-up may wait (None: not at all).

    `skips` is how often they may say "later" until then; None: any number of times. `stops` are the kinds that they
    hold and that count no longer.
    """

    effect: Effect
    starts_at: datetime | None = None
    wait_until: datetime | None = None
    skips: int | None = None
    exempt_until: datetime | None = None
    stops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """One of the selected: what would become of them (DONE: it would be written), and what that does to them.

    `coming` is None where nothing would be written; `weaker` is in which ways less would be asked of them.
    """

    line: Line
    coming: RuleEffect | None = None
    weaker: tuple[Weaker, ...] = ()

    @property
    def is_felt(self) -> bool:
        """Whether they notice anything of it, or less is asked of them."""
        return bool(self.weaker) or (self.coming is not None and self.coming.effect is not Effect.NOTHING)


Foresight = tuple[Foreseen, ...]


_OUTCOMES = {
    "asked": Effect.READY,
    "changing": Effect.ANOTHER,
    "led": Effect.SET_UP,
    "stuck": Effect.STUCK,
    "left_alone": Effect.FREED,
}


class FactsChange:
    """Somebody of whom `before` is known, and `after` with another rule; how they stand is kept by date.

    `held` is what these rules ask of them, all that name them taken together, and `then_holds` what they then do.
    """

    def __init__(self, before: Facts, after: Facts, rules: Rules) -> None:
        self.before, self.after = before, after
        self.held, self.then_holds = before.under(rules), after.under(rules)
        self._rules = rules
        self._was: dict[datetime, Standing] = {}
        self._stands: dict[datetime, Standing] = {}

    @property
    def moments(self) -> set[datetime]:
        """When a requirement that names them begins, before or after, or an exemption ends."""
        found = {
            demand.required.starts_at
            for facts in (self.before, self.after)
            for demand in self._rules.demands(
                facts.audience, facts.memberships, facts.own_rule, covered_from=facts.created_at
            )
            if demand.required is not None
        }
        return found | {one for one in (self.before.exempt_until, self.after.exempt_until) if one is not None}

    def was(self, at: datetime) -> Standing:
        """Say where they stand at this moment with the rules that they have."""
        return self._at(self._was, self.before, at)

    def stands(self, at: datetime) -> Standing:
        """Say where they stand at this moment with the other ones."""
        return self._at(self._stands, self.after, at)

    def _at(self, kept: dict[datetime, Standing], facts: Facts, at: datetime) -> Standing:
        found = kept.get(at)
        if found is None:
            found = kept[at] = standing(facts, self._rules, now=at)
        return found


def coming(
    change: FactsChange, working: Mapping[str, Traits], *, required: Requirement | None, now: datetime
) -> RuleEffect:
    """Say what becomes of somebody with another rule; `required` is what that rule itself requires.

    It is looked for now, when a requirement begins, and when an exemption ends: the first difference is told.
    """
    before, after = change.before, change.after
    starts_at = max(now, required.starts_at) if required else now
    moments = {now, starts_at, *(at for at in change.moments if at > now)}
    at = next((at for at in sorted(moments) if _differ(change, working, at)), None)
    if required is not None and change.stands(starts_at).exempt and (at is None or at > starts_at):
        return RuleEffect(effect=Effect.EXEMPT, exempt_until=after.exempt_until)
    if at is None:
        return RuleEffect(effect=Effect.NOTHING)
    # Whoever is asked later than before is told from when, and not that they are asked no more.
    if at < starts_at and not change.stands(at).asked:
        at = starts_at
    then = change.stands(at)
    found = outcome(then, change.then_holds, working)
    effect = next(_OUTCOMES[one] for one in found if one in _OUTCOMES)
    counted = {one.kind for one in then.usable}
    return RuleEffect(
        effect=Effect.BETTER if effect is Effect.READY and then.better_wanted else effect,
        starts_at=at if at > now else None,
        wait_until=then.grace_until if then.in_grace else None,
        skips=then.skips_left if then.in_grace else None,
        exempt_until=after.exempt_until if then.exempt and after.exempt_until != before.exempt_until else None,
        stops=tuple(dict.fromkeys(one.kind for one in change.was(at).usable if one.kind not in counted))
        if then.asked
        else (),
    )


def _differ(change: FactsChange, working: Mapping[str, Traits], at: datetime) -> bool:
    """Say whether they notice it at a sign-in then: nothing, where they are asked neither way."""
    was, stands = change.was(at), change.stands(at)
    if not was.asked and not stands.asked:
        return False
    if _waits(was) != _waits(stands):
        return True
    return differ(was, change.held, stands, change.then_holds, working)


def _waits(stands: Standing) -> tuple[object, ...] | None:
    return (stands.grace_until, stands.skips_left) if stands.in_grace else None
