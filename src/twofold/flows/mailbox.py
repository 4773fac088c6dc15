"""Proving the mailbox on file, before a first enrolment or on a new browser: a code typed into the same attempt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from twofold.core import sent_codes
from twofold.core.assurance import LINK_TRAITS, MAILBOX, Proof
from twofold.core.ids import JobId
from twofold.core.instants import to_micros
from twofold.core.json import object_in
from twofold.core.refusals import No
from twofold.core.sent_codes import NONE_SENT, SentCodes
from twofold.core.typed import Shape, digits_of, shape_of
from twofold.flows import code_watch, known_browser, sending
from twofold.flows.journal import EMAIL, record, tell
from twofold.flows.judging import Plain, Question, judge
from twofold.flows.outcomes import Done, Ended, Refuse
from twofold.flows.person_change import alone_with
from twofold.flows.sending import Parcel
from twofold.flows.standing_of import host_of

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.refusals import Refusal
    from twofold.flows.under_way import UnderWay
    from twofold.flows.visit import Visit
    from twofold.ports.attempts import Attempt
    from twofold.ports.outbox import SendState
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

_KEPT: Final = "mailbox"
"""Under what an attempt keeps the digests of its codes."""
_MESSAGE: Final = "mailbox_message"
"""Under what it keeps which message carries the newest."""
_TYPED: Final = "mailbox_typed"
"""Under what it keeps that the page about the mailbox was passed: it was one of the steps of this attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxView:
    """What the page shows: when the newest code was sent (None: none yet), and when another may be.

    `sending` says how far the newest one got: handed over to the next mail server, waiting, or failed.
    `watch` is where a page asks for that again ("": nothing was sent), `again` why another cannot be sent now.
    `can_send` is False while no mail leaves this server: a code from an admin is asked for then.
    """

    email: str
    sent_at: datetime | None
    resend_at: datetime
    sending: SendState | None
    can_send: bool
    watch: str = ""
    again: Refusal | None = None


def view(services: Services, visit: Visit, under_way: UnderWay, *, now: datetime) -> MailboxView:
    """Say what the page about the mailed code shows. Writes nothing."""
    codes = _codes(under_way.attempt)
    sent_at = codes.codes[-1].sent_at if codes.codes else None
    account, person = visit.account.id, under_way.person
    parcel = Parcel(channel=EMAIL, to=person.email, purpose=sending.MAILBOX)
    barred = sending.gate(services, account, person.id, parcel, now=now)
    message = _message(under_way.attempt)
    return MailboxView(
        email=under_way.person.email,
        sent_at=sent_at,
        resend_at=barred.at if barred is not None and barred.at is not None else now,
        sending=services.outbox.state(account, message) if message else None,
        can_send=services.outbox.can_send(visit.account.id, EMAIL),
        watch=code_watch.path_of(services.digests, account, message) if message else "",
        again=barred,
    )


def was_typed(attempt: Attempt) -> bool:
    """Say whether the page about the mailbox was passed in this attempt, by its code or by one from a helper."""
    return attempt.kept.get(_TYPED) is True


def send(
    services: Services, visit: Visit, under_way: UnderWay, *, now: datetime, template: str = "mailbox_code"
) -> Done | Refuse | Ended:
    """Mail a code, if the limits on sending allow it; the one before is void. `template` says what it is for."""
    account, person, attempt = visit.account, under_way.person, under_way.attempt
    code = sent_codes.make_code(services.entropy.bytes(sent_codes.ENTROPY_BYTES), services.numbers.codes.digits)
    with services.transactions.begin():
        alone_with(services, account.id, person.id)
        parcel = Parcel(channel=EMAIL, to=person.email, purpose=sending.MAILBOX)
        shut = sending.spend(services, account.id, person.id, parcel, now=now)
        if shut is not None:
            return Refuse(because=shut)
        codes = sent_codes.add(_codes(attempt), _digest(services, attempt, code), now=now)
        message = JobId(services.entropy.new_id())
        sent = _keeping(attempt, codes)
        sent = replace(sent, kept={**sent.kept, _MESSAGE: message}, last_step_at=now)
        if not services.attempts.replace(account.id, attempt, sent):
            return Ended()
        actor = person.id if attempt.session_id is not None else None
        record(services, visit, "mailbox_code.sent", now=now, person=person.id, actor=actor)
        tell(
            services,
            account,
            person,
            template,
            {
                "code": code,
                "host": host_of(account.base_url),
                "sent_at": to_micros(now),
                "life_minutes": services.numbers.codes.life.seconds // 60,
            },
            now=now,
            expires_at=now + services.numbers.codes.life,
            message=message,
        )
    return Done()


