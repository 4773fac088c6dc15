"""Instants as people read them, in the time zone that `pages.speak` set for this request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import formats, timezone
from django.utils.translation import ngettext, pgettext

if TYPE_CHECKING:
    from datetime import datetime, timedelta

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def clock(at: datetime) -> str:
    """Return the time of day: "10:38"."""
    return formats.date_format(timezone.localtime(at), "H:i")


def day(at: datetime, *, now: datetime | None = None) -> str:
    """Return the day: "3 May", with its year when `now` is given and lies in another one."""
    local = timezone.localtime(at)
    if now is not None and timezone.localtime(now).year != local.year:
        return full_day(at)
    return formats.date_format(local, pgettext("day and month, in Django's date format", "j F"))


def full_day(at: datetime) -> str:
    """Return the day with its year: "21 November 2026"."""
    form = pgettext("day, month and year, in Django's date format", "j F Y")
    return formats.date_format(timezone.localtime(at), form)


def day_and_clock(at: datetime, *, now: datetime | None = None) -> str:
    """Return day and time: "3 May, 10:38"."""
    return f"{day(at, now=now)}, {clock(at)}"


def soon(at: datetime, *, now: datetime) -> str:
    """Return the time of day alone when `at` is today, else day and time; whole minutes, rounded up."""
    local = timezone.localtime(at)
    if local.second or local.microsecond:
        local = timezone.localtime(at.fromtimestamp(-(-at.timestamp() // 60) * 60, tz=at.tzinfo))
    if local.date() == timezone.localtime(now).date():
        return clock(local)
    return day_and_clock(local, now=now)


def span(length: timedelta) -> str:
    """Return a span in its largest unit, rounded: "31 days", "5 hours", "1 minute"."""
    seconds = length.total_seconds()
    if seconds >= _DAY:
        days = round(seconds / _DAY)
        return ngettext("%(n)d day", "%(n)d days", days) % {"n": days}
    if seconds >= _HOUR:
        hours = round(seconds / _HOUR)
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    minutes = max(1, round(seconds / _MINUTE))
    return ngettext("%(n)d minute", "%(n)d minutes", minutes) % {"n": minutes}
