"""HOTP and TOTP (RFC 4226, RFC 6238): making codes, and judging what was typed so that no code works twice."""

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypeAlias

from twofold.core.instants import EPOCH, from_micros

DIGITS: Final = 6
PERIOD: Final = 30
"""Seconds in a time step."""
TOLERANCE: Final = 1
"""Steps accepted on each side of now: RFC 6238, 5.2 names one of delay; the one ahead is a documented deviation."""
DIAGNOSE: Final = 10
"""Steps on each side in which a refused code still tells that a clock is off."""
DRIFT_MOST: Final = 2
"""Steps by which a hardware token's learned drift can move what is accepted, whatever was learned."""
KEY_BYTES: Final = 20
"""RFC 4226, 4: as long as the HMAC-SHA-1 that it feeds."""

_MODULI = {digits: 10**digits for digits in (6, 7, 8)}
_ALGORITHMS = {"SHA1": "sha1", "SHA256": "sha256", "SHA512": "sha512"}
_MICROS = 1_000_000


@dataclass(frozen=True, slots=True)
class Match:
    """A right code. Nothing up to `step` may be accepted from now on."""

    step: int


@dataclass(frozen=True, slots=True)
class Used:
    """A right code of a time step that is not later than the last accepted one."""

    step: int


@dataclass(frozen=True, slots=True)
class OffClock:
    """The code of another moment: `code_at` is when its time step began."""

    code_at: datetime
    step: int


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No code of this key, as far as anybody looks."""


TotpAnswer: TypeAlias = Match | Used | OffClock | NoMatch


def hotp(key: bytes, counter: int, *, digits: int = DIGITS, algorithm: str = "SHA1") -> str:
    """Return the code of `counter` (RFC 4226, 5.3): 6 to 8 digits; SHA1, SHA256 or SHA512."""
    mac = hmac.digest(key, counter.to_bytes(8, "big"), _ALGORITHMS[algorithm])
    offset = mac[-1] & 0x0F
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFFFFFF
    return str(number % _MODULI[digits]).zfill(digits)


def time_step(now: datetime, period: int = PERIOD) -> int:
    """Return the number of the time step that `now` lies in (RFC 6238, 4.2)."""
    return int((now - EPOCH).total_seconds() // period)


def step_began_at(step: int, period: int = PERIOD) -> datetime:
    """Return the instant at which a time step began."""
    return from_micros(step * period * _MICROS)


def check_totp(
    key: bytes,
    typed: str,
    *,
    now: datetime,
    last_step: int | None,
    digits: int = DIGITS,
    period: int = PERIOD,
    algorithm: str = "SHA1",
    drift: int = 0,
    tolerance: int = TOLERANCE,
    diagnose: int = DIAGNOSE,
    told: Collection[int] = (),
) -> TotpAnswer:
    """Judge `typed` (ASCII digits, see typed.digits_of) against the codes around `now`.

    A match must lie after `last_step`, the last one accepted, so a clock that was set back opens nothing. Where
    several steps share the code, the greatest is taken: it closes the others too. `told` are steps whose code was
    refused before their time, with their time named (see `still_told`): when it comes, the code counts as used.
    """
    if len(typed) != digits:
        return NoMatch()
    presented = typed.encode()

    def fits(step: int) -> bool:
        code = hotp(key, step, digits=digits, algorithm=algorithm)
        return hmac.compare_digest(code.encode(), presented)

    here = time_step(now, period)
    centre = here + max(-DRIFT_MOST, min(drift, DRIFT_MOST))
    first = max(0, centre - tolerance)
    # Every step is computed whatever the others said, so the time taken tells nothing about which one fits.
    matching = [step for step in range(first, centre + tolerance + 1) if fits(step)]
    if matching:
        greatest = matching[-1]
        is_news = (last_step is None or greatest > last_step) and greatest not in told
        return Match(greatest) if is_news else Used(greatest)

    around = range(max(0, centre - tolerance - diagnose), centre + tolerance + diagnose + 1)
    strays = [step for step in around if fits(step)]
    if last_step in strays:
        return Used(last_step)
    if strays:
        nearest = min(strays, key=lambda step: abs(step - here))
        return OffClock(step_began_at(nearest, period), nearest)
    return NoMatch()


def still_told(told: Sequence[int], off: OffClock, *, now: datetime, period: int = PERIOD) -> tuple[int, ...]:
    """Return the steps to be kept once a code was refused as that of another moment: those that are not over.

    Whoever guesses would else hear of ten codes more with each try, and of each when it is right.
    """
    return tuple(sorted({step for step in (*told, off.step) if step >= time_step(now, period) - TOLERANCE}))
