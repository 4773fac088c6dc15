"""Instants as whole microseconds since 1970 in UTC: the one form in which JSON and the database hold them."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = timedelta(days=1)


def to_micros(at: datetime) -> int:
    """Return `at`, an aware instant, as microseconds since the epoch, without loss."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC instant that lies `micros` microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=micros)


def day_of(at: datetime) -> int:
    """Return the day of an instant, as the whole days in UTC since the epoch."""
    return (at - EPOCH) // _DAY


def day_began(day: int) -> datetime:
    """Return when such a day began."""
    return EPOCH + day * _DAY
