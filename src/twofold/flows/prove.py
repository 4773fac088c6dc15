"""Fresh proof: proved again within this session, shortly before something that matters is changed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twofold.core import freshness
from twofold.core.assurance import PASSWORD, PASSWORD_TRAITS, Proof
from twofold.core.freshness import Asks
from twofold.core.refusals import No, Refusal
from twofold.factors.contract import Challenge
from twofold.flows import known_browser, passwords, tries
from twofold.flows.challenges import Asking
from twofold.flows.journal import record
from twofold.flows.judging import Plain, Question, judge
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse
from twofold.flows.person_change import alone_with
from twofold.flows.standing_of import as_factor_sees, ceremony, mailed_counts, rules_of
from twofold.flows.ways import Way, ways_among
from twofold.ports.keys import Match

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.factors.contract import SecondFactor
    from twofold.flows.challenges import ChallengeView
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
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
        limits=services.numbers.fresh,
    )
    if fresh:
        return None
    asks = freshness.what_it_asks(has_confirmed_factor=holds)
    return NeedsProof(by_passcode=asks is Asks.SECOND_FACTOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofView:
    """What the page shows that asks for fresh proof.

    `kind` is asked for: the one that was named, else the preferred; empty for somebody who proves by password
    (`by_passcode` False), and where nothing that is held counts at present: a recovery code does. `ways`, `shown` and
    `challenge` are as on the passcode page.
    """

    by_passcode: bool
    kind: str
    ways: tuple[Way, ...]
    shown: JsonObject = field(repr=False)
    challenge: ChallengeView | None


def look(services: Services, visit: Visit, me: SignedIn, kind: str = "") -> ProofView:
    """Return what the page shows that asks for fresh proof, by this kind or the preferred one. Writes nothing."""
    now = services.clock.now()
    held = services.enrolments.held(visit.account.id, me.person.id)
    ways = ways_among(_counting(services, visit, me, held, now=now))
    asked = _kind_among(ways, kind)
    shown: JsonObject = {}
    live: ChallengeView | None = None
    if asked:
        factor = services.factors[asked]
        if factor.makes_challenge:
            live = _asking(services, visit, me, held, factor, now=now).look()
            shown = live.shown
        else:
            mine = as_factor_sees(held, asked)
            made = factor.challenge(
                ceremony(services, visit.account, me.person), mine, {}, now=now, entropy=services.entropy
            )
            shown = made.shown if isinstance(made, Challenge) else {}
    return ProofView(by_passcode=bool(held), kind=asked, ways=ways, shown=shown, challenge=live)


def choose(services: Services, visit: Visit, me: SignedIn, kind: str = "") -> Done | Refuse:
    """Turn to a way of giving fresh proof; a code is sent unless one is live in this session.

    Done also where nothing was to be sent. Refused like `send_again`, or with `NOT_ALLOWED` when this is no way of
    theirs.
    """
    return _send(services, visit, me, kind, again=False)


def send_again(services: Services, visit: Visit, me: SignedIn, kind: str = "") -> Done | Refuse:
    """Send another code for fresh proof; the one before is void.

    Refused with `TOO_SOON`, `SENT_ENOUGH`, `CANNOT_SEND`, `COUNTRY_NOT_SERVED` or `NEEDS_MAILBOX`.
    """
    return _send(services, visit, me, kind, again=True)


def _send(services: Services, visit: Visit, me: SignedIn, kind: str, *, again: bool) -> Done | Refuse:
    now = services.clock.now()
    held = services.enrolments.held(visit.account.id, me.person.id)
    asked = _kind_among(ways_among(_counting(services, visit, me, held, now=now)), kind)
    if kind not in {"", asked}:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    factor = services.factors.get(asked)
    if factor is None or not factor.makes_challenge:
        return Done()
    asking = _asking(services, visit, me, held, factor, now=now)
    return asking.send() if again else asking.begin()


def _asking(
    services: Services, visit: Visit, me: SignedIn, held: Sequence[Enrolment], factor: SecondFactor, *, now: datetime
) -> Asking:
    return Asking(
        services=services,
        visit=visit,
        person=me.person,
        held=held,
        factor=factor,
        scope=me.session.id,
        now=now,
        actor=me.person.id,
    )


def _kind_among(ways: Sequence[Way], kind: str) -> str:
    kinds = [way.kind for way in ways]
    return kind if kind in kinds else next(iter(kinds), "")


def _counting(
    services: Services, visit: Visit, me: SignedIn, held: Sequence[Enrolment], *, now: datetime
) -> list[Enrolment]:
    """Return what proves: dormant ones too, but nothing mailed while the password came out of the same mailbox.

    Beside what policy allows nothing else proves: what opens nothing but set-up must not remove what is allowed.
    Else what it allows no longer does until its time is over, and after that where nothing else is held.
    """
    mailed = mailed_counts(me.person, now=now)
    known = [
        one for one in held if one.kind in services.factors and (mailed or not services.factors[one.kind].traits.mailed)
    ]
    accepts = rules_of(services, visit.account.id, me.person, me.policy.rules).accepts
    counts = [one for one in known if accepts.counts(one.kind, services.factors[one.kind].traits)]
    proves = [one for one in known if accepts.still_proves(one.kind, services.factors[one.kind].traits, now)]
    return counts or proves or known


def prove(
    services: Services, visit: Visit, me: SignedIn, *, passcode: str = "", password: str = "", kind: str = ""
) -> Proved | Refuse | Conflict:
    """Judge what was typed as fresh proof; `kind` as the page asked for it.

    Wrong answers count in the same lanes as at sign-in. Who holds a second factor cannot prove by
    password.
    """
    now = services.clock.now()
    account = visit.account.id
    held = services.enrolments.held(account, me.person.id)
    if not held:
        return _by_password(services, visit, me, password, now=now)
    counting = _counting(services, visit, me, held, now=now)
    question = Question(
        person=me.person,
        held=tuple(counting),
        seen=known_browser.recognise(services, visit, me.person.id),
        kind=kind,
        answer={"passcode": passcode},
        session=me.session.id,
    )
    if not counting and not question.is_recovery_code:
        return Refuse(because=Refusal(No.PROVED_BY_MAILBOX))

    def then(proof: Proof, person: Subscriber) -> Proved | Conflict:
        return _raise(services, visit, me, proof, person, now=now)

    return judge(services, visit, question, Plain(then), now=now)


def _by_password(
    services: Services, visit: Visit, me: SignedIn, password: str, *, now: datetime
) -> Proved | Refuse | Conflict:
    seen = known_browser.recognise(services, visit, me.person.id)
    account = visit.account.id
    with services.transactions.begin():
        alone_with(services, account, me.person.id)
        spent = tries.spend(services, account, passwords.counted_for(visit, me.person.id, seen), now=now)
    if isinstance(spent, Refusal):
        return Refuse(because=spent, stopped=True)
    matched = passwords.compare(services, password, me.person.password)
    if matched is Match.BUSY:
        with services.transactions.begin():
            tries.give_back(services, account, spent, was_right=False)
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
        alone_with(services, account, me.person.id)
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
