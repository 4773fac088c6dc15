"""Instants as people read them, in the time zone that `pages.speak` set for this request."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import pgettext

_MINUTE = timedelta(minutes=1)


def clock(at: datetime) -> str:
    """Return the time of day: "10:38"."""
    return formats.date_format(timezone.localtime(at), "H:i")


def exact_clock(at: datetime) -> str:
    """Return the time of day with its seconds: "10:38:05"."""
    return formats.date_format(timezone.localtime(at), "H:i:s")


def day(at: datetime, *, now: datetime | None = None) -> str:
    """Return the day: "3 May", with its year when `now` is given and lies in another one."""
    local = timezone.localtime(at)
    if now is not None and timezone.localtime(now).year != local.year:
        return full_day(at)
    return formats.date_format(local, pgettext("day and month, in Django's date format", "j F"))


def last_day(ends_at: datetime, *, now: datetime | None = None) -> str:
    """Return the last day of what ends then: the day before, for an end at midnight."""
    return day(ends_at - timedelta(microseconds=1), now=now)


def full_day(at: datetime) -> str:
    """Return the day with its year: "21 November 2026"."""
    form = pgettext("day, month and year, in Django's date format", "j F Y")
    return formats.date_format(timezone.localtime(at), form)


def weekday_and_clock(at: datetime, *, now: datetime) -> str:
    """Return the day with its weekday, and the time: "Monday 30 November, 08:00"; of another year with the year."""
    local = timezone.localtime(at)
    if timezone.localtime(now).year != local.year:
        form = pgettext("weekday, day, month and year, in Django's date format", "l j F Y")
    else:
        form = pgettext("weekday, day and month, in Django's date format", "l j F")
    return f"{formats.date_format(local, form)}, {clock(at)}"


def day_and_clock(at: datetime, *, now: datetime | None = None) -> str:
    """Return day and time: "3 May, 10:38"."""
    return f"{day(at, now=now)}, {clock(at)}"


def soon(at: datetime, *, now: datetime) -> str:
    """Return the time of day of an instant ahead: rounded up to whole minutes, to seconds when less than one is left.

    The day stands before it unless it is today.
    """
    if at - now < _MINUTE:
        return formats.date_format(timezone.localtime(_up(at, 1)), "H:i:s")
    local = timezone.localtime(_up(at, 60))
    return clock(local) if local.date() == timezone.localtime(now).date() else day_and_clock(local, now=now)


def _up(at: datetime, seconds: int) -> datetime:
    """Round up, so that nobody is told to come a moment too early."""
    return datetime.fromtimestamp(math.ceil(at.timestamp() / seconds) * seconds, tz=UTC)
