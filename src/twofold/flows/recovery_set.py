"""Making a set of recovery codes, and how a code is looked up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core import recovery

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services


def make_set(services: Services, account: Account, person: PersonId, *, now: datetime) -> tuple[str, ...]:
    """Make a set, void the one before, and return the codes, in the caller's transaction."""
    codes = recovery.make(services.entropy.bytes(recovery.ENTROPY_BYTES))
    services.recovery_codes.replace_all(
        account.id,
        person,
        [digest_of(services, person, code) for code in codes],
        at=now,
    )
    return codes


def digest_of(services: Services, person: PersonId, typed: str) -> str:
    """Return under what a code of this person is looked up, in whatever spelling it was typed.

    The person is part of it, so a code of one is nothing to another.
    """
    return services.digests.keyed("recovery_code", person, recovery.normalise(typed))
