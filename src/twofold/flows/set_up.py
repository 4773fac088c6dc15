"""The set-up wizard: forced at a sign-in, of the first owner, or begun from the profile.

One pending key is kept per attempt: reload, back, a second tab and a wrong passcode show the same.
Nothing is active before its first passcode, and an abandoned wizard leaves nothing behind.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.core.assurance import Proof
from twofold.core.effects import Change
from twofold.core.ids import AttemptId, EnrolmentId
from twofold.core.json import object_in, text_in
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import CONFIRMS_PER_ATTEMPT
from twofold.factors.contract import Accepted
from twofold.flows import ending, known_browser, mailbox, prove
from twofold.flows.admit import Claim, settle
from twofold.flows.journal import record
from twofold.flows.notices import warn
from twofold.flows.outcomes import Admitted, Denied, Done, Ended, GoOn, Refuse, Stage
from twofold.flows.recovery_set import make_set
from twofold.flows.second_factor import spend_of_attempt
from twofold.flows.standing_of import as_factor_sees, ceremony, facts_of, standing_of
from twofold.flows.under_way import read
from twofold.flows.wizard import Wizard, kinds_for, read_wizard, replaced_by, staying_beside
from twofold.ports.attempts import Attempt, Purpose
from twofold.ports.enrolments import Enrolment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.policy import Standing
    from twofold.flows.mailbox import MailboxView
    from twofold.flows.outcomes import NeedsProof
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUpView:
    """What the wizard shows.

    `mailbox` is set while the mailbox on file has to be proved first. `kinds` are the factors that
    policy allows this person, `offered` the one whose key is pending.
    """

    person: Subscriber
    purpose: Purpose
    standing: Standing
    mailbox: MailboxView | None
    kinds: tuple[str, ...]
    offered: str | None
    replaces: tuple[Enrolment, ...]
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A pending key, as its factor shows it."""

    kind: str
    shown: JsonObject = field(repr=False)


