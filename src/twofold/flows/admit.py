"""The one gate: every door asks `settle` what comes next, and only here is a session made.

`settle` decides and carries out; a door that has to know before its transaction begins calls the two by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, assert_never

from twofold.core import policy
from twofold.core.assurance import RECOVERY_CODE
from twofold.core.ids import AttemptId, SessionId
from twofold.core.standing import skipped_since
from twofold.flows import known_browser
from twofold.flows.journal import record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Admitted, Denied, Ended, GoOn, Stage
from twofold.flows.standing_of import facts_of
from twofold.ports.attempts import Attempt, Purpose
from twofold.ports.sessions import Session

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.assurance import Evidence
    from twofold.core.json import JsonObject
    from twofold.core.policy import Admit, Because, Facts, Rules
    from twofold.core.trust import Trust
    from twofold.flows.known_browser import Recognised
    from twofold.flows.visit import Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

TRUSTED_BROWSER: Final = "trusted_browser"
"""Stands beside the kinds of proof where a browser answered for the second factor."""
BY_LONGEST: Final = 64
"""Characters of what is kept of a sign-in's kinds of proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Everything known of a claimant at the moment of deciding."""

    person: Subscriber
    held: Sequence[Enrolment]
    rules: Rules
    evidence: Evidence
    seen: Recognised | None
    next_url: str = ""
    purpose: Purpose = Purpose.SIGN_IN

    @property
    def trust(self) -> Trust | None:
        """What this person proved on this browser before, if it was kept."""
        return self.seen.known.trust if self.seen and self.seen.known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What policy says comes next for a claim, and the facts that it went by."""

    claim: Claim
    facts: Facts
    step: policy.Step

    @property
    def only_leads_on(self) -> bool:
        """Whether nothing comes of it but an attempt, which anybody can begin again."""
        return not isinstance(self.step, policy.Admit | policy.Deny)


def decide(services: Services, visit: Visit, claim: Claim, *, now: datetime) -> Decided:
    """Ask policy what comes next. Writes nothing."""
    facts = facts_of(services, visit.account.id, claim.person, claim.held, claim.rules)
    step = policy.next_step(
        claim.evidence,
        facts,
        claim.rules,
        claim.trust,
        now=now,
        others_trusted_here=claim.seen.others_trust if claim.seen else False,
        knows_browser=claim.seen is not None and claim.seen.known is not None,
        came_from=visit.sure_address,
    )
    return Decided(claim=claim, facts=facts, step=step)


def settle(
    services: Services,
    visit: Visit,
    claim: Claim,
    attempt: Attempt | None,
    *,
    now: datetime,
    trust: Trust | None,
) -> Admitted | GoOn | Denied | Ended:
    """Ask policy what comes next and do it, in the caller's transaction."""
    return carry_out(services, visit, decide(services, visit, claim, now=now), attempt, now=now, trust=trust)


def carry_out(
    services: Services,
    visit: Visit,
    decided: Decided,
    attempt: Attempt | None,
    *,
    now: datetime,
    trust: Trust | None,
) -> Admitted | GoOn | Denied | Ended:
    """Do what was decided, in the caller's transaction.

    An open `attempt` is closed by compare-and-set before a session is made, so that of several
    right answers one is admitted; the others find it ended. So does whoever was changed meanwhile.
    Without one, an attempt is begun where more is asked. `trust` is what this browser keeps from now on.
    """
    claim, facts, step = decided.claim, decided.facts, decided.step
    match step:
        case policy.Admit():
            # The person first, then the attempt: a reset or a suspension that runs at this moment writes both in this
            # order, too, and whichever is second finds that it lost.
            by = _by_what(claim.evidence, step)
            # Whoever was let in, alone or by a pause, puts nothing off.
            if step.skips_left and (facts.grace_until is None or facts.grace_until <= now):
                counted = _count_skip(services, visit, claim, facts, now=now)
                if counted is None:
                    return Ended()
                claim = counted
            if not services.people.signed_in(visit.account.id, claim.person, now, by=by):
                return Ended()
            if attempt is not None and not services.attempts.close(visit.account.id, attempt, at=now):
                return Ended()
            return _mint(services, visit, claim, step, now=now, trust=trust)
        case policy.AskSecondFactor():
            return _go_on(services, visit, claim, attempt, Stage.PASSCODE, now=now)
        case policy.AskEnrolment():
            return _go_on(services, visit, claim, attempt, Stage.SET_UP, now=now)
        case policy.AskMailbox():
            return _go_on(services, visit, claim, attempt, Stage.NEW_BROWSER, now=now)
        case policy.Deny(because=because):
            if attempt is not None:
                services.attempts.close(visit.account.id, attempt, at=now)
            _record_denied(services, visit, claim, because, now=now)
            return Denied(because=because)
        case _:
            assert_never(step)


