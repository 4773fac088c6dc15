"""What is pending in the set-up wizard: begun with a kind, gone on with stage by stage, sent once more."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twofold.core.refusals import No, Refusal
from twofold.factors.contract import THING, Refused
from twofold.flows import challenges, sending
from twofold.flows.outcomes import Ended, GoOn, Refuse, Stage
from twofold.flows.person_change import alone_with
from twofold.flows.standing_of import as_factor_sees
from twofold.flows.tries import ROUNDS
from twofold.flows.wizard import OFFER, Pending, Wizard, kinds_for, pending_of, read_wizard, staying_beside

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.factors.contract import Challenge
    from twofold.flows.challenges import ChallengeView
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """What is pending, as its factor shows it; `asks` and `challenge` are as in SetUpView."""

    kind: str
    shown: JsonObject = field(repr=False)
    asks: str = ""
    challenge: ChallengeView | None = None


def offer(
    services: Services, visit: Visit, attempt_token: str, kind: str, asked: JsonObject | None = None
) -> Offered | Refuse | GoOn | Ended:
    """Begin with a kind, or show what is pending of it again. A kind that needs no more to do so sends its code.

    `asked` says what was chosen of the kind ({"thing": "token"}), and makes the offer anew where it was another thing.
    Refused with `NEEDS_MAILBOX`, `NOT_ALLOWED`, or like `send_again`; nothing is pending then that was not before.
    """
    now = services.clock.now()
    wizard = _choosing(services, visit, attempt_token, kind, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    pending = pending_of(wizard.under_way.attempt)
    if pending is None or pending.kind != kind:
        return _make(services, visit, attempt_token, wizard, kind, asked or {}, None, now=now)
    if asked is None or asked.items() <= pending.asked.items():
        return _offered(services, visit, wizard, pending, now=now)
    return _make(services, visit, attempt_token, wizard, kind, asked, pending, now=now)


def advance(services: Services, visit: Visit, attempt_token: str, asked: JsonObject) -> Offered | Refuse | GoOn | Ended:
    """Go on with what is pending, given what its page asked for: {"number": …}, or an app's {"algorithm", …}.

    Refused with `NUMBER_UNREADABLE`, `NUMBER_NOT_FOR_TEXTS` or `COUNTRY_NOT_SERVED`, or like `send_again`; what was
    pending stays as it was.
    """
    now = services.clock.now()
    begun = _begun(services, visit, attempt_token, now=now)
    if not isinstance(begun, tuple):
        return begun
    wizard, pending = begun
    chosen: JsonObject = {THING: pending.thing} if pending.thing else {}
    return _make(services, visit, attempt_token, wizard, pending.kind, {**chosen, **asked}, pending, now=now)


def send_again(services: Services, visit: Visit, attempt_token: str) -> Offered | Refuse | GoOn | Ended:
    """Send another code to the number or address that is pending; the one before is void.

    Refused with `TOO_SOON`, `SENT_ENOUGH` or `CANNOT_SEND`.
    """
    now = services.clock.now()
    begun = _begun(services, visit, attempt_token, now=now)
    if not isinstance(begun, tuple):
        return begun
    wizard, pending = begun
    return _make(services, visit, attempt_token, wizard, pending.kind, pending.asked, pending, now=now)


def start_over(services: Services, visit: Visit, attempt_token: str) -> Offered | Refuse | GoOn | Ended:
    """Go back to the first stage of what is pending ("Use another number"); a code that was sent is void."""
    now = services.clock.now()
    begun = _begun(services, visit, attempt_token, now=now)
    if not isinstance(begun, tuple):
        return begun
    wizard, pending = begun
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


def _begun(
    services: Services, visit: Visit, attempt_token: str, *, now: datetime
) -> tuple[Wizard, Pending] | GoOn | Ended:
    """Return the wizard and what is pending in it, or where it has to go on first."""
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    pending = pending_of(wizard.under_way.attempt)
    return GoOn(stage=Stage.SET_UP) if wizard.needs_mailbox or pending is None else (wizard, pending)


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
        alone_with(services, account, person.id)
        # Whoever set out from their profile is signed in; in a sign-in nobody is yet.
        actor = person.id if attempt.session_id is not None else None
        sent = challenges.dispatch(services, visit, person, factor, made, purpose=sending.SET_UP, now=now, actor=actor)
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
    challenge = live(services, visit, wizard, pending, now=now)
    shown = challenge.shown if challenge else pending.shown
    return Offered(kind=pending.kind, shown=shown, asks=pending.asks, challenge=challenge)


def live(services: Services, visit: Visit, wizard: Wizard, pending: Pending, *, now: datetime) -> ChallengeView | None:
    """Return how far what was sent got; None where nothing is sent. Writes nothing."""
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
