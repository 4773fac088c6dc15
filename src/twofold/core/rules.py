"""The policy of an account, as values: who is required, what counts, how long it lasts; read and written as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

from twofold.core.groups import Demand, Extra, Group, Membership, narrowed
from twofold.core.ids import GroupId
from twofold.core.instants import to_micros
from twofold.core.json import (
    JsonObject,
    as_object,
    as_text,
    flag_in,
    instant_in,
    list_in,
    object_in,
    optional,
    refuse_unknown,
    span,
    span_in,
)
from twofold.core.reasons import Reason
from twofold.core.roles import Audience
from twofold.core.sign_up import CLOSED, SignUp
from twofold.core.wanted import NO_GRACE, Accepts, Requirement

OLD_ONES_PROVE_FOR = timedelta(days=14)
"""How long a kind that policy no longer allows still opens the set-up of an allowed one."""
TRUST_FOR_LEAST = timedelta(days=1)
TRUST_FOR_MOST = timedelta(days=90)
EVERY_SIGN_IN = timedelta(0)
"""The length of trust that means: ask at every sign-in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceRules:
    """The policy for one audience.

    `trust_for` counts from the proof; EVERY_SIGN_IN means that no browser answers. `one_method`: a second factor that
    is confirmed replaces those held before. `checks_new_browsers`: team members who are not asked for a second factor
    type a mailed code on a browser that they never signed in on. `paused_until`: until then nobody is made to set up
    who was never set up.
    """

    idle_for: timedelta
    session_for: timedelta
    required: Requirement | None = None
    trust_for: timedelta = timedelta(days=30)
    accepts: Accepts = field(default_factory=Accepts)
    one_method: bool = False
    checks_new_browsers: bool = False
    paused_until: datetime | None = None

    def to_json(self) -> JsonObject:
        """Return this as JSON; spans are whole microseconds."""
        paused: JsonObject = {} if self.paused_until is None else {"paused_until": to_micros(self.paused_until)}
        return {
            **paused,
            "accepts": self.accepts.to_json(),
            "checks_new_browsers": self.checks_new_browsers,
            "idle_for": span(self.idle_for),
            "one_method": self.one_method,
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
            # Rules that were saved before there were such choices do not say them.
            checks_new_browsers="checks_new_browsers" in value and flag_in(value, "checks_new_browsers"),
            paused_until=instant_in(value, "paused_until") if "paused_until" in value else None,
            one_method="one_method" in value and flag_in(value, "one_method"),
            idle_for=span_in(value, "idle_for"),
            required=None if required is None else Requirement.from_json(required),
            session_for=span_in(value, "session_for"),
            trust_for=span_in(value, "trust_for"),
        )


