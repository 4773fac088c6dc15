"""What policy wants of a second factor, and from when on: the two values that rules, groups and people share."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from twofold.core.assurance import Traits
from twofold.core.instants import to_micros
from twofold.core.json import (
    JsonObject,
    as_text,
    flag_in,
    instant_in,
    instant_or_null,
    int_in,
    list_in,
    optional,
    refuse_unknown,
    span,
    span_in,
)

NO_GRACE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepts:
    """Which second factors count: of these kinds (None: every kind) and with these traits.

    A confirmed enrolment that does not count still opens the set-up of one that does, until
    `old_ones_prove_until` (None: without an end). With `old_ones_count` what is held already goes on counting, and
    the rule is for whatever is set up from now on. `also` is another rule that has to be met as well, with a date and
    a leniency of its own: only what is made for one person has it, nothing that is stored.
    """

    kinds: frozenset[str] | None = None
    needs_strong: bool = False
    needs_phishing_resistant: bool = False
    old_ones_prove_until: datetime | None = None
    old_ones_count: bool = False
    also: "Accepts | None" = None

    @property
    def parts(self) -> "tuple[Accepts, ...]":
        """This rule and each that has to be met as well, the more particular first."""
        return (self,) if self.also is None else (self, *self.also.parts)

    def admits(self, kind: str, traits: Traits) -> bool:
        """Say whether a factor of this kind with these traits may be set up today, and counts."""
        return _admits(self, kind, traits) and (self.also is None or self.also.admits(kind, traits))

    def counts(self, kind: str, traits: Traits) -> bool:
        """Say whether what is held of this kind, or was proved with it, counts today."""
        here = self.old_ones_count or _admits(self, kind, traits)
        return here and (self.also is None or self.also.counts(kind, traits))

    @property
    def wants_strong(self) -> bool:
        """Whether any part wants strong factors."""
        return any(one.needs_strong for one in self.parts)

    @property
    def wants_resistant(self) -> bool:
        """Whether any part wants factors that stand up to phishing."""
        return any(one.needs_phishing_resistant for one in self.parts)

    @property
    def wants_stronger(self) -> bool:
        """Whether something is wanted that a recovery code can never be."""
        return self.wants_strong or self.wants_resistant

    @property
    def is_everything(self) -> bool:
        """Whether every factor counts: there is no rule about methods."""
        return self.kinds_of_all is None and not self.wants_stronger

    @property
    def kinds_of_all(self) -> frozenset[str] | None:
        """The kinds that every part names; None where none names any."""
        named = [one.kinds for one in self.parts if one.kinds is not None]
        return frozenset.intersection(*named) if named else None

    def proves_until(self, kind: str, traits: Traits) -> datetime | None:
        """Return when what no longer counts stops opening the set-up of what does; None: never, or it counts."""
        refusing = [one for one in self.parts if not one.old_ones_count and not _admits(one, kind, traits)]
        ends = [one.old_ones_prove_until for one in refusing]
        return min((end for end in ends if end is not None), default=None)

    def still_proves(self, kind: str, traits: Traits, now: datetime) -> bool:
        """Say whether what is held of this kind opens the set-up of what counts, if nothing more."""
        until = self.proves_until(kind, traits)
        return until is None or now < until

    def any_kind(self) -> "Accepts":
        """Return what is left of these rules when they name no kinds."""
        return replace(self, kinds=None, also=None if self.also is None else self.also.any_kind())

    def to_json(self) -> JsonObject:
        """Return this as JSON with sorted kinds."""
        return {
            "kinds": None if self.kinds is None else [*sorted(self.kinds)],
            "needs_strong": self.needs_strong,
            "needs_phishing_resistant": self.needs_phishing_resistant,
            "old_ones_count": self.old_ones_count,
            "old_ones_prove_until": instant_or_null(self.old_ones_prove_until),
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> "Accepts":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, _ACCEPTS_KEYS)
        kinds = optional(list_in, value, "kinds")
        return cls(
            kinds=None if kinds is None else frozenset(as_text(kind, "kind") for kind in kinds),
            needs_strong=flag_in(value, "needs_strong"),
            needs_phishing_resistant=flag_in(value, "needs_phishing_resistant"),
            old_ones_prove_until=optional(instant_in, value, "old_ones_prove_until"),
            # Rules that were saved before there was such a choice do not say it.
            old_ones_count="old_ones_count" in value and flag_in(value, "old_ones_count"),
        )


_ACCEPTS_KEYS = frozenset(
    {"kinds", "needs_strong", "needs_phishing_resistant", "old_ones_prove_until", "old_ones_count"}
)


def _admits(rule: Accepts, kind: str, traits: Traits) -> bool:
    return (
        (rule.kinds is None or kind in rule.kinds)
        and (traits.strong or not rule.needs_strong)
        and (traits.phishing_resistant or not rule.needs_phishing_resistant)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """That everybody of an audience or a group is asked for a second factor, from `starts_at` on.

    Somebody who holds nothing may wait for `grace_for`, and say "later" at most `skips` times (None: any number).
    """

    starts_at: datetime
    grace_for: timedelta = NO_GRACE
    skips: int | None = None
    ends_open_sessions: bool = False

    def stricter(self, other: "Requirement | None") -> "Requirement":
        """Return the strictest of both: the earlier start, the shorter grace, the fewer skips."""
        if other is None:
            return self
        skips = [one for one in (self.skips, other.skips) if one is not None]
        return Requirement(
            starts_at=min(self.starts_at, other.starts_at),
            grace_for=min(self.grace_for, other.grace_for),
            skips=min(skips, default=None),
            ends_open_sessions=self.ends_open_sessions or other.ends_open_sessions,
        )

    def to_json(self) -> JsonObject:
        """Return this as JSON; spans and instants are whole microseconds."""
        return {
            "starts_at": to_micros(self.starts_at),
            "grace_for": span(self.grace_for),
            "skips": self.skips,
            "ends_open_sessions": self.ends_open_sessions,
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> "Requirement":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, _REQUIREMENT_KEYS)
        return cls(
            starts_at=instant_in(value, "starts_at"),
            grace_for=span_in(value, "grace_for"),
            skips=optional(int_in, value, "skips"),
            ends_open_sessions=flag_in(value, "ends_open_sessions"),
        )


_REQUIREMENT_KEYS = frozenset({"starts_at", "grace_for", "skips", "ends_open_sessions"})
