"""The door of the passcode step: what counts on the attempt itself, and what a right answer there opens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core.refusals import No, Refusal
from twofold.core.throttle import TRIES_PER_ATTEMPT
from twofold.core.trust import Trust, box
from twofold.flows import tries
from twofold.flows.admit import Claim, settle
from twofold.flows.outcomes import Ended, Refuse
from twofold.flows.standing_of import rules_of

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.assurance import Proof
    from twofold.core.policy import Rules
    from twofold.flows.judging import Question
    from twofold.flows.known_browser import Recognised
    from twofold.flows.outcomes import Admitted, Denied, GoOn
    from twofold.flows.visit import Visit
    from twofold.ports.attempts import Attempt
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_TOO_MANY: Final = Refuse(because=Refusal(No.TOO_MANY_TRIES), stopped=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class AtSignIn:
    """The passcode step of an attempt: five wrong answers end it, a right one asks the gate.

    A recovery code (`by_code`) counts in its lane alone.
    """

    services: Services
    visit: Visit
    attempt: Attempt
    token_digest: str
    rules: Rules
    by_code: bool
    trust_device: bool
    now: datetime

    def shut(self) -> Refuse | None:
        """Refuse once the attempt has had its wrong answers."""
        return _TOO_MANY if not self.by_code and self.attempt.wrong >= TRIES_PER_ATTEMPT else None

    def count(self) -> Refuse | None:
        """Count on the attempt, too."""
        if self.by_code:
            return None
        counted = spend_of_attempt(
            self.services, self.visit, self.attempt, TRIES_PER_ATTEMPT, self.token_digest, now=self.now
        )
        return counted if isinstance(counted, Refuse) else None

    def spare(self) -> None:
        """Let the attempt live on from here."""
        stays = replace(self.attempt, last_step_at=self.now)
        self.services.attempts.replace(self.visit.account.id, self.attempt, stays)

    def open(self, question: Question, proof: Proof, person: Subscriber) -> Admitted | GoOn | Denied | Ended | Refuse:
        """Ask the gate what comes next."""
        services, visit, attempt, seen = self.services, self.visit, self.attempt, question.seen
        # A recovery code has ended all trust, and never begins one.
        trusts = self.trust_device and not self.by_code and _may_trust(services, visit, person, self.rules, seen)
        claim = Claim(
            person=person,
            held=question.held,
            rules=self.rules,
            evidence=attempt.evidence.with_proof(proof),
            seen=seen,
            next_url=attempt.next_url,
            purpose=attempt.purpose,
        )
        trust = Trust(proof=proof) if trusts else None
        for _ in range(tries.ROUNDS):
            outcome = settle(services, visit, claim, attempt, now=self.now, trust=trust)
            if not isinstance(outcome, Ended):
                return outcome
            # Other answers may have been counted on the attempt since it was read; only too many of them close it.
            again = services.attempts.by_token(visit.account.id, self.token_digest)
            if again is None or again.version == attempt.version:
                break
            if not self.by_code and again.wrong >= TRIES_PER_ATTEMPT:
                return _TOO_MANY
            attempt = again
        return Ended()


def spend_of_attempt(
    services: Services, visit: Visit, attempt: Attempt, most: int, token_digest: str, *, now: datetime
) -> Attempt | Refuse:
    """Spend one of the tries that an attempt has, in the caller's transaction; return the attempt as it then stands."""
    account = visit.account.id
    for _ in range(tries.ROUNDS):
        if attempt.wrong >= most:
            return _TOO_MANY
        spent = replace(attempt, wrong=attempt.wrong + 1, last_step_at=now, version=attempt.version + 1)
        if services.attempts.replace(account, attempt, spent):
            return spent
        again = services.attempts.by_token(account, token_digest)
        if again is None:
            break
        attempt = again
    return Refuse(because=Refusal(No.ENDED), stopped=True)


def give_back_of_attempt(services: Services, visit: Visit, token_digest: str) -> None:
    """Give one of an attempt's tries back, in the caller's transaction."""
    account = visit.account.id
    for _ in range(tries.ROUNDS):
        attempt = services.attempts.by_token(account, token_digest)
        if attempt is None:
            return
        if services.attempts.replace(account, attempt, replace(attempt, wrong=max(0, attempt.wrong - 1))):
            return


def _may_trust(services: Services, visit: Visit, person: Subscriber, rules: Rules, seen: Recognised | None) -> bool:
    return box(
        rules_of(services, visit.account.id, person, rules),
        every_sign_in=person.every_sign_in,
        others_trusted_here=seen.others_trust if seen else False,
        by_recovery_code=False,
    ).shown