def _count_skip(services: Services, visit: Visit, claim: Claim, facts: Facts, *, now: datetime) -> Claim | None:
    """Count a sign-in without a second factor, where so many are allowed; None: the person was changed meanwhile.

    Signing in is what is put off by, and not a button: whoever leaves the notice alone has put it off as well.
    """
    since = policy.standing(facts, claim.rules, now=now).covered_since
    person = claim.person
    skipped = replace(person, skipped=skipped_since(facts, since) + 1, skipped_at=now)
    if not services.people.replace(visit.account.id, person, skipped):
        return None
    return replace(claim, person=replace(skipped, version=person.version + 1))


def _go_on(
    services: Services,
    visit: Visit,
    claim: Claim,
    attempt: Attempt | None,
    stage: Stage,
    *,
    now: datetime,
) -> GoOn | Ended:
    setting_up = stage is Stage.SET_UP
    if attempt is not None:
        went_on = replace(attempt, evidence=claim.evidence, last_step_at=now, setting_up=setting_up)
        if not services.attempts.replace(visit.account.id, attempt, went_on):
            return Ended()
        return GoOn(stage=stage)
    token = services.entropy.token()
    services.attempts.begin(
        visit.account.id,
        Attempt(
            id=AttemptId(services.entropy.ordered_id(now)),
            person_id=claim.person.id,
            purpose=claim.purpose,
            evidence=claim.evidence,
            begun_at=now,
            last_step_at=now,
            browser_id=claim.seen.browser.id if claim.seen else None,
            next_url=claim.next_url,
            setting_up=setting_up,
        ),
        token_digest=services.digests.of_token(token),
    )
    return GoOn(stage=stage, attempt_token=token)


def _mint(
    services: Services,
    visit: Visit,
    claim: Claim,
    admit: Admit,
    *,
    now: datetime,
    trust: Trust | None,
) -> Admitted:
    person = claim.person
    browser_id, cookie = known_browser.remember(services, visit, person, claim.seen, trust, now=now)
    by_recovery_code = claim.evidence.has(RECOVERY_CODE)
    token = services.entropy.token()
    session = Session(
        id=SessionId(services.entropy.ordered_id(now)),
        person_id=person.id,
        evidence=claim.evidence,
        created_at=now,
        last_seen_at=now,
        browser_id=browser_id,
        trusted=admit.trusted,
        address=visit.address,
        browser_name=visit.browser_name,
        recovery_proof_until=now + services.numbers.fresh.after_recovery_for if by_recovery_code else None,
    )
    services.sessions.add(visit.account.id, session, token_digest=services.digests.of_token(token))
    if person.last_sign_in_at is not None and (claim.seen is None or claim.seen.known is None):
        # Not at the very first sign-in: there every browser is new, and the person came by a link of ours.
        told: JsonObject = {"browser": visit.browser_name, "from": visit.address}
        warn(services, visit.account, person, "new_browser", told, now=now)
    record(
        services,
        visit,
        "sign_in.admitted",
        now=now,
        person=person.id,
        actor=person.id,
        detail={
            "session": session.id,
            "amr": list(claim.evidence.amr),
            "reasons": [str(because.reason) for because in admit.reasons],
        },
    )
    return Admitted(
        session=session,
        person=person,
        session_token=token,
        browser_cookie=cookie,
        next_url=claim.next_url,
        notice_until=admit.notice_until,
        by_recovery_code=by_recovery_code,
        codes_unsaved=person.codes_unsaved,
    )


def _by_what(evidence: Evidence, admit: Admit) -> str:
    """Return the kinds of what was proved, in their order, as the status report tells them: "password + totp"."""
    kinds = dict.fromkeys([proof.kind for proof in evidence.proofs])
    return " + ".join([*kinds, *([TRUSTED_BROWSER] if admit.trusted else [])])[:BY_LONGEST]


def _record_denied(services: Services, visit: Visit, claim: Claim, because: Because, *, now: datetime) -> None:
    record(
        services,
        visit,
        "sign_in.denied",
        now=now,
        person=claim.person.id,
        detail={"reason": because.reason.value},
    )
