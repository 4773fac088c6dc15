"""The set-up wizard: forced at a sign-in, of the first owner, or begun from the profile.

One pending offer is kept per attempt: reload, back, a second tab and a wrong passcode show the same.
Nothing is active before its first passcode, and an abandoned wizard leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.core.assurance import MAILBOX, Evidence
from twofold.core.ids import AttemptId
from twofold.core.refusals import No, Refusal
from twofold.factors.contract import Refused
from twofold.flows import challenges, mailbox, prove, sending
from twofold.flows.enrolling import confirm
from twofold.flows.outcomes import Done, Ended, GoOn, Refuse, Stage
from twofold.flows.standing_of import as_factor_sees, facts_of, standing_of
from twofold.flows.tries import ROUNDS
from twofold.flows.under_way import read
from twofold.flows.wizard import (
    OFFER,
    Pending,
    Wizard,
    kinds_for,
    pending_of,
    read_wizard,
    replaced_by,
    staying_beside,
)
from twofold.ports.attempts import Attempt, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.assurance import Proof
    from twofold.core.ids import EnrolmentId
    from twofold.core.json import JsonObject
    from twofold.core.policy import Standing
    from twofold.factors.contract import Challenge
    from twofold.flows.challenges import ChallengeView
    from twofold.flows.mailbox import MailboxView
    from twofold.flows.outcomes import NeedsProof
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

__all__ = [
    "Offered",
    "SetUpView",
    "advance",
    "begin_from_profile",
    "begin_instead",
    "confirm",
    "confirm_mailbox",
    "look",
    "offer",
    "send_again",
    "send_mailbox_code",
    "start_over",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpView:
    """What the wizard shows.

    `mailbox` is set while the mailbox on file has to be proved first. `kinds` are the factors that
    policy allows this person, `offered` the one that is pending, `asks` the field that its page asks for next ("":
    the code), `challenge` what was sent of it (None where nothing is, as for an app: its key is shown by `offer`,
    in answers to POST only). `replaces` are the enrolments that go when it is confirmed.
    """

    person: Subscriber
    purpose: Purpose
    standing: Standing
    mailbox: MailboxView | None
    kinds: tuple[str, ...]
    offered: str | None
    asks: str
    challenge: ChallengeView | None
    replaces: tuple[Enrolment, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What is pending, as its factor shows it; `asks` and `challenge` are as in SetUpView."""

    kind: str
    shown: JsonObject = field(repr=False)
    asks: str = ""
    challenge: ChallengeView | None = None


def begin_from_profile(
    services: Services,
    visit: Visit,
    me: SignedIn,
    *,
    replaces: Sequence[EnrolmentId] = (),
    replaces_lost: bool = False,
    by_link: Proof | None = None,
) -> GoOn | NeedsProof:
    """Begin the wizard for somebody signed in; after fresh proof, dormant factors included.

    `replaces` names enrolments that go when the new one is confirmed, `by_link` is what the link proved that led here.
    """
    proof = prove.needed(services, visit, me, replaces_lost=replaces_lost)
    if proof is not None:
        return proof
    now = services.clock.now()
    token = services.entropy.token()
    evidence = _proved_lately(services, me, now=now)
    if by_link is not None:
        evidence = Evidence((by_link, *evidence.proofs))
    with services.transactions.begin():
        services.attempts.begin(
            visit.account.id,
            Attempt(
                id=AttemptId(services.entropy.new_id()),
                person_id=me.person.id,
                purpose=Purpose.SET_UP,
                evidence=evidence,
                begun_at=now,
                last_step_at=now,
                session_id=me.session.id,
                setting_up=True,
                kept={"replaces": [*replaces]} if replaces else {},
            ),
            token_digest=services.digests.of_token(token),
        )
    return GoOn(stage=Stage.SET_UP, attempt_token=token)


def _proved_lately(services: Services, me: SignedIn, *, now: datetime) -> Evidence:
    """Return what the session proved, without a mailbox proved long ago: a first enrolment asks for it anew."""
    since = now - services.numbers.fresh.fresh_for
    return Evidence(tuple(one for one in me.session.evidence.proofs if one.kind != MAILBOX or one.at > since))


