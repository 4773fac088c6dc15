"""Trusted devices: arithmetic at each sign-in, as a table over all combinations."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import DAY, NOW, SECOND, proof
from twofold.core.policy import EVERY_SIGN_IN, Accepts, Because, Reason, default_rules
from twofold.core.trust import Box, Cookie, Trust, box, judge_cookie, judge_trust, trusted_until

RULES = default_rules().team
LENGTHS = (EVERY_SIGN_IN, DAY, 30 * DAY, 90 * DAY)
AGES = (-DAY, 0 * DAY, DAY - SECOND, DAY, 30 * DAY - SECOND, 30 * DAY, 90 * DAY - SECOND, 90 * DAY)
NOT_BEFORE = (None, NOW - 200 * DAY, NOW - DAY, NOW - DAY / 2)
ACCEPTS = (Accepts(), Accepts(kinds=frozenset({"totp"})), Accepts(kinds=frozenset({"email"})))
EVERY_CASE = list(product(LENGTHS, AGES, NOT_BEFORE, ACCEPTS, (False, True), (False, True)))


@pytest.mark.parametrize("known", [False, True])
def test_whether_a_browser_answers_in_every_case(known: bool) -> None:
    for trust_for, age, not_before, accepts, every_sign_in, strong in EVERY_CASE:
        rules = replace(RULES, trust_for=trust_for, accepts=replace(accepts, needs_strong=strong))
        proved_at = NOW - age
        trust = Trust(proof(at=proved_at)) if known else None
        allowed = accepts.kinds is None or "totp" in accepts.kinds
        returns = not_before is not None and proved_at < not_before
        expected = known and not every_sign_in and allowed and not returns and age < trust_for
        because = judge_trust(trust, rules, every_sign_in=every_sign_in, now=NOW, not_before=not_before)
        case = (trust_for, age, not_before, accepts, every_sign_in, strong)
        assert (because.reason is Reason.TRUSTED_BROWSER) == (expected and trust_for != EVERY_SIGN_IN), case
        until = trusted_until(trust, rules, every_sign_in=every_sign_in, now=NOW, not_before=not_before)
        assert until == (because.at if because.reason is Reason.TRUSTED_BROWSER else None), case


@pytest.mark.parametrize(
    ("age", "because"),
    [
        (29 * DAY, Because(Reason.TRUSTED_BROWSER, NOW + DAY)),
        (30 * DAY, Because(Reason.TRUST_ENDED, NOW)),
        (31 * DAY, Because(Reason.TRUST_ENDED, NOW - DAY)),
    ],
)
def test_thirty_days_count_from_the_proof(age: timedelta, because: Because) -> None:
    assert judge_trust(Trust(proof(at=NOW - age)), RULES, every_sign_in=False, now=NOW) == because


@pytest.mark.parametrize(
    ("not_before", "ended_at"),
    [(NOW - 5 * DAY, NOW - 5 * DAY), (NOW, NOW - DAY), (NOW - 40 * DAY, NOW - DAY)],
)
def test_trust_says_when_it_ended(not_before: datetime, ended_at: datetime) -> None:
    old = Trust(proof(at=NOW - 31 * DAY))
    because = judge_trust(old, RULES, every_sign_in=False, now=NOW, not_before=not_before)
    assert because == Because(Reason.TRUST_ENDED, ended_at)


def test_trust_by_a_kind_that_is_no_longer_allowed_names_it() -> None:
    rules = replace(RULES, accepts=Accepts(kinds=frozenset({"security_key"})))
    because = judge_trust(Trust(proof()), rules, every_sign_in=False, now=NOW)
    assert because == Because(Reason.KIND_NO_LONGER_ALLOWED, detail="totp")


@given(st.timedeltas(min_value=timedelta(0), max_value=400 * DAY), st.integers(0, 90))
def test_no_trust_outlives_its_length(age: timedelta, days: int) -> None:
    rules = replace(RULES, trust_for=days * DAY)
    until = trusted_until(Trust(proof(at=NOW - age)), rules, every_sign_in=False, now=NOW)
    assert until == (NOW - age + days * DAY if age < days * DAY else None)


@pytest.mark.parametrize("every_time", [False, True])
@pytest.mark.parametrize("others", [False, True])
@pytest.mark.parametrize("by_recovery_code", [False, True])
@pytest.mark.parametrize("by_policy", [False, True])
def test_the_box_in_every_case(every_time: bool, others: bool, by_recovery_code: bool, by_policy: bool) -> None:
    rules = replace(RULES, trust_for=EVERY_SIGN_IN) if by_policy else RULES
    absent = by_policy or by_recovery_code
    expected = Box(shown=not absent, ticked=not absent and not every_time and not others)
    assert expected == box(
        rules, every_sign_in=every_time, others_trusted_here=others, by_recovery_code=by_recovery_code
    )


@pytest.mark.parametrize(
    ("presented", "current", "previous", "judged"),
    [
        ("aa", "aa", None, Cookie.CURRENT),
        ("aa", "aa", "bb", Cookie.CURRENT),
        ("bb", "aa", "bb", Cookie.PREVIOUS),
        ("cc", "aa", "bb", Cookie.STALE),
        ("bb", "aa", None, Cookie.STALE),
        ("aa", None, None, Cookie.UNKNOWN),
    ],
)
def test_an_older_secret_ends_the_series(
    presented: str, current: str | None, previous: str | None, judged: Cookie
) -> None:
    assert judge_cookie(presented, current, previous) is judged