_AUDIENCE_KEYS = frozenset(
    {
        "accepts",
        "checks_new_browsers",
        "idle_for",
        "one_method",
        "paused_until",
        "required",
        "session_for",
        "trust_for",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The whole policy of an account: for each audience, and what groups want beyond that.

    `networks`: team members come from these alone (CIDR); none: from anywhere. `sign_up`: who may become an end user
    unasked.
    """

    team: AudienceRules
    end_users: AudienceRules
    groups: Mapping[GroupId, Group] = field(default_factory=dict)
    networks: tuple[str, ...] = ()
    sign_up: SignUp = CLOSED

    def for_(self, audience: Audience) -> AudienceRules:
        """Return the policy for one audience."""
        return self.team if audience is Audience.TEAM else self.end_users

    def of(self, audience: Audience, memberships: Sequence[Membership] = (), own: Extra | None = None) -> AudienceRules:
        """Return what holds for one person: the strictest of their audience, their groups and their own rule.

        Where two rules leave no kind, the more particular one stands: a person's before a group's, a group's before
        the audience's. `required` is the strictest of all; `demands` tells whose each is.
        """
        rules = self.for_(audience)
        extras = [*(self.groups[one.group].extra for one in memberships if one.group in self.groups)]
        if own is not None:
            extras.append(own)
        if not extras:
            return rules
        for extra in extras:
            rules = replace(
                rules,
                required=extra.required if rules.required is None else rules.required.stricter(extra.required),
                trust_for=rules.trust_for if extra.trust_for is None else min(rules.trust_for, extra.trust_for),
            )
        # The most particular first: two groups that contradict each other open nothing that the audience shuts.
        accepts = Accepts()
        for wide in (*(extra.accepts for extra in reversed(extras)), rules.accepts):
            accepts = narrowed(wide, accepts)
        return replace(rules, accepts=accepts)

    def paused_until(self, audience: Audience, memberships: Sequence[Membership] = ()) -> datetime | None:
        """Return until when nobody like this is made to set up: the longest pause of their audience and groups."""
        longest = self.for_(audience).paused_until
        for one in memberships:
            until = self.groups[one.group].extra.paused_until if one.group in self.groups else None
            if until is not None and (longest is None or longest < until):
                longest = until
        return longest

    @property
    def requirements(self) -> tuple[Requirement, ...]:
        """Every requirement of an audience or a group, begun or not."""
        wanted = (self.team.required, self.end_users.required, *(one.extra.required for one in self.groups.values()))
        return tuple(one for one in wanted if one is not None)

    def demands(
        self,
        audience: Audience,
        memberships: Sequence[Membership] = (),
        own: Extra | None = None,
        *,
        covered_from: datetime,
    ) -> tuple[Demand, ...]:
        """Return every requirement that names a person, the audience's first, each with since when it may."""
        found = [Demand(self.for_(audience).required, covered_from, Reason.REQUIRED_FOR_AUDIENCE)]
        for one in memberships:
            group = self.groups.get(one.group)
            if group is not None:
                since = max(covered_from, one.since) if one.since else covered_from
                found.append(Demand(group.extra.required, since, Reason.REQUIRED_FOR_GROUP, group.name))
        if own is not None:
            found.append(Demand(own.required, covered_from, Reason.REQUIRED_FOR_PERSON))
        return tuple([demand for demand in found if demand.required is not None])

    def to_json(self) -> JsonObject:
        """Return the policy as JSON that `from_json` reads without loss; equal policies give equal JSON."""
        return {
            "end_users": self.end_users.to_json(),
            "groups": {group_id: self.groups[group_id].to_json() for group_id in sorted(self.groups)},
            "networks": [*self.networks],
            "sign_up": self.sign_up.to_json(),
            "team": self.team.to_json(),
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> "Rules":
        """Read what `to_json` wrote; MalformedJson for anything else, an unknown key included."""
        refuse_unknown(value, {"end_users", "groups", "networks", "sign_up", "team"})
        groups = object_in(value, "groups") if "groups" in value else {}
        return cls(
            team=AudienceRules.from_json(object_in(value, "team")),
            end_users=AudienceRules.from_json(object_in(value, "end_users")),
            groups={GroupId(name): Group.from_json(as_object(group, "group")) for name, group in groups.items()},
            # Rules that were saved before there were such choices do not say them.
            networks=tuple(as_text(one, "network") for one in list_in(value, "networks"))
            if "networks" in value
            else (),
            sign_up=SignUp.from_json(object_in(value, "sign_up")) if "sign_up" in value else CLOSED,
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
    NO_WAY_LEFT = "no_way_left"
    """Kinds are left, and none that is as strong as it has to be."""
    NOTHING_CAN_BE_SENT = "nothing_can_be_sent"
    """Every way that is left needs messages, and none can be sent at present."""
    NEEDS_MAIL = "needs_mail"
    """New browsers are to be checked by mail, and no mail can be sent at present."""
    NO_NAME = "no_name"
    NAME_TOO_LONG = "name_too_long"
    NAME_TAKEN = "name_taken"
    TOO_MANY_GROUPS = "too_many_groups"
    TOO_MANY_DOMAINS = "too_many_domains"
    NOT_A_DOMAIN = "not_a_domain"
    TOO_MANY_NETWORKS = "too_many_networks"
    NOT_A_NETWORK = "not_a_network"
    OUTSIDE_NETWORKS = "outside_networks"
    """Whoever saves this comes from none of the networks that it names, and would be shut out."""


_IDLE_LEAST = timedelta(minutes=1)
SESSION_MOST = timedelta(days=90)
GRACE_MOST = timedelta(days=365)


def problems_of(rules: AudienceRules) -> tuple[RuleProblem, ...]:
    """Return what is out of range in one audience's policy, in the order of the page."""
    found = (
        (rules.accepts.kinds is not None and not rules.accepts.kinds, RuleProblem.NO_KIND_LEFT),
        (not trust_is_possible(rules.trust_for), RuleProblem.TRUST_OUT_OF_RANGE),
        (not _IDLE_LEAST <= rules.idle_for <= rules.session_for, RuleProblem.IDLE_OUT_OF_RANGE),
        (rules.session_for > SESSION_MOST, RuleProblem.SESSION_OUT_OF_RANGE),
    )
    return (*requirement_problems(rules.required), *(problem for is_there, problem in found if is_there))


def requirement_problems(required: Requirement | None) -> tuple[RuleProblem, ...]:
    """Return what is out of range in a requirement."""
    if required is None:
        return ()
    found = (
        (not NO_GRACE <= required.grace_for <= GRACE_MOST, RuleProblem.GRACE_OUT_OF_RANGE),
        (required.skips is not None and required.skips < 0, RuleProblem.SKIPS_OUT_OF_RANGE),
    )
    return tuple(problem for is_there, problem in found if is_there)


def trust_is_possible(trust_for: timedelta) -> bool:
    """Say whether trust can last so long."""
    return trust_for == EVERY_SIGN_IN or TRUST_FOR_LEAST <= trust_for <= TRUST_FOR_MOST
