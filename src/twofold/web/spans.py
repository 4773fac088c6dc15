"""Lengths of time as people read them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import ngettext

if TYPE_CHECKING:
    from datetime import timedelta

_MINUTE = 60
_HOUR = 60 * _MINUTE
_DAY = 24 * _HOUR


def rounded(length: timedelta) -> str:
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
