"""Spending a try before the answer is looked at, and giving it back when the answer was right.

A count is a value with a version, written by compare-and-set: of many simultaneous answers each
either spends its own try or finds the step shut. Everything here runs in the caller's transaction.

Where looking at the answer takes long (a password), the try is written in a transaction of its own and given back in
another: `spend`, `give_back`. Where it takes no time, all of it is one transaction that is alone with its subject:
`weigh`, and then `count` or `succeed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
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
    from collections.abc import Callable
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.core.numbers import Numbers
    from twofold.core.throttle import AddressLimit, Gate, Lane
    from twofold.ports.services import Services

ROUNDS: Final = 64
"""How often a write is tried again when others were faster; each round somebody gets through."""


@dataclass(frozen=True, slots=True)
class AddressLane:
    """What is counted per network address, under a stored name, and which of the numbers limits it."""

    name: str
    limit: Callable[[Numbers], AddressLimit]


PASSWORDS: Final = AddressLane("address_password", lambda numbers: numbers.address_passwords)
SECOND_FACTORS: Final = AddressLane("address_second_factor", lambda numbers: numbers.address_second_factors)


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
class Weighed:
    """The counts before an answer is looked at, all of them open, each with its version."""

    counted: Counted
    lanes: tuple[tuple[Tries, int], ...]
    by_address: tuple[AddressTries, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Tries that were spent, each with the version at which its count then stood."""

    counted: Counted
    lanes: tuple[tuple[Tries, int], ...]
    by_address: tuple[AddressTries, int]


def look(services: Services, account: AccountId, lane: Lane, subject: str, *, now: datetime) -> Refusal | None:
    """Tell, without writing, whether a lane is shut for a subject."""
    tries, _ = _load(services, account, lane, subject)
    return refusal_of(throttle.gate(tries, services.numbers.lanes[lane], now=now))


def spend(services: Services, account: AccountId, counted: Counted, *, now: datetime) -> Spent | Refusal:
    """Spend one try wherever this answer is counted; a refusal names the longest wait, and nothing was spent."""
    weighed = weigh(services, account, counted, now=now)
    return weighed if isinstance(weighed, Refusal) else count(services, account, weighed, now=now)


def weigh(services: Services, account: AccountId, counted: Counted, *, now: datetime) -> Weighed | Refusal:
    """Tell whether an answer may be looked at, without writing; a refusal names the longest wait."""
    names = [(lane.value, subject) for lane, subject in counted.lanes]
    of_address = (counted.by_address.name, throttle.address_key(counted.address))
    *of_lanes, (value, version) = services.counters.load_all(account, [*names, of_address])
    lanes = tuple([(_tries_of(value), version) for value, version in of_lanes])
    by_address = _address_tries_of(value)
    gates = [
        throttle.gate(tries, services.numbers.lanes[lane], now=now)
        for (lane, _), (tries, _) in zip(counted.lanes, lanes, strict=True)
    ]
    gates.append(throttle.gate_address(by_address, _limit(services, counted), now=now))
    shut = refusal_of(throttle.strictest(*gates))
    return Weighed(counted=counted, lanes=lanes, by_address=(by_address, version)) if shut is None else shut


def count(services: Services, account: AccountId, weighed: Weighed, *, now: datetime) -> Spent | Refusal:
    """Write one try wherever the answer is counted; refused when others have filled a lane since it was weighed."""
    counted = weighed.counted
    spent = []
    for (lane, subject), loaded in zip(counted.lanes, weighed.lanes, strict=True):
        one = _spend_in_lane(services, account, lane, subject, loaded, now=now)
        # Others were faster, and have filled the lane; what was spent in an earlier one stays counted.
        if isinstance(one, Refusal):
            return one
        spent.append(one)
    by_address = _spend_for_address(services, account, counted, weighed.by_address, now=now)
    if isinstance(by_address, Refusal):
        return by_address
    return Spent(counted=counted, lanes=tuple(spent), by_address=by_address)


def succeed(services: Services, account: AccountId, weighed: Weighed) -> None:
    """Write what a right answer changes: the waits begin anew, and the subject leaves the address's count.

    It is what `count` and `give_back` together come to. Mostly nothing was wrong before, and nothing is written.
    """
    counted = weighed.counted
    for (lane, subject), loaded in zip(counted.lanes, weighed.lanes, strict=True):
        if loaded[0].since_success:
            _change_in_lane(services, account, lane, subject, loaded, throttle.succeed)
    if any(subject == counted.subject for subject, _ in weighed.by_address[0].tries):
        _change_for_address(services, account, counted, weighed.by_address, throttle.clear_subject)


