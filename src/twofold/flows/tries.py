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


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Where one answer is counted: in lanes of its subject, and for the network address it came from."""

    subject: str
    lanes: tuple[tuple[Lane, str], ...]
    by_address: AddressLane
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Tries that were spent, each with the version at which its count then stood."""

    counted: Counted
    at: datetime
    lanes: tuple[tuple[Tries, int], ...]
    by_address: tuple[AddressTries, int]


def look(services: Services, account: AccountId, lane: Lane, subject: str, *, now: datetime) -> Refusal | None:
    """Tell, without writing, whether a lane is shut for a subject."""
    tries, _ = _load(services, account, lane, subject)
    return refusal_of(throttle.gate(tries, services.lanes[lane], now=now))


def spend(services: Services, account: AccountId, counted: Counted, *, now: datetime) -> Spent | Refusal:
    """Spend one try wherever this answer is counted; a refusal says until when the first that is shut stays shut."""
    lanes = []
    for lane, subject in counted.lanes:
        spent = _spend_in_lane(services, account, lane, subject, now=now)
        if isinstance(spent, Refusal):
            return spent
        lanes.append(spent)
    for_address = _spend_for_address(services, account, counted, now=now)
    if isinstance(for_address, Refusal):
        return for_address
    return Spent(counted=counted, at=now, lanes=tuple(lanes), by_address=for_address)


def give_back(services: Services, account: AccountId, spent: Spent) -> None:
    """Give the tries back, for the answer was right or was not looked at; the subject leaves the address's count.

    The counts as they were spent are tried first: mostly nobody has counted in between.
    """
    counted = spent.counted
    for (lane, subject), counted_as in zip(counted.lanes, spent.lanes, strict=True):
        tries, version = counted_as
        for _ in range(ROUNDS):
            after = throttle.give_back(tries, at=spent.at).to_json()
            if services.counters.replace(account, lane.value, subject, after, version=version):
                break
            tries, version = _load(services, account, lane, subject)
    key = throttle.address_key(counted.address)
    by_address, version = spent.by_address
    for _ in range(ROUNDS):
        after = throttle.clear_subject(by_address, counted.subject).to_json()
        if services.counters.replace(account, counted.by_address.name, key, after, version=version):
            return
        by_address, version = _load_address(services, account, counted.by_address, key)


def _spend_in_lane(
    services: Services, account: AccountId, lane: Lane, subject: str, *, now: datetime
) -> tuple[Tries, int] | Refusal:
    rules = services.lanes[lane]
    for _ in range(ROUNDS):
        tries, version = _load(services, account, lane, subject)
        shut = refusal_of(throttle.gate(tries, rules, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend(tries, rules, now=now)
        if services.counters.replace(account, lane.value, subject, spent.to_json(), version=version):
            return spent, version + 1
    return Refusal(No.BUSY, at=now)


def _spend_for_address(
    services: Services, account: AccountId, counted: Counted, *, now: datetime
) -> tuple[AddressTries, int] | Refusal:
    lane, key = counted.by_address, throttle.address_key(counted.address)
    for _ in range(ROUNDS):
        tries, version = _load_address(services, account, lane, key)
        shut = refusal_of(throttle.gate_address(tries, lane.limit, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend_address(tries, counted.subject, lane.limit, now=now)
        if services.counters.replace(account, lane.name, key, spent.to_json(), version=version):
            return spent, version + 1
    return Refusal(No.BUSY, at=now)


def _load(services: Services, account: AccountId, lane: Lane, subject: str) -> tuple[Tries, int]:
    value, version = services.counters.load(account, lane.value, subject)
    return (Tries.from_json(value) if value else EMPTY), version


def _load_address(services: Services, account: AccountId, lane: AddressLane, key: str) -> tuple[AddressTries, int]:
    value, version = services.counters.load(account, lane.name, key)
    return (AddressTries.from_json(value) if value else NO_ADDRESS_TRIES), version
