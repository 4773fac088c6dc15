"""Judging passwords: the same lanes and the same one hash at every door."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.throttle import Lane, address_key
from twofold.flows import tries
from twofold.ports.keys import Match

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.refusals import Refusal
    from twofold.flows.known_browser import Recognised
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services

MOST_TYPED: Final = 128
"""Characters of a password that are looked at; longer ones are refused unhashed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lanes:
    """Where wrong passwords of one subject are counted.

    `subject` is a person's id or, for an address that nobody has, "?" and a keyed digest.
    """

    subject: str
    counted: tuple[tuple[Lane, str], ...]


def lanes_of(visit: Visit, subject: str, seen: Recognised | None) -> Lanes:
    """Say where a wrong password counts: per network address, and by day over unknown browsers."""
    place = f"{subject}|{address_key(visit.address)}"
    if seen is not None and seen.known is not None:
        return Lanes(subject=subject, counted=((Lane.PASSWORD, place),))
    return Lanes(subject=subject, counted=((Lane.PASSWORD, place), (Lane.PASSWORD_DAY, subject)))


def spend(services: Services, visit: Visit, lanes: Lanes, *, now: datetime) -> Refusal | None:
    """Spend one try in each lane, in the caller's transaction; a refusal says which is shut."""
    account = visit.account.id
    for lane, subject in lanes.counted:
        shut = tries.spend(services, account, lane, subject, now=now)
        if shut is not None:
            return shut
    return tries.spend_for_address(services, account, tries.PASSWORDS, visit.address, lanes.subject, now=now)


def give_back(services: Services, visit: Visit, lanes: Lanes, *, now: datetime) -> None:
    """Give the tries of `now` back: the password was right, or was not looked at."""
    account = visit.account.id
    for lane, subject in lanes.counted:
        tries.give_back(services, account, lane, subject, at=now)
    tries.clear_for_address(services, account, tries.PASSWORDS, visit.address, lanes.subject)


def compare(services: Services, typed: str, stored: str | None) -> Match:
    """Compare with one hash, whoever it is; what is too long for a password costs none."""
    if len(typed) > MOST_TYPED:
        return Match.NO
    return services.passwords.verify(typed, stored)
