"""Where team members may sign in from, and pauses of a roll-out, as the gate and weakenings see them."""

from dataclasses import replace
from datetime import timedelta

from tests.core.test_groups import NIGHT, agent, rules
from tests.core.values import DAY, HOUR, NOW, evidence
from twofold.core.assurance import OPERATOR_LINK, Evidence, Proof, Traits
from twofold.core.groups import Extra, Membership
from twofold.core.policy import Admit, Deny, Reason, Weakening, Weaker, default_rules, next_step, weakenings
from twofold.core.roles import Audience, Role
from twofold.core.weakenings import extra_weakenings

OFFICE = replace(default_rules(), networks=("192.0.2.0/24",))


def test_a_team_member_from_outside_is_denied_with_the_address() -> None:
    step = next_step(evidence(), agent(), OFFICE, None, now=NOW, came_from="198.51.100.7")
    assert isinstance(step, Deny)
    assert (step.because.reason, step.because.detail) == (Reason.OUTSIDE_NETWORKS, "198.51.100.7")


def test_inside_by_the_operators_link_and_as_an_end_user_one_gets_in() -> None:
    assert isinstance(next_step(evidence(), agent(), OFFICE, None, now=NOW, came_from="192.0.2.7"), Admit)
    by_link = Evidence((Proof(kind=OPERATOR_LINK, at=NOW, traits=Traits(amr=())),))
    assert isinstance(next_step(by_link, agent(), OFFICE, None, now=NOW, came_from="198.51.100.7"), Admit)
    end_user = replace(agent(), audience=Audience.END_USERS, role=Role.END_USER)
    assert isinstance(next_step(evidence(), end_user, OFFICE, None, now=NOW, came_from="198.51.100.7"), Admit)


def test_wider_networks_are_a_weakening() -> None:
    assert weakenings(OFFICE, default_rules()) == (Weakening(Audience.TEAM, Weaker.NETWORKS_WIDER),)
    assert weakenings(default_rules(), OFFICE) == ()


def test_the_longest_pause_counts_and_is_a_weakening() -> None:
    base = rules(night=Extra(paused_until=NOW + HOUR))
    team = replace(base, team=replace(base.team, paused_until=NOW + DAY))
    inside = (Membership(NIGHT),)
    assert base.paused_until(Audience.TEAM) is None
    assert base.paused_until(Audience.TEAM, inside) == NOW + HOUR
    assert team.paused_until(Audience.TEAM, inside) == NOW + DAY
    assert weakenings(base, team) == (Weakening(Audience.TEAM, Weaker.PAUSED),)
    assert extra_weakenings(Extra(), Extra(paused_until=NOW + timedelta(hours=4))) == (Weaker.PAUSED,)
    assert extra_weakenings(Extra(paused_until=NOW), Extra()) == ()


def test_a_paused_group_that_takes_more_people_is_a_weakening() -> None:
    paused = rules(night=Extra(paused_until=NOW + HOUR))
    grown = replace(paused, groups={NIGHT: replace(paused.groups[NIGHT], roles=frozenset({Role.AGENT}))})
    assert [one.weaker for one in weakenings(paused, grown)] == [Weaker.PAUSED]
    assert weakenings(grown, paused) == ()
    assert [one.weaker for one in weakenings(default_rules(), paused)] == [Weaker.PAUSED], "one that is put back"
