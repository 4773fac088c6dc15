"""Recovery codes: made with a set-up or on demand, shown once, and "I have saved them"."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twofold.flows import prove
from twofold.flows.journal import record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Conflict, Done, Gone
from twofold.flows.person_change import alone_with
from twofold.flows.recovery_set import make_set

if TYPE_CHECKING:
    from twofold.flows.outcomes import NeedsProof
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import RecoveryCodesLeft
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True)
class NewCodes:
    """A set to be shown once."""

    codes: tuple[str, ...] = field(repr=False)


def left(services: Services, visit: Visit, me: SignedIn) -> RecoveryCodesLeft:
    """Count what is left."""
    return services.recovery_codes.left(visit.account.id, me.person.id)


def saved(services: Services, visit: Visit, me: SignedIn) -> Done | Conflict:
    """Record "I have saved them"."""
    now = services.clock.now()
    if not me.person.codes_unsaved:
        return Done()
    with services.transactions.begin():
        if not services.people.replace(visit.account.id, me.person, replace(me.person, codes_unsaved=False)):
            return Conflict()
        record(
            services,
            visit,
            "recovery_codes.saved",
            now=now,
            person=me.person.id,
            actor=me.person.id,
        )
    return Done()


def renew(services: Services, visit: Visit, me: SignedIn) -> NewCodes | NeedsProof | Gone | Conflict:
    """Show a new set and void the old one. Nobody without a second factor has recovery codes."""
    if not services.enrolments.held(visit.account.id, me.person.id):
        return Gone()
    # Where nobody ever saved the set, showing a new one follows the sign-in's own passcode.
    proof = prove.needed(services, visit, me)
    if proof is not None:
        return proof
    now = services.clock.now()
    with services.transactions.begin():
        alone_with(services, visit.account.id, me.person.id)
        if not services.people.replace(visit.account.id, me.person, replace(me.person, codes_unsaved=True)):
            return Conflict()
        codes = make_set(services, visit.account, me.person.id, now=now)
        record(
            services,
            visit,
            "recovery_codes.renewed",
            now=now,
            person=me.person.id,
            actor=me.person.id,
        )
        warn(services, visit.account, me.person, "recovery_codes_renewed", {}, now=now)
    return NewCodes(codes)
