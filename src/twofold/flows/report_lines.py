"""From what is stored of a person to the line that the status report tells of them, as policy judges it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core import policy
from twofold.core.exemptions import Exemption, exemption_of
from twofold.core.groups import Membership, memberships
from twofold.core.instants import EPOCH
from twofold.core.report import Line
from twofold.core.roles import audience_of
from twofold.core.trust import trusted_until
from twofold.flows.standing_of import known_of, waits_until

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.policy import AudienceRules, Rules, Standing
    from twofold.factors.contract import SecondFactor
    from twofold.ports.reports import Surveyed, SurveyedMethod

_KEPT: Final = 5000
"""How many different situations are remembered; most people of an account are in one of a few."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What policy says of everybody of whom the same is known: what they hold is told by its kinds alone."""

    standing: Standing
    rules: AudienceRules
    belongs_to: tuple[Membership, ...]
    groups: tuple[str, ...]
    exempt: Exemption | None


class Judge:
    """Judges people by one policy at one moment. Enrolments of kinds that are gone are left out."""

    def __init__(self, rules: Rules, factors: Mapping[str, SecondFactor], *, now: datetime) -> None:
        self._rules = rules
        self._factors = factors
        self._now = now
        self._known: dict[object, Situation] = {}
        self._first_start = min((one.starts_at for one in rules.requirements), default=None)

    def standing(self, one: Surveyed) -> Standing:
        """Say where a person stands, with every reason."""
        return self._judged(one, self._belongs_to(one), self._held(one), one.audience_since).standing

    def situation(self, one: Surveyed) -> Situation:
        """Say where a person stands and what holds for them; the ids and dates may be another's."""
        return self._situation(one, self._held(one))

    def line(self, one: Surveyed) -> Line:
        """Say what the report tells of a person."""
        held = self._held(one)
        situation = self._situation(one, held)
        stands = situation.standing
        dead = _dead(stands)
        if dead:
            held = [each for each in held if each.kind not in dead]
        used = [each.last_used_at for each in held if each.last_used_at is not None]
        exempt = situation.exempt
        if exempt is not None and exempt.until == one.exempt_until:
            # Two of the same situation may have reasons of their own.
            exempt = Exemption(exempt.until, one.exempt_because)
        # An exemption that is over explains nothing any more.
        is_exempt = exempt is not None and self._now < exempt.until
        return Line(
            name=one.name,
            email=one.email,
            role=one.role,
            groups=situation.groups,
            word=stands.word,
            until=stands.until,
            suspended=one.suspended_at is not None,
            required=stands.covered and not stands.exempt,
            by_choice=one.chosen,
            methods=tuple(dict.fromkeys([each.kind for each in held])) if held else (),
            weak=tuple(dict.fromkeys([each.kind for each in held if not each.strong])) if held else (),
            dead=dead,
            shut_out=stands.shut_out,
            strong=bool(held) and any(each.strong for each in held),
            enrolled_at=min([each.confirmed_at for each in held]) if held else None,
            last_used_at=max(used) if used else None,
            codes_left=one.codes_left,
            trusted_browsers=self._trusted(one, situation) if one.trusts else 0,
            last_sign_in_at=one.last_sign_in_at,
            signed_in_by=one.signed_in_by,
            exempt_until=exempt.until if exempt and is_exempt else None,
            exempt_because=exempt.because if exempt and is_exempt else "",
            own_rule=one.own_rule,
        )

    def _situation(self, one: Surveyed, held: list[SurveyedMethod]) -> Situation:
        """Return what is said of a person, remembered from whoever was in the same situation before.

        Whoever was there before the first requirement began is reached by each at its beginning, whenever they came
        themselves; and when something was used says only whether it lapsed, of which a line tells nothing.
        """
        since, belongs_to = one.audience_since or one.created_at, self._belongs_to(one)
        if one.own_rule is None or one.own_rule.required is None:
            since = self._from_the_first(since)
            belongs_to = tuple(
                Membership(each.group, each.since and self._from_the_first(each.since)) for each in belongs_to
            )
        key = (
            one.role,
            one.chosen,
            one.must_set_up,
            one.grace_until,
            one.exempt_until,
            one.own_rule,
            one.skipped,
            one.skipped_at,
            since,
            belongs_to,
            tuple([each.kind for each in held]) if held else (),
        )
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            found = self._known[key] = self._judged(one, belongs_to, held, since)
        return found

    def _from_the_first(self, since: datetime) -> datetime:
        return EPOCH if self._first_start is None or since <= self._first_start else since

    def _judged(
        self,
        one: Surveyed,
        belongs_to: tuple[Membership, ...],
        held: list[SurveyedMethod],
        since: datetime | None,
    ) -> Situation:
        own = Exemption(one.exempt_until, one.exempt_because) if one.exempt_until else None
        exempt = exemption_of(own, self._rules.groups, belongs_to, one.role)
        facts = policy.Facts(
            audience=audience_of(one.role),
            role=one.role,
            created_at=one.created_at,
            chosen=one.chosen,
            must_set_up=one.must_set_up,
            every_sign_in=one.every_sign_in,
            covered_from=since,
            exempt_until=exempt.until if exempt else None,
            exempt_because=exempt.because if exempt else "",
            grace_until=waits_until(one.grace_until, self._rules.paused_until(audience_of(one.role), belongs_to)),
            skipped=one.skipped,
            skipped_at=one.skipped_at,
            held=known_of(self._factors, held),
            suspended_at=one.suspended_at,
            memberships=belongs_to,
            own_rule=one.own_rule,
        )
        return Situation(
            policy.standing(facts, self._rules, now=self._now),
            facts.under(self._rules),
            belongs_to,
            tuple(self._rules.groups[each.group].name for each in belongs_to if each.group in self._rules.groups),
            exempt,
        )

    def _held(self, one: Surveyed) -> list[SurveyedMethod]:
        return [each for each in one.methods if each.kind in self._factors] if one.methods else []

    def _belongs_to(self, one: Surveyed) -> tuple[Membership, ...]:
        groups = self._rules.groups
        return memberships(groups, one.by_hand, email=one.email, role=one.role) if groups else ()

    def _trusted(self, one: Surveyed, situation: Situation) -> int:
        """Count the browsers that would answer for the person today."""
        not_before = situation.standing.trust_counts_from
        return sum(
            trusted_until(trust, situation.rules, every_sign_in=one.every_sign_in, now=self._now, not_before=not_before)
            is not None
            for trust in one.trusts
        )


def _dead(stands: Standing) -> tuple[str, ...]:
    """Return the kinds that somebody holds which neither count nor open set-up any more."""
    if not stands.unusable:
        return ()
    proving = {each.kind for each in stands.still_prove}
    return tuple(dict.fromkeys([each.kind for each in stands.unusable if each.kind not in proving]))
