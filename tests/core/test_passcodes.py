"""HOTP and TOTP against the vectors of their RFCs, against pyotp, and against every way to use a code twice."""

from base64 import b32encode
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import MINUTE, NOW, SECOND, wide
from twofold.core.passcodes import (
    DRIFT_MOST,
    Match,
    NoMatch,
    OffClock,
    TotpAnswer,
    Used,
    check_totp,
    hotp,
    step_began_at,
    time_step,
)
from twofold.core.typed import digits_of

KEY = b"12345678901234567890"
PERIOD = timedelta(seconds=30)
HERE = time_step(NOW)
# A key whose codes for 40 steps around NOW are all different, so that no test meets a coincidence.
DISTINCT = b"twofold tests core!!"


def code(step: int) -> str:
    return hotp(DISTINCT, step)


def judge(typed: str, *, now: datetime = NOW, last_step: int | None = None, drift: int = 0) -> TotpAnswer:
    return check_totp(DISTINCT, typed, now=now, last_step=last_step, drift=drift)


def test_the_key_of_these_tests_has_no_coincidence() -> None:
    steps = range(HERE - 60, HERE + 60)
    assert len({code(step) for step in steps}) == len(steps)


@pytest.mark.parametrize(
    ("counter", "expected"),
    list(
        enumerate(["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"])
    ),
)
def test_hotp_has_the_values_of_rfc_4226(counter: int, expected: str) -> None:
    assert hotp(KEY, counter) == expected


@pytest.mark.parametrize(
    ("seconds", "sha1", "sha256", "sha512"),
    [
        (59, "94287082", "46119246", "90693936"),
        (1111111109, "07081804", "68084774", "25091201"),
        (1111111111, "14050471", "67062674", "99943326"),
        (1234567890, "89005924", "91819424", "93441116"),
        (2000000000, "69279037", "90698825", "38618901"),
        (20000000000, "65353130", "77737706", "47863826"),
    ],
)
def test_totp_has_the_values_of_rfc_6238(seconds: int, sha1: str, sha256: str, sha512: str) -> None:
    now = datetime.fromtimestamp(seconds, UTC)
    for algorithm, length, expected in (("SHA1", 20, sha1), ("SHA256", 32, sha256), ("SHA512", 64, sha512)):
        key = (KEY * 4)[:length]
        step = time_step(now)
        assert hotp(key, step, digits=8, algorithm=algorithm) == expected
        answer = check_totp(key, expected, now=now, last_step=None, digits=8, algorithm=algorithm)
        assert answer == Match(step)


@pytest.mark.security("SA7")
@given(
    key=st.binary(min_size=14, max_size=64),
    seconds=st.integers(1000, 10**10),
    off=st.integers(-3, 3),
    digits=st.sampled_from([6, 7, 8]),
)
def test_pyotp_agrees_about_every_code_until_it_was_used(key: bytes, seconds: int, off: int, digits: int) -> None:
    oracle = pyotp.TOTP(b32encode(key).decode(), digits=digits)
    now = datetime.fromtimestamp(seconds, UTC)
    typed = oracle.at(now, counter_offset=off)
    assert hotp(key, time_step(now) + off, digits=digits) == typed
    answer = check_totp(key, typed, now=now, last_step=None, digits=digits)
    assert isinstance(answer, Match) == oracle.verify(typed, for_time=now, valid_window=1)
    if isinstance(answer, Match):
        again = check_totp(key, typed, now=now, last_step=answer.step, digits=digits)
        assert not isinstance(again, Match)


@pytest.mark.parametrize("period", [30, 60])
def test_a_step_begins_at_its_instant(period: int) -> None:
    step = time_step(NOW, period)
    began_at = step_began_at(step, period)
    assert began_at <= NOW < began_at + timedelta(seconds=period)
    assert time_step(began_at, period) == step
    assert time_step(began_at - timedelta(microseconds=1), period) == step - 1


# --- What is accepted ---------------------------------------------------------------------------


@pytest.mark.parametrize("off", range(-13, 14))
@pytest.mark.parametrize("last", [None, -2, -1, 0, 1, 2])
def test_every_step_around_now_with_every_last_step(off: int, last: int | None) -> None:
    last_step = None if last is None else HERE + last
    expected: TotpAnswer
    if abs(off) <= 1:
        expected = Match(HERE + off) if last is None or off > last else Used(HERE + off)
    elif off == last:
        expected = Used(HERE + off)
    elif abs(off) <= 11:
        expected = OffClock(step_began_at(HERE + off), HERE + off)
    else:
        expected = NoMatch()
    assert judge(code(HERE + off), last_step=last_step) == expected


@pytest.mark.security("SA1")
@given(
    answers=st.lists(st.tuples(st.integers(-4, 4), st.integers(-3, 3), st.sampled_from([-2, -1, 0, 1, 2])), max_size=60)
)
def test_each_step_succeeds_at_most_once_for_any_order_of_windows(answers: list[tuple[int, int, int]]) -> None:
    """The clock wanders both ways, codes of any step around come in, and the drift changes between them."""
    last_step: int | None = None
    here = HERE
    accepted: list[int] = []
    for walked, off, drift in answers:
        here += walked
        answer = judge(code(here + off), now=step_began_at(here), last_step=last_step, drift=drift)
        if isinstance(answer, Match):
            assert last_step is None or answer.step > last_step
            last_step = answer.step
            accepted.append(answer.step)
    assert len(accepted) == len(set(accepted))


