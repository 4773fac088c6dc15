"""Groups of people, and what policy wants of them beyond their audience: the strictest wins."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from twofold.core.ids import GroupId
from twofold.core.instants import to_micros
from twofold.core.json import (
    JsonObject,
    as_text,
    instant_in,
    list_in,
    object_in,
    optional,
    refuse_unknown,
    span,
    span_in,
    text_in,
)
from twofold.core.reasons import Reason
from twofold.core.roles import Role
from twofold.core.wanted import Accepts, Requirement

GROUPS_MOST = 200
"""How many groups an account may have: they are read at each sign-in."""
DOMAINS_MOST = 50
NAME_LONGEST = 60
"""Characters of a group's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extra:
    """What is wanted beyond the audience's rules; a `trust_for` of None leaves it as it is.

    `exempt_until`: until then whoever belongs to the group is exempt from every requirement, for `exempt_because`; the
    exemption of one person stands with that person. `paused_until`: until then nobody of it is made to set up, who
    was never set up.
    """

    required: Requirement | None = None
    accepts: Accepts = field(default_factory=Accepts)
    trust_for: timedelta | None = None
    exempt_until: datetime | None = None
    exempt_because: str = ""
    paused_until: datetime | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is wanted beyond the audience's rules; an exemption is no want."""
        return self.required is None and self.trust_for is None and self.accepts.is_everything

    def to_json(self) -> JsonObject:
        """Return this as JSON; spans are whole microseconds."""
        exempt: JsonObject = (
            {}
            if self.exempt_until is None
            else {"exempt_because": self.exempt_because, "exempt_until": to_micros(self.exempt_until)}
        )
        paused: JsonObject = {} if self.paused_until is None else {"paused_until": to_micros(self.paused_until)}
        return {
            **exempt,
            **paused,
            "accepts": self.accepts.to_json(),
            "required": None if self.required is None else self.required.to_json(),
            "trust_for": None if self.trust_for is None else span(self.trust_for),
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> "Extra":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, _EXTRA_KEYS)
        required = optional(object_in, value, "required")
        return cls(
            required=None if required is None else Requirement.from_json(required),
            accepts=Accepts.from_json(object_in(value, "accepts")),
            trust_for=optional(span_in, value, "trust_for"),
            exempt_until=instant_in(value, "exempt_until") if "exempt_until" in value else None,
            exempt_because=text_in(value, "exempt_because") if "exempt_because" in value else "",
            paused_until=instant_in(value, "paused_until") if "paused_until" in value else None,
        )


_EXTRA_KEYS = frozenset({"accepts", "exempt_because", "exempt_until", "paused_until", "required", "trust_for"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some people of an account: those put into it by hand, and everybody with these roles or email domains.

    `domains` are lower-case and match whole domains ("acme.example", not its subdomains).
    """

    name: str
    domains: frozenset[str] = frozenset()
    roles: frozenset[Role] = frozenset()
    extra: Extra = field(default_factory=Extra)

    def takes(self, email: str, role: Role) -> bool:
        """Say whether somebody belongs to it without being put into it; `email` is normalised."""
        return role in self.roles or email.rpartition("@")[2] in self.domains

    def to_json(self) -> JsonObject:
        """Return this as JSON with sorted domains and roles."""
        return {
            "domains": [*sorted(self.domains)],
            "extra": self.extra.to_json(),
            "name": self.name,
            "roles": [*sorted(self.roles)],
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> "Group":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, _GROUP_KEYS)
        return cls(
            name=text_in(value, "name"),
            domains=frozenset(as_text(one, "domain") for one in list_in(value, "domains")),
            roles=frozenset(Role(as_text(one, "role")) for one in list_in(value, "roles")),
            extra=Extra.from_json(object_in(value, "extra")),
        )


_GROUP_KEYS = frozenset({"domains", "extra", "name", "roles"})


@dataclass(frozen=True, slots=True)
class Membership:
    """That a person belongs to a group: since when they were put into it, None where their role or domain says so."""

    group: GroupId
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Demand:
    """A requirement that names a person: `since` is when they came under it, if it had started; `reason` whose it is.

    `detail` is the group's name.
    """

    required: Requirement | None
    since: datetime
    reason: Reason
    detail: str = ""


def memberships(
    groups: Mapping[GroupId, Group], by_hand: Iterable[Membership], *, email: str, role: Role
) -> tuple[Membership, ...]:
    """Return the groups that somebody belongs to, in the order of their ids; `by_hand` are those they were put into."""
    put = {one.group: one for one in by_hand}
    return tuple(
        Membership(group_id) if group.takes(email, role) else put[group_id]
        for group_id, group in sorted(groups.items())
        if group_id in put or group.takes(email, role)
    )


def narrowed(wide: Accepts, further: Accepts) -> Accepts:
    """Return what both accept, each with its own date for what stops counting.

    Where their kinds have none in common, those of `further`, the more particular, stand. Of several rules the most
    particular two are narrowed first: what a third wants is left out only where it contradicts what stands.
    """
    if further.is_everything or wide.is_everything:
        return wide if further.is_everything else further
    named, further_named = wide.kinds_of_all, further.kinds_of_all
    if named is not None and further_named is not None and not named & further_named:
        wide = wide.any_kind()
    return further if wide.is_everything else _joined(further, wide)


def _joined(first: Accepts, rest: Accepts) -> Accepts:
    return replace(first, also=rest if first.also is None else _joined(first.also, rest))
