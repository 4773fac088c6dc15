"""Policies that cannot be saved, and those that nobody could meet."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.values import APP, DAY, KEY, MAIL, NOW
from twofold.core.groups import Extra, Group
from twofold.core.ids import GroupId
from twofold.core.possible import all_problems_of, extra_problems, kinds_that_are_over, ways, without_a_way
from twofold.core.roles import Audience
from twofold.core.rules import RuleProblem, Rules, default_rules
from twofold.core.wanted import Accepts, Requirement

KINDS = {"totp": APP, "email": MAIL, "security_key": KEY}
NIGHT, OWLS = GroupId("night"), GroupId("owls")
MAIL_ONLY = Accepts(kinds=frozenset({"email"}))
STRONG = Accepts(needs_strong=True)


def rules(*, team: Accepts | None = None, end_users: Accepts | None = None, **groups: Accepts) -> Rules:
    base = default_rules()
    return replace(
        base,
        team=replace(base.team, accepts=team or Accepts()),
        end_users=replace(base.end_users, accepts=end_users or Accepts()),
        groups={GroupId(name): Group(name=name, extra=Extra(accepts=one)) for name, one in groups.items()},
    )


def test_what_may_be_set_up_is_told_in_order() -> None:
    assert ways(Accepts(), KINDS) == ("totp", "email", "security_key")
    assert ways(STRONG, KINDS) == ("totp", "security_key")
    assert ways(Accepts(needs_phishing_resistant=True), KINDS) == ("security_key",)


def test_the_kinds_that_are_over_are_those_of_any_rule_whose_date_has_come() -> None:
    assert kinds_that_are_over(rules(), KINDS, now=NOW) == frozenset()
    assert kinds_that_are_over(rules(team=STRONG), KINDS, now=NOW) == frozenset(), "without a date it never ends"
    over, later = (replace(STRONG, old_ones_prove_until=at) for at in (NOW, NOW + DAY))
    assert kinds_that_are_over(rules(team=over, end_users=later), KINDS, now=NOW) == {"email"}
    night = replace(MAIL_ONLY, old_ones_prove_until=NOW - DAY)
    assert kinds_that_are_over(rules(end_users=over, night=night), KINDS, now=NOW) == {"totp", "email", "security_key"}
    assert kinds_that_are_over(rules(team=replace(over, old_ones_count=True)), KINDS, now=NOW) == frozenset()


@pytest.mark.parametrize(
    ("whole", "parts"),
    [
        (rules(), ()),
        (rules(team=Accepts(kinds=frozenset({"email"}), needs_strong=True)), (Audience.TEAM,)),
        (rules(end_users=Accepts(kinds=frozenset({"fax"}))), (Audience.END_USERS,)),
        (rules(night=Accepts(kinds=frozenset({"email"}), needs_strong=True)), (NIGHT,)),
        (rules(end_users=STRONG, night=MAIL_ONLY, owls=STRONG), (NIGHT,)),
        # Kinds that have none in common are no contradiction: the group's stand.
        (rules(team=Accepts(kinds=frozenset({"totp"})), night=MAIL_ONLY), ()),
        # What an audience leaves nobody is told of the audience alone.
        (rules(team=Accepts(kinds=frozenset({"fax"})), owls=STRONG), (Audience.TEAM,)),
    ],
)
def test_whom_rules_leave_without_a_way(whole: Rules, parts: tuple[str, ...]) -> None:
    assert without_a_way(whole, KINDS) == parts


@pytest.mark.parametrize(
    ("group", "problems"),
    [
        (Group(name="Night", domains=frozenset({"night.example"})), []),
        (Group(name=""), [RuleProblem.NO_NAME]),
        (Group(name="x" * 61), [RuleProblem.NAME_TOO_LONG]),
        (Group(name="N", domains=frozenset(f"d{n}.example" for n in range(51))), [RuleProblem.TOO_MANY_DOMAINS]),
        (Group(name="N", domains=frozenset({"Night.example"})), [RuleProblem.NOT_A_DOMAIN]),
        (Group(name="N", domains=frozenset({"localhost"})), [RuleProblem.NOT_A_DOMAIN]),
        (Group(name="N", extra=Extra(accepts=Accepts(kinds=frozenset()))), [RuleProblem.NO_KIND_LEFT]),
        (Group(name="N", extra=Extra(trust_for=91 * DAY)), [RuleProblem.TRUST_OUT_OF_RANGE]),
        (Group(name="N", extra=Extra(trust_for=timedelta(0))), []),
        (
            Group(name="N", extra=Extra(required=Requirement(starts_at=NOW, grace_for=-DAY))),
            [RuleProblem.GRACE_OUT_OF_RANGE],
        ),
    ],
)
def test_what_is_wrong_with_a_group(group: Group, problems: list[RuleProblem]) -> None:
    found = all_problems_of(replace(default_rules(), groups={NIGHT: group}))
    assert found == tuple((NIGHT, problem) for problem in problems)


def test_two_groups_have_two_names() -> None:
    named = {NIGHT: Group(name="Night  Shift"), OWLS: Group(name="night shift")}
    found = all_problems_of(replace(default_rules(), groups=named))
    assert found == ((NIGHT, RuleProblem.NAME_TAKEN), (OWLS, RuleProblem.NAME_TAKEN))


def test_there_are_200_groups_at_most() -> None:
    groups = {GroupId(f"{number:03}"): Group(name=f"Group {number}") for number in range(201)}
    found = all_problems_of(replace(default_rules(), groups=groups))
    assert found == (("200", RuleProblem.TOO_MANY_GROUPS),)


def test_problems_of_audiences_come_first() -> None:
    base = default_rules()
    wrong = replace(base, end_users=replace(base.end_users, trust_for=91 * DAY), groups={NIGHT: Group(name="")})
    assert all_problems_of(wrong) == (
        (Audience.END_USERS, RuleProblem.TRUST_OUT_OF_RANGE),
        (NIGHT, RuleProblem.NO_NAME),
    )
    assert extra_problems(Extra()) == ()
