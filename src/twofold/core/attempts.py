"""How long an unfinished sign-in or set-up lives."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias


@dataclass(frozen=True, slots=True)
class AttemptLimits:
    """A span from the last step or sent code, and one from the beginning."""

    step_for: timedelta
    whole_for: timedelta


SIGN_IN: Final = AttemptLimits(step_for=timedelta(minutes=10), whole_for=timedelta(minutes=30))
SET_UP: Final = AttemptLimits(step_for=timedelta(minutes=30), whole_for=timedelta(minutes=60))
"""Setting up takes longer: greylisted mail, and an app to install."""
WARNED_BEFORE: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Running:
    """The attempt goes on until `ends_at`; the page warns WARNED_BEFORE that."""

    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """The attempt ran out. Nothing is lost; it is begun again."""


AttemptState: TypeAlias = Running | Ended


def state(
    *,
    begun_at: datetime,
    last_step_at: datetime,
    is_set_up: bool,
    now: datetime,
    sign_in: AttemptLimits = SIGN_IN,
    set_up: AttemptLimits = SET_UP,
) -> AttemptState:
    """Judge an attempt at `now`; `is_set_up`: it has come to setting up."""
    limits = set_up if is_set_up else sign_in
    ends_at = min(begun_at + limits.whole_for, last_step_at + limits.step_for)
    return Running(ends_at) if now < ends_at else Ended()
