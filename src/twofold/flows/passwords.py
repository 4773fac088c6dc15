"""Judging passwords: the same lanes and the same one hash at every door."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.passwords import MOST
from twofold.core.throttle import Lane, address_key
from twofold.flows import tries
from twofold.flows.tries import Counted
from twofold.ports.keys import Match

if TYPE_CHECKING:
    from twofold.flows.known_browser import Recognised
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services


def counted_for(visit: Visit, subject: str, seen: Recognised | None) -> Counted:
    """Say where a wrong password counts: per network address, and by day over unknown browsers.

    `subject` is a person's id or, for an address that nobody has, "?" and a keyed digest.
    """
    lanes = [(Lane.PASSWORD, f"{subject}|{address_key(visit.address)}")]
    if seen is None or seen.known is None:
        lanes.append((Lane.PASSWORD_DAY, subject))
    return Counted(subject=subject, lanes=tuple(lanes), by_address=tries.PASSWORDS, address=visit.address)


def compare(services: Services, typed: str, stored: str | None) -> Match:
    """Compare with one hash, whoever it is; what is too long for a password costs none."""
    if len(typed) > MOST:
        return Match.NO
    return services.passwords.verify(typed, stored)
