"""Spending a try before the answer is looked at, and giving it back when the answer was right.

A count is a value with a version, written by compare-and-set: of many simultaneous answers each
either spends its own try or finds the step shut. Everything here runs in the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core import throttle
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import (
    EMPTY,
    NO_ADDRESS_TRIES,
    AddressTries,
    Locked,
    Open,
    ShutUntil,
    Tries,
)

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.throttle import AddressLimit, Gate, Lane
    from twofold.ports.services import Services

ROUNDS: Final = 64
"""How often a write is tried again when others were faster; each round somebody gets through."""


@dataclass(frozen=True, slots=True)
class AddressLane:
    """What is counted per network address, under a stored name."""

    name: str
    limit: AddressLimit


PASSWORDS: Final = AddressLane("address_password", throttle.ADDRESS_PASSWORDS)
SECOND_FACTORS: Final = AddressLane("address_second_factor", throttle.ADDRESS_SECOND_FACTORS)


def refusal_of(gate: Gate) -> Refusal | None:
    """Say in a refusal that a lane is shut, or None while it is open."""
    match gate:
        case Open():
            return None
        case ShutUntil(at=at):
            return Refusal(No.WAITING, at=at)
        case Locked():
            return Refusal(No.LOCKED)


def look(services: Services, account: AccountId, lane: Lane, subject: str, *, now: datetime) -> Refusal | None:
    """Tell, without writing, whether a lane is shut for a subject."""
    tries, _ = _load(services, account, lane, subject)
    return refusal_of(throttle.gate(tries, services.lanes[lane], now=now))


def spend(services: Services, account: AccountId, lane: Lane, subject: str, *, now: datetime) -> Refusal | None:
    """Spend one try in a lane; a refusal says that it is shut and nothing was spent."""
    rules = services.lanes[lane]
    for _ in range(ROUNDS):
        tries, version = _load(services, account, lane, subject)
        shut = refusal_of(throttle.gate(tries, rules, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend(tries, rules, now=now).to_json()
        if services.counters.replace(account, lane.value, subject, spent, version=version):
            return None
    return Refusal(No.BUSY, at=now)


def give_back(services: Services, account: AccountId, lane: Lane, subject: str, *, at: datetime) -> None:
    """Give back the try that was spent at `at`: the answer was right."""
    for _ in range(ROUNDS):
        tries, version = _load(services, account, lane, subject)
        after = throttle.give_back(tries, at=at).to_json()
        if services.counters.replace(account, lane.value, subject, after, version=version):
            return


def spend_for_address(
    services: Services,
    account: AccountId,
    lane: AddressLane,
    address: str,
    subject: str,
    *,
    now: datetime,
) -> Refusal | None:
    """Spend one try of a network address, on behalf of the subject that is being signed in."""
    key = throttle.address_key(address)
    for _ in range(ROUNDS):
        tries, version = _load_address(services, account, lane, key)
        shut = refusal_of(throttle.gate_address(tries, lane.limit, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend_address(tries, subject, lane.limit, now=now).to_json()
        if services.counters.replace(account, lane.name, key, spent, version=version):
            return None
    return Refusal(No.BUSY, at=now)


def clear_for_address(services: Services, account: AccountId, lane: AddressLane, address: str, subject: str) -> None:
    """Take a subject who succeeded out of the count of an address."""
    key = throttle.address_key(address)
    for _ in range(ROUNDS):
        tries, version = _load_address(services, account, lane, key)
        after = throttle.clear_subject(tries, subject).to_json()
        if services.counters.replace(account, lane.name, key, after, version=version):
            return


def _load(services: Services, account: AccountId, lane: Lane, subject: str) -> tuple[Tries, int]:
    value, version = services.counters.load(account, lane.value, subject)
    return (Tries.from_json(value) if value else EMPTY), version


def _load_address(services: Services, account: AccountId, lane: AddressLane, key: str) -> tuple[AddressTries, int]:
    value, version = services.counters.load(account, lane.name, key)
    return (AddressTries.from_json(value) if value else NO_ADDRESS_TRIES), version
