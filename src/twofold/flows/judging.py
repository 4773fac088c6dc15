"""Judging one answer of a known person, in one block in which nobody else is judged for them.

Sign-in and fresh proof both go through `judge`, so a passcode used at one door is used at all, and
wrong answers are counted together. docs/decisions/judged-alone.md says why one block is enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from twofold.core.assurance import ACCESS_PASS, ADMIN_CODE, RECOVERY_CODE, RECOVERY_TRAITS, Proof
from twofold.core.effects import Change
from twofold.core.instants import to_micros
from twofold.core.json import instant_in, optional
from twofold.core.recovery import reminder_due
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import Lane, address_key
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
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, AttemptId, PersonId, SessionId
    from twofold.core.json import JsonObject
    from twofold.factors.contract import Refused, SecondFactor
    from twofold.flows.known_browser import Recognised
    from twofold.flows.visit import Visit
    from twofold.ports.challenges import Live
    from twofold.ports.enrolments import CodeUse, Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_WORTH_A_MAIL: Final = timedelta(minutes=1)
_TOLD: Final = "told_too_many"
"""The lane under which it is kept when a person was mailed about wrong codes: `{"at": microseconds}`."""
_TOLD_AGAIN_AFTER: Final = timedelta(hours=6)
_CODES: Final = frozenset({Shape.RECOVERY_CODE, Shape.ACCESS_PASS})
_T = TypeVar("_T")
_AnswerT_co = TypeVar("_AnswerT_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Who is asked, where, and for what; the session or attempt that a recovery code spares.

    `typed` is what was typed, or nothing where the answer is not a passcode; `shape` is what that can be, and `lane`
    where a wrong answer is counted.
    """

    person: Subscriber
    held: tuple[Enrolment, ...]
    seen: Recognised | None
    kind: str
    answer: JsonObject = field(repr=False)
    attempt: AttemptId | None = None
    session: SessionId | None = None
    typed: str = field(init=False, repr=False)
    shape: Shape = field(init=False)
    lane: Lane = field(init=False)

    def __post_init__(self) -> None:
        """Look once at what was typed: it is asked for at every turn."""
        typed = self.answer.get("passcode", "")
        object.__setattr__(self, "typed", typed if isinstance(typed, str) and len(typed) <= MAX_TYPED else "")
        object.__setattr__(self, "shape", shape_of(self.typed))
        object.__setattr__(self, "lane", Lane.RECOVERY if self.shape in _CODES else lane_of(self.seen))

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


def lane_of(seen: Recognised | None) -> Lane:
    """Return the lane of wrong second factors: known browsers of this person count apart."""
    return Lane.KNOWN_BROWSER if seen and seen.known else Lane.UNKNOWN_BROWSERS


class Door(Protocol[_AnswerT_co]):
    """Where an answer is given. Everything of it runs within the block of `judge`."""

    def shut(self) -> Refuse | None:
        """Refuse an answer before it is looked at, by what this door itself counts."""

    def count(self) -> Refuse | None:
        """Count that an answer was refused; nobody hears what it was when it turns out that the door was shut."""

    def spare(self) -> None:
        """Note that an answer was refused which was right once, and is not counted."""

    def open(self, question: Question, proof: Proof, person: Subscriber) -> _AnswerT_co:
        """Do what follows a right answer; `question` and `person` as they stand now."""


class Plain(Generic[_T]):
    """A door that counts nothing itself."""

    def __init__(self, then: Callable[[Proof, Subscriber], _T]) -> None:
        self._then = then

    def shut(self) -> None:
        """Refuse nothing."""

    def count(self) -> None:
        """Count nothing."""

    def spare(self) -> None:
        """Note nothing."""

    def open(self, question: Question, proof: Proof, person: Subscriber) -> _T:  # noqa: ARG002 -- of other doors
        """Do what follows."""
        return self._then(proof, person)


