"""Thinning out what a stranger causes: the first of an hour, then each that doubles their number."""

from datetime import UTC, datetime, timedelta

import pytest

from twofold.core.json import MalformedJson
from twofold.core.thinning import PERIOD, Seen, after, is_recorded, left_out_elsewhere, one_more

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


def recorded_of(count: int, most: int) -> list[int]:
    """Return which of so many in a row are recorded."""
    seen: Seen | None = None
    found = []
    for number in range(1, count + 1):
        seen = one_more(seen, now=NOW)
        told = is_recorded(seen, most)
        if told:
            found.append(number)
        seen = after(seen, recorded=told)
    return found


def test_the_first_are_recorded_then_each_that_doubles_them() -> None:
    assert recorded_of(100, 10) == [*range(1, 11), 20, 40, 80]


def test_a_million_leave_few() -> None:
    seen = Seen(NOW, count=999_999)
    assert not is_recorded(seen, 100)
    assert len(recorded_of(20_000, 100)) == 107


def test_what_was_left_out_is_told_with_the_next() -> None:
    seen = Seen(NOW, count=10)
    for _ in range(3):
        seen = after(one_more(seen, now=NOW), recorded=False)
    assert (seen.count, seen.left_out) == (13, 3)
    later = one_more(seen, now=NOW + PERIOD)
    assert (later.since, later.count, later.left_out) == (NOW + PERIOD, 1, 3)
    assert after(later, recorded=True).left_out == 0


def test_what_was_left_out_elsewhere_is_known_of_and_uses_up_nothing() -> None:
    assert left_out_elsewhere(None, now=NOW) == Seen(NOW, 0, 1)
    assert left_out_elsewhere(Seen(NOW, 5, 2), now=NOW + 2 * PERIOD) == Seen(NOW, 5, 3)


def test_an_hour_begins_with_the_first_after_the_last() -> None:
    seen = one_more(None, now=NOW)
    assert seen == Seen(NOW, 1, 0)
    assert one_more(seen, now=NOW + PERIOD - timedelta(microseconds=1)) == Seen(NOW, 2, 0)
    assert one_more(seen, now=NOW + PERIOD) == Seen(NOW + PERIOD, 1, 0)


def test_a_clock_that_was_set_back_begins_anew() -> None:
    seen = Seen(NOW, 500, 7)
    assert one_more(seen, now=NOW - timedelta(hours=5)) == Seen(NOW - timedelta(hours=5), 1, 7)


def test_it_is_stored_without_loss() -> None:
    seen = Seen(NOW, 3, 2)
    assert Seen.from_json(seen.to_json()) == seen
    with pytest.raises(MalformedJson):
        Seen.from_json({**seen.to_json(), "more": 1})
