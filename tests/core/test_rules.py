"""The values of policy: read and written whole, checked, and compared for what they weaken."""

from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import APP, DAY, HOUR, KEY, MAIL, MINUTE, NOW
from twofold.core.assurance import Traits
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.json import MalformedJson
from twofold.core.policy import (
    EVERY_SIGN_IN,
    Accepts,
    AudienceRules,
    Requirement,
    RuleProblem,
    Rules,
    Weakening,
    Weaker,
    default_rules,
    problems_of,
    weakenings,
)
from twofold.core.roles import Audience

TEAM = default_rules().team
REQUIRED = replace(TEAM, required=Requirement(starts_at=NOW, grace_for=DAY, skips=3))

_INSTANTS = st.datetimes(timezones=st.just(UTC))
_SPANS = st.timedeltas(min_value=timedelta(0), max_value=400 * DAY)
_ACCEPTS = st.builds(
    Accepts,
    kinds=st.none() | st.frozensets(st.sampled_from(["totp", "email", "sms", "security_key"])),
    needs_strong=st.booleans(),
    needs_phishing_resistant=st.booleans(),
    old_ones_prove_until=st.none() | _INSTANTS,
)
_REQUIREMENTS = st.builds(
    Requirement,
    starts_at=_INSTANTS,
    grace_for=_SPANS,
    skips=st.none() | st.integers(0, 9),
    ends_open_sessions=st.booleans(),
)
_AUDIENCE_RULES = st.builds(
    AudienceRules,
    required=st.none() | _REQUIREMENTS,
    trust_for=_SPANS,
    accepts=_ACCEPTS,
    idle_for=_SPANS,
    session_for=_SPANS,
)
_RULES = st.builds(Rules, team=_AUDIENCE_RULES, end_users=_AUDIENCE_RULES)


@given(_RULES)
def test_rules_survive_json(rules: Rules) -> None:
    assert Rules.from_json(rules.to_json()) == rules


def test_equal_rules_are_written_alike() -> None:
    one, other = (
        replace(TEAM, accepts=Accepts(kinds=frozenset(kinds))).to_json() for kinds in (["b", "a"], ["a", "b"])
    )
    assert list(one.items()) == list(other.items())
    assert list(one) == sorted(one)


@pytest.mark.parametrize("path", [(), ("team",), ("team", "accepts"), ("end_users", "required")])
def test_an_unknown_key_is_refused_at_every_depth(path: tuple[str, ...]) -> None:
    written = Rules(team=TEAM, end_users=REQUIRED).to_json()
    inside = written
    for key in path:
        child = inside[key]
        assert isinstance(child, dict)
        inside = child
    inside["more"] = 1
    with pytest.raises(MalformedJson, match="unknown keys: more"):
        Rules.from_json(written)


def test_the_defaults_are_the_numbers() -> None:
    rules = default_rules()
    assert (rules.team.idle_for, rules.team.session_for) == (60 * MINUTE, 12 * HOUR)
    assert (rules.end_users.idle_for, rules.end_users.session_for) == (8 * HOUR, 30 * DAY)
    for audience in Audience:
        own = rules.for_(audience)
        assert own.trust_for == 30 * DAY
        assert own.required is None
        assert own.accepts.is_everything
        assert problems_of(own) == ()
    assert rules.for_(Audience.TEAM) is rules.team


@pytest.mark.parametrize("kinds", [None, frozenset({"totp"}), frozenset({"security_key"})])
@pytest.mark.parametrize("strong", [False, True])
@pytest.mark.parametrize("resistant", [False, True])
@pytest.mark.parametrize(("kind", "traits"), [("totp", APP), ("email", MAIL), ("security_key", KEY)])
def test_what_counts_is_compared_by_kind_and_traits(
    kinds: frozenset[str] | None, strong: bool, resistant: bool, kind: str, traits: Traits
) -> None:
    accepts = Accepts(kinds=kinds, needs_strong=strong, needs_phishing_resistant=resistant)
    expected = (
        (kinds is None or kind in kinds)
        and not (strong and kind == "email")
        and not (resistant and kind != "security_key")
    )
    assert accepts.admits(kind, traits) == expected
    assert accepts.wants_stronger == (strong or resistant)
    assert accepts.is_everything == (kinds is None and not strong and not resistant)


def test_old_ones_prove_until_the_date_on_the_policy() -> None:
    app_only = Accepts(kinds=frozenset({"totp"}))
    assert app_only.still_proves("email", MAIL, NOW), "without a date there is no end"
    assert replace(app_only, old_ones_prove_until=NOW + MINUTE).still_proves("email", MAIL, NOW)
    ended = replace(app_only, old_ones_prove_until=NOW)
    assert not ended.still_proves("email", MAIL, NOW)
    assert ended.proves_until("email", MAIL) == NOW
    assert ended.proves_until("totp", APP) is None, "what counts has no such date"