def judge(services: Services, visit: Visit, question: Question, door: Door[_T], *, now: datetime) -> _T | Refuse:
    """Judge an answer and, when it is right, do what follows in the same transaction.

    Whatever breaks once the answer was looked at costs a try all the same: else a fault would be a way to guess on.
    """
    if question.is_unreadable:
        return Refuse(because=Refusal(No.WRONG))
    account, person = visit.account.id, question.person.id
    counted = tries.Counted(
        subject=person, lanes=((question.lane, person),), by_address=tries.SECOND_FACTORS, address=visit.address
    )
    is_looked_at = False
    try:
        with services.transactions.begin():
            services.transactions.alone(account, person, address_key(visit.address))
            shut = door.shut()
            if shut is not None:
                return shut
            weighed = tries.weigh(services, account, counted, now=now)
            if isinstance(weighed, Refusal):
                return Refuse(because=weighed, stopped=True)
            is_looked_at = True
            case = _Case(services=services, visit=visit, question=question, weighed=weighed, now=now)
            return _by_recovery_code(case, door) if question.is_recovery_code else _by_factor(case, door)
    except Exception:
        if is_looked_at:
            with services.transactions.begin():
                tries.spend(services, account, counted, now=now)
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """An answer that is looked at, and the counts as they stood before it."""

    services: Services
    visit: Visit
    question: Question
    weighed: tries.Weighed
    now: datetime


def _by_factor(case: _Case, door: Door[_T]) -> _T | Refuse:
    services, visit, question, now = case.services, case.visit, case.question, case.now
    kinds = [one.kind for one in question.held if one.kind in services.factors]
    if not kinds:
        return _refused(case, door, Refusal(No.WRONG))
    factor = services.factors[question.kind if question.kind in kinds else kinds[0]]
    live: Live | None = None
    if factor.makes_challenge:
        answerable = challenges.answerable(services, visit, factor, question.scope)
        if isinstance(answerable, Refusal):
            return _refused(case, door, answerable)
        live = answerable
    used = False
    held = question.held
    # When the write finds the state changed, the answer is judged once more against the new state:
    # somebody else's success with another passcode must not cost this one, a replay must.
    for _ in range(2):
        verdict = factor.verify(
            ceremony(services, visit.account, question.person),
            as_factor_sees(held, factor.kind),
            live.kept if live else {},
            question.answer,
            now=now,
        )
        if not isinstance(verdict, Accepted):
            if _kept(case, held, verdict):
                return _refused_by_factor(case, door, factor, live, verdict.because)
            held = services.enrolments.held(visit.account.id, question.person.id)
            continue
        # A challenge is used up before anything else: of several right answers to it one goes on.
        if live is not None and not used:
            used = challenges.use(services, visit, factor, question.scope, live)
            if not used:
                break
        enrolment = next(one for one in held if one.id == verdict.id)
        if services.enrolments.replace_state(visit.account.id, enrolment, verdict.state, used_at=now):
            proof = Proof(kind=factor.kind, at=now, traits=factor.traits, enrolment_id=verdict.id)
            return _accepted(case, door, proof)
        held = services.enrolments.held(visit.account.id, question.person.id)
    return _refused(case, door, Refusal(No.USED))


def _refused_by_factor(
    case: _Case, door: Door[_T], factor: SecondFactor, live: Live | None, because: Refusal
) -> Refuse:
    """Count what a factor refused, on the code that was sent too; what was right once is not counted."""
    if because.no in UNCOUNTED:
        door.spare()
        return _told(case, because)
    if live is not None:
        question = case.question
        wrong = challenges.count(case.services, case.visit, question.person, factor, question.scope, live)
        if because.no is No.WRONG:
            because = replace(because, left=max(0, challenges.TRIES - wrong))
    return _refused(case, door, because)


