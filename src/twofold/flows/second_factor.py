"""The second step of a sign-in: a passcode, or a recovery code in the same field."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from twofold.core import policy
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import Lane
from twofold.factors.contract import Challenge
from twofold.flows import challenges, known_browser, tries
from twofold.flows.at_sign_in import AtSignIn
from twofold.flows.challenges import Asking
from twofold.flows.judging import Question, judge, lane_of
from twofold.flows.outcomes import Done, Ended, GoOn, Refuse, Stage
from twofold.flows.standing_of import as_factor_sees, ceremony, facts_of
from twofold.flows.under_way import UnderWay, read
from twofold.flows.ways import Way, ways_among

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.policy import Rules
    from twofold.factors.contract import SecondFactor
    from twofold.flows.challenges import ChallengeView
    from twofold.flows.known_browser import Recognised
    from twofold.flows.outcomes import SignInOutcome
    from twofold.flows.visit import Visit
    from twofold.ports.attempts import Attempt
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_KIND: Final = "kind"
"""Under what an attempt keeps the kind that was chosen."""


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
    rules = services.policy.of(visit.account).rules
    if not kind and len({one.kind for one in under_way.held}) > 1:
        step = _step(services, visit, under_way, rules, seen, now=now)
        kind = _kind_among(_ways_to(step, under_way.held), under_way.attempt)
    question = Question(
        person=under_way.person,
        held=under_way.held,
        seen=seen,
        kind=kind,
        answer=answer,
        attempt=under_way.attempt.id,
    )
    door = AtSignIn(
        services=services,
        visit=visit,
        attempt=under_way.attempt,
        token_digest=under_way.token_digest,
        rules=rules,
        by_code=question.lane is Lane.RECOVERY,
        trust_device=trust_device,
        now=now,
    )
    return judge(services, visit, question, door, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasscodeView:
    """What the passcode page shows of an open attempt.

    `kind` is asked for now: the chosen one, else the preferred ("": nothing that is held counts at present). `ways`
    are all that this person may turn to, `kind` among them, the preferred first. `shown` is what `kind` shows: of an
    app {"labels": [...]}, of a sent code see `challenge`, which is None for kinds that make none. `shut` is set while
    this step waits or is stopped; recovery codes work all the same.
    """

    person: Subscriber
    step: policy.AskSecondFactor
    kind: str
    ways: tuple[Way, ...]
    shown: JsonObject = field(repr=False)
    challenge: ChallengeView | None
    shut: Refusal | None
    ends_at: datetime
    has_recovery_codes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """An attempt that stands at the passcode."""

    under_way: UnderWay
    seen: Recognised | None
    step: policy.AskSecondFactor
    ways: tuple[Way, ...]
    kind: str


def look(services: Services, visit: Visit, attempt_token: str) -> PasscodeView | GoOn | Ended:
    """Return what the passcode page shows, or where the attempt really is. Writes nothing."""
    now = services.clock.now()
    account = visit.account.id
    asked = _asked(services, visit, attempt_token, now=now)
    if not isinstance(asked, _Asked):
        return asked
    under_way = asked.under_way
    person = under_way.person
    shown: JsonObject = {}
    live: ChallengeView | None = None
    if asked.kind:
        factor = services.factors[asked.kind]
        if factor.makes_challenge:
            live = _asking(services, visit, under_way, factor, now=now).look()
            shown = live.shown
        else:
            mine = as_factor_sees(under_way.held, asked.kind)
            made = factor.challenge(
                ceremony(services, visit.account, person), mine, {}, now=now, entropy=services.entropy
            )
            shown = made.shown if isinstance(made, Challenge) else {}
    return PasscodeView(
        person=person,
        step=asked.step,
        kind=asked.kind,
        ways=asked.ways,
        shown=shown,
        challenge=live,
        shut=tries.look(services, account, lane_of(asked.seen), person.id, now=now),
        ends_at=under_way.ends_at,
        has_recovery_codes=services.recovery_codes.left(account, person.id).left > 0,
    )


def choose(services: Services, visit: Visit, attempt_token: str, kind: str) -> Done | Refuse | GoOn | Ended:
    """Turn to another way, which is kept; a code is sent unless one is live.

    Done also where the way was chosen and no code could be sent: the page then says why. Refused with `NOT_ALLOWED`
    when this person may not turn to it.
    """
    now = services.clock.now()
    asked = _asked(services, visit, attempt_token, now=now)
    if not isinstance(asked, _Asked):
        return asked
    if kind not in {way.kind for way in asked.ways}:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    attempt = asked.under_way.attempt
    chosen = replace(attempt, kept={**attempt.kept, _KIND: kind}, last_step_at=now)
    with services.transactions.begin():
        if not services.attempts.replace(visit.account.id, attempt, chosen):
            return Ended()
    factor = services.factors[kind]
    if factor.makes_challenge:
        _asking(services, visit, asked.under_way, factor, now=now).begin()
    return Done()


def send_again(services: Services, visit: Visit, attempt_token: str) -> Done | Refuse | GoOn | Ended:
    """Send another code over the way that is asked for; the one before is void.

    Refused with `TOO_SOON`, `SENT_ENOUGH`, `CANNOT_SEND`, `COUNTRY_NOT_SERVED` or `NEEDS_MAILBOX`.
    """
    now = services.clock.now()
    asked = _asked(services, visit, attempt_token, now=now)
    if not isinstance(asked, _Asked):
        return asked
    factor = services.factors.get(asked.kind)
    if factor is None or not factor.makes_challenge:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    sent = _asking(services, visit, asked.under_way, factor, now=now).send()
    if isinstance(sent, Done):
        attempt = asked.under_way.attempt
        with services.transactions.begin():
            # The attempt lives on from the last sent code; who answers at this moment keeps it alive as well.
            services.attempts.replace(visit.account.id, attempt, replace(attempt, last_step_at=now))
    return sent


def send_first(
    services: Services, visit: Visit, outcome: SignInOutcome, held: Sequence[Enrolment], former: Attempt | None = None
) -> None:
    """Send a code at once to somebody whose attempt has come to the passcode, where the preferred way sends one.

    `former` is the attempt in the same browser that this one took the place of: a code of it that lives goes on.
    """
    if not isinstance(outcome, GoOn) or outcome.stage is not Stage.PASSCODE or not outcome.attempt_token:
        return
    if not any(one.kind in services.factors and services.factors[one.kind].makes_challenge for one in held):
        return
    now = services.clock.now()
    asked = _asked(services, visit, outcome.attempt_token, now=now)
    if not isinstance(asked, _Asked) or not asked.kind:
        return
    factor = services.factors[asked.kind]
    if factor.makes_challenge:
        person, scope = asked.under_way.person, asked.under_way.attempt.id
        if former is not None and former.person_id == person.id:
            challenges.move(services, visit, person, factor, former.id, scope, now=now)
        _asking(services, visit, asked.under_way, factor, now=now).begin()


def _asking(services: Services, visit: Visit, under_way: UnderWay, factor: SecondFactor, *, now: datetime) -> Asking:
    return Asking(
        services=services,
        visit=visit,
        person=under_way.person,
        held=under_way.held,
        factor=factor,
        scope=under_way.attempt.id,
        now=now,
    )


def _asked(services: Services, visit: Visit, attempt_token: str, *, now: datetime) -> _Asked | GoOn | Ended:
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return Ended()
    if under_way.attempt.setting_up:
        return GoOn(stage=Stage.SET_UP)
    rules = services.policy.of(visit.account).rules
    seen = known_browser.recognise(services, visit, under_way.person.id)
    step = _step(services, visit, under_way, rules, seen, now=now)
    if isinstance(step, policy.AskMailbox):
        return GoOn(stage=Stage.NEW_BROWSER)
    if not isinstance(step, policy.AskSecondFactor):
        # The policy, or the person, changed since the password: a new sign-in goes by what holds today.
        return Ended()
    ways = _ways_to(step, under_way.held)
    kind = _kind_among(ways, under_way.attempt)
    return _Asked(under_way=under_way, seen=seen, step=step, ways=ways, kind=kind)


def _step(
    services: Services, visit: Visit, under_way: UnderWay, rules: Rules, seen: Recognised | None, *, now: datetime
) -> policy.Step:
    return policy.next_step(
        under_way.attempt.evidence,
        facts_of(services, visit.account.id, under_way.person, under_way.held, rules),
        rules,
        None,
        now=now,
        others_trusted_here=seen.others_trust if seen else False,
        knows_browser=seen is not None and seen.known is not None,
    )


def _ways_to(step: policy.Step, held: Sequence[Enrolment]) -> tuple[Way, ...]:
    usable = {one.id for one in step.usable} if isinstance(step, policy.AskSecondFactor) else set()
    return ways_among([one for one in held if one.id in usable])


def _kind_among(ways: Sequence[Way], attempt: Attempt) -> str:
    """Return the kind that was chosen in this attempt, or the preferred one."""
    kinds = [way.kind for way in ways]
    chosen = attempt.kept.get(_KIND)
    return chosen if isinstance(chosen, str) and chosen in kinds else next(iter(kinds), "")
