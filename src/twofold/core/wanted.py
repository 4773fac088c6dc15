"""What policy wants of a second factor, and from when on: the two values that rules, groups and people share."""

from dataclasses import dataclass
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
    the rule is for whatever is set up from now on.
    """

    kinds: frozenset[str] | None = None
    needs_strong: bool = False
    needs_phishing_resistant: bool = False
    old_ones_prove_until: datetime | None = None
    old_ones_count: bool = False

    def admits(self, kind: str, traits: Traits) -> bool:
        """Say whether a factor of this kind with these traits may be set up today, and counts."""
        return (
            (self.kinds is None or kind in self.kinds)
            and (traits.strong or not self.needs_strong)
            and (traits.phishing_resistant or not self.needs_phishing_resistant)
        )

    def counts(self, kind: str, traits: Traits) -> bool:
        """Say whether what is held of this kind, or was proved with it, counts today."""
        return self.old_ones_count or self.admits(kind, traits)

    @property
    def wants_stronger(self) -> bool:
        """Whether something is wanted that a recovery code can never be."""
        return self.needs_strong or self.needs_phishing_resistant

    @property
    def is_everything(self) -> bool:
        """Whether every factor counts: there is no rule about methods."""
        return self.kinds is None and not self.wants_stronger

    def old_ones_prove(self, now: datetime) -> bool:
        """Say whether what no longer counts still opens the set-up of what does."""
        return self.old_ones_prove_until is None or now < self.old_ones_prove_until

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