def confirm(
    services: Services,
    visit: Visit,
    under_way: UnderWay,
    typed: str,
    attempt_token: str,
    *,
    now: datetime,
) -> Done | Refuse | Ended:
    """Judge a mailed code, or what an admin gave typed in its place."""
    if shape_of(typed) in {Shape.RECOVERY_CODE, Shape.ACCESS_PASS}:
        return _by_helpers_code(services, visit, under_way, typed, attempt_token, now=now)
    account, attempt = visit.account.id, under_way.attempt
    codes = sent_codes.spend(_codes(attempt))
    with services.transactions.begin():
        spent = replace(_keeping(attempt, codes), last_step_at=now)
        if not services.attempts.replace(account, attempt, spent):
            return Ended()
    spent = replace(spent, version=attempt.version + 1)
    digest = _digest(services, attempt, digits_of(typed))
    because = sent_codes.check(codes, digest, services.numbers.codes, now=now)
    with services.transactions.begin():
        if because is None:
            proof = Proof(kind=MAILBOX, at=now, traits=LINK_TRAITS)
            # Used once: the codes go with the proof.
            kept = {name: value for name, value in spent.kept.items() if name not in {_KEPT, _MESSAGE}}
            kept[_TYPED] = True
            proved = replace(spent, evidence=spent.evidence.with_proof(proof), kept=kept)
            if not services.attempts.replace(account, spent, proved):
                return Ended()
            record(services, visit, "mailbox.proved", now=now, person=attempt.person_id)
            return Done()
        if because.no is No.SUPERSEDED:
            services.attempts.replace(account, spent, _keeping(spent, sent_codes.give_back(codes)))
        record(
            services,
            visit,
            "mailbox.refused",
            now=now,
            person=attempt.person_id,
            detail={"because": because.no.value},
        )
    return Refuse(because=because)


def _by_helpers_code(
    services: Services,
    visit: Visit,
    under_way: UnderWay,
    typed: str,
    attempt_token: str,
    *,
    now: datetime,
) -> Done | Refuse | Ended:
    def then(proof: Proof, _: Subscriber) -> Done | Ended:
        attempt = services.attempts.by_token(visit.account.id, services.digests.of_token(attempt_token))
        if attempt is None:
            return Ended()
        kept = {**attempt.kept, _TYPED: True}
        proved = replace(attempt, evidence=attempt.evidence.with_proof(proof), kept=kept, last_step_at=now)
        if not services.attempts.replace(visit.account.id, attempt, proved):
            return Ended()
        return Done()

    question = Question(
        person=under_way.person,
        held=(),
        seen=known_browser.recognise(services, visit, under_way.person.id),
        kind="",
        answer={"passcode": typed},
        attempt=under_way.attempt.id,
    )
    return judge(services, visit, question, Plain(then), now=now)


def _codes(attempt: Attempt) -> SentCodes:
    return SentCodes.from_json(object_in(attempt.kept, _KEPT)) if _KEPT in attempt.kept else NONE_SENT


def _message(attempt: Attempt) -> JobId | None:
    message = attempt.kept.get(_MESSAGE)
    return JobId(message) if isinstance(message, str) else None


def _keeping(attempt: Attempt, codes: SentCodes) -> Attempt:
    return replace(attempt, kept={**attempt.kept, _KEPT: codes.to_json()})


def _digest(services: Services, attempt: Attempt, code: str) -> str:
    return services.digests.keyed("mailbox_code", attempt.id, code)
