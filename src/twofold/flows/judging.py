"""Judging one answer of a known person: the try is spent first, the write is compare-and-set.

Sign-in and fresh proof both go through `judge`, so a passcode used at one door is used at all, and
wrong answers are counted together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeVar

from twofold.core.assurance import ACCESS_PASS, ADMIN_CODE, RECOVERY_CODE, RECOVERY_TRAITS, Proof
from twofold.core.effects import Change
from twofold.core.recovery import reminder_due
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import Lane
from twofold.core.typed import MAX_TYPED, Shape, shape_of
from twofold.factors.contract import UNCOUNTED, Accepted
from twofold.flows import challenges, ending, tries
from twofold.flows.clock_health import OFF_BY
from twofold.flows.journal import record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Refuse
from twofold.flows.recovery_set import digest_of
from twofold.flows.standing_of import as_factor_sees, ceremony

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from twofold.core.ids import AttemptId, SessionId
    from twofold.core.json import JsonObject
    from twofold.factors.contract import SecondFactor
    from twofold.flows.known_browser import Recognised
    from twofold.flows.visit import Visit
    from twofold.ports.challenges import Live
    from twofold.ports.enrolments import CodeUse, Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_WORTH_A_MAIL: Final = timedelta(minutes=1)
_CODES: Final = frozenset({Shape.RECOVERY_CODE, Shape.ACCESS_PASS})
_T = TypeVar("_T")


@dataclass(frozen=True, kw_only=True)
class Question:
    """Who is asked, where, and for what; the session or attempt that a recovery code spares."""

    person: Subscriber
    held: tuple[Enrolment, ...]
    seen: Recognised | None
    kind: str
    answer: JsonObject
    attempt: AttemptId | None = None
    session: SessionId | None = None

    @cached_property
    def typed(self) -> str:
        """What was typed, or nothing where the answer is not a passcode."""
        typed = self.answer.get("passcode", "")
        return typed if isinstance(typed, str) and len(typed) <= MAX_TYPED else ""

    @cached_property
    def shape(self) -> Shape:
        """What was typed can be."""
        return shape_of(self.typed)

    @property
    def is_recovery_code(self) -> bool:
        """Whether the shape is that of a recovery code, or of what a helper gives in place of one."""
        return self.shape in _CODES

    @property
    def is_unreadable(self) -> bool:
        """Whether something was to be typed, and no code that counts here looks like it."""
        # A pass opens set-up from a sign-in, and proves nothing within a session.
        is_pass_in_session = self.shape is Shape.ACCESS_PASS and self.attempt is None
        return "passcode" in self.answer and (self.shape is Shape.UNREADABLE or is_pass_in_session)

    @property
    def scope(self) -> str:
        """The attempt or session in which a challenge lives."""
        return self.attempt or self.session or ""

    @property
    def lane(self) -> Lane:
        """Where a wrong answer is counted."""
        return Lane.RECOVERY if self.is_recovery_code else lane_of(self.seen)


def lane_of(seen: Recognised | None) -> Lane:
    """Return the lane of wrong second factors: known browsers of this person count apart."""
    return Lane.KNOWN_BROWSER if seen and seen.known else Lane.UNKNOWN_BROWSERS


def judge(
    services: Services,
    visit: Visit,
    question: Question,
    *,
    now: datetime,
    spend_first: Callable[[], Refuse | None],
    then: Callable[[Proof, Subscriber], _T],
    give_back: Callable[[], None] = lambda: None,
) -> _T | Refuse:
    """Judge an answer and, when it is right, do what follows in the same transaction.

    `spend_first` spends what the door itself counts (tries of an attempt), in the spending
    transaction; `give_back` gives that back for an answer that is not counted. `then` is handed the proof and the
    person as they stand now.
    """
    if question.is_unreadable:
        return Refuse(because=Refusal(No.WRONG))
    counted = tries.Counted(
        subject=question.person.id,
        lanes=((question.lane, question.person.id),),
        by_address=tries.SECOND_FACTORS,
        address=visit.address,
    )
    with services.transactions.begin():
        shut = spend_first()
        if shut is not None:
            return shut
        spent = tries.spend(services, visit.account.id, counted, now=now)
    if isinstance(spent, Refusal):
        return Refuse(because=spent, stopped=True)
    if question.is_recovery_code:
        return _by_recovery_code(services, visit, question, spent, now=now, then=then)
    return _by_factor(services, visit, question, spent, now=now, then=then, give_back=give_back)


def _by_factor(
    services: Services,
    visit: Visit,
    question: Question,
    spent: tries.Spent,
    *,
    now: datetime,
    then: Callable[[Proof, Subscriber], _T],
    give_back: Callable[[], None],
) -> _T | Refuse:
    kinds = [one.kind for one in question.held if one.kind in services.factors]
    if not kinds:
        return _refused(services, visit, question, Refusal(No.WRONG), now=now)
    factor = services.factors[question.kind if question.kind in kinds else kinds[0]]
    live: Live | None = None
    if factor.makes_challenge:
        with services.transactions.begin():
            tried = challenges.spend(services, visit, question.person, factor, question.scope)
        if isinstance(tried, Refusal):
            return _refused(services, visit, question, tried, now=now)
        live = tried
    used = False
    # When the write finds the state changed, the answer is judged once more against the new state:
    # somebody else's success with another passcode must not cost this one, a replay must.
    for _ in range(2):
        verdict = factor.verify(
            ceremony(services, visit.account, question.person),
            as_factor_sees(question.held, factor.kind),
            live.kept if live else {},
            question.answer,
            now=now,
        )
        if not isinstance(verdict, Accepted):
            because = verdict.because
            if because.no in UNCOUNTED:
                _uncount(services, visit, question, factor, spent, give_back)
            elif live is not None and because.no is No.WRONG:
                because = replace(because, left=challenges.TRIES - live.tries)
            return _refused(services, visit, question, because, now=now)
        proof = Proof(kind=factor.kind, at=now, traits=factor.traits, enrolment_id=verdict.id)
        with services.transactions.begin():
            # A challenge is used up before anything else: of several right answers to it one goes on.
            if live is not None and not used:
                used = challenges.use(services, visit, factor, question.scope, live)
                if not used:
                    break
            enrolment = next(one for one in question.held if one.id == verdict.id)
            if services.enrolments.replace_state(visit.account.id, enrolment, verdict.state, used_at=now):
                return _accepted(services, visit, question, spent, proof, then=then)
        held = services.enrolments.held(visit.account.id, question.person.id)
        question = replace(question, held=held)
    return _refused(services, visit, question, Refusal(No.USED), now=now)


def _uncount(
    services: Services,
    visit: Visit,
    question: Question,
    factor: SecondFactor,
    spent: tries.Spent,
    give_back: Callable[[], None],
) -> None:
    """Give back every try that was spent on an answer which was right once."""
    with services.transactions.begin():
        if factor.makes_challenge:
            challenges.give_back(services, visit, question.person, factor, question.scope)
        give_back()
        tries.give_back(services, visit.account.id, spent, was_right=False)


def _by_recovery_code(
    services: Services,
    visit: Visit,
    question: Question,
    spent: tries.Spent,
    *,
    now: datetime,
    then: Callable[[Proof, Subscriber], _T],
) -> _T | Refuse:
    account, person = visit.account, question.person
    digest = digest_of(services, person.id, question.typed)
    with services.transactions.begin():
        use = services.recovery_codes.spend(account.id, person.id, digest, at=now)
        if use is not None and use.spent:
            ending.apply(
                services,
                account.id,
                person.id,
                Change.RECOVERY_CODE_USED,
                now=now,
                but_session=question.session,
                but_attempt=question.attempt,
            )
            kind = _note_use(services, visit, question, use, now=now)
            proof = Proof(kind=kind, at=now, traits=RECOVERY_TRAITS)
            return _accepted(services, visit, question, spent, proof, then=then)
    if use is not None and use.used_at is not None:
        because = Refusal(No.USED_RECOVERY_CODE, at=use.used_at)
    else:
        # Only what a helper gave runs out.
        because = Refusal(No.WRONG if use is None else No.EXPIRED)
    return _refused(services, visit, question, because, now=now)


def _note_use(services: Services, visit: Visit, question: Question, use: CodeUse, *, now: datetime) -> str:
    """Record and tell that a code was used, in the caller's transaction, and return what it proves."""
    account, person = visit.account, question.person
    is_pass = question.shape is Shape.ACCESS_PASS
    record(
        services,
        visit,
        "access_pass.used" if is_pass else "recovery_code.used",
        now=now,
        person=person.id,
        detail={"left": use.left, "by_helper": use.by_helper},
    )
    if use.by_helper:
        services.counters.forget(account.id, person.id)
        warn(services, account, person, "helpers_code_used", {"is_pass": is_pass}, now=now)
        return ACCESS_PASS if is_pass else ADMIN_CODE
    few = reminder_due(use.left)
    warn(services, account, person, "recovery_code_used", {"left": use.left, "few": few}, now=now)
    return RECOVERY_CODE


