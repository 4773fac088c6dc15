"""Where a person stands, beside the table over all combinations."""

from dataclasses import replace
from datetime import datetime

import pytest

from tests.core.values import DAY, HOUR, NOW, SECOND, held
from twofold.core.policy import Accepts, Facts, Held, Requirement, Word, default_rules, meets, standing
from twofold.core.roles import Audience, Role

PERSON = Facts(audience=Audience.TEAM, role=Role.AGENT, created_at=NOW - 400 * DAY)
OPEN_RULES = default_rules()


@pytest.mark.parametrize("word", Word)
def test_two_factor_authentication_is_on_in_two_words_only(word: Word) -> None:
    assert word.is_on == (word in {Word.ON_BY_CHOICE, Word.ON_REQUIRED})


@pytest.mark.parametrize("chosen", [False, True])
def test_whoever_signs_in_through_a_provider_only_has_the_word_for_that(chosen: bool) -> None:
    where = standing(replace(PERSON, provider="Google", chosen=chosen, held=(held(),)), OPEN_RULES, now=NOW)
    assert (where.word, where.until) == (Word.PROVIDER, None)


def test_the_longer_grace_counts() -> None:
    required = Requirement(starts_at=NOW - DAY, grace_for=7 * DAY)
    rules = replace(OPEN_RULES, team=replace(OPEN_RULES.team, required=required))
    for own, until in [(None, NOW + 6 * DAY), (NOW + DAY, NOW + 6 * DAY), (NOW + 9 * DAY, NOW + 9 * DAY)]:
        where = standing(replace(PERSON, grace_until=own), rules, now=NOW)
        assert (where.word, where.until, where.grace_until) == (Word.MUST_SET_UP, until, until)


@pytest.mark.parametrize(
    ("own", "skipped", "until"),
    [
        (None, 3, None),
        (NOW - HOUR, 3, None),
        (NOW + DAY, 3, NOW + DAY),
        (NOW + DAY, 2, NOW + 6 * DAY),
        (NOW + 9 * DAY, 3, NOW + 9 * DAY),
    ],
)
def test_whoever_is_let_in_may_wait_though_they_said_later_too_often(
    own: datetime | None, skipped: int, until: datetime | None
) -> None:
    required = Requirement(starts_at=NOW - DAY, grace_for=7 * DAY, skips=3)
    rules = replace(OPEN_RULES, team=replace(OPEN_RULES.team, required=required))
    where = standing(replace(PERSON, grace_until=own, skipped=skipped), rules, now=NOW)
    assert (where.in_grace, where.until) == (until is not None, until)


@pytest.mark.parametrize(("starts_at", "covered"), [(NOW - SECOND, True), (NOW, True), (NOW + SECOND, False)])
def test_a_requirement_covers_from_its_start(starts_at: datetime, covered: bool) -> None:
    rules = replace(OPEN_RULES, team=replace(OPEN_RULES.team, required=Requirement(starts_at=starts_at)))
    assert standing(PERSON, rules, now=NOW).covered == covered


def test_a_requirement_for_one_audience_does_not_touch_the_other() -> None:
    required = Requirement(starts_at=NOW - DAY)
    rules = replace(OPEN_RULES, team=replace(OPEN_RULES.team, required=required))
    customer = replace(PERSON, audience=Audience.END_USERS, role=Role.END_USER)
    assert standing(PERSON, rules, now=NOW).word is Word.MUST_SET_UP
    assert standing(customer, rules, now=NOW).word is Word.OFF


@pytest.mark.parametrize(
    ("holds", "required", "accepts", "fits"),
    [
        ((), False, Accepts(), True),
        ((), True, Accepts(), False),
        ((), False, Accepts(needs_strong=True), False),
        ((), False, Accepts(kinds=frozenset({"totp"})), False),
        ((held(),), True, Accepts(), True),
        ((held(),), True, Accepts(needs_strong=True), True),
        ((held(),), False, Accepts(needs_phishing_resistant=True), False),
        ((held(), held("security_key")), False, Accepts(needs_phishing_resistant=True), True),
        ((held("email"),), True, Accepts(kinds=frozenset({"totp"})), False),
    ],
)
def test_nobody_saves_a_rule_that_they_do_not_meet(
    holds: tuple[Held, ...], required: bool, accepts: Accepts, fits: bool
) -> None:
    requirement = Requirement(starts_at=NOW + HOUR) if required else None
    assert meets(holds, replace(OPEN_RULES.team, required=requirement, accepts=accepts)) == fits