def begin_from_profile(
    services: Services,
    visit: Visit,
    me: SignedIn,
    *,
    replaces: Sequence[EnrolmentId] = (),
    replaces_lost: bool = False,
) -> GoOn | NeedsProof:
    """Begin the wizard for somebody signed in; after fresh proof, dormant factors included.

    `replaces` names enrolments that go when the new one is confirmed.
    """
    proof = prove.needed(services, visit, me, replaces_lost=replaces_lost)
    if proof is not None:
        return proof
    now = services.clock.now()
    token = services.entropy.token()
    with services.transactions.begin():
        services.attempts.begin(
            visit.account.id,
            Attempt(
                id=AttemptId(services.entropy.new_id()),
                person_id=me.person.id,
                purpose=Purpose.SET_UP,
                evidence=me.session.evidence,
                begun_at=now,
                last_step_at=now,
                session_id=me.session.id,
                setting_up=True,
                kept={"replaces": [*replaces]} if replaces else {},
            ),
            token_digest=services.digests.of_token(token),
        )
    return GoOn(stage=Stage.SET_UP, attempt_token=token)


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
    replaces = replaced_by(under_way)
    offer = under_way.attempt.kept.get("offer")
    return SetUpView(
        person=under_way.person,
        purpose=under_way.attempt.purpose,
        standing=standing_of(services, visit.account.id, under_way.person, under_way.held, wizard.rules, now=now),
        mailbox=mailbox.view(services, visit, under_way, now=now) if wizard.needs_mailbox else None,
        kinds=kinds_for(services, visit, wizard),
        offered=text_in(offer, "kind") if isinstance(offer, dict) else None,
        replaces=replaces,
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
    """Make a key, or show the pending one of this kind again."""
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    if wizard.needs_mailbox:
        return Refuse(because=Refusal(No.NEEDS_MAILBOX))
    if kind not in kinds_for(services, visit, wizard):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    under_way = wizard.under_way
    pending = under_way.attempt.kept.get("offer")
    if isinstance(pending, dict) and pending.get("kind") == kind:
        return Offered(kind=kind, shown=object_in(pending, "shown"))
    challenge = services.factors[kind].offer(
        ceremony(visit.account, under_way.person),
        as_factor_sees(staying_beside(under_way), kind),
        {},
        now=now,
        entropy=services.entropy,
    )
    attempt = under_way.attempt
    kept: JsonObject = {
        **attempt.kept,
        "offer": {"kind": kind, "shown": challenge.shown, "kept": challenge.kept},
    }
    with services.transactions.begin():
        if services.attempts.replace(visit.account.id, attempt, replace(attempt, kept=kept, last_step_at=now)):
            return Offered(kind=kind, shown=challenge.shown)
    # A second tab was faster: both show its key.
    again = read(services, visit, attempt_token, now=now)
    pending = again.attempt.kept.get("offer") if again else None
    if isinstance(pending, dict) and pending.get("kind") == kind:
        return Offered(kind=kind, shown=object_in(pending, "shown"))
    return Ended()


def confirm(
    services: Services, visit: Visit, attempt_token: str, answer: JsonObject
) -> Admitted | GoOn | Refuse | Denied | Ended:
    """Judge the answer that confirms the pending key; only then anything is active."""
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    under_way = wizard.under_way
    pending = under_way.attempt.kept.get("offer")
    if wizard.needs_mailbox or not isinstance(pending, dict):
        return GoOn(stage=Stage.SET_UP)
    factor = services.factors[text_in(pending, "kind")]
    with services.transactions.begin():
        digest = services.digests.of_token(attempt_token)
        spent = spend_of_attempt(services, visit, under_way.attempt, CONFIRMS_PER_ATTEMPT, digest, now=now)
    if isinstance(spent, Refuse):
        return spent
    verdict = factor.enrol(
        ceremony(visit.account, under_way.person),
        object_in(pending, "kept"),
        answer,
        now=now,
    )
    if not isinstance(verdict, Accepted):
        with services.transactions.begin():
            record(
                services,
                visit,
                "enrolment.refused",
                now=now,
                person=under_way.person.id,
                detail={"kind": factor.kind, "because": verdict.because.no.value},
            )
        return Refuse(because=verdict.because)
    label = object_in(pending, "shown").get("label")
    enrolment = Enrolment(
        id=EnrolmentId(services.entropy.new_id()),
        person_id=under_way.person.id,
        kind=factor.kind,
        label=label if isinstance(label, str) else "",
        state=verdict.state,
        strong=factor.traits.strong,
        confirmed_at=now,
        last_used_at=now,
        lookup=verdict.lookup,
        preferred=not under_way.held,
    )
    with services.transactions.begin():
        return _store(services, visit, wizard, enrolment, attempt_token, now=now)


def _store(
    services: Services,
    visit: Visit,
    wizard: Wizard,
    enrolment: Enrolment,
    attempt_token: str,
    *,
    now: datetime,
) -> Admitted | GoOn | Refuse | Denied | Ended:
    """Make an enrolment active with all that follows from it, in the caller's transaction."""
    account, under_way = visit.account, wizard.under_way
    digest = services.digests.of_token(attempt_token)
    attempt = services.attempts.by_token(account.id, digest)
    if attempt is None or attempt.kept.get("offer") != under_way.attempt.kept.get("offer"):
        return Ended()
    replaced = [one.id for one in replaced_by(under_way)]
    person = _with_set_up(services, visit, wizard, now=now)
    staying = staying_beside(under_way)
    codes: tuple[str, ...] = ()
    if not staying and not (under_way.held and services.recovery_codes.left(account.id, person.id).left):
        person = replace(person, codes_unsaved=True)
        codes = make_set(services, account, person.id, now=now)
    if not services.people.replace(account.id, under_way.person, person):
        return Ended()
    person = replace(person, version=under_way.person.version + 1)
    if not services.enrolments.add(account.id, enrolment):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if replaced:
        services.enrolments.remove(account.id, person.id, replaced)
    ending.apply(
        services,
        account.id,
        person.id,
        Change.FACTOR_REPLACED if replaced else Change.FACTOR_SET_UP,
        now=now,
        but_attempt=attempt.id,
    )
    record(
        services,
        visit,
        "enrolment.replaced" if replaced else "enrolment.confirmed",
        now=now,
        person=person.id,
        actor=person.id,
        detail={"kind": enrolment.kind, "enrolment": enrolment.id, "replaced": [*replaced]},
    )
    warn(
        services,
        account,
        person,
        "factor_set_up",
        {"kind": enrolment.kind},
        now=now,
        freezes={
            "about": "factor_set_up",
            "enrolment": enrolment.id,
            "first": not under_way.held,
        },
    )
    factor = services.factors[enrolment.kind]
    proof = Proof(kind=enrolment.kind, at=now, traits=factor.traits, enrolment_id=enrolment.id)
    seen = known_browser.recognise(services, visit, person.id)
    claim = Claim(
        person=person,
        held=(*staying, enrolment),
        rules=wizard.rules,
        evidence=attempt.evidence.with_proof(proof),
        seen=seen,
        next_url=attempt.next_url,
        purpose=attempt.purpose,
    )
    outcome = settle(services, visit, claim, attempt, now=now, trust=None)
    return replace(outcome, show_codes=codes) if isinstance(outcome, Admitted) else outcome


def _with_set_up(services: Services, visit: Visit, wizard: Wizard, *, now: datetime) -> Subscriber:
    """Return the person as the confirmed enrolment leaves them.

    Setting up from the profile while not covered is a choice; setting up because one has to is none.
    """
    under_way = wizard.under_way
    person = under_way.person
    standing = standing_of(services, visit.account.id, person, under_way.held, wizard.rules, now=now)
    by_choice = under_way.attempt.purpose is Purpose.SET_UP and not standing.covered
    return replace(
        person,
        chosen=person.chosen or by_choice,
        must_set_up=False,
        enrolled_at=now if not under_way.held else person.enrolled_at,
        proved_by_mailbox_at=None,
    )
