"""The set-up wizard: forced at a sign-in, of the first owner, or begun from the profile.

One pending offer is kept per attempt: reload, back, a second tab and a wrong passcode show the same.
Nothing is active before its first passcode, and an abandoned wizard leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.core.assurance import MAILBOX, Evidence
from twofold.core.ids import AttemptId
from twofold.flows import mailbox, prove
from twofold.flows.enrolling import confirm
from twofold.flows.offering import Offered, advance, live, offer, send_again, start_over
from twofold.flows.outcomes import Done, Ended, GoOn, Refuse, Stage
from twofold.flows.standing_of import facts_of, standing_of
from twofold.flows.under_way import read
from twofold.flows.wizard import Wizard, kinds_for, pending_of, read_wizard, replaced_by
from twofold.ports.attempts import Attempt, Purpose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.assurance import Proof
    from twofold.core.ids import EnrolmentId
    from twofold.core.policy import Standing
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

    `mailbox` is set while the mailbox on file has to be proved first, `has_mailbox_step` also after that. `kinds` are
    the factors that policy allows this person, `offered` the one that is pending, `asks` the field that its page asks
    for next ("": the code), `thing` which of the things that make it was chosen ("": the usual one), `challenge` what
    was sent of it (None where nothing is, as for an app: its key is shown by `offer`, in answers to POST only).
    `replaces` are the enrolments that go when it is confirmed.
    """

    person: Subscriber
    purpose: Purpose
    standing: Standing
    mailbox: MailboxView | None
    has_mailbox_step: bool
    kinds: tuple[str, ...]
    offered: str | None
    asks: str
    thing: str
    challenge: ChallengeView | None
    replaces: tuple[Enrolment, ...]
    ends_at: datetime


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
        has_mailbox_step=wizard.needs_mailbox or mailbox.was_typed(under_way.attempt),
        kinds=kinds_for(services, visit, wizard),
        offered=pending.kind if pending else None,
        asks=pending.asks if pending else "",
        thing=pending.thing if pending else "",
        challenge=live(services, visit, wizard, pending, now=now) if pending else None,
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
