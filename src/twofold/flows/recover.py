"""After a sign-in by recovery code: one question, whether the phone is elsewhere or lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.flows import prove, set_up
from twofold.flows.journal import record
from twofold.flows.outcomes import Conflict, Done, NeedsProof
from twofold.flows.signed_in import standing_ones

if TYPE_CHECKING:
    from collections.abc import Collection

    from twofold.core.ids import EnrolmentId
    from twofold.flows.outcomes import GoOn
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.services import Services


def is_asked(services: Services, me: SignedIn) -> bool:
    """Tell whether the question still stands for this session."""
    until = me.session.recovery_proof_until
    return until is not None and services.clock.now() < until


def elsewhere(services: Services, visit: Visit, me: SignedIn) -> Done | Conflict:
    """Leave everything as it is: the phone is only elsewhere. The longer fresh proof is given up."""
    now = services.clock.now()
    with services.transactions.begin():
        if not services.sessions.replace(visit.account.id, me.session, replace(me.session, recovery_proof_until=None)):
            return Conflict()
        record(
            services,
            visit,
            "recovery.elsewhere",
            now=now,
            person=me.person.id,
            actor=me.person.id,
        )
    return Done()


def held(services: Services, visit: Visit, me: SignedIn) -> tuple[Enrolment, ...]:
    """Return what the question is about: everything that this person holds."""
    return services.enrolments.held(visit.account.id, me.person.id)


def signed_in_elsewhere(services: Services, visit: Visit, me: SignedIn) -> int:
    """Count the other sessions of this person, which a recovery code leaves open: whoever came back looks at them."""
    now = services.clock.now()
    there = standing_ones(services, visit.account.id, me.person, me.policy.rules, now=now)
    return sum(one.id != me.session.id for one in there.sessions)


def lost(
    services: Services, visit: Visit, me: SignedIn, which: Collection[EnrolmentId]
) -> GoOn | NeedsProof | Conflict:
    """Set up anew at once, for these are lost; they go when the new one is confirmed.

    This sign-in is the fresh proof for it, for 15 minutes and once: of two tabs that say so, one begins.
    """
    lost_ones = [one.id for one in held(services, visit, me) if one.id in which]
    needed = prove.needed(services, visit, me, replaces_lost=True)
    if needed is not None:
        return needed
    now = services.clock.now()
    with services.transactions.begin():
        if not services.sessions.replace(visit.account.id, me.session, replace(me.session, recovery_proof_until=None)):
            return Conflict()
        record(
            services,
            visit,
            "recovery.lost",
            now=now,
            person=me.person.id,
            actor=me.person.id,
        )
        return set_up.begin_from_profile(services, visit, me, replaces=lost_ones, replaces_lost=True)