def _kept(case: _Case, held: Sequence[Enrolment], verdict: Refused) -> bool:
    """Keep what a refusal says of an enrolment; False when somebody else has written its state meanwhile."""
    if verdict.state is None:
        return True
    one = next(one for one in held if one.id == verdict.id)
    account, used_at = case.visit.account.id, one.last_used_at
    return case.services.enrolments.replace_state(account, one, verdict.state, used_at=used_at)


def _by_recovery_code(case: _Case, door: Door[_T]) -> _T | Refuse:
    services, question, now = case.services, case.question, case.now
    account, person = case.visit.account, question.person
    digest = digest_of(services, person.id, question.typed)
    use = services.recovery_codes.spend(account.id, person.id, digest, at=now)
    if use is not None and use.spent:
        # The person before their browsers, as a sign-in by a trusted one does, which is over now.
        if services.people.replace(account.id, person, person):
            question = replace(question, person=replace(person, version=person.version + 1))
            case = replace(case, question=question)
        ending.apply(
            services,
            account.id,
            person.id,
            Change.RECOVERY_CODE_USED,
            now=now,
            but_session=question.session,
            but_attempt=question.attempt,
        )
        kind = _note_use(services, case.visit, question, use, now=now)
        return _accepted(case, door, Proof(kind=kind, at=now, traits=RECOVERY_TRAITS))
    if use is not None and use.used_at is not None:
        because = Refusal(No.USED_RECOVERY_CODE, at=use.used_at)
    else:
        # Only what a helper gave runs out.
        because = Refusal(No.WRONG if use is None else No.EXPIRED)
    return _refused(case, door, because)


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


def _accepted(case: _Case, door: Door[_T], proof: Proof) -> _T:
    """Write that the answer was right, note that more than the mailbox was proved, and go on."""
    services, account, person = case.services, case.visit.account.id, case.question.person
    tries.succeed(services, account, case.weighed)
    if person.proved_by_mailbox_at is not None and not proof.traits.mailed:
        proven = replace(person, proved_by_mailbox_at=None)
        if services.people.replace(account, person, proven):
            person = replace(proven, version=person.version + 1)
    return door.open(case.question, proof, person)


def _refused(case: _Case, door: Door[_T], because: Refusal) -> Refuse:
    """Count a refused answer, and tell of it; not what it was, where a lane or the door was filled since."""
    counted = tries.count(case.services, case.visit.account.id, case.weighed, now=case.now)
    shut = door.count()
    if isinstance(counted, Refusal):
        return Refuse(because=counted, stopped=True)
    return shut or _told(case, because)


def _told(case: _Case, because: Refusal) -> Refuse:
    """Record a refused answer, and tell the person when the step is shut for a while now."""
    services, visit, question, now = case.services, case.visit, case.question, case.now
    account, person, lane = visit.account, question.person, question.lane
    detail: JsonObject = {"because": because.no.value, "lane": lane.value}
    if because.no is No.CLOCK and because.at is not None:
        detail = {**detail, OFF_BY: round((because.at - now).total_seconds())}
    record(services, visit, "second_factor.refused", now=now, person=person.id, detail=detail)
    shut = tries.look(services, account.id, lane, person.id, now=now)
    if shut is not None and (shut.at is None or shut.at - now >= _WORTH_A_MAIL):
        record(services, visit, "second_factor.stopped", now=now, person=person.id, detail={"lane": lane.value})
        if shut.at is None or _is_news(services, account.id, person.id, now=now):
            warn(services, account, person, "too_many_wrong", {"from": visit.address}, now=now)
    return Refuse(because=because)


def _is_news(services: Services, account: AccountId, person: PersonId, *, now: datetime) -> bool:
    """Note that the person is mailed now; False where they were not long ago.

    Whoever goes on guessing would else mail them fifty times a day, among which the one that matters is not seen.
    """
    told, version = services.counters.load(account, _TOLD, person)
    at = optional(instant_in, told, "at")
    if at is not None and now < at + _TOLD_AGAIN_AFTER:
        return False
    services.counters.replace(account, _TOLD, person, {"at": to_micros(now)}, version=version)
    return True
