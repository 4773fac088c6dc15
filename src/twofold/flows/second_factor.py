"""The second step of a sign-in: a passcode, or a recovery code in the same field."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core import policy
from twofold.core.assurance import ADMIN_CODE, RECOVERY_CODE, RECOVERY_TRAITS, Proof
from twofold.core.effects import Change
from twofold.core.recovery import normalise
from twofold.core.refusals import No, Refusal
from twofold.core.roles import audience_of
from twofold.core.throttle import ADDRESS_SECOND_FACTORS, Lane
from twofold.core.trust import Trust, box
from twofold.core.typed import MAX_TYPED, Shape, shape_of
from twofold.factors.contract import Accepted
from twofold.flows import ending, known_browser, tries
from twofold.flows.admit import Claim, settle
from twofold.flows.journal import record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Admitted, Ended, GoOn, Refuse, Stage
from twofold.flows.standing_of import ceremony, facts_of
from twofold.flows.under_way import read

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.policy import Rules
    from twofold.core.trust import Box
    from twofold.flows.known_browser import Recognised
    from twofold.flows.outcomes import SignInOutcome
    from twofold.flows.under_way import UnderWay
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services

MOST_PER_ATTEMPT: Final = 5
"""Wrong passcodes after which this attempt takes none; recovery codes go on."""
_WORTH_A_MAIL: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """One answer being judged: what was read at its beginning, and where its try is counted."""

    token: str
    under_way: UnderWay
    rules: Rules
    seen: Recognised | None
    lane: Lane


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

    `kind` may be empty: the preferred one then. A recovery code is recognised by its shape. The try
    is spent in a transaction of its own before the answer is looked at.
    """
    now = services.clock.now()
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return Ended()
    if under_way.attempt.setting_up:
        return GoOn(stage=Stage.SET_UP)
    typed = answer.get("passcode", "")
    shape = shape_of(typed) if isinstance(typed, str) and len(typed) <= MAX_TYPED else None
    if "passcode" in answer and shape in {None, Shape.UNREADABLE}:
        return Refuse(because=Refusal(No.WRONG))
    seen = known_browser.recognise(services, visit, under_way.person.id)
    by_recovery_code = shape is Shape.RECOVERY_CODE
    step = _Step(
        token=attempt_token,
        under_way=under_way,
        rules=services.policy.current(visit.account.id).rules,
        seen=seen,
        lane=Lane.RECOVERY if by_recovery_code else lane_of(seen),
    )
    with services.transactions.begin():
        shut = _spend(services, visit, step, now=now)
    if shut is not None:
        return shut
    if by_recovery_code:
        return _by_recovery_code(services, visit, step, normalise(str(typed)), now=now)
    return _by_factor(services, visit, step, kind, answer, trust_device=trust_device, now=now)


def _spend(
    services: Services, visit: Visit, step: _Step, *, now: datetime
) -> Refuse | Ended | None:
    account, person = visit.account.id, step.under_way.person
    attempt = step.under_way.attempt
    if step.lane is not Lane.RECOVERY:
        for _ in range(tries.ROUNDS):
            if attempt.wrong >= MOST_PER_ATTEMPT:
                return Refuse(because=Refusal(No.TOO_MANY_TRIES), stopped=True)
            if services.attempts.replace(
                account, attempt, replace(attempt, wrong=attempt.wrong + 1, last_step_at=now)
            ):
                break
            again = services.attempts.by_token(
                account, services.digests.of_token(step.token)
            )
            if again is None:
                return Ended()
            attempt = again
    shut = tries.spend(services, account, step.lane, person.id, now=now)
    if shut is None:
        shut = tries.spend_for_address(
            services, account, ADDRESS_SECOND_FACTORS, visit.address, person.id, now=now
        )
    return None if shut is None else Refuse(because=shut, stopped=True)


def _by_factor(
    services: Services,
    visit: Visit,
    step: _Step,
    kind: str,
    answer: JsonObject,
    *,
    trust_device: bool,
    now: datetime,
) -> SignInOutcome:
    under_way: UnderWay | None = step.under_way
    kinds = [one.kind for one in step.under_way.held if one.kind in services.factors]
    if not kinds:
        return _refused(services, visit, step, Refusal(No.WRONG), now=now)
    factor = services.factors[kind if kind in kinds else kinds[0]]
    # When the write finds the state changed, the answer is judged once more against the new state:
    # somebody else's success with another passcode must not cost this one, a replay must.
    for _ in range(2):
        if under_way is None:
            return Ended()
        verdict = factor.verify(
            ceremony(visit.account, under_way.person),
            under_way.held_of(factor.kind),
            {},
            answer,
            now=now,
        )
        if not isinstance(verdict, Accepted):
            return _refused(services, visit, step, verdict.because, now=now)
        proof = Proof(
            kind=factor.kind, at=now, traits=factor.traits, enrolment_id=verdict.id
        )
        with services.transactions.begin():
            enrolment = next(one for one in under_way.held if one.id == verdict.id)
            if services.enrolments.replace_state(
                visit.account.id, enrolment, verdict.state, used_at=now
            ):
                trust = Trust(proof=proof) if trust_device and _may_trust(step) else None
                return _decide(services, visit, step, proof, trust=trust, now=now)
        under_way = read(services, visit, step.token, now=now)
    return _refused(services, visit, step, Refusal(No.USED), now=now)


def _may_trust(step: _Step) -> bool:
    person = step.under_way.person
    return box(
        step.rules.for_(audience_of(person.role)),
        person.every_sign_in,
        others_trusted_here=step.seen.others_trust if step.seen else False,
        by_recovery_code=False,
    ).shown


