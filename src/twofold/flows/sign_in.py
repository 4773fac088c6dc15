"""Signing in with email and password; the second factor follows in `second_factor`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core import emails
from twofold.core.assurance import PASSWORD, PASSWORD_TRAITS, Evidence, Proof
from twofold.core.ids import PersonId
from twofold.core.refusals import No, Refusal
from twofold.flows import known_browser, new_browser, passwords, second_factor, tries
from twofold.flows.admit import Claim, carry_out, decide
from twofold.flows.journal import record
from twofold.flows.outcomes import GoOn, Refuse, Stage
from twofold.flows.person_change import alone_with
from twofold.flows.refusals import record_thinned
from twofold.flows.under_way import read
from twofold.ports.keys import Match

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twofold.flows.outcomes import SignInOutcome
    from twofold.flows.visit import Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


def present_password(
    services: Services,
    visit: Visit,
    *,
    email: str,
    password: str,
    next_url: str,
    attempt_token: str = "",
    came_by: Callable[[PersonId, datetime], Proof | None] | None = None,
) -> SignInOutcome:
    """Judge email and password, and go on as policy says.

    Until the password is proved every branch does the same: one hash, the same queries, one event.
    Nothing tells whether the address exists, is suspended, or has 2FA.

    `came_by` uses up, once the password is right, the link that somebody came by, and returns what is proved by it
    beside the password; None is refused with ENDED.
    """
    now = services.clock.now()
    account = visit.account.id
    address = emails.normalise(email)
    person = services.people.by_email(account, address or "")
    subject = person.id if person else "?" + services.digests.keyed("unknown", address or email[:320])
    seen = known_browser.recognise(services, visit, PersonId(subject))
    # Should the power fail, this sign-in fails with it, and may be begun again.
    with services.transactions.begin(lasting=False):
        # As with everybody, so with an address that nobody has.
        alone_with(services, account, PersonId(subject))
        spent = tries.spend(services, account, passwords.counted_for(visit, subject, seen), now=now)
        known_browser.end_if_copied(services, visit, now=now)
    if isinstance(spent, Refusal):
        _record_refused(services, visit, person, spent, now=now)
        return Refuse(because=spent, stopped=True)
    stored = person.password if person else None
    matched = passwords.compare(services, password, stored)
    match matched:
        case Match.BUSY:
            with services.transactions.begin():
                tries.give_back(services, account, spent, was_right=False)
            return Refuse(because=Refusal(No.BUSY, at=now))
        case Match.NO:
            _record_refused(services, visit, person, Refusal(No.WRONG), now=now)
            return Refuse(because=Refusal(No.WRONG))
        case Match.YES | Match.YES_BUT_OLD if person is None:
            # A hash that belongs to nobody cannot be matched.
            return Refuse(because=Refusal(No.WRONG))
        case Match.YES:
            pass
        case Match.YES_BUT_OLD:
            person = _upgrade(services, visit, person, password)
    evidence = Evidence((Proof(kind=PASSWORD, at=now, traits=PASSWORD_TRAITS),))
    claim = Claim(
        person=person,
        held=services.enrolments.held(account, person.id),
        rules=services.policy.current(account).rules,
        evidence=evidence,
        seen=seen,
        next_url=next_url,
    )
    # A trusted browser and a link are looked at within the block; all else is decided by what was read.
    decided = decide(services, visit, claim, now=now) if claim.trust is None and came_by is None else None
    # Whoever is only led on begins again, should the power fail; a session and what is recorded of it have to last.
    with services.transactions.begin(lasting=decided is None or not decided.only_leads_on):
        alone_with(services, account, person.id)
        tries.give_back(services, account, spent)
        if claim.trust is not None:
            # Trust that ended while the password was hashed does not answer any more, and does not come back.
            claim = replace(claim, seen=known_browser.recognise(services, visit, person.id))
        former = read(services, visit, attempt_token, now=now)
        if former is not None:
            services.attempts.close(account, former.attempt, at=now)
        if came_by is not None:
            by_link = came_by(person.id, now)
            if by_link is None:
                return Refuse(because=Refusal(No.ENDED))
            claim = replace(claim, evidence=Evidence((by_link, *evidence.proofs)))
        decided = decided or decide(services, visit, claim, now=now)
        outcome = carry_out(services, visit, decided, None, now=now, trust=claim.trust)
    if isinstance(outcome, GoOn) and outcome.stage is Stage.NEW_BROWSER and outcome.attempt_token:
        new_browser.send(services, visit, outcome.attempt_token)
    second_factor.send_first(services, visit, outcome, claim.held, former.attempt if former else None)
    return outcome


def _upgrade(services: Services, visit: Visit, person: Subscriber, password: str) -> Subscriber:
    """Hash anew with today's parameters; whoever is busy or too late leaves the old hash."""
    stored = services.passwords.hash(password)
    if stored is None:
        return person
    upgraded = replace(person, password=stored)
    with services.transactions.begin():
        if not services.people.replace(visit.account.id, person, upgraded):
            return person
    return replace(upgraded, version=person.version + 1)


def _record_refused(
    services: Services,
    visit: Visit,
    person: Subscriber | None,
    because: Refusal,
    *,
    now: datetime,
) -> None:
    with services.transactions.begin():
        record_thinned(
            services,
            visit,
            "password.refused",
            now=now,
            person=person.id if person else None,
            detail={"because": because.no.value},
        )


def abandon(services: Services, visit: Visit, attempt_token: str) -> None:
    """Close an open attempt: "not you?", or signing out half-way."""
    now = services.clock.now()
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return
    with services.transactions.begin():
        services.attempts.close(visit.account.id, under_way.attempt, at=now)
        record(services, visit, "sign_in.abandoned", now=now, person=under_way.person.id)
