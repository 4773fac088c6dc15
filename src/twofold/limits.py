"""The limits on wrong answers, as an operator writes them: `5/15m 20/1h`, five in 15 minutes and twenty in an hour."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_network
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from twofold.core import helping
from twofold.core.attempts import AttemptLimits
from twofold.core.throttle import AddressLimit, Window

if TYPE_CHECKING:
    from collections.abc import Sequence

_UNITS: Final = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1), "s": timedelta(seconds=1)}
_ONE: Final = re.compile(r"([0-9]{1,4})/([0-9]{1,4})([dhms])")
_MINUTES: Final = re.compile(r"([0-9]{1,3})/([0-9]{1,3})")
_MOST_MINUTES: Final = 240
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


def one_window(text: str) -> Window:
    """Return the one window that a text names; ValueError says how to write it."""
    found = windows(text)
    if len(found) != 1:
        raise ValueError("is one limit, like 30/15m")
    return found[0]


def shown_address(limit: AddressLimit) -> str:
    """Return a limit of a network address as `one_window` reads it."""
    return shown([Window(limit.most, limit.within)])


def minutes(text: str) -> AttemptLimits:
    """Return the two spans that a text names, `10/30`; ValueError says how to write them."""
    match = _MINUTES.fullmatch(text.strip())
    step, whole = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 0 < step <= whole <= _MOST_MINUTES:
        raise ValueError("is written like 10/30: minutes from the last step, and in all (240 at most)")
    return AttemptLimits(step_for=timedelta(minutes=step), whole_for=timedelta(minutes=whole))


def hours(text: str) -> tuple[timedelta, ...]:
    """Return the spans that a text names, `4/20`, none for `0`; ValueError says how to write them."""
    parts = text.strip().split("/")
    found = [int(part) if part.isascii() and part.isdecimal() and len(part) < len("100") else -1 for part in parts]
    if found == [0]:
        return ()
    is_rising = all(one < other for one, other in pairwise(found))
    if not is_rising or found[0] < 1 or timedelta(hours=found[-1]) >= helping.ASKED_FOR:
        raise ValueError("is written like 4/20: hours, the fewest first, less than 72; 0 for none")
    return tuple(timedelta(hours=one) for one in found)


def shown_hours(spans: Sequence[timedelta]) -> str:
    """Return spans as `hours` reads them."""
    return "/".join(str(span // _UNITS["h"]) for span in spans) or "0"


def shown_minutes(spans: AttemptLimits) -> str:
    """Return spans as `minutes` reads them."""
    return f"{spans.step_for // _UNITS['m']}/{spans.whole_for // _UNITS['m']}"


def networks(value: object) -> object:
    """Return the networks of a text, CIDRs with commas between; anything else as it is. ValueError for nonsense."""
    if not isinstance(value, str):
        return value
    return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())


def _span(within: timedelta) -> str:
    for unit, length in _UNITS.items():
        # A day reads better as 24 hours: it is no calendar day.
        if unit != "d" and within % length == timedelta():
            return f"{within // length}{unit}"
    raise ValueError("windows are whole seconds")
