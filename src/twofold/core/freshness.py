"""Fresh proof: what was proved so recently in this session that a change of the sign-in itself may be made."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from twofold.core.assurance import PASSWORD, RECOVERY_CODE, Evidence, Proof

FRESH_FOR: Final = timedelta(minutes=5)
FRESH_AFTER_RECOVERY_FOR: Final = timedelta(minutes=15)
"""Once after a recovery code, for replacing what was lost."""


class Asks(StrEnum):
    """What fresh proof is asked for."""

    SECOND_FACTOR = "second_factor"
    PASSWORD = "password"  # noqa: S105 -- the name of a proof, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long a proof stays fresh."""

    fresh_for: timedelta = FRESH_FOR
    after_recovery_for: timedelta = FRESH_AFTER_RECOVERY_FOR


DEFAULTS: Final = Limits()


def what_it_asks(*, has_confirmed_factor: bool) -> Asks:
    """Return what is asked for: a second factor where any is confirmed (dormant included), else the password."""
    return Asks.SECOND_FACTOR if has_confirmed_factor else Asks.PASSWORD


def is_fresh(
    evidence: Evidence,
    *,
    has_confirmed_factor: bool,
    now: datetime,
    recovery_extra: bool = False,
    limits: Limits = DEFAULTS,
) -> bool:
    """Say whether the evidence of a session is fresh proof at `now`.

    The sign-in's own passcode or recovery code counts. A trusted device leaves no proof, so it never does.
    `recovery_extra`: this act replaces what was lost, and the longer time after a recovery code is still unused.
    """
    return (
        fresh_until(
            evidence, has_confirmed_factor=has_confirmed_factor, now=now, recovery_extra=recovery_extra, limits=limits
        )
        is not None
    )


def fresh_until(
    evidence: Evidence,
    *,
    has_confirmed_factor: bool,
    now: datetime,
    recovery_extra: bool = False,
    limits: Limits = DEFAULTS,
) -> datetime | None:
    """Return until when the evidence is fresh proof, or None when it is not at `now`."""
    ends = [
        proof.at + _lasts_for(proof, limits, recovery_extra=recovery_extra)
        for proof in evidence.proofs
        # A proof of the future comes from a clock that was set back since; it proves nothing recent.
        if proof.at <= now and (proof.is_second_factor or (proof.kind == PASSWORD and not has_confirmed_factor))
    ]
    latest = max(ends, default=None)
    return latest if latest is not None and now < latest else None


def _lasts_for(proof: Proof, limits: Limits, *, recovery_extra: bool) -> timedelta:
    is_extra = recovery_extra and proof.kind == RECOVERY_CODE
    return limits.after_recovery_for if is_extra else limits.fresh_for
