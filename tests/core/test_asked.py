"""How often somebody would have been asked: sign-ins of a month, replayed."""

from datetime import timedelta

import pytest

from tests.core.values import DAY, HOUR, NOW
from twofold.core.asked import LOOKS_BACK, MONTH, SignIn, times_asked
from twofold.core.ids import BrowserId
from twofold.core.policy import EVERY_SIGN_IN

DESK, PHONE = BrowserId("desk"), BrowserId("phone")
SINCE = NOW - MONTH


def on(browser: BrowserId | None, *days_ago: float) -> list[SignIn]:
    return [SignIn(NOW - days * DAY, browser) for days in days_ago]


@pytest.mark.parametrize(
    ("days", "asked"),
    [(0, 30), (1, 30), (2, 15), (7, 5), (30, 1), (90, 1)],
)
def test_somebody_who_signs_in_daily_on_one_browser(days: int, asked: int) -> None:
    daily = on(DESK, *range(30, 0, -1))
    assert times_asked(daily, days * DAY, since=SINCE) == asked


def test_each_browser_is_trusted_apart_and_one_that_is_not_kept_never() -> None:
    both = sorted([*on(DESK, 20, 19, 18), *on(PHONE, 19.5, 18.5), *on(None, 17, 16)], key=lambda one: one.at)
    assert times_asked(both, 30 * DAY, since=SINCE) == 4
    assert times_asked(both, EVERY_SIGN_IN, since=SINCE) == 7


def test_what_was_proved_before_the_month_is_trusted_in_it() -> None:
    seldom = on(DESK, 80, 29)
    assert times_asked(seldom, 90 * DAY, since=SINCE) == 0
    assert times_asked(seldom, 30 * DAY, since=SINCE) == 1
    assert NOW - 80 * DAY > NOW - LOOKS_BACK


def test_the_time_counts_from_the_proof_and_to_its_end() -> None:
    twice = [SignIn(NOW - 2 * DAY, DESK), SignIn(NOW - DAY - HOUR, DESK), SignIn(NOW - DAY, DESK)]
    assert times_asked(twice, DAY, since=SINCE) == 2
    assert times_asked(twice, DAY + timedelta(microseconds=1), since=SINCE) == 1
    assert times_asked([], DAY, since=SINCE) == 0