def give_back(services: Services, account: AccountId, spent: Spent, *, was_right: bool = True) -> None:
    """Give the tries back: the answer was right, and the subject leaves the address's count; or it does not count.

    What does not count (it was not looked at, or right once) is no success: all earlier wrong answers go on counting.
    The counts as they were spent are tried first: mostly nobody has counted in between.
    """
    without = throttle.give_back if was_right else throttle.uncount
    without_subject = throttle.clear_subject if was_right else throttle.uncount_address
    counted = spent.counted
    for (lane, subject), counted_as in zip(counted.lanes, spent.lanes, strict=True):
        # The try that was spent is the newest; it is later than the clock where that was set back.
        at = counted_as[0].at[-1]
        _change_in_lane(services, account, lane, subject, counted_as, partial(without, at=at))
    _change_for_address(services, account, counted, spent.by_address, without_subject)


def _change_in_lane(
    services: Services,
    account: AccountId,
    lane: Lane,
    subject: str,
    loaded: tuple[Tries, int],
    change: Callable[[Tries], Tries],
) -> None:
    tries, version = loaded
    for _ in range(ROUNDS):
        if services.counters.replace(account, lane.value, subject, change(tries).to_json(), version=version):
            return
        tries, version = _load(services, account, lane, subject)


def _change_for_address(
    services: Services,
    account: AccountId,
    counted: Counted,
    loaded: tuple[AddressTries, int],
    change: Callable[[AddressTries, str], AddressTries],
) -> None:
    by_address, version = loaded
    for _ in range(ROUNDS):
        if _store_address(services, account, counted, change(by_address, counted.subject), version=version):
            return
        by_address, version = _load_address(services, account, counted)


def _spend_in_lane(
    services: Services, account: AccountId, lane: Lane, subject: str, loaded: tuple[Tries, int], *, now: datetime
) -> tuple[Tries, int] | Refusal:
    rules = services.numbers.lanes[lane]
    tries, version = loaded
    for _ in range(ROUNDS):
        shut = refusal_of(throttle.gate(tries, rules, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend(tries, rules, now=now)
        if services.counters.replace(account, lane.value, subject, spent.to_json(), version=version):
            return spent, version + 1
        tries, version = _load(services, account, lane, subject)
    return Refusal(No.BUSY, at=now)


def _spend_for_address(
    services: Services, account: AccountId, counted: Counted, loaded: tuple[AddressTries, int], *, now: datetime
) -> tuple[AddressTries, int] | Refusal:
    limit = _limit(services, counted)
    tries, version = loaded
    for _ in range(ROUNDS):
        shut = refusal_of(throttle.gate_address(tries, limit, now=now))
        if shut is not None:
            return shut
        spent = throttle.spend_address(tries, counted.subject, limit, now=now)
        if _store_address(services, account, counted, spent, version=version):
            return spent, version + 1
        tries, version = _load_address(services, account, counted)
    return Refusal(No.BUSY, at=now)


def _limit(services: Services, counted: Counted) -> AddressLimit:
    numbers = services.numbers
    return numbers.for_address(counted.by_address.limit(numbers), counted.address)


def _load(services: Services, account: AccountId, lane: Lane, subject: str) -> tuple[Tries, int]:
    value, version = services.counters.load(account, lane.value, subject)
    return _tries_of(value), version


def _load_address(services: Services, account: AccountId, counted: Counted) -> tuple[AddressTries, int]:
    key = throttle.address_key(counted.address)
    value, version = services.counters.load(account, counted.by_address.name, key)
    return _address_tries_of(value), version


def _tries_of(value: JsonObject) -> Tries:
    return Tries.from_json(value) if value else EMPTY


def _address_tries_of(value: JsonObject) -> AddressTries:
    return AddressTries.from_json(value) if value else NO_ADDRESS_TRIES


def _store_address(
    services: Services, account: AccountId, counted: Counted, tries: AddressTries, *, version: int
) -> bool:
    key = throttle.address_key(counted.address)
    return services.counters.replace(account, counted.by_address.name, key, tries.to_json(), version=version)