@pytest.mark.security("SA1")
def test_a_code_used_at_the_next_step_is_used_at_every_later_one() -> None:
    late = judge(code(HERE), now=NOW + PERIOD)
    assert late == Match(HERE)
    assert judge(code(HERE), now=NOW + PERIOD, last_step=HERE) == Used(HERE)
    assert judge(code(HERE), now=NOW + PERIOD + SECOND, last_step=HERE) == Used(HERE)
    assert judge(code(HERE), now=NOW, last_step=HERE) == Used(HERE)


@pytest.mark.security("SA3")
@pytest.mark.parametrize(
    "spelling",
    [
        "{0}{1}{2}{3}{4}{5}",
        "{0}{1}{2} {3}{4}{5}",
        " {0}{1}{2}{3}{4}{5}\n",
        "{0}{1}{2}\t{3}{4}{5}",
        "{0}{1}{2}\N{NO-BREAK SPACE}{3}{4}{5}",
        "{0}{1}{2}\N{EN DASH}{3}{4}{5}",
        "{0}-{1}-{2}-{3}-{4}-{5}",
        "\N{ZERO WIDTH SPACE}{0}{1}{2}{3}{4}{5}",
    ],
)
@pytest.mark.parametrize("zero", [ord("0"), 0xFF10, 0x0660, 0x0966])
def test_no_spelling_of_a_used_code_works_again(spelling: str, zero: int) -> None:
    step = next(step for step in range(HERE, HERE + 1000) if code(step).startswith("0"))
    now = step_began_at(step)
    typed = spelling.format(*(chr(zero + int(digit)) for digit in code(step)))
    assert judge(digits_of(typed), now=now) == Match(step)
    assert judge(digits_of(typed), now=now, last_step=step) == Used(step)
    assert judge(digits_of("0" + typed), now=now, last_step=step) == NoMatch()


@pytest.mark.security("SA4")
def test_a_used_code_is_refused_in_every_second_until_it_would_be_anyway() -> None:
    began_at = step_began_at(HERE)
    for second in range(-120, 600):
        now = began_at + second * SECOND
        assert not isinstance(judge(code(HERE), now=now, last_step=HERE), Match), second


def test_a_code_is_accepted_from_one_step_before_to_one_step_after_its_own() -> None:
    began_at = step_began_at(HERE)
    accepted = [
        second for second in range(-120, 600) if isinstance(judge(code(HERE), now=began_at + second * SECOND), Match)
    ]
    assert accepted == list(range(-30, 60))


@pytest.mark.security("SA6")
@given(st.integers(-(10**6), 10**6), st.integers(-60, 60))
def test_no_learned_drift_moves_acceptance_out_of_its_cap(drift: int, off: int) -> None:
    answer = judge(code(HERE + off), drift=drift)
    if isinstance(answer, Match):
        assert abs(off) <= DRIFT_MOST + 1
        assert abs(off - max(-DRIFT_MOST, min(drift, DRIFT_MOST))) <= 1
    else:
        assert abs(off - max(-DRIFT_MOST, min(drift, DRIFT_MOST))) > 1


@pytest.mark.security("SA8")
@given(st.integers(0, 10**6))
def test_a_clock_that_steps_back_opens_nothing_again(seconds: int) -> None:
    back = NOW - seconds * SECOND
    for step in range(time_step(back) - 1, time_step(back) + 2):
        if step <= HERE:
            assert not isinstance(judge(code(step), now=back, last_step=HERE), Match)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "12345678", "abcdef", wide("123456")])
def test_what_is_not_six_ascii_digits_fits_nothing(typed: str) -> None:
    assert judge(typed) == NoMatch()


def test_of_several_steps_with_one_code_the_greatest_is_taken() -> None:
    """Two steps in a row share their six digits once in a million; for this key they first do here."""
    step = 811_089
    shared, now = "010909", step_began_at(step)
    assert code(step) == code(step + 1) == shared
    assert judge(shared, now=now) == Match(step + 1)
    assert judge(shared, now=now, last_step=step) == Match(step + 1)
    assert judge(shared, now=now, last_step=step + 1) == Used(step + 1)


@pytest.mark.parametrize("step", [0, 1])
def test_there_is_no_step_before_the_first(step: int) -> None:
    now = step_began_at(step)
    assert judge(code(step), now=now) == Match(step)
    assert judge("000000" if code(0) != "000000" else "000001", now=now) == NoMatch()


def test_the_clock_is_named_by_the_nearest_moment_that_fits() -> None:
    fits_at = step_began_at(HERE - 8)
    assert judge(code(HERE - 8)) == OffClock(fits_at, HERE - 8)
    assert NOW - fits_at < 5 * MINUTE
