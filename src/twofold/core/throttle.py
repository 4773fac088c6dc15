"""Slowing wrong answers down: spend a try before the answer is looked at, give it back when it was right.

A lane's tries are one small value, stored beside a version and written by compare-and-set, so however many answers
arrive at once, no more of them are evaluated than the lane's rules allow (NIST SP 800-63B-4, 3.2.2).
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from twofold.core.instants import to_micros
from twofold.core.json import (
    JsonObject,
    JsonValue,
    MalformedJson,
    as_instant,
    as_text,
    int_in,
    list_in,
    refuse_unknown,
)


class Lane(StrEnum):
    """What is counted apart. Stored, never renamed."""

    UNKNOWN_BROWSERS = "a"
    """Second factors from browsers that this person is not known on, all together."""
    KNOWN_BROWSER = "b"
    RECOVERY = "c"
    PASSWORD = "password"  # noqa: S105 -- the name of a lane, not a secret
    """Per person and network address."""
    PASSWORD_DAY = "password_day"  # noqa: S105 -- the name of a lane, not a secret
    """Per person over all unknown browsers."""


SHUT_OUT: Final = (Lane.UNKNOWN_BROWSERS, Lane.KNOWN_BROWSER, Lane.RECOVERY, Lane.PASSWORD_DAY)
"""What keeps a person out wherever they are, so that a helper sees it and ends it: all but what one place mistyped."""
TRIES_PER_ATTEMPT: Final = 5
"""How many wrong second factors end an attempt; the lanes go on counting in the next one."""
CONFIRMS_PER_ATTEMPT: Final = 10
"""How many codes may confirm an enrolment: whoever sets up was shown the key, so this only ends a loop."""


@dataclass(frozen=True, slots=True)
class Window:
    """At most `most` tries `within` a span."""

    most: int
    within: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneRules:
    """The limits of one lane; whichever shuts for longest applies.

    `waits`: how long after the first, second, … wrong answer in a row the next one is looked at (the last repeats).
    `hard_stop`: how many since the last success lock the lane. `shut_for`: how long a full window shuts, counted from
    its last try; None: until the oldest try leaves it.
    """

    windows: tuple[Window, ...]
    waits: tuple[timedelta, ...] = ()
    hard_stop: int | None = None
    shut_for: timedelta | None = None

    @property
    def remembers_for(self) -> timedelta:
        """How long a try matters to a window."""
        return max((window.within for window in self.windows), default=timedelta(0))

    @property
    def remembers_most(self) -> int:
        """How many tries matter at most: the fullest window's, and one for the waits."""
        return max((window.most for window in self.windows), default=1)


_DAY = timedelta(hours=24)
_SECOND_FACTOR = LaneRules(
    windows=(Window(5, timedelta(minutes=15)), Window(20, timedelta(hours=1)), Window(50, _DAY)),
    waits=tuple(timedelta(seconds=min(2**n, 900)) for n in range(11)),
    hard_stop=100,
)
LANES: Final[Mapping[Lane, LaneRules]] = MappingProxyType(
    {
        Lane.UNKNOWN_BROWSERS: _SECOND_FACTOR,
        Lane.KNOWN_BROWSER: _SECOND_FACTOR,
        # 80 bits cannot be guessed, and this way out must stay open: no waits and no hard stop.
        Lane.RECOVERY: LaneRules(windows=(Window(10, timedelta(hours=1)), Window(30, _DAY))),
        Lane.PASSWORD: LaneRules(windows=(Window(5, timedelta(minutes=10)),), shut_for=timedelta(minutes=10)),
        Lane.PASSWORD_DAY: LaneRules(windows=(Window(100, _DAY),)),
    }
)


def lanes(overrides: Mapping[Lane, LaneRules]) -> Mapping[Lane, LaneRules]:
    """Return the limits of every lane, with an operator's own in place of the defaults."""
    return MappingProxyType({**LANES, **overrides})


@dataclass(frozen=True, slots=True)
class Tries:
    """The tries of one lane: those that its windows still see, newest last, and how many since the last success."""

    at: tuple[datetime, ...] = ()
    since_success: int = 0

    def to_json(self) -> JsonObject:
        """Return this as JSON; instants are microseconds."""
        return {"at": [to_micros(at) for at in self.at], "since_success": self.since_success}

    @classmethod
    def from_json(cls, value: JsonObject) -> "Tries":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, {"at", "since_success"})
        return cls(tuple(as_instant(at, "at") for at in list_in(value, "at")), int_in(value, "since_success"))


EMPTY = Tries()


@dataclass(frozen=True, slots=True)
class Open:
    """A try may be spent."""


