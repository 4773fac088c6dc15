"""The limits on wrong answers, as an operator writes them: `5/15m 20/1h`, five in 15 minutes and twenty in an hour."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.sent_codes import Limits
from twofold.core.throttle import LANES, Lane, LaneRules, Window, lanes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twofold.settings import Settings

_UNITS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
_ONE: Final = re.compile(r"([0-9]{1,4})/([0-9]{1,4})([dhms])")
_LONGEST: Final = timedelta(days=7)
"""What is counted is kept in one row for each person, so it does not reach further back."""


def windows(text: str) -> tuple[Window, ...]:
    """Return the windows that a text names; ValueError says how to write them."""
    found = []
    for part in text.replace(",", " ").split():
        match = _ONE.fullmatch(part)
        most, within = (int(match[1]), int(match[2]) * _UNITS[match[3]]) if match else (0, timedelta())
        if not most or not timedelta() < within <= _LONGEST:
            raise ValueError("is written like 5/15m 20/1h: how many, within how long (s, m, h, d; 7 days at most)")
        found.append(Window(most, within))
    if not found:
        raise ValueError("names at least one limit, like 5/15m")
    return tuple(found)


def shown(given: Sequence[Window]) -> str:
    """Return windows as `windows` reads them."""
    return " ".join(f"{window.most}/{_span(window.within)}" for window in given)


def rules_of(settings: Settings) -> Mapping[Lane, LaneRules]:
    """Return the rules of every lane, with the operator's numbers in place of the defaults."""
    second_factors, hard_stop = windows(settings.limit_second_factors), settings.limit_hard_stop
    numbers = {
        Lane.UNKNOWN_BROWSERS: second_factors,
        Lane.KNOWN_BROWSER: second_factors,
        Lane.RECOVERY: windows(settings.limit_recovery_codes),
        Lane.PASSWORD: windows(settings.limit_passwords),
        Lane.PASSWORD_DAY: windows(settings.limit_passwords_by_strangers),
    }
    own = {lane: replace(LANES[lane], windows=given) for lane, given in numbers.items()}
    for lane in (Lane.UNKNOWN_BROWSERS, Lane.KNOWN_BROWSER):
        own[lane] = replace(own[lane], hard_stop=hard_stop)
    return lanes(own)


def codes_of(settings: Settings) -> Limits:
    """Return how sent codes are limited, with the operator's numbers in place of the defaults."""
    return Limits(
        life=timedelta(minutes=settings.code_minutes),
        an_hour=settings.limit_codes_an_hour,
        a_day=settings.limit_codes_a_day,
        to_number=settings.limit_texts_to_number,
    )


def _span(within: timedelta) -> str:
    for unit, length in _UNITS.items():
        # A day reads better as 24 hours: it is no calendar day.
        if unit != "d" and within % length == timedelta():
            return f"{within // length}{unit}"
    raise ValueError("windows are whole seconds")