def begin_instead(services: Services, visit: Visit, attempt_token: str) -> GoOn | Ended:
    """Go on to set-up for somebody whose dormant enrolment lapsed and who cannot prove it."""
    now = services.clock.now()
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None:
        return Ended()
    rules = services.policy.current(visit.account.id).rules
    facts = facts_of(services, visit.account.id, under_way.person, under_way.held, rules)
    step = policy.next_step(under_way.attempt.evidence, facts, rules, None, now=now)
    if not isinstance(step, policy.AskSecondFactor) or not step.may_set_up_instead:
        return GoOn(stage=Stage.SET_UP if under_way.attempt.setting_up else Stage.PASSCODE)
    attempt = under_way.attempt
    instead = replace(
        attempt,
        setting_up=True,
        last_step_at=now,
        kept={"instead": True, "replaces": [one.id for one in under_way.held]},
    )
    with services.transactions.begin():
        if not services.attempts.replace(visit.account.id, attempt, instead):
            return Ended()
    return GoOn(stage=Stage.SET_UP)


def look(services: Services, visit: Visit, attempt_token: str) -> SetUpView | GoOn | Ended:
    """Return what the wizard shows, or where the attempt really is. Writes nothing."""
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    under_way = wizard.under_way
    pending = pending_of(under_way.attempt)
    return SetUpView(
        person=under_way.person,
        purpose=under_way.attempt.purpose,
        standing=standing_of(services, visit.account.id, under_way.person, under_way.held, wizard.rules, now=now),
        mailbox=mailbox.view(services, visit, under_way, now=now) if wizard.needs_mailbox else None,
        kinds=kinds_for(services, visit, wizard),
        offered=pending.kind if pending else None,
        asks=pending.asks if pending else "",
        challenge=_live(services, visit, wizard, pending, now=now) if pending else None,
        replaces=replaced_by(services, visit, wizard, pending.kind if pending else ""),
        ends_at=under_way.ends_at,
    )


def send_mailbox_code(services: Services, visit: Visit, attempt_token: str) -> Done | Refuse | GoOn | Ended:
    """Mail a code to the address on file."""
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    return mailbox.send(services, visit, wizard.under_way, now=now)


def confirm_mailbox(services: Services, visit: Visit, attempt_token: str, typed: str) -> Done | Refuse | GoOn | Ended:
    """Judge the mailed code, or a code from an admin in its place."""
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    if not wizard.needs_mailbox:
        return Done()
    return mailbox.confirm(services, visit, wizard.under_way, typed, attempt_token, now=now)


