"""The policy of an account, as values: who is required, what counts, how long it lasts; read and written as JSON."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

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
    object_in,
    optional,
    refuse_unknown,
    span,
    span_in,
)
from twofold.core.roles import Audience

OLD_ONES_PROVE_FOR = timedelta(days=14)
"""How long a kind that policy no longer allows still opens the set-up of an allowed one."""
TRUST_FOR_LEAST = timedelta(days=1)
TRUST_FOR_MOST = timedelta(days=90)
EVERY_SIGN_IN = timedelta(0)
"""The length of trust that means: ask at every sign-in."""
_NO_GRACE = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepts:
    """Which second factors count: of these kinds (None: every kind) and with these traits.

    A confirmed enrolment that does not count still opens the set-up of one that does, until
    `old_ones_prove_until` (None: without an end).
    """

    kinds: frozenset[str] | None = None
    needs_strong: bool = False
    needs_phishing_resistant: bool = False
    old_ones_prove_until: datetime | None = None

    def admits(self, kind: str, traits: Traits) -> bool:
        """Say whether a factor of this kind with these traits counts today."""
        return (
            (self.kinds is None or kind in self.kinds)
            and (traits.strong or not self.needs_strong)
            and (traits.phishing_resistant or not self.needs_phishing_resistant)
        )

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
        )


_ACCEPTS_KEYS = frozenset({"kinds", "needs_strong", "needs_phishing_resistant", "old_ones_prove_until"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """That everybody of an audience is asked for a second factor, from `starts_at` on.

    Somebody who holds nothing may wait for `grace_for`, and say "later" at most `skips` times (None: any number).
    """

    starts_at: datetime
    grace_for: timedelta = _NO_GRACE
    skips: int | None = None
    ends_open_sessions: bool = False

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceRules:
    """The policy for one audience. `trust_for` counts from the proof; EVERY_SIGN_IN means that no browser answers."""

    idle_for: timedelta
    session_for: timedelta
    required: Requirement | None = None
    trust_for: timedelta = timedelta(days=30)
    accepts: Accepts = field(default_factory=Accepts)

    def to_json(self) -> JsonObject:
        """Return this as JSON; spans are whole microseconds."""
        return {
            "accepts": self.accepts.to_json(),
            "idle_for": span(self.idle_for),
            "required": None if self.required is None else self.required.to_json(),
            "session_for": span(self.session_for),
            "trust_for": span(self.trust_for),
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> "AudienceRules":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, _AUDIENCE_KEYS)
        required = optional(object_in, value, "required")
        return cls(
            accepts=Accepts.from_json(object_in(value, "accepts")),
            idle_for=span_in(value, "idle_for"),
            required=None if required is None else Requirement.from_json(required),
            session_for=span_in(value, "session_for"),
            trust_for=span_in(value, "trust_for"),
        )


_AUDIENCE_KEYS = frozenset({"accepts", "idle_for", "required", "session_for", "trust_for"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The whole policy of an account."""

    team: AudienceRules
    end_users: AudienceRules

    def for_(self, audience: Audience) -> AudienceRules:
        """Return the policy for one audience."""
        return self.team if audience is Audience.TEAM else self.end_users

    def to_json(self) -> JsonObject:
        """Return the policy as JSON that `from_json` reads without loss; equal policies give equal JSON."""
        return {"end_users": self.end_users.to_json(), "team": self.team.to_json()}

    @classmethod
    def from_json(cls, value: JsonObject) -> "Rules":
        """Read what `to_json` wrote; MalformedJson for anything else, an unknown key included."""
        refuse_unknown(value, {"end_users", "team"})
        return cls(
            team=AudienceRules.from_json(object_in(value, "team")),
            end_users=AudienceRules.from_json(object_in(value, "end_users")),
        )


def default_rules() -> Rules:
    """Return the policy of a new account: nothing required, trust for 30 days, sessions after NIST SP 800-63B-4."""
    return Rules(
        team=AudienceRules(idle_for=timedelta(minutes=60), session_for=timedelta(hours=12)),
        end_users=AudienceRules(idle_for=timedelta(hours=8), session_for=timedelta(days=30)),
    )


class RuleProblem(StrEnum):
    """Why a policy cannot be saved, whoever saves it."""

    TRUST_OUT_OF_RANGE = "trust_out_of_range"
    IDLE_OUT_OF_RANGE = "idle_out_of_range"
    SESSION_OUT_OF_RANGE = "session_out_of_range"
    GRACE_OUT_OF_RANGE = "grace_out_of_range"
    SKIPS_OUT_OF_RANGE = "skips_out_of_range"
    NO_KIND_LEFT = "no_kind_left"


_IDLE_LEAST = timedelta(minutes=1)
_SESSION_MOST = timedelta(days=90)
_GRACE_MOST = timedelta(days=365)


def problems_of(rules: AudienceRules) -> tuple[RuleProblem, ...]:
    """Return what is out of range in one audience's policy, in the order of the page."""
    trust_is_possible = rules.trust_for == EVERY_SIGN_IN or TRUST_FOR_LEAST <= rules.trust_for <= TRUST_FOR_MOST
    required = rules.required
    found = (
        (required is not None and not _NO_GRACE <= required.grace_for <= _GRACE_MOST, RuleProblem.GRACE_OUT_OF_RANGE),
        (required is not None and required.skips is not None and required.skips < 0, RuleProblem.SKIPS_OUT_OF_RANGE),
        (rules.accepts.kinds is not None and not rules.accepts.kinds, RuleProblem.NO_KIND_LEFT),
        (not trust_is_possible, RuleProblem.TRUST_OUT_OF_RANGE),
        (not _IDLE_LEAST <= rules.idle_for <= rules.session_for, RuleProblem.IDLE_OUT_OF_RANGE),
        (rules.session_for > _SESSION_MOST, RuleProblem.SESSION_OUT_OF_RANGE),
    )
    return tuple(problem for is_there, problem in found if is_there)
