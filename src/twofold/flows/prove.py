"""Fresh proof: proved again within this session, shortly before something that matters is changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twofold.core import freshness
from twofold.core.assurance import PASSWORD, PASSWORD_TRAITS, Proof
from twofold.core.freshness import Asks
from twofold.core.refusals import No, Refusal
from twofold.flows import known_browser, passwords, tries
from twofold.flows.journal import record
from twofold.flows.judging import Question, judge
from twofold.flows.outcomes import Conflict, NeedsProof, Refuse
from twofold.ports.keys import Match

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """The proof was given; the session has a new secret, because its assurance rose."""

    me: SignedIn
    session_token: str = field(repr=False)


def needed(services: Services, visit: Visit, me: SignedIn, *, replaces_lost: bool = False) -> NeedsProof | None:
    """Tell whether fresh proof is wanted before a change, and by what. Writes nothing.

    By a second factor where any is confirmed, dormant ones included, else by the password.
    `replaces_lost`: for replacing what was lost, a recovery code's proof lasts longer, once.
    """
    now = services.clock.now()
    holds = bool(services.enrolments.held(visit.account.id, me.person.id))
    until = me.session.recovery_proof_until
    fresh = freshness.is_fresh(
        me.session.evidence,
        has_confirmed_factor=holds,
        now=now,
        recovery_extra=replaces_lost and until is not None and now < until,
    )
    if fresh:
        return None
    asks = freshness.what_it_asks(has_confirmed_factor=holds)
    return NeedsProof(by_passcode=asks is Asks.SECOND_FACTOR)


def prove(
    services: Services, visit: Visit, me: SignedIn, *, passcode: str = "", password: str = ""
) -> Proved | Refuse | Conflict:
    """Judge what was typed as fresh proof.

    Wrong answers count in the same lanes as at sign-in. Who holds a second factor cannot prove by
    password.
    """
    now = services.clock.now()
    account = visit.account.id
    held = services.enrolments.held(account, me.person.id)
    if not held:
        return _by_password(services, visit, me, password, now=now)
    question = Question(
        person=me.person,
        held=held,
        seen=known_browser.recognise(services, visit, me.person.id),
        kind="",
        answer={"passcode": passcode},
        session=me.session.id,
    )

    def then(proof: Proof, person: Subscriber) -> Proved | Conflict:
        return _raise(services, visit, me, proof, person, now=now)

    return judge(services, visit, question, now=now, spend_first=lambda: None, then=then)


def _by_password(
    services: Services, visit: Visit, me: SignedIn, password: str, *, now: datetime
) -> Proved | Refuse | Conflict:
    seen = known_browser.recognise(services, visit, me.person.id)
    account = visit.account.id
    with services.transactions.begin():
        spent = tries.spend(services, account, passwords.counted_for(visit, me.person.id, seen), now=now)
    if isinstance(spent, Refusal):
        return Refuse(because=spent, stopped=True)
    matched = passwords.compare(services, password, me.person.password)
    if matched is Match.BUSY:
        with services.transactions.begin():
            tries.give_back(services, account, spent)
        return Refuse(because=Refusal(No.BUSY, at=now))
    if matched is Match.NO:
        with services.transactions.begin():
            record(
                services,
                visit,
                "proof.refused",
                now=now,
                person=me.person.id,
                actor=me.person.id,
                detail={"kind": PASSWORD},
            )
        return Refuse(because=Refusal(No.WRONG))
    with services.transactions.begin():
        tries.give_back(services, account, spent)
        proof = Proof(kind=PASSWORD, at=now, traits=PASSWORD_TRAITS)
        return _raise(services, visit, me, proof, me.person, now=now)


def _raise(
    services: Services,
    visit: Visit,
    me: SignedIn,
    proof: Proof,
    person: Subscriber,
    *,
    now: datetime,
) -> Proved | Conflict:
    """Add the proof to the session under a new secret, in the caller's transaction."""
    session = replace(me.session, evidence=me.session.evidence.with_proof(proof))
    token = services.entropy.token()
    if not services.sessions.replace(
        visit.account.id,
        me.session,
        session,
        token_digest=services.digests.of_token(token),
    ):
        return Conflict()
    record(
        services,
        visit,
        "proof.given",
        now=now,
        person=person.id,
        actor=person.id,
        detail={"kind": proof.kind},
    )
    raised = replace(session, version=me.session.version + 1)
    return Proved(me=replace(me, session=raised, person=person), session_token=token)
