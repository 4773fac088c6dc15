"""Spending a try before the answer is looked at, and giving it back when the answer was right.

A count is a value with a version, written by compare-and-set: of many simultaneous answers each
either spends its own try or finds the step shut. Everything here runs in the caller's transaction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core import throttle
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import AddressTries, Locked, Open, ShutUntil, Tries

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.throttle import AddressLimit, Gate, Lane
    from twofold.ports.services import Services

ROUNDS: Final = 64
"""How often a write is tried again when others were faster; each round somebody gets through."""


def refusal_of(gate: Gate) -> Refusal | None:
    """Say in a refusal that a lane is shut, or None while it is open."""
    match gate:
        case Open():
            return None
        case ShutUntil(at=at):
            return Refusal(No.WAITING, at=at)
        case Locked():
            return Refusal(No.LOCKED)


def look(
    services: Services, account: AccountId, lane: Lane, subject: str, *, now: datetime
) -> Refusal | None:
    """Tell, without writing, whether a lane is shut for a subject."""
    value, _ = services.counters.load(account, lane.value, subject)
    return refusal_of(throttle.gate(Tries.from_json(value), services.lanes[lane], now=now))


def spend(
    services: Services, account: AccountId, lane: Lane, subject: str, *, now: datetime
) -> Refusal | None:
    """Spend one try in a lane; a refusal says that it is shut and nothing was spent."""
    rules = services.lanes[lane]
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, lane.value, subject)
        tries = Tries.from_json(value)
        shut = refusal_of(throttle.gate(tries, rules, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend(tries, rules, now=now).to_json()
        if services.counters.replace(account, lane.value, subject, spent, version=version):
            return None
    return Refusal(No.BUSY, at=now)


def give_back(
    services: Services, account: AccountId, lane: Lane, subject: str, *, at: datetime
) -> None:
    """Give back the try that was spent at `at`: the answer was right."""
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, lane.value, subject)
        after = throttle.give_back(Tries.from_json(value), at=at).to_json()
        if services.counters.replace(account, lane.value, subject, after, version=version):
            return


def spend_for_address(
    services: Services,
    account: AccountId,
    limit: AddressLimit,
    address: str,
    subject: str,
    *,
    now: datetime,
) -> Refusal | None:
    """Spend one try of a network address, on behalf of the subject that is being signed in."""
    key = throttle.address_key(address)
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, limit.name, key)
        tries = AddressTries.from_json(value)
        shut = refusal_of(throttle.gate_address(tries, limit, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend_address(tries, subject, limit, now=now).to_json()
        if services.counters.replace(account, limit.name, key, spent, version=version):
            return None
    return Refusal(No.BUSY, at=now)


def clear_for_address(
    services: Services,
    account: AccountId,
    limit: AddressLimit,
    address: str,
    subject: str,
    *,
    now: datetime,
) -> None:
    """Take a subject who succeeded out of the count of an address for the present window."""
    key = throttle.address_key(address)
    for _ in range(ROUNDS):
        value, version = services.counters.load(account, limit.name, key)
        after = throttle.clear_subject(AddressTries.from_json(value), subject, limit, now=now)
        if services.counters.replace(
            account, limit.name, key, after.to_json(), version=version
        ):
            return