@dataclass(frozen=True, slots=True)
class ShutUntil:
    """No answer is looked at before `at`."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Locked:
    """No answer is looked at until somebody helps, or another way in succeeds."""


Gate: TypeAlias = Open | ShutUntil | Locked
_OPEN = Open()
_LOCKED = Locked()


def gate(tries: Tries, rules: LaneRules, *, now: datetime) -> Gate:
    """Say whether another try may be spent in this lane."""
    if rules.hard_stop is not None and tries.since_success >= rules.hard_stop:
        return _LOCKED
    if not tries.at:
        return _OPEN
    last = tries.at[-1]
    until = now
    if rules.waits and tries.since_success:
        until = last + rules.waits[min(tries.since_success, len(rules.waits)) - 1]
    for window in rules.windows:
        if len(tries.at) < window.most:
            continue
        oldest = tries.at[-window.most]
        # The window was full when the last try was spent; afterwards it only empties.
        if last - oldest < window.within:
            until = max(until, oldest + window.within if rules.shut_for is None else last + rules.shut_for)
    return ShutUntil(until) if until > now else _OPEN


def strictest(*gates: Gate) -> Gate:
    """Return the gate that shuts for longest: several lanes may stand before one answer."""
    if _LOCKED in gates:
        return _LOCKED
    until = max((one.at for one in gates if isinstance(one, ShutUntil)), default=None)
    return _OPEN if until is None else ShutUntil(until)


def spend(tries: Tries, rules: LaneRules, *, now: datetime) -> Tries:
    """Return the tries with one more at `now`, without those that no window sees any longer."""
    seen_from = now - rules.remembers_for
    # A clock that was set back must not put an earlier instant behind a later one: the order is what gate() reads.
    at = now if not tries.at else max(now, tries.at[-1])
    kept = [one for one in tries.at if one > seen_from]
    return Tries((*kept, at)[-rules.remembers_most :], tries.since_success + 1)


def give_back(tries: Tries, *, at: datetime) -> Tries:
    """Return the tries after a success: without the one that was spent `at`, and with the row of waits begun anew.

    Earlier wrong answers stay in their windows, so that somebody's own sign-ins cannot make room for guesses.
    """
    return Tries(_without(tries, at), 0)


def succeed(tries: Tries) -> Tries:
    """Return the tries after a success that was not spent before: what `give_back` makes of one that was."""
    return Tries(tries.at, 0)


def uncount(tries: Tries, *, at: datetime) -> Tries:
    """Return the tries without the one that was spent `at` on what does not count: all others stand as they were."""
    return Tries(_without(tries, at), max(0, tries.since_success - 1))


def _without(tries: Tries, at: datetime) -> tuple[datetime, ...]:
    kept = list(tries.at)
    for index in range(len(kept) - 1, -1, -1):
        if kept[index] == at:
            del kept[index]
            break
    return tuple(kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressLimit:
    """At most `most` counted tries within a span from one address; the first `free` of a person do not count."""

    most: int
    within: timedelta
    free: int = 0


ADDRESS_SECOND_FACTORS: Final = AddressLimit(most=30, within=timedelta(minutes=15), free=1)
ADDRESS_PASSWORDS: Final = AddressLimit(most=100, within=timedelta(minutes=15))
ADDRESS_LINKS: Final = AddressLimit(most=30, within=timedelta(minutes=15))
"""Links of each sort that strangers ask for: nobody fills the mailboxes of a help desk, and a school class gets in."""


@dataclass(frozen=True, slots=True)
class AddressTries:
    """Tries from one network address, oldest first: whose (a person's id, or a keyed hash of an address), and when."""

    tries: tuple[tuple[str, datetime], ...] = ()

    def to_json(self) -> JsonObject:
        """Return this as JSON; instants are microseconds."""
        return {"tries": [[subject, to_micros(at)] for subject, at in self.tries]}

    @classmethod
    def from_json(cls, value: JsonObject) -> "AddressTries":
        """Read what `to_json` wrote; MalformedJson for anything else."""
        refuse_unknown(value, {"tries"})
        return cls(tuple(_address_try(item) for item in list_in(value, "tries")))


def _address_try(value: JsonValue) -> tuple[str, datetime]:
    match value:
        case [subject, at]:
            return as_text(subject, "subject"), as_instant(at, "at")
        case _:
            raise MalformedJson("a try is not a pair")


NO_ADDRESS_TRIES = AddressTries()


@lru_cache(maxsize=4096)
def address_key(address: str) -> str:
    """Return what is counted together: an IPv4 address, or the /64 of an IPv6 address.

    An IPv4 address in IPv6 clothes counts as itself. Whatever is no address shares one key: it is throttled too.
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return f"{ipaddress.IPv6Address(int(parsed) >> 64 << 64)}/64"


def gate_address(tries: AddressTries, limit: AddressLimit, *, now: datetime) -> Open | ShutUntil:
    """Say whether another try may be spent from this network address."""
    seen: dict[str, int] = {}
    counted = 0
    # From the newest back: the try that fills the limit is the one that has to leave before another is looked at.
    for subject, at in reversed(tries.tries):
        if at + limit.within <= now:
            break
        times = seen[subject] = seen.get(subject, 0) + 1
        counted += times > limit.free
        if counted == limit.most:
            return ShutUntil(at + limit.within)
    return _OPEN


def spend_address(tries: AddressTries, subject: str, limit: AddressLimit, *, now: datetime) -> AddressTries:
    """Return the tries with one more of `subject` at `now`, without those that have left the span."""
    seen_from = now - limit.within
    at = now if not tries.tries else max(now, tries.tries[-1][1])
    return AddressTries((*(one for one in tries.tries if one[1] > seen_from), (subject, at)))


def uncount_address(tries: AddressTries, subject: str) -> AddressTries:
    """Return the tries without the newest of somebody, which was spent on what does not count."""
    for index in range(len(tries.tries) - 1, -1, -1):
        if tries.tries[index][0] == subject:
            return AddressTries((*tries.tries[:index], *tries.tries[index + 1 :]))
    return tries


def clear_subject(tries: AddressTries, subject: str) -> AddressTries:
    """Return the tries without those of somebody who succeeded: an office behind one address gets in."""
    return AddressTries(tuple(one for one in tries.tries if one[0] != subject))