def _accepted(
    services: Services,
    visit: Visit,
    question: Question,
    spent: tries.Spent,
    proof: Proof,
    *,
    then: Callable[[Proof, Subscriber], _T],
) -> _T:
    """Give the try back, note that more than the mailbox was proved, and go on."""
    account, person = visit.account.id, question.person
    tries.give_back(services, account, spent)
    if person.proved_by_mailbox_at is not None and not proof.traits.mailed:
        proven = replace(person, proved_by_mailbox_at=None)
        if services.people.replace(account, person, proven):
            person = replace(proven, version=person.version + 1)
    return then(proof, person)


def _refused(services: Services, visit: Visit, question: Question, because: Refusal, *, now: datetime) -> Refuse:
    """Record a refused answer, and tell the person when the step is shut for a while now."""
    account, person = visit.account, question.person
    detail: JsonObject = {"because": because.no.value, "lane": question.lane.value}
    if because.no is No.CLOCK and because.at is not None:
        detail = {**detail, OFF_BY: round((because.at - now).total_seconds())}
    with services.transactions.begin():
        record(services, visit, "second_factor.refused", now=now, person=person.id, detail=detail)
        shut = tries.look(services, account.id, question.lane, person.id, now=now)
        if shut is not None and (shut.at is None or shut.at - now >= _WORTH_A_MAIL):
            record(
                services,
                visit,
                "second_factor.stopped",
                now=now,
                person=person.id,
                detail={"lane": question.lane.value},
            )
            warn(services, account, person, "too_many_wrong", {"from": visit.address}, now=now)
    return Refuse(because=because)
