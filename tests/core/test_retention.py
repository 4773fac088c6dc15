"""How long the audit log is kept: whole days, and never less than 90."""

from datetime import UTC, datetime, timedelta

import pytest

from twofold.core.retention import DAYS_DEFAULT, DAYS_LEAST, DAYS_MOST, FOR_EVER, horizon, is_possible, is_shorter

NOW = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
OLD = NOW - timedelta(days=2000)


@pytest.mark.parametrize(
    ("days", "possible"),
    [
        (FOR_EVER, True),
        (1, False),
        (89, False),
        (DAYS_LEAST, True),
        (DAYS_MOST, True),
        (DAYS_MOST + 1, False),
        (-1, False),
    ],
)
def test_which_lengths_are_possible(days: int, possible: bool) -> None:
    assert is_possible(days) == possible


def test_the_default_is_possible() -> None:
    assert is_possible(DAYS_DEFAULT)


@pytest.mark.parametrize(
    ("new", "old", "shorter"),
    [(90, 91, True), (91, 90, False), (90, 90, False), (90, FOR_EVER, True), (FOR_EVER, 90, False)],
)
def test_what_is_shorter(new: int, old: int, shorter: bool) -> None:
    assert is_shorter(new, old) == shorter


def test_whole_days_are_kept() -> None:
    assert horizon(100, oldest_at=OLD, newest_at=NOW, now=NOW) == datetime(2026, 1, 24, tzinfo=UTC)


def test_what_is_young_stays_whatever_the_clock_says() -> None:
    ahead = NOW + timedelta(days=1000)
    assert horizon(100, oldest_at=OLD, newest_at=NOW, now=ahead) == datetime(2026, 2, 3, tzinfo=UTC)


def test_for_ever_is_for_ever() -> None:
    assert horizon(FOR_EVER, oldest_at=OLD, newest_at=NOW, now=NOW) is None


@pytest.mark.parametrize(("oldest", "is_due"), [(24, False), (23, True)])
def test_nothing_is_due_where_nothing_is_older(oldest: int, is_due: bool) -> None:
    found = horizon(100, oldest_at=datetime(2026, 1, oldest, tzinfo=UTC), newest_at=NOW, now=NOW)
    assert (found is not None) == is_due
