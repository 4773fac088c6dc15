"""The lines of the report say of each person what policy says of them alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import START, world
from twofold.core.assurance import Proof
from twofold.core.groups import Extra, Group, Membership, memberships
from twofold.core.ids import EnrolmentId, GroupId, PersonId
from twofold.core.roles import Role, audience_of
from twofold.core.rules import default_rules
from twofold.core.standing import Word
from twofold.core.trust import Trust, trusted_until
from twofold.core.wanted import Accepts, Requirement
from twofold.factors.registry import FACTORS
from twofold.flows.report_lines import Judge
from twofold.ports.reports import Surveyed, SurveyedMethod

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.rules import Rules

DAY = timedelta(days=1)
GROUP = GroupId("g" * 26)
MOMENTS = st.sampled_from([START + days * DAY for days in (-100, -40, -10, -3, -1, 1, 5)])
PAST = st.sampled_from([START + days * DAY for days in (-100, -40, -10, -3, -1)])
REQUIREMENTS = st.none() | st.builds(
    Requirement,
    starts_at=MOMENTS,
    grace_for=st.sampled_from([timedelta(0), 5 * DAY, 20 * DAY]),
    skips=st.none() | st.integers(1, 3),
)
ACCEPTS = st.builds(
    Accepts,
    kinds=st.sampled_from([None, frozenset({"totp"}), frozenset({"sms", "email"})]),
    old_ones_prove_until=st.none() | MOMENTS,
)
EXTRAS = st.builds(Extra, required=REQUIREMENTS, accepts=ACCEPTS, trust_for=st.none() | st.just(2 * DAY))


def rules_of(team: Requirement | None, accepts: Accepts, group: Extra | None) -> Rules:
    rules = default_rules()
    groups = (
        {} if group is None else {GROUP: Group(name="Night shift", domains=frozenset({"night.example"}), extra=group)}
    )
    return replace(rules, team=replace(rules.team, required=team, accepts=accepts), groups=groups)


def method(kind: str, confirmed_at: datetime, used_at: datetime | None) -> SurveyedMethod:
    return SurveyedMethod(
        id=EnrolmentId(kind * 3), kind=kind, strong=kind == "totp", confirmed_at=confirmed_at, last_used_at=used_at
    )


PEOPLE = st.builds(
    Surveyed,
    id=st.just(PersonId("p" * 26)),
    email=st.sampled_from(["ann@acme.example", "nat@night.example"]),
    name=st.just("Ann"),
    role=st.sampled_from([Role.AGENT, Role.OWNER, Role.END_USER]),
    created_at=PAST,
    chosen=st.booleans(),
    every_sign_in=st.booleans(),
    must_set_up=st.booleans(),
    grace_until=st.none() | MOMENTS,
    exempt_until=st.none() | MOMENTS,
    exempt_because=st.just("a new phone"),
    suspended_at=st.none(),
    audience_since=st.none() | PAST,
    own_rule=st.none() | EXTRAS,
    skipped=st.integers(0, 2),
    skipped_at=st.none() | PAST,
    last_sign_in_at=st.none(),
    signed_in_by=st.just(""),
    email_proved=st.booleans(),
    has_password=st.just(True),
    locale=st.just(""),
    time_zone=st.just(""),
    methods=st.lists(
        st.builds(method, st.sampled_from(["totp", "sms", "gone"]), PAST, st.none() | PAST),
        max_size=2,
        unique_by=lambda one: one.kind,
    ).map(tuple),
    by_hand=st.lists(st.builds(Membership, st.just(GROUP), PAST), max_size=1).map(tuple),
    codes_left=st.none() | st.just(3),
    trusts=st.lists(
        st.builds(lambda at: Trust(Proof(kind="totp", at=at, traits=FACTORS["totp"].traits)), PAST), max_size=2
    ).map(tuple),
)


@given(team=REQUIREMENTS, accepts=ACCEPTS, group=st.none() | EXTRAS, people=st.lists(PEOPLE, min_size=1, max_size=6))
def test_whoever_was_judged_before_changes_nothing(
    team: Requirement | None, accepts: Accepts, group: Extra | None, people: list[Surveyed]
) -> None:
    rules = rules_of(team, accepts, group)
    together = Judge(rules, FACTORS, now=START)

    for one in people:
        line, alone = together.line(one), Judge(rules, FACTORS, now=START).standing(one)
        assert (line.word, line.until) == (alone.word, alone.until)
        assert line.required == (alone.covered and not alone.exempt)
        assert line == Judge(rules, FACTORS, now=START).line(one)


@given(team=REQUIREMENTS, accepts=ACCEPTS, group=st.none() | EXTRAS, one=PEOPLE)
def test_trust_counts_as_it_does_at_sign_in(
    team: Requirement | None, accepts: Accepts, group: Extra | None, one: Surveyed
) -> None:
    rules = rules_of(team, accepts, group)
    judge = Judge(rules, FACTORS, now=START)
    belongs_to = memberships(rules.groups, one.by_hand, email=one.email, role=one.role)
    own = rules.of(audience_of(one.role), belongs_to, one.own_rule)
    not_before = judge.standing(one).trust_counts_from

    assert judge.line(one).trusted_browsers == sum(
        trusted_until(trust, own, every_sign_in=one.every_sign_in, now=START, not_before=not_before) is not None
        for trust in one.trusts
    )


def test_a_kind_that_is_gone_is_left_out() -> None:
    here = world()
    person = here.add_person(chosen=True)
    [one] = here.services.reports.walk(here.account.id, behind="", end_users=False, most=5)
    one = replace(one, methods=(method("gone", START, START), method("totp", START, None)))

    line = Judge(default_rules(), FACTORS, now=START).line(one)

    assert (line.methods, line.strong, line.word) == (("totp",), True, Word.ON_BY_CHOICE)
    assert (line.enrolled_at, line.last_used_at) == (START, None)
    assert person.id == one.id


def test_what_is_remembered_does_not_grow_without_end() -> None:
    here = world()
    here.add_person(role=Role.AGENT)
    [one] = here.services.reports.walk(here.account.id, behind="", end_users=False, most=5)
    rules = rules_of(Requirement(starts_at=START - 10 * DAY), Accepts(), None)
    judge = Judge(rules, FACTORS, now=START)

    for number in range(5100):
        judge.line(replace(one, created_at=START - timedelta(minutes=number)))

    assert len(judge._known) <= 5000
