"""What an account wants of new passwords."""

import pytest

from twofold.core.json import MalformedJson
from twofold.core.password_rules import PasswordRules
from twofold.core.passwords import PasswordProblem, check


def test_the_default_is_twelve_characters_and_nobody_sets_passwords_for_others() -> None:
    rules = PasswordRules.from_json({})
    assert (rules.least, rules.admins_set, rules.is_possible) == (12, False, True)


@pytest.mark.parametrize(("least", "possible"), [(11, False), (12, True), (64, True), (65, False)])
def test_how_long_a_password_may_have_to_be(least: int, possible: bool) -> None:
    assert PasswordRules(least=least).is_possible == possible


@pytest.mark.parametrize(
    ("new", "old", "weaker"),
    [
        (PasswordRules(least=12), PasswordRules(least=13), True),
        (PasswordRules(least=13), PasswordRules(least=12), False),
        (PasswordRules(admins_set=True), PasswordRules(), True),
        (PasswordRules(), PasswordRules(admins_set=True), False),
        (PasswordRules(least=20, admins_set=True), PasswordRules(admins_set=True), False),
    ],
)
def test_what_is_weaker(new: PasswordRules, old: PasswordRules, weaker: bool) -> None:
    assert new.is_weaker(old) == weaker


def test_they_are_stored_without_loss() -> None:
    rules = PasswordRules(least=20, admins_set=True)
    assert PasswordRules.from_json(rules.to_json()) == rules
    with pytest.raises(MalformedJson):
        PasswordRules.from_json({**rules.to_json(), "more": 1})


def test_a_longer_least_is_kept_to() -> None:
    assert check("fourteen chars", "ann@acme.example", "Ann", least=14) is None
    assert check("fourteen chars", "ann@acme.example", "Ann", least=15) is PasswordProblem.TOO_SHORT
