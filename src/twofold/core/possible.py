"""Whether a policy can be saved and met at all: what is out of range, and whom it would leave without any way."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import TypeAlias

from twofold.core import networks, sign_up
from twofold.core.assurance import Traits
from twofold.core.emails import is_domain
from twofold.core.groups import DOMAINS_MOST, GROUPS_MOST, NAME_LONGEST, Extra, Group, Membership
from twofold.core.ids import GroupId
from twofold.core.roles import Audience
from twofold.core.rules import RuleProblem, Rules, problems_of, requirement_problems, trust_is_possible
from twofold.core.wanted import Accepts

Part: TypeAlias = Audience | GroupId
"""What a problem is about: the rules of an audience, or a group."""


def ways(accepts: Accepts, kinds: Mapping[str, Traits]) -> tuple[str, ...]:
    """Return which of these kinds may be set up, in their order."""
    return tuple(kind for kind, traits in kinds.items() if accepts.admits(kind, traits))


def kinds_that_are_over(rules: Rules, kinds: Mapping[str, Traits], *, now: datetime) -> frozenset[str]:
    """Return the kinds that a rule of some audience or group forbids, and lets open no set-up any more."""
    parts = [rules.of(one).accepts for one in Audience] + [group.extra.accepts for group in rules.groups.values()]
    return frozenset(
        kind
        for kind, traits in kinds.items()
        if any(not each.counts(kind, traits) and not each.still_proves(kind, traits, now) for each in parts)
    )


def all_problems_of(rules: Rules) -> tuple[tuple[Part, RuleProblem], ...]:
    """Return what is out of range anywhere, in the order of the pages."""
    by_audience = [(one, problem) for one in Audience for problem in problems_of(rules.for_(one))]
    names = [_folded(group.name) for group in rules.groups.values()]
    by_group = [
        (group_id, problem)
        for group_id, group in sorted(rules.groups.items())
        for problem in _problems_of_group(group, is_taken=names.count(_folded(group.name)) > 1)
    ]
    too_many = sorted(rules.groups)[GROUPS_MOST:]
    by_networks = [(Audience.TEAM, problem) for problem in _problems_of_networks(rules.networks)]
    by_sign_up = [(Audience.END_USERS, problem) for problem in _problems_of_domains(rules.sign_up.domains)]
    too_many_groups = [(one, RuleProblem.TOO_MANY_GROUPS) for one in too_many]
    return (*by_audience, *by_group, *too_many_groups, *by_networks, *by_sign_up)


def _problems_of_networks(named: tuple[str, ...]) -> tuple[RuleProblem, ...]:
    found = [RuleProblem.TOO_MANY_NETWORKS] if len(named) > networks.MOST else []
    return (*found, *([] if all(map(networks.is_network, named)) else [RuleProblem.NOT_A_NETWORK]))


def _problems_of_domains(named: Collection[str], most: int = sign_up.DOMAINS_MOST) -> Iterator[RuleProblem]:
    if len(named) > most:
        yield RuleProblem.TOO_MANY_DOMAINS
    if not all(map(is_domain, named)):
        yield RuleProblem.NOT_A_DOMAIN


def extra_problems(extra: Extra) -> tuple[RuleProblem, ...]:
    """Return what is out of range in the rule of a group or a person."""
    found = list(requirement_problems(extra.required))
    if extra.accepts.kinds is not None and not extra.accepts.kinds:
        found.append(RuleProblem.NO_KIND_LEFT)
    if extra.trust_for is not None and not trust_is_possible(extra.trust_for):
        found.append(RuleProblem.TRUST_OUT_OF_RANGE)
    return tuple(found)


def without_a_way(rules: Rules, kinds: Mapping[str, Traits]) -> tuple[Part, ...]:
    """Return the audiences whose people could set up nothing, and the groups of which some people could not.

    A group is looked at beside each audience, because people of both can be put into it.
    """
    audiences = [one for one in Audience if not ways(rules.of(one).accepts, kinds)]
    groups = [
        group_id
        for group_id in sorted(rules.groups)
        if any(
            not ways(rules.of(one, (Membership(group_id),)).accepts, kinds) for one in Audience if one not in audiences
        )
    ]
    return (*audiences, *groups)


def _problems_of_group(group: Group, *, is_taken: bool) -> Iterator[RuleProblem]:
    if not group.name:
        yield RuleProblem.NO_NAME
    if len(group.name) > NAME_LONGEST:
        yield RuleProblem.NAME_TOO_LONG
    if is_taken:
        yield RuleProblem.NAME_TAKEN
    yield from _problems_of_domains(group.domains, DOMAINS_MOST)
    yield from extra_problems(group.extra)


def _folded(name: str) -> str:
    return " ".join(name.casefold().split())