@pytest.mark.parametrize(
    ("rules", "problems"),
    [
        (replace(TEAM, trust_for=EVERY_SIGN_IN), ()),
        (replace(TEAM, trust_for=DAY), ()),
        (replace(TEAM, trust_for=90 * DAY), ()),
        (replace(TEAM, trust_for=DAY - MINUTE), (RuleProblem.TRUST_OUT_OF_RANGE,)),
        (replace(TEAM, trust_for=91 * DAY), (RuleProblem.TRUST_OUT_OF_RANGE,)),
        (replace(TEAM, trust_for=-DAY), (RuleProblem.TRUST_OUT_OF_RANGE,)),
        (replace(TEAM, idle_for=timedelta(seconds=59)), (RuleProblem.IDLE_OUT_OF_RANGE,)),
        (replace(TEAM, idle_for=13 * HOUR), (RuleProblem.IDLE_OUT_OF_RANGE,)),
        (replace(TEAM, session_for=91 * DAY), (RuleProblem.SESSION_OUT_OF_RANGE,)),
        (replace(TEAM, accepts=Accepts(kinds=frozenset())), (RuleProblem.NO_KIND_LEFT,)),
        (replace(TEAM, accepts=Accepts(kinds=frozenset({"totp"}))), ()),
        (REQUIRED, ()),
        (replace(TEAM, required=Requirement(starts_at=NOW, grace_for=-DAY)), (RuleProblem.GRACE_OUT_OF_RANGE,)),
        (replace(TEAM, required=Requirement(starts_at=NOW, grace_for=366 * DAY)), (RuleProblem.GRACE_OUT_OF_RANGE,)),
        (replace(TEAM, required=Requirement(starts_at=NOW, skips=-1)), (RuleProblem.SKIPS_OUT_OF_RANGE,)),
    ],
)
def test_what_is_out_of_range_is_named(rules: AudienceRules, problems: tuple[RuleProblem, ...]) -> None:
    assert problems_of(rules) == problems


STRONG_APP = Accepts(kinds=frozenset({"totp"}), needs_strong=True)


def narrowed(accepts: Accepts = STRONG_APP) -> AudienceRules:
    return replace(TEAM, accepts=accepts)


@pytest.mark.parametrize(
    ("old", "new", "weaker"),
    [
        (TEAM, TEAM, []),
        (TEAM, REQUIRED, []),
        (REQUIRED, TEAM, [Weaker.REQUIREMENT_OFF]),
        (REQUIRED, replace(TEAM, required=Requirement(starts_at=NOW + DAY, skips=3)), [Weaker.REQUIREMENT_LATER]),
        (
            REQUIRED,
            replace(TEAM, required=Requirement(starts_at=NOW, grace_for=2 * DAY, skips=3)),
            [Weaker.GRACE_LONGER],
        ),
        (REQUIRED, replace(TEAM, required=Requirement(starts_at=NOW, skips=4)), [Weaker.GRACE_LONGER]),
        (REQUIRED, replace(TEAM, required=Requirement(starts_at=NOW)), [Weaker.GRACE_LONGER]),
        (replace(TEAM, required=Requirement(starts_at=NOW)), REQUIRED, [Weaker.GRACE_LONGER]),
        (REQUIRED, replace(TEAM, required=Requirement(starts_at=NOW - DAY, skips=0)), []),
        (TEAM, replace(TEAM, trust_for=31 * DAY), [Weaker.TRUST_LONGER]),
        (replace(TEAM, trust_for=EVERY_SIGN_IN), TEAM, [Weaker.TRUST_LONGER]),
        (TEAM, replace(TEAM, trust_for=EVERY_SIGN_IN), []),
        (narrowed(), TEAM, [Weaker.KINDS_WEAKER]),
        (narrowed(replace(STRONG_APP, old_ones_prove_until=NOW)), TEAM, [Weaker.KINDS_WEAKER]),
        (TEAM, narrowed(), []),
        (narrowed(), narrowed(replace(STRONG_APP, kinds=frozenset({"totp", "email"}))), [Weaker.KINDS_WEAKER]),
        (narrowed(), narrowed(replace(STRONG_APP, kinds=None)), [Weaker.KINDS_WEAKER]),
        (narrowed(), narrowed(replace(STRONG_APP, needs_strong=False)), [Weaker.KINDS_WEAKER]),
        (narrowed(replace(STRONG_APP, needs_phishing_resistant=True)), narrowed(), [Weaker.KINDS_WEAKER]),
        (narrowed(), narrowed(replace(STRONG_APP, old_ones_prove_until=NOW)), []),
        (narrowed(replace(STRONG_APP, old_ones_prove_until=NOW)), narrowed(), [Weaker.OLD_ONES_PROVE_LONGER]),
        (
            narrowed(replace(STRONG_APP, old_ones_prove_until=NOW)),
            narrowed(replace(STRONG_APP, old_ones_prove_until=NOW + DAY)),
            [Weaker.OLD_ONES_PROVE_LONGER],
        ),
        (TEAM, replace(TEAM, idle_for=61 * MINUTE), [Weaker.SESSIONS_LONGER]),
        (TEAM, replace(TEAM, session_for=13 * HOUR), [Weaker.SESSIONS_LONGER]),
        (TEAM, replace(TEAM, idle_for=MINUTE, session_for=HOUR), []),
    ],
)
def test_what_a_change_weakens(old: AudienceRules, new: AudienceRules, weaker: list[Weaker]) -> None:
    rest = default_rules().end_users
    found = weakenings(Rules(team=old, end_users=rest), Rules(team=new, end_users=rest))
    assert found == tuple(Weakening(Audience.TEAM, one) for one in weaker)
    found = weakenings(Rules(team=TEAM, end_users=old), Rules(team=TEAM, end_users=new))
    assert found == tuple(Weakening(Audience.END_USERS, one) for one in weaker)


@given(_RULES)
def test_what_is_not_changed_is_not_weakened(rules: Rules) -> None:
    assert weakenings(rules, rules) == ()


def test_the_requirements_of_all_are_those_of_audiences_and_groups() -> None:
    assert default_rules().requirements == ()
    later = Requirement(starts_at=NOW + DAY)
    groups = {
        GroupId("a" * 26): Group(name="Night", extra=Extra(required=later)),
        GroupId("b" * 26): Group(name="Days"),
    }
    made = replace(default_rules(), team=REQUIRED, groups=groups)
    assert made.requirements == (REQUIRED.required, later)
