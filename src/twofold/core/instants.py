"""Instants as whole microseconds since 1970 in UTC: the one form in which JSON and the database hold them."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_micros(at: datetime) -> int:
    """Return `at`, an aware instant, as microseconds since the epoch, without loss."""
    return (at - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """Return the aware UTC instant that lies `micros` microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=micros)
