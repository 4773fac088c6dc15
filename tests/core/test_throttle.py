"""Wrong answers: each lane as a table over all combinations, and properties for any order of answers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import DAY, HOUR, MINUTE, NOW, SECOND
from twofold.core.json import JsonObject, MalformedJson
from twofold.core.throttle import (
    ADDRESS_PASSWORDS,
    ADDRESS_SECOND_FACTORS,
    EMPTY,
    LANES,
    NO_ADDRESS_TRIES,
    TRIES_PER_ATTEMPT,
    AddressLimit,
    AddressTries,
    Gate,
    Lane,
    LaneRules,
    Locked,
    Open,
    ShutUntil,
    Tries,
    Window,
    address_key,
    clear_subject,
    gate,
    gate_address,
    give_back,
    lanes,
    spend,
    spend_address,
    strictest,
    succeed,
    uncount,
    uncount_address,
)

OPEN: Gate = Open()
NUMBERS: Mapping[Lane, tuple[list[tuple[int, timedelta]], int | None, timedelta | None]] = {
    Lane.UNKNOWN_BROWSERS: ([(5, 15 * MINUTE), (20, HOUR), (50, DAY)], 100, None),
    Lane.KNOWN_BROWSER: ([(5, 15 * MINUTE), (20, HOUR), (50, DAY)], 100, None),
    Lane.RECOVERY: ([(10, HOUR), (30, DAY)], None, None),
    Lane.PASSWORD: ([(5, 10 * MINUTE)], None, 10 * MINUTE),
    Lane.PASSWORD_DAY: ([(100, DAY)], None, None),
}


@pytest.mark.parametrize("lane", Lane)
def test_every_lane_has_its_numbers(lane: Lane) -> None:
    windows, hard_stop, shut_for = NUMBERS[lane]
    rules = LANES[lane]
    assert [(window.most, window.within) for window in rules.windows] == windows
    assert (rules.hard_stop, rules.shut_for) == (hard_stop, shut_for)
    in_seconds = [int(wait.total_seconds()) for wait in rules.waits]
    assert in_seconds == ([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900] if lane.value in "ab" else [])
    assert TRIES_PER_ATTEMPT == 5


def test_an_operator_may_state_other_numbers() -> None:
    own = LaneRules(windows=(Window(3, HOUR),))
    assert lanes({Lane.RECOVERY: own}) == {**LANES, Lane.RECOVERY: own}


# --- The gate in every case ---------------------------------------------------------------------

WINDOW = Window(3, 10 * MINUTE)
AGES = (None, 0 * MINUTE, 2 * MINUTE, 9 * MINUTE, 10 * MINUTE, 11 * MINUTE)
GAPS = (0 * MINUTE, 4 * MINUTE, 5 * MINUTE)
COUNTS = (0, 2, 3, 4)
WAITS = ((), (MINUTE, 3 * MINUTE))
STOPS = (None, 4)
SHUTS = (None, 15 * MINUTE)


def shut_or_open(until: datetime | None) -> Gate:
    return OPEN if until is None or until <= NOW else ShutUntil(until)


@pytest.mark.parametrize("count", COUNTS)
def test_the_gate_in_every_case(count: int) -> None:
    for age, gap, waits, stop, shut_for, in_a_row in product(AGES, GAPS, WAITS, STOPS, SHUTS, (0, 1, 3, 4)):
        rules = LaneRules(windows=(WINDOW,), waits=waits, hard_stop=stop, shut_for=shut_for)
        last = None if age is None else NOW - age
        at = () if last is None else tuple(last - gap * back for back in reversed(range(count)))
        judged = gate(Tries(at, in_a_row), rules, now=NOW)
        case = (age, gap, waits, stop, shut_for, in_a_row)
        if stop is not None and in_a_row >= stop:
            assert judged == Locked(), case
            continue
        ends = []
        if last is not None and count:
            if waits and in_a_row:
                ends.append(last + waits[min(in_a_row, 2) - 1])
            if count >= WINDOW.most and gap * (WINDOW.most - 1) < WINDOW.within:
                oldest = last - gap * (WINDOW.most - 1)
                ends.append(oldest + WINDOW.within if shut_for is None else last + shut_for)
        assert judged == shut_or_open(max(ends, default=None)), case


@pytest.mark.parametrize(
    ("gates", "strict"),
    [
        ((), OPEN),
        ((OPEN, OPEN), OPEN),
        ((OPEN, ShutUntil(NOW)), ShutUntil(NOW)),
        ((ShutUntil(NOW + HOUR), ShutUntil(NOW)), ShutUntil(NOW + HOUR)),
        ((ShutUntil(NOW), Locked(), OPEN), Locked()),
    ],
)
def test_the_longest_wait_applies(gates: tuple[Gate, ...], strict: Gate) -> None:
    assert strictest(*gates) == strict


# --- For any order of answers -------------------------------------------------------------------

_GAPS = st.lists(
    st.sampled_from([0, 1, 5, 60, 200, 901, 4000, 90_000]).map(lambda seconds: timedelta(seconds=seconds)), max_size=400
)


@pytest.mark.parametrize("lane", Lane)
@given(gaps=_GAPS)
def test_no_more_answers_are_evaluated_than_the_windows_allow(lane: Lane, gaps: list[timedelta]) -> None:
    rules, tries, now = LANES[lane], EMPTY, NOW
    evaluated: list[datetime] = []
    for gap in gaps:
        now += gap
        if gate(tries, rules, now=now) == OPEN:
            tries = spend(tries, rules, now=now)
            evaluated.append(now)
    for window in rules.windows:
        for index in range(window.most, len(evaluated)):
            assert evaluated[index] - evaluated[index - window.most] >= window.within
    assert rules.hard_stop is None or len(evaluated) <= rules.hard_stop
    assert len(tries.at) <= max(window.most for window in rules.windows)


@given(gaps=_GAPS, rights=st.sets(st.integers(0, 400)))
def test_own_sign_ins_make_no_room_for_guesses(gaps: list[timedelta], rights: set[int]) -> None:
    rules, tries, now = LANES[Lane.UNKNOWN_BROWSERS], EMPTY, NOW
    wrong: list[datetime] = []
    for number, gap in enumerate(gaps):
        now += gap
        if gate(tries, rules, now=now) != OPEN:
            continue
        tries = spend(tries, rules, now=now)
        if number in rights:
            tries = give_back(tries, at=tries.at[-1])
        else:
            wrong.append(now)
    for window in rules.windows:
        for index in range(window.most, len(wrong)):
            assert wrong[index] - wrong[index - window.most] >= window.within


def test_somebody_who_mistypes_waits_a_second_and_gets_in() -> None:
    rules = LANES[Lane.KNOWN_BROWSER]
    tries = spend(EMPTY, rules, now=NOW)
    assert gate(tries, rules, now=NOW) == ShutUntil(NOW + SECOND)
    assert gate(tries, rules, now=NOW + SECOND) == OPEN
    tries = give_back(spend(tries, rules, now=NOW + SECOND), at=NOW + SECOND)
    assert tries == Tries((NOW,), 0)
    assert gate(tries, rules, now=NOW + SECOND) == OPEN


def test_a_success_without_a_try_is_what_a_try_and_giving_it_back_come_to() -> None:
    rules = LANES[Lane.KNOWN_BROWSER]
    before = spend(EMPTY, rules, now=NOW)
    later = NOW + SECOND
    assert succeed(before) == give_back(spend(before, rules, now=later), at=later)


def test_waits_grow_to_fifteen_minutes() -> None:
    rules = LANES[Lane.UNKNOWN_BROWSERS]
    tries, now = EMPTY, NOW
    for number in range(1, 40):
        now += DAY
        tries = spend(tries, rules, now=now)
        assert gate(tries, rules, now=now) == ShutUntil(now + min(2 ** (number - 1), 900) * SECOND)


def test_a_hundred_in_a_row_stop_for_good() -> None:
    rules = LANES[Lane.UNKNOWN_BROWSERS]
    assert gate(Tries((NOW,), 99), rules, now=NOW + DAY) == OPEN
    assert gate(Tries((NOW,), 100), rules, now=NOW + 400 * DAY) == Locked()
    assert gate(Tries((), 100), rules, now=NOW) == Locked()


def test_five_wrong_passwords_shut_for_ten_minutes() -> None:
    rules, tries, now = LANES[Lane.PASSWORD], EMPTY, NOW
    for _ in range(5):
        now += 2 * MINUTE
        assert gate(tries, rules, now=now) == OPEN
        tries = spend(tries, rules, now=now)
    assert gate(tries, rules, now=now) == ShutUntil(now + 10 * MINUTE)
    assert gate(tries, rules, now=now + 10 * MINUTE - SECOND) == ShutUntil(now + 10 * MINUTE)
    assert gate(tries, rules, now=now + 10 * MINUTE) == OPEN


def test_the_recovery_lane_has_no_waits() -> None:
    rules, tries = LANES[Lane.RECOVERY], EMPTY
    for _ in range(10):
        assert gate(tries, rules, now=NOW) == OPEN
        tries = spend(tries, rules, now=NOW)
    assert gate(tries, rules, now=NOW) == ShutUntil(NOW + HOUR)


def test_giving_back_takes_one_try_only() -> None:
    assert give_back(Tries((NOW, NOW), 2), at=NOW) == Tries((NOW,), 0)
    assert give_back(Tries((NOW, NOW + SECOND), 2), at=NOW) == Tries((NOW + SECOND,), 0)
    assert give_back(Tries((NOW,), 1), at=NOW + SECOND) == Tries((NOW,), 0)


def test_what_does_not_count_takes_its_own_try_along_and_forgives_no_other() -> None:
    assert uncount(Tries((NOW, NOW), 2), at=NOW) == Tries((NOW,), 1)
    assert uncount(Tries((NOW,), 100), at=NOW + SECOND) == Tries((NOW,), 99)
    assert uncount(EMPTY, at=NOW) == EMPTY
    tries = AddressTries((("a", NOW), ("b", NOW), ("a", NOW)))
    assert uncount_address(tries, "a") == AddressTries((("a", NOW), ("b", NOW)))
    assert uncount_address(tries, "c") == tries


def test_a_clock_that_was_set_back_opens_nothing() -> None:
    rules = LANES[Lane.UNKNOWN_BROWSERS]
    tries = spend(Tries((NOW,), 1), rules, now=NOW - HOUR)
    assert tries == Tries((NOW, NOW), 2)
    assert gate(tries, rules, now=NOW - HOUR) == ShutUntil(NOW + 2 * SECOND)


def test_rules_without_windows_remember_the_last_try() -> None:
    rules = LaneRules(windows=(), waits=(MINUTE,))
    tries = spend(spend(EMPTY, rules, now=NOW), rules, now=NOW + HOUR)
    assert tries == Tries((NOW + HOUR,), 2)


@given(
    st.lists(st.integers(0, 10**6), max_size=50).map(
        lambda ages: tuple(NOW + timedelta(seconds=age) for age in sorted(ages))
    ),
    st.integers(0, 100),
)
def test_tries_survive_json(at: tuple[datetime, ...], since_success: int) -> None:
    tries = Tries(at, since_success)
    assert Tries.from_json(tries.to_json()) == tries
    with pytest.raises(MalformedJson):
        Tries.from_json({**tries.to_json(), "more": 1})


# --- Network addresses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("::1", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", "unknown"),
        ("192.0.2.7, 198.51.100.1", "unknown"),
        ("192.0.2.07", "unknown"),
    ],
)
def test_what_is_counted_together(address: str, key: str) -> None:
    assert address_key(address) == key


@pytest.mark.parametrize(("limit", "most", "free"), [(ADDRESS_SECOND_FACTORS, 30, 1), (ADDRESS_PASSWORDS, 100, 0)])
def test_an_address_has_its_numbers(limit: AddressLimit, most: int, free: int) -> None:
    assert (limit.most, limit.within, limit.free) == (most, 15 * MINUTE, free)


def test_an_office_of_120_each_wrong_once_gets_in() -> None:
    tries = NO_ADDRESS_TRIES
    for number in range(120):
        assert gate_address(tries, ADDRESS_SECOND_FACTORS, now=NOW) == OPEN
        tries = spend_address(tries, f"person-{number}", ADDRESS_SECOND_FACTORS, now=NOW)
    for number in range(120):
        assert gate_address(tries, ADDRESS_SECOND_FACTORS, now=NOW + SECOND) == OPEN
        tries = spend_address(tries, f"person-{number}", ADDRESS_SECOND_FACTORS, now=NOW + SECOND)
        tries = clear_subject(tries, f"person-{number}")
    assert tries == NO_ADDRESS_TRIES


@pytest.mark.parametrize("limit", [ADDRESS_SECOND_FACTORS, ADDRESS_PASSWORDS])
@pytest.mark.parametrize("people", [1, 7, 40])
def test_an_address_that_only_guesses_is_shut(limit: AddressLimit, people: int) -> None:
    tries, now, spent = NO_ADDRESS_TRIES, NOW, 0
    while gate_address(tries, limit, now=now) == OPEN and spent < 1000:
        tries = spend_address(tries, f"person-{spent % people}", limit, now=now)
        spent += 1
        now += SECOND
    assert spent == limit.most + people * limit.free
    opens_at = NOW + people * limit.free * SECOND + limit.within
    # The free ones are each person's newest, so what has to leave is the oldest try that counts.
    shut = gate_address(tries, limit, now=now)
    assert isinstance(shut, ShutUntil)
    assert shut.at <= opens_at
    assert gate_address(tries, limit, now=shut.at - SECOND) == shut
    assert gate_address(tries, limit, now=shut.at) == OPEN


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=200), st.integers(0, 2))
def test_an_address_never_gets_more_than_its_limit(answers: list[tuple[int, int]], free: int) -> None:
    limit = AddressLimit(most=8, within=15 * MINUTE, free=free)
    tries, now = NO_ADDRESS_TRIES, NOW
    spent: list[tuple[int, datetime]] = []
    for person, gap in answers:
        now += timedelta(seconds=gap)
        if gate_address(tries, limit, now=now) == OPEN:
            tries = spend_address(tries, str(person), limit, now=now)
            spent.append((person, now))
        seen = [who for who, at in spent if at > now - limit.within]
        assert sum(max(0, seen.count(who) - free) for who in set(seen)) <= limit.most
        assert len(tries.tries) <= limit.most + 6 * free


def test_a_success_clears_nobody_else() -> None:
    tries = AddressTries((("ann", NOW), ("bob", NOW), ("ann", NOW + SECOND)))
    assert clear_subject(tries, "ann") == AddressTries((("bob", NOW),))


def test_tries_of_an_address_survive_json() -> None:
    tries = AddressTries((("ann", NOW), ("bob", NOW + SECOND)))
    assert AddressTries.from_json(tries.to_json()) == tries
    wrongs: list[JsonObject] = [
        {**tries.to_json(), "more": 1},
        {"tries": [["ann"]]},
        {"tries": ["ann"]},
        {"tries": [[1, 1]]},
    ]
    for wrong in wrongs:
        with pytest.raises(MalformedJson):
            AddressTries.from_json(wrong)


def test_an_address_keeps_order_when_the_clock_was_set_back() -> None:
    limit = replace(ADDRESS_PASSWORDS, most=1)
    tries = spend_address(AddressTries((("ann", NOW),)), "bob", limit, now=NOW - MINUTE)
    assert tries == AddressTries((("ann", NOW), ("bob", NOW)))
    assert gate_address(tries, limit, now=NOW - MINUTE) == ShutUntil(NOW + limit.within)
