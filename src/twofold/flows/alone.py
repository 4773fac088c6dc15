"""People of whom a second factor is required by a rule of their own: how many, and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.roles import Audience
from twofold.flows.counts import AT_ONCE

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.roll_out import Tally
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """Those of an audience who are not suspended; `are_more` than are counted while somebody waits.

    `shut_out` of those who hold something hold nothing that counts any more, where somebody looked.
    """

    tally: Tally
    are_more: bool
    shut_out: int = 0


def look(services: Services, account: AccountId, audience: Audience, *, now: datetime) -> Alone:
    """Count those of an audience: facts, whether their requirement has begun or not."""
    tally = services.roll_out.tally_alone(account, audience, now=now, most=AT_ONCE + 1)
    return Alone(tally=tally, are_more=tally.people > AT_ONCE)


def led(counted: Tally) -> int:
    """Return how many of them hold nothing and are not exempt."""
    return max(counted.people - counted.set_up - counted.exempt, 0)


def is_anybody(services: Services, account: AccountId, *, now: datetime) -> bool:
    """Say whether there is anybody at all who is not suspended."""
    return any(services.roll_out.tally_alone(account, one, now=now, most=1).people for one in Audience)
