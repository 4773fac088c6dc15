"""How long a session lives: not idle for too long, and not longer than a hard limit in all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from twofold.core.wanted import Requirement

LAST_SEEN_EVERY: Final = timedelta(seconds=60)
"""How often at most the use of a session is written down."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Policy's limits for sessions of one audience."""

    idle_for: timedelta
    session_for: timedelta


@dataclass(frozen=True, slots=True)
class Live:
    """The session opens; unused, it ends at `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Idle:
    """Nobody used it for too long."""


@dataclass(frozen=True, slots=True)
class Over:
    """It reached its hard limit, used or not."""


Life: TypeAlias = Live | Idle | Over


def is_live(*, created_at: datetime, last_seen_at: datetime, limits: Limits, now: datetime) -> Life:
    """Judge a session at `now`."""
    over_at = created_at + limits.session_for
    if now >= over_at:
        return Over()
    idle_at = last_seen_at + limits.idle_for
    if now >= idle_at:
        return Idle()
    return Live(min(over_at, idle_at))


def last_seen_due(last_seen_at: datetime, now: datetime) -> bool:
    """Say whether this use of a session is to be written down."""
    return now - last_seen_at >= LAST_SEEN_EVERY


def is_ended_by_start(
    required: Requirement | None, *, created_at: datetime, exempt_until: datetime | None, now: datetime
) -> bool:
    """Say whether a requirement that "asks everybody at the start" has ended a session from before its start.

    It ends none of somebody who is exempt from it.
    """
    if required is None or not required.ends_open_sessions:
        return False
    if exempt_until is not None and now < exempt_until:
        return False
    return created_at < required.starts_at <= now