def _by_recovery_code(
    services: Services, visit: Visit, step: _Step, code: str, *, now: datetime
) -> SignInOutcome:
    account, person = visit.account, step.under_way.person
    digest = services.digests.keyed("recovery_code", person.id, code)
    with services.transactions.begin():
        use = services.recovery_codes.spend(account.id, person.id, digest, at=now)
        if use is not None and use.spent:
            kind = ADMIN_CODE if use.by_helper else RECOVERY_CODE
            ending.apply(
                services,
                account.id,
                person.id,
                Change.RECOVERY_CODE_USED,
                now=now,
                but_attempt=step.under_way.attempt.id,
            )
            if use.by_helper:
                services.counters.forget(account.id, person.id)
            record(
                services,
                visit,
                "recovery_code.used",
                now=now,
                person=person.id,
                detail={"left": use.left, "by_helper": use.by_helper},
            )
            warn(services, account, person, "recovery_code_used", {"left": use.left}, now=now)
            proof = Proof(kind=kind, at=now, traits=RECOVERY_TRAITS)
            return _decide(services, visit, _untrusted(step), proof, trust=None, now=now)
    if use is not None and use.used_at is not None:
        because = Refusal(No.USED_RECOVERY_CODE, at=use.used_at)
    else:
        because = Refusal(No.WRONG)
    return _refused(services, visit, step, because, now=now)


def _untrusted(step: _Step) -> _Step:
    """Forget the trust that was read before it was ended."""
    if step.seen is None or step.seen.known is None:
        return step
    return replace(step, seen=replace(step.seen, known=replace(step.seen.known, trust=None)))


def _decide(
    services: Services,
    visit: Visit,
    step: _Step,
    proof: Proof,
    *,
    trust: Trust | None,
    now: datetime,
) -> SignInOutcome:
    """Give the try back and ask policy, in the caller's transaction."""
    account, person = visit.account.id, step.under_way.person
    tries.give_back(services, account, step.lane, person.id, at=now)
    tries.clear_for_address(
        services, account, ADDRESS_SECOND_FACTORS, visit.address, person.id, now=now
    )
    if person.proved_by_mailbox_at is not None and not proof.traits.mailed:
        proven = replace(person, proved_by_mailbox_at=None)
        if services.people.replace(account, person, proven):
            person = replace(proven, version=person.version + 1)
    # Other answers may have been counted on the attempt since it was read.
    attempt = services.attempts.by_token(account, services.digests.of_token(step.token))
    if attempt is None:
        return Ended()
    claim = Claim(
        person=person,
        held=step.under_way.held,
        rules=step.rules,
        evidence=attempt.evidence.with_proof(proof),
        seen=step.seen,
        next_url=attempt.next_url,
        purpose=attempt.purpose,
    )
    return settle(services, visit, claim, attempt, now=now, trust=trust)


def _refused(
    services: Services, visit: Visit, step: _Step, because: Refusal, *, now: datetime
) -> Refuse:
    """Record a refused answer, and tell the person when the step is shut for a while now."""
    account, person = visit.account, step.under_way.person
    with services.transactions.begin():
        record(
            services,
            visit,
            "second_factor.refused",
            now=now,
            person=person.id,
            detail={"because": because.no.value, "lane": step.lane.value},
        )
        shut = tries.look(services, account.id, step.lane, person.id, now=now)
        if shut is not None and (shut.at is None or shut.at - now >= _WORTH_A_MAIL):
            record(
                services,
                visit,
                "second_factor.stopped",
                now=now,
                person=person.id,
                detail={"lane": step.lane.value},
            )
            warn(services, account, person, "too_many_wrong", {"from": visit.address}, now=now)
    return Refuse(because=because)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasscodeView:
    """What the passcode page shows of an open attempt.

    `shown` holds what each usable kind shows ("totp": {"labels": [...]}), the preferred first.
    `shut` is set while this step waits or is stopped; recovery codes work all the same.
    """

    person: Subscriber
    step: policy.AskSecondFactor
    shown: dict[str, JsonObject]
    box: Box
    trust_for: timedelta
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
        under_way.attempt.evidence, facts_of(services, person, held), rules, None, now=now
    )
    if not isinstance(step, policy.AskSecondFactor):
        # The policy changed since the password: the next answer settles it.
        return Ended()
    shown: dict[str, JsonObject] = {}
    for kind in dict.fromkeys(one.kind for one in step.usable):
        factor = services.factors[kind]
        mine = under_way.held_of(kind)
        challenge = factor.challenge(
            ceremony(visit.account, person), mine, now=now, entropy=services.entropy
        )
        shown[kind] = challenge.shown
    own = rules.for_(audience_of(person.role))
    return PasscodeView(
        person=person,
        step=step,
        shown=shown,
        box=box(
            own,
            person.every_sign_in,
            others_trusted_here=seen.others_trust if seen else False,
            by_recovery_code=False,
        ),
        trust_for=own.trust_for,
        shut=tries.look(services, account, lane_of(seen), person.id, now=now),
        ends_at=under_way.ends_at,
        has_recovery_codes=services.recovery_codes.left(account, person.id).left > 0,
    )


def lane_of(seen: Recognised | None) -> Lane:
    """Return the lane of wrong second factors: known browsers of this person count apart."""
    return Lane.KNOWN_BROWSER if seen and seen.known else Lane.UNKNOWN_BROWSERS
