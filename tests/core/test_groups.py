"""Groups, rules for one person, and the strictest of them all."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import APP, DAY, HOUR, KEY, MAIL, NOW, evidence, held
from twofold.core.assurance import Proof, Traits
from twofold.core.groups import Extra, Group, Membership, memberships, narrowed
from twofold.core.ids import GroupId
from twofold.core.json import MalformedJson
from twofold.core.policy import (
    Accepts,
    Admit,
    AskEnrolment,
    AskSecondFactor,
    Facts,
    Reason,
    Requirement,
    Rules,
    Weakening,
    Weaker,
    default_rules,
    meets,
    next_step,
    standing,
    weakenings,
)
from twofold.core.reasons import Because
from twofold.core.roles import Audience, Role
from twofold.core.trust import Trust
from twofold.core.weakenings import extra_weakenings, weaker_for_person

NIGHT, DAYS = GroupId("night"), GroupId("days")
APP_ONLY = Accepts(kinds=frozenset({"totp"}))
MAIL_ONLY = Accepts(kinds=frozenset({"email"}))
REQUIRED = Requirement(starts_at=NOW - DAY)
LONG_AGO = NOW - 300 * DAY

_ACCEPTS = st.builds(
    Accepts,
    kinds=st.none() | st.frozensets(st.sampled_from(["totp", "email", "security_key"]), min_size=1),
    needs_strong=st.booleans(),
    needs_phishing_resistant=st.booleans(),
    old_ones_prove_until=st.none() | st.just(NOW) | st.just(NOW + DAY),
    old_ones_count=st.booleans(),
)
_REQUIRED = st.builds(
    Requirement,
    starts_at=st.sampled_from([NOW - DAY, NOW, NOW + DAY]),
    grace_for=st.sampled_from([timedelta(0), DAY, 9 * DAY]),
    skips=st.none() | st.integers(0, 3),
    ends_open_sessions=st.booleans(),
)
_EXTRAS = st.builds(
    Extra,
    required=st.none() | _REQUIRED,
    accepts=_ACCEPTS,
    trust_for=st.none() | st.sampled_from([timedelta(0), DAY, 90 * DAY]),
)
_GROUPS = st.builds(
    Group,
    name=st.text(max_size=9),
    domains=st.frozensets(st.sampled_from(["acme.example", "night.example"])),
    roles=st.frozensets(st.sampled_from(Role)),
    extra=_EXTRAS,
)


def rules(*, night: Extra | None = None, days: Extra | None = None, required: Requirement | None = None) -> Rules:
    """Return the defaults with up to two groups, and a requirement for the team."""
    wanted = {NIGHT: ("Night shift", night), DAYS: ("Day shift", days)}
    base = default_rules()
    return replace(
        base,
        team=replace(base.team, required=required),
        groups={
            group_id: Group(name=name, extra=extra) for group_id, (name, extra) in wanted.items() if extra is not None
        },
    )


def agent(*kinds: str, groups: tuple[Membership, ...] = (), own: Extra | None = None, chosen: bool = False) -> Facts:
    return Facts(
        audience=Audience.TEAM,
        role=Role.AGENT,
        created_at=LONG_AGO,
        chosen=chosen,
        held=tuple(held(kind) for kind in kinds),
        memberships=groups,
        own_rule=own,
    )


@given(st.dictionaries(st.sampled_from([NIGHT, DAYS]), _GROUPS))
def test_rules_with_groups_survive_json(groups: dict[GroupId, Group]) -> None:
    whole = replace(default_rules(), groups=groups)
    assert Rules.from_json(whole.to_json()) == whole


def test_rules_from_before_there_were_groups_are_read() -> None:
    old = default_rules().to_json()
    del old["groups"]
    for audience in ("team", "end_users"):
        inside = old[audience]
        assert isinstance(inside, dict)
        accepts = inside["accepts"]
        assert isinstance(accepts, dict)
        del inside["one_method"], inside["checks_new_browsers"], accepts["old_ones_count"]
    assert Rules.from_json(old) == default_rules()


@pytest.mark.parametrize("broken", [Group(name="x").to_json(), Extra().to_json()])
def test_an_unknown_key_of_a_group_is_refused(broken: dict[str, object]) -> None:
    broken["more"] = 1
    with pytest.raises(MalformedJson, match="unknown keys: more"):
        (Group if "name" in broken else Extra).from_json(broken)  # type: ignore[arg-type]


def test_people_belong_by_hand_by_role_and_by_domain() -> None:
    groups = {
        NIGHT: Group(name="Night shift", domains=frozenset({"night.example"})),
        DAYS: Group(name="Day shift"),
        GroupId("admins"): Group(name="Admins", roles=frozenset({Role.ADMIN, Role.OWNER})),
    }
    put = (Membership(DAYS, NOW), Membership(NIGHT, NOW), Membership(GroupId("gone"), NOW))
    assert memberships(groups, put, email="a@acme.example", role=Role.AGENT) == (
        Membership(DAYS, NOW),
        Membership(NIGHT, NOW),
    )
    assert memberships(groups, (), email="a@night.example", role=Role.ADMIN) == (
        Membership(GroupId("admins")),
        Membership(NIGHT),
    )
    assert memberships(groups, (), email="a@not-night.example", role=Role.AGENT) == ()
    assert memberships(groups, (), email="a@deep.night.example", role=Role.AGENT) == ()
    by_both = memberships(groups, put, email="a@night.example", role=Role.AGENT)
    assert Membership(NIGHT) in by_both, "who belongs by domain came under the rule when they came to the account"


@given(_ACCEPTS, _ACCEPTS, st.sampled_from([("totp", APP), ("email", MAIL), ("security_key", KEY)]))
def test_what_is_narrowed_never_accepts_more(wide: Accepts, further: Accepts, kind: tuple[str, Traits]) -> None:
    both = narrowed(wide, further)
    if wide.kinds is not None and further.kinds is not None and not wide.kinds & further.kinds:
        wide = replace(wide, kinds=None)
    assert both.admits(*kind) == (wide.admits(*kind) and further.admits(*kind))
    assert both.counts(*kind) == (wide.counts(*kind) and further.counts(*kind))
    assert both.wants_stronger == (wide.wants_stronger or further.wants_stronger)
    assert both.is_everything == (wide.is_everything and further.is_everything)


def test_each_rule_keeps_its_date_and_its_leniency() -> None:
    # For a year the account has wanted something strong; now a group wants a key.
    strong = Accepts(needs_strong=True, old_ones_prove_until=NOW - 300 * DAY)
    key_only = Accepts(kinds=frozenset({"security_key"}), old_ones_prove_until=NOW + 14 * DAY)
    both = narrowed(strong, key_only)
    assert both.still_proves("totp", APP, NOW), "the account's date was never about apps"
    assert both.proves_until("totp", APP) == NOW + 14 * DAY
    assert not both.still_proves("email", MAIL, NOW)
    both = narrowed(strong, replace(key_only, kinds=frozenset({"security_key", "email"}), old_ones_prove_until=NOW))
    assert both.proves_until("email", MAIL) == NOW - 300 * DAY, "the group has nothing against it"
    lenient = narrowed(strong, replace(key_only, old_ones_count=True))
    assert lenient.counts("totp", APP)
    assert not lenient.admits("totp", APP)
    assert not lenient.counts("email", MAIL), "the account's own rule does not let it"


def test_what_is_no_longer_allowed_is_told_with_its_own_date() -> None:
    base = rules(night=Extra(accepts=Accepts(kinds=frozenset({"security_key"}), old_ones_prove_until=NOW + DAY)))
    base = replace(base, team=replace(base.team, required=REQUIRED, accepts=Accepts(needs_strong=True)))
    where = standing(agent("totp", "email", groups=(Membership(NIGHT),)), base, now=NOW)
    dates = {one.detail: one.at for one in where.reasons if one.reason is Reason.KIND_NO_LONGER_ALLOWED}
    assert dates == {"totp": NOW + DAY, "email": NOW + DAY}
    assert where.until == NOW + DAY
    unending = standing(agent("email"), base, now=NOW)
    assert unending.until is None


@given(_EXTRAS, _EXTRAS, _EXTRAS)
def test_the_strictest_wins(night: Extra, days: Extra, own: Extra) -> None:
    base = rules(night=night, days=days, required=REQUIRED)
    mine = base.of(Audience.TEAM, (Membership(NIGHT), Membership(DAYS)), own)
    for extra in (night, days, own):
        assert extra.trust_for is None or mine.trust_for <= extra.trust_for
        if extra.required is not None:
            assert mine.required is not None
            assert mine.required.starts_at <= extra.required.starts_at
            assert mine.required.grace_for <= extra.required.grace_for
            assert mine.required.ends_open_sessions >= extra.required.ends_open_sessions
            assert extra.required.skips is None or (mine.required.skips or 0) <= extra.required.skips
    assert mine.trust_for <= base.team.trust_for


def test_whoever_is_in_no_group_goes_by_the_audience() -> None:
    base = rules(night=Extra(accepts=APP_ONLY))
    assert base.of(Audience.TEAM) is base.team
    assert base.of(Audience.TEAM, (Membership(GroupId("gone")),)) is base.team


def test_where_rules_contradict_the_more_particular_stands() -> None:
    base = rules(night=Extra(accepts=MAIL_ONLY))
    base = replace(base, team=replace(base.team, accepts=APP_ONLY))
    in_group = (Membership(NIGHT),)
    assert base.of(Audience.TEAM, in_group).accepts.kinds == frozenset({"email"})
    assert base.of(Audience.TEAM, in_group, Extra(accepts=APP_ONLY)).accepts.kinds == frozenset({"totp"})


def test_a_group_is_asked_alone() -> None:
    base = rules(night=Extra(required=REQUIRED))
    inside = standing(agent(groups=(Membership(NIGHT),)), base, now=NOW)
    assert inside.covered_since == NOW - DAY
    assert [(one.reason, one.at, one.detail) for one in inside.reasons] == [
        (Reason.REQUIRED_FOR_GROUP, NOW - DAY, "Night shift")
    ]
    assert isinstance(next_step(evidence(), agent(groups=(Membership(NIGHT),)), base, None, now=NOW), AskEnrolment)
    outside = standing(agent(), base, now=NOW)
    assert not outside.asked
    assert [one.reason for one in outside.reasons] == [Reason.NOT_REQUIRED]


def test_a_group_that_is_gone_asks_nothing() -> None:
    assert not standing(agent(groups=(Membership(NIGHT),)), rules(days=Extra(required=REQUIRED)), now=NOW).asked


def test_one_person_is_asked_alone() -> None:
    where = standing(agent(own=Extra(required=REQUIRED)), rules(), now=NOW)
    assert where.asked
    assert [one.reason for one in where.reasons] == [Reason.REQUIRED_FOR_PERSON]


@pytest.mark.parametrize(
    ("joined_at", "grace_until"),
    [(None, NOW + 6 * DAY), (NOW - HOUR, NOW - HOUR + 7 * DAY), (NOW - 30 * DAY, NOW + 6 * DAY)],
)
def test_grace_runs_from_when_somebody_was_put_into_the_group(
    joined_at: datetime | None, grace_until: datetime
) -> None:
    base = rules(night=Extra(required=replace(REQUIRED, grace_for=7 * DAY)))
    where = standing(agent(groups=(Membership(NIGHT, joined_at),)), base, now=NOW)
    assert where.grace_until == grace_until
    assert where.in_grace


def test_one_requirement_without_grace_ends_the_grace_of_the_others() -> None:
    base = rules(night=Extra(required=REQUIRED), required=replace(REQUIRED, grace_for=7 * DAY))
    where = standing(agent(groups=(Membership(NIGHT),)), base, now=NOW)
    assert not where.in_grace
    assert {one.reason for one in where.reasons} == {Reason.REQUIRED_FOR_AUDIENCE, Reason.REQUIRED_FOR_GROUP}


def test_of_two_graces_the_shorter_counts() -> None:
    base = rules(
        night=Extra(required=replace(REQUIRED, grace_for=2 * DAY)),
        days=Extra(required=replace(REQUIRED, grace_for=5 * DAY, skips=1)),
        required=replace(REQUIRED, grace_for=7 * DAY, skips=3),
    )
    where = standing(agent(groups=(Membership(NIGHT), Membership(DAYS))), base, now=NOW)
    assert where.grace_until == NOW + DAY
    assert where.skips_left == 1


def test_what_has_not_begun_is_told_with_the_earliest_start() -> None:
    base = rules(night=Extra(required=Requirement(starts_at=NOW + DAY)), required=Requirement(starts_at=NOW + 3 * DAY))
    where = standing(agent(groups=(Membership(NIGHT),)), base, now=NOW)
    assert not where.asked
    assert [(one.reason, one.at) for one in where.reasons] == [(Reason.REQUIREMENT_NOT_STARTED, NOW + DAY)]


def test_app_only_for_a_group_makes_the_mail_of_its_people_open_nothing_but_set_up() -> None:
    until = NOW + 14 * DAY
    base = rules(night=Extra(accepts=replace(APP_ONLY, old_ones_prove_until=until)), required=REQUIRED)
    ann = agent("email", groups=(Membership(NIGHT),))
    step = next_step(evidence(), ann, base, None, now=NOW)
    assert isinstance(step, AskSecondFactor)
    assert step.opens_only_set_up
    assert [one.kind for one in step.usable] == ["email"]
    assert {one.reason for one in step.reasons} >= {Reason.KIND_NO_LONGER_ALLOWED, Reason.METHODS_OF_GROUP}
    assert isinstance(next_step(evidence("email"), ann, base, None, now=NOW), AskEnrolment)
    late = next_step(evidence(), ann, base, None, now=until)
    assert isinstance(late, AskSecondFactor)
    assert late.usable == (), "after the date on the policy it proves nothing"
    ben = next_step(evidence("email"), agent("email"), base, None, now=NOW)
    assert isinstance(ben, Admit), "whoever is not in the group goes on as before"


@pytest.mark.parametrize(
    ("own", "accepts", "trust_for"),
    [
        (Extra(accepts=APP_ONLY), APP_ONLY, None),
        (Extra(trust_for=DAY), None, DAY),
        (Extra(accepts=APP_ONLY, trust_for=DAY), APP_ONLY, DAY),
    ],
)
def test_a_rule_for_one_person_or_a_group_says_what_it_limits(
    own: Extra, accepts: Accepts | None, trust_for: timedelta | None
) -> None:
    where = standing(agent("totp", chosen=True, own=own), rules(), now=NOW)
    assert Because(Reason.METHODS_OF_PERSON, None, "", accepts, trust_for) in where.reasons
    where = standing(agent("totp", chosen=True, groups=(Membership(NIGHT),)), rules(night=own), now=NOW)
    assert Because(Reason.METHODS_OF_GROUP, None, "Night shift", accepts, trust_for) in where.reasons


def test_a_length_of_trust_that_is_not_the_shortest_is_no_reason() -> None:
    both = agent("totp", chosen=True, groups=(Membership(NIGHT),), own=Extra(trust_for=2 * DAY))
    told = standing(both, rules(night=Extra(trust_for=DAY)), now=NOW).reasons
    assert [one.trust_for for one in told if one.trust_for is not None] == [DAY]
    assert Reason.METHODS_OF_PERSON not in {one.reason for one in told}


def test_a_rule_that_limits_no_method_is_not_given_as_a_reason() -> None:
    where = standing(agent("totp", own=Extra(required=REQUIRED)), rules(), now=NOW)
    assert Reason.METHODS_OF_PERSON not in {one.reason for one in where.reasons}


def test_what_is_held_may_go_on_counting() -> None:
    mildly = replace(APP_ONLY, old_ones_count=True)
    base = rules(night=Extra(accepts=mildly), required=REQUIRED)
    ann = agent("email", groups=(Membership(NIGHT),))
    where = standing(ann, base, now=NOW)
    assert where.better_wanted
    assert (Reason.BETTER_WANTED, "email") in {(one.reason, one.detail) for one in where.reasons}
    assert isinstance(next_step(evidence("email"), ann, base, None, now=NOW), Admit)
    trusted = Trust(Proof(kind="email", at=NOW - DAY, traits=MAIL))
    base_of_old = rules(night=Extra(accepts=mildly), required=replace(REQUIRED, starts_at=NOW - 9 * DAY))
    assert isinstance(next_step(evidence(), ann, base_of_old, trusted, now=NOW), Admit)
    assert meets((held("email"),), base.of(Audience.TEAM, (Membership(NIGHT),)))
    assert not base.of(Audience.TEAM, (Membership(NIGHT),)).accepts.admits("email", MAIL), "nobody sets one up anew"
    both = standing(agent("email", "totp", groups=(Membership(NIGHT),)), base, now=NOW)
    assert not both.better_wanted
    strict = replace(base, team=replace(base.team, accepts=APP_ONLY))
    assert not standing(ann, strict, now=NOW).usable, "the audience's own rule does not let it"


@pytest.mark.parametrize(
    ("old", "new", "weaker"),
    [
        (Group(name="N", extra=Extra(required=REQUIRED)), None, [Weaker.GROUP_SMALLER]),
        (Group(name="N"), None, []),
        (Group(name="N", extra=Extra(required=REQUIRED)), Group(name="N"), [Weaker.REQUIREMENT_OFF]),
        (
            Group(name="N", extra=Extra(trust_for=DAY), domains=frozenset({"a.example"})),
            Group(name="N", extra=Extra(trust_for=2 * DAY)),
            [Weaker.TRUST_LONGER, Weaker.GROUP_SMALLER],
        ),
        (
            Group(name="N", extra=Extra(trust_for=DAY), roles=frozenset({Role.ADMIN})),
            Group(name="N", extra=Extra(), roles=frozenset({Role.ADMIN})),
            [Weaker.TRUST_LONGER],
        ),
        (
            Group(name="N", extra=Extra(accepts=APP_ONLY)),
            Group(name="N", extra=Extra(accepts=replace(APP_ONLY, old_ones_count=True))),
            [Weaker.OLD_ONES_PROVE_LONGER],
        ),
        (Group(name="N", extra=Extra(accepts=APP_ONLY)), Group(name="N", extra=Extra()), [Weaker.KINDS_WEAKER]),
        (Group(name="N"), Group(name="N", extra=Extra(accepts=APP_ONLY)), []),
    ],
)
def test_what_a_change_of_a_group_weakens(old: Group, new: Group | None, weaker: list[Weaker]) -> None:
    before = replace(default_rules(), groups={NIGHT: old})
    after = replace(default_rules(), groups={} if new is None else {NIGHT: new})
    assert weakenings(before, after) == tuple(Weakening(None, one, "N") for one in weaker)


def test_a_rule_of_ones_own_is_weakened_alike() -> None:
    assert extra_weakenings(Extra(accepts=APP_ONLY, required=REQUIRED), Extra()) == (
        Weaker.REQUIREMENT_OFF,
        Weaker.KINDS_WEAKER,
    )


def test_a_group_whose_kinds_contradict_its_audiences_weakens_it() -> None:
    app_for_all = replace(default_rules(), team=replace(default_rules().team, accepts=APP_ONLY))
    mail_for_some = replace(app_for_all, groups={NIGHT: Group(name="N", extra=Extra(accepts=MAIL_ONLY))})
    assert weakenings(app_for_all, mail_for_some) == (Weakening(None, Weaker.KINDS_WEAKER, "N"),)
    assert weakenings(mail_for_some, app_for_all) == (Weakening(None, Weaker.GROUP_SMALLER, "N"),)
    narrower = replace(app_for_all, groups={NIGHT: Group(name="N", extra=Extra(accepts=APP_ONLY))})
    assert weakenings(app_for_all, narrower) == ()
    everything = replace(mail_for_some, team=default_rules().team)
    assert weakenings(mail_for_some, everything) == (Weakening(Audience.TEAM, Weaker.KINDS_WEAKER),)


def test_what_becomes_weaker_for_one_person() -> None:
    base = rules(night=Extra(accepts=APP_ONLY, required=REQUIRED, trust_for=DAY))
    inside, outside = base.of(Audience.TEAM, (Membership(NIGHT),)), base.of(Audience.TEAM)
    assert weaker_for_person(inside, outside) == (
        Weaker.REQUIREMENT_OFF,
        Weaker.TRUST_LONGER,
        Weaker.KINDS_WEAKER,
    )
    assert weaker_for_person(outside, inside) == ()
    strict = replace(base, team=replace(base.team, accepts=Accepts(needs_strong=True)))
    strong = strict.of(Audience.TEAM, (Membership(NIGHT),))
    assert weaker_for_person(strong, inside) == (Weaker.KINDS_WEAKER,)
    resistant = replace(strict.team, accepts=Accepts(needs_phishing_resistant=True))
    assert weaker_for_person(resistant, strict.team) == (Weaker.KINDS_WEAKER,)
