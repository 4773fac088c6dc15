"""Links in mail: what each is for, and how long it works. Each has one use, and is opened by a button."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias


class Purpose(StrEnum):
    """What a link is for. Stored, never renamed; a link of one purpose opens nothing of another."""

    CONFIRMATION = "confirmation"
    PASSWORD_RESET = "password_reset"  # noqa: S105 -- the name of a purpose, not a secret
    INVITATION = "invitation"
    SIGN_UP = "sign_up"
    """What makes the sign-in of somebody who asked for one."""
    SET_UP_NOW = "set_up_now"
    FREEZE = "freeze"
    OWNER = "owner"
    """The one-time link that makes the first owner; printed where the product runs."""
    RESCUE = "rescue"
    """The operator's way in for somebody who is locked out."""
    STOP_HELP = "stop_help"
    """What stops an act on one's sign-in that others asked for; it opens nothing."""


LIVES: Final[Mapping[Purpose, timedelta]] = MappingProxyType(
    {
        Purpose.CONFIRMATION: timedelta(minutes=30),
        Purpose.PASSWORD_RESET: timedelta(minutes=30),
        Purpose.INVITATION: timedelta(days=7),
        Purpose.SIGN_UP: timedelta(minutes=30),
        Purpose.SET_UP_NOW: timedelta(days=7),
        Purpose.FREEZE: timedelta(days=7),
        Purpose.OWNER: timedelta(minutes=30),
        Purpose.RESCUE: timedelta(minutes=15),
        Purpose.STOP_HELP: timedelta(days=7),
    }
)


SET_UP_MOST: Final = timedelta(days=30)
"""The longest that "Set up now" works, where the day by which it is wanted lies further off than its life."""


@dataclass(frozen=True, slots=True)
class Good:
    """The link may be used, until `until`."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """The link was used, or its time is over; a new one is offered and nothing told."""

    was_used: bool


LinkState: TypeAlias = Good | Gone


def ends_at(
    purpose: Purpose,
    *,
    made_at: datetime,
    freezes_until: datetime | None = None,
    lives: Mapping[Purpose, timedelta] = LIVES,
) -> datetime:
    """Return when a link made at `made_at` ends; one that freezes lives at least as long as what it freezes."""
    end = made_at + lives[purpose]
    return end if freezes_until is None else max(end, freezes_until)


def set_up_ends_at(
    *, made_at: datetime, wanted_by: datetime | None, lives: Mapping[Purpose, timedelta] = LIVES
) -> datetime:
    """Return when a link "Set up now" ends: not before the day by which it is wanted, unless SET_UP_MOST is over."""
    end = ends_at(Purpose.SET_UP_NOW, made_at=made_at, lives=lives)
    return end if wanted_by is None else max(end, min(wanted_by, made_at + SET_UP_MOST))


def state(*, until: datetime, used_at: datetime | None, now: datetime) -> LinkState:
    """Judge a link at `now`."""
    if used_at is not None:
        return Gone(was_used=True)
    return Good(until) if now < until else Gone(was_used=False)
