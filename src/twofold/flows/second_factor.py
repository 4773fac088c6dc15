"""The second step of a sign-in: a passcode, or a recovery code in the same field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import TRIES_PER_ATTEMPT, Lane
from twofold.core.trust import Trust, box
from twofold.flows import known_browser, tries
from twofold.flows.admit import Claim, settle
from twofold.flows.judging import Question, judge, lane_of
from twofold.flows.outcomes import Ended, GoOn, Refuse, Stage
from twofold.flows.standing_of import as_factor_sees, ceremony, facts_of, rules_of
from twofold.flows.under_way import read

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.assurance import Proof
    from twofold.core.json import JsonObject
    from twofold.core.policy import Rules
    from twofold.flows.known_browser import Recognised
    from twofold.flows.outcomes import Admitted, Denied, SignInOutcome
    from twofold.flows.visit import Visit
    from twofold.ports.attempts import Attempt
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


def present_second_factor(
    services: Services,
    visit: Visit,
    *,
    attempt_token: str,
    kind: str,
    answer: JsonObject,
    trust_device: bool,
) -> SignInOutcome:
    """Judge a second factor: `answer` holds what its kind reads ("passcode": what was typed).

    `kind` may be empty: the preferred one then. A recovery code is recognised by its shape. The
    attempt is closed by compare-and-set, so of several right answers one is admitted.
    """
    now = services.clock.now()
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return Ended()
    if under_way.attempt.setting_up:
        return GoOn(stage=Stage.SET_UP)
    seen = known_browser.recognise(services, visit, under_way.person.id)
    rules = services.policy.current(visit.account.id).rules
    question = Question(
        person=under_way.person,
        held=under_way.held,
        seen=seen,
        kind=kind,
        answer=answer,
        attempt=under_way.attempt.id,
    )
    digest = services.digests.of_token(attempt_token)
    attempt = under_way.attempt

    def spend_first() -> Refuse | None:
        nonlocal attempt
        if question.lane is Lane.RECOVERY:
            return None
        spent = spend_of_attempt(services, visit, attempt, TRIES_PER_ATTEMPT, digest, now=now)
        if isinstance(spent, Refuse):
            return spent
        attempt = spent
        return None

    def then(proof: Proof, person: Subscriber) -> Admitted | GoOn | Denied | Ended:
        # A recovery code has ended all trust, and never begins one.
        by_code = question.lane is Lane.RECOVERY
        trusts = trust_device and not by_code and _may_trust(services, visit, person, rules, seen)
        claim = Claim(
            person=person,
            held=question.held,
            rules=rules,
            evidence=attempt.evidence.with_proof(proof),
            seen=seen,
            next_url=attempt.next_url,
            purpose=attempt.purpose,
        )
        trust = Trust(proof=proof) if trusts else None
        stands: Attempt | None = attempt
        for _ in range(tries.ROUNDS):
            if stands is None:
                break
            outcome = settle(services, visit, claim, stands, now=now, trust=trust)
            if not isinstance(outcome, Ended):
                return outcome
            # Other answers may have been counted on the attempt since this one was; that does not close it.
            again = services.attempts.by_token(visit.account.id, digest)
            stands = None if again is None or again.version == stands.version else again
        return Ended()

    return judge(services, visit, question, now=now, spend_first=spend_first, then=then)


def spend_of_attempt(
    services: Services, visit: Visit, attempt: Attempt, most: int, token_digest: str, *, now: datetime
) -> Attempt | Refuse:
    """Spend one of the tries that an attempt has, in the caller's transaction; return the attempt as it then stands."""
    account = visit.account.id
    for _ in range(tries.ROUNDS):
        if attempt.wrong >= most:
            return Refuse(because=Refusal(No.TOO_MANY_TRIES), stopped=True)
        spent = replace(attempt, wrong=attempt.wrong + 1, last_step_at=now)
        if services.attempts.replace(account, attempt, spent):
            return replace(spent, version=attempt.version + 1)
        again = services.attempts.by_token(account, token_digest)
        if again is None:
            break
        attempt = again
    return Refuse(because=Refusal(No.ENDED), stopped=True)


def _may_trust(services: Services, visit: Visit, person: Subscriber, rules: Rules, seen: Recognised | None) -> bool:
    return box(
        rules_of(services, visit.account.id, person, rules),
        every_sign_in=person.every_sign_in,
        others_trusted_here=seen.others_trust if seen else False,
        by_recovery_code=False,
    ).shown


@dataclass(frozen=True, slots=True, kw_only=True)
class PasscodeView:
    """What the passcode page shows of an open attempt.

    `shown` holds what each usable kind shows ("totp": {"labels": [...]}), the preferred first.
    `shut` is set while this step waits or is stopped; recovery codes work all the same.
    """

    person: Subscriber
    step: policy.AskSecondFactor
    shown: dict[str, JsonObject]
    shut: Refusal | None
    ends_at: datetime
    has_recovery_codes: bool


def look(services: Services, visit: Visit, attempt_token: str) -> PasscodeView | GoOn | Ended:
    """Return what the passcode page shows, or where the attempt really is. Writes nothing."""
    now = services.clock.now()
    account = visit.account.id
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return Ended()
    if under_way.attempt.setting_up:
        return GoOn(stage=Stage.SET_UP)
    person, held = under_way.person, under_way.held
    rules = services.policy.current(account).rules
    seen = known_browser.recognise(services, visit, person.id)
    step = policy.next_step(
        under_way.attempt.evidence,
        facts_of(services, account, person, held, rules),
        rules,
        None,
        now=now,
        others_trusted_here=seen.others_trust if seen else False,
    )
    if not isinstance(step, policy.AskSecondFactor):
        # The policy, or the person, changed since the password: a new sign-in goes by what holds today.
        return Ended()
    shown: dict[str, JsonObject] = {}
    for kind in dict.fromkeys(one.kind for one in step.usable):
        factor = services.factors[kind]
        mine = as_factor_sees(held, kind)
        challenge = factor.challenge(ceremony(visit.account, person), mine, now=now, entropy=services.entropy)
        shown[kind] = challenge.shown
    return PasscodeView(
        person=person,
        step=step,
        shown=shown,
        shut=tries.look(services, account, lane_of(seen), person.id, now=now),
        ends_at=under_way.ends_at,
        has_recovery_codes=services.recovery_codes.left(account, person.id).left > 0,
    )
