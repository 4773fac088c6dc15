"""How long the audit log is kept: whole days, in whole days of UTC, and never less than the database holds on to."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

FOR_EVER: Final = 0
"""The number of days that means: nothing is ever removed."""
DAYS_LEAST: Final = 90
"""The database refuses to remove what is younger than this, counted from the newest event."""
DAYS_MOST: Final = 3650
DAYS_DEFAULT: Final = 730


def is_possible(days: int) -> bool:
    """Say whether the log can be kept for so many days."""
    return days == FOR_EVER or DAYS_LEAST <= days <= DAYS_MOST


def is_shorter(new: int, old: int) -> bool:
    """Say whether less of the log is left under the new number of days."""
    return new != FOR_EVER and (old == FOR_EVER or new < old)


def horizon(days: int, *, oldest_at: datetime, newest_at: datetime, now: datetime) -> datetime | None:
    """Return the beginning of the first day that is kept, or None where nothing is older.

    A clock that runs ahead removes nothing too early: the newest event, written by the same clock, lies as far ahead,
    and the 90 days count from it.
    """
    if days == FOR_EVER:
        return None
    limit = min(now - timedelta(days=days), newest_at - timedelta(days=DAYS_LEAST))
    before = datetime.combine(limit.astimezone(UTC).date(), time(), tzinfo=UTC)
    return before if oldest_at < before else None