def offer(services: Services, visit: Visit, attempt_token: str, kind: str) -> Offered | Refuse | GoOn | Ended:
    """Begin with a kind, or show what is pending of it again. A kind that needs no more to do so sends its code.

    Refused with `NEEDS_MAILBOX`, `NOT_ALLOWED`, or like `send_again`; nothing is pending then that was not before.
    """
    now = services.clock.now()
    wizard = _choosing(services, visit, attempt_token, kind, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    pending = pending_of(wizard.under_way.attempt)
    if pending is not None and pending.kind == kind:
        return _offered(services, visit, wizard, pending, now=now)
    return _make(services, visit, attempt_token, wizard, kind, {}, None, now=now)


def advance(services: Services, visit: Visit, attempt_token: str, asked: JsonObject) -> Offered | Refuse | GoOn | Ended:
    """Go on with what is pending, given what its page asked for: {"number": …}, or an app's {"algorithm", …}.

    Refused with `NUMBER_UNREADABLE`, `NUMBER_NOT_FOR_TEXTS` or `COUNTRY_NOT_SERVED`, or like `send_again`; what was
    pending stays as it was.
    """
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    pending = pending_of(wizard.under_way.attempt)
    if wizard.needs_mailbox or pending is None:
        return GoOn(stage=Stage.SET_UP)
    return _make(services, visit, attempt_token, wizard, pending.kind, asked, pending, now=now)


def send_again(services: Services, visit: Visit, attempt_token: str) -> Offered | Refuse | GoOn | Ended:
    """Send another code to the number or address that is pending; the one before is void.

    Refused with `TOO_SOON`, `SENT_ENOUGH` or `CANNOT_SEND`.
    """
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    pending = pending_of(wizard.under_way.attempt)
    if wizard.needs_mailbox or pending is None:
        return GoOn(stage=Stage.SET_UP)
    return _make(services, visit, attempt_token, wizard, pending.kind, pending.asked, pending, now=now)


def start_over(services: Services, visit: Visit, attempt_token: str) -> Offered | Refuse | GoOn | Ended:
    """Go back to the first stage of what is pending ("Use another number"); a code that was sent is void."""
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    pending = pending_of(wizard.under_way.attempt)
    if wizard.needs_mailbox or pending is None:
        return GoOn(stage=Stage.SET_UP)
    if not pending.asked:
        return _offered(services, visit, wizard, pending, now=now)
    return _make(services, visit, attempt_token, wizard, pending.kind, {}, None, now=now)


def _choosing(
    services: Services, visit: Visit, attempt_token: str, kind: str, *, now: datetime
) -> Wizard | Refuse | GoOn | Ended:
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    if wizard.needs_mailbox:
        return Refuse(because=Refusal(No.NEEDS_MAILBOX))
    if kind not in kinds_for(services, visit, wizard):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    return wizard


def _make(
    services: Services,
    visit: Visit,
    attempt_token: str,
    wizard: Wizard,
    kind: str,
    asked: JsonObject,
    before: Pending | None,
    *,
    now: datetime,
) -> Offered | Refuse | Ended:
    """Let a factor make an offer, send what it sends, and keep it with the attempt."""
    account, under_way = visit.account.id, wizard.under_way
    attempt, person = under_way.attempt, under_way.person
    factor = services.factors[kind]
    made = _next(services, visit, wizard, kind, asked, before, now=now)
    if isinstance(made, Refused):
        return Refuse(because=made.because)
    with services.transactions.begin():
        sent = challenges.dispatch(services, visit, person, factor, made, purpose=sending.SET_UP, now=now)
        if isinstance(sent, Refusal):
            return Refuse(because=sent)
        pending = Pending(kind=kind, shown=sent, kept=made.kept, asks=made.asks, asked=asked)
        for _ in range(ROUNDS):
            kept: JsonObject = {**attempt.kept, OFFER: pending.to_json()}
            if services.attempts.replace(account, attempt, replace(attempt, kept=kept, last_step_at=now)):
                return _offered(services, visit, wizard, pending, now=now)
            again = services.attempts.by_token(account, services.digests.of_token(attempt_token))
            if again is None:
                break
            theirs = pending_of(again)
            if theirs != pending_of(attempt) and theirs is not None and theirs.kind == kind and not made.send:
                # A second tab was faster: both show its key.
                return _offered(services, visit, wizard, theirs, now=now)
            attempt = again
    return Ended()


def _offered(services: Services, visit: Visit, wizard: Wizard, pending: Pending, *, now: datetime) -> Offered:
    live = _live(services, visit, wizard, pending, now=now)
    shown = live.shown if live else pending.shown
    return Offered(kind=pending.kind, shown=shown, asks=pending.asks, challenge=live)


def _live(services: Services, visit: Visit, wizard: Wizard, pending: Pending, *, now: datetime) -> ChallengeView | None:
    factor = services.factors[pending.kind]
    if not factor.makes_challenge:
        return None
    next_one = _next(services, visit, wizard, pending.kind, pending.asked, pending, now=now)
    person = wizard.under_way.person
    return challenges.view_of(services, visit, person, pending.shown, next_one, purpose=sending.SET_UP, now=now)


def _next(
    services: Services,
    visit: Visit,
    wizard: Wizard,
    kind: str,
    asked: JsonObject,
    before: Pending | None,
    *,
    now: datetime,
) -> Challenge | Refused:
    factor = services.factors[kind]
    return factor.offer(
        challenges.where(services, visit, wizard.under_way.person, factor),
        as_factor_sees(staying_beside(services, visit, wizard, kind), kind),
        asked,
        before.kept if before else {},
        now=now,
        entropy=services.entropy,
    )
