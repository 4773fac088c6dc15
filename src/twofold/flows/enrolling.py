"""Confirming what the wizard offered: only then it is active, with all that follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.assurance import Proof
from twofold.core.effects import Change
from twofold.core.ids import EnrolmentId
from twofold.core.instants import to_micros
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import CONFIRMS_PER_ATTEMPT
from twofold.factors.contract import UNCOUNTED, Accepted
from twofold.flows import ending, known_browser
from twofold.flows.admit import Claim, settle
from twofold.flows.at_sign_in import give_back_of_attempt, spend_of_attempt
from twofold.flows.freeze import undoes_until
from twofold.flows.journal import record
from twofold.flows.notices import method_told, warn
from twofold.flows.outcomes import Admitted, Denied, Ended, GoOn, Refuse, Stage
from twofold.flows.person_change import alone_with
from twofold.flows.recovery_set import make_set
from twofold.flows.standing_of import ceremony, standing_of
from twofold.flows.wizard import OFFER, Wizard, pending_of, read_wizard, replaced_by, staying_beside
from twofold.ports.attempts import Purpose
from twofold.ports.enrolments import Enrolment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.flows.visit import Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


def confirm(
    services: Services, visit: Visit, attempt_token: str, answer: JsonObject
) -> Admitted | GoOn | Refuse | Denied | Ended:
    """Judge the answer that confirms the pending key; only then anything is active."""
    now = services.clock.now()
    wizard = read_wizard(services, visit, attempt_token, now=now)
    if not isinstance(wizard, Wizard):
        return wizard
    under_way = wizard.under_way
    pending = pending_of(under_way.attempt)
    if wizard.needs_mailbox or pending is None or pending.asks:
        return GoOn(stage=Stage.SET_UP)
    factor = services.factors[pending.kind]
    digest = services.digests.of_token(attempt_token)
    with services.transactions.begin():
        spent = spend_of_attempt(services, visit, under_way.attempt, CONFIRMS_PER_ATTEMPT, digest, now=now)
    if isinstance(spent, Refuse):
        return spent
    verdict = factor.enrol(
        ceremony(services, visit.account, under_way.person),
        pending.kept,
        answer,
        now=now,
    )
    if not isinstance(verdict, Accepted):
        because = verdict.because
        with services.transactions.begin():
            if because.no in UNCOUNTED:
                give_back_of_attempt(services, visit, digest)
            record(
                services,
                visit,
                "enrolment.refused",
                now=now,
                person=under_way.person.id,
                detail={"kind": factor.kind, "because": because.no.value},
            )
        return Refuse(because=because)
    label = pending.shown.get("label")
    staying = staying_beside(services, visit, wizard, factor.kind)
    gone = replaced_by(services, visit, wizard, factor.kind)
    enrolment = Enrolment(
        id=EnrolmentId(services.entropy.new_id()),
        person_id=under_way.person.id,
        kind=factor.kind,
        label=label if isinstance(label, str) else "",
        state=verdict.state or {},
        strong=factor.traits.strong,
        confirmed_at=now,
        last_used_at=now,
        lookup=verdict.lookup,
        preferred=not staying or any(one.preferred for one in gone),
    )
    with services.transactions.begin():
        alone_with(services, visit.account.id, under_way.person.id)
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
    if attempt is None or attempt.kept.get(OFFER) != under_way.attempt.kept.get(OFFER):
        return Ended()
    gone = replaced_by(services, visit, wizard, enrolment.kind)
    replaced = [one.id for one in gone]
    staying = staying_beside(services, visit, wizard, enrolment.kind)
    mailed = services.factors[enrolment.kind].traits.mailed
    person = _with_set_up(services, visit, wizard, mailed=mailed, stays=bool(staying), now=now)
    codes: tuple[str, ...] = ()
    paper = services.recovery_codes.left(account.id, person.id)
    # Whoever never had a set gets one, and so does somebody with nothing else to fall back on.
    is_given_codes = paper.made_at is None or not (staying or (under_way.held and paper.left))
    person = replace(person, codes_unsaved=person.codes_unsaved or is_given_codes)
    if not services.people.replace(account.id, under_way.person, person):
        return Ended()
    if is_given_codes:
        # Not before it is sure that they are shown: the former set is void with it.
        codes = make_set(services, account, person.id, now=now)
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
        detail={
            "kind": enrolment.kind,
            "thing": enrolment.thing,
            "enrolment": enrolment.id,
            "replaced": [*replaced],
        },
    )
    _tell(services, visit, person, enrolment, gone, staying, first=not under_way.held, now=now)
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


def _tell(
    services: Services,
    visit: Visit,
    person: Subscriber,
    enrolment: Enrolment,
    gone: Sequence[Enrolment],
    staying: Sequence[Enrolment],
    *,
    first: bool,
    now: datetime,
) -> None:
    """Mail somebody what was set up, what stays beside it, and in place of what: only a first one stands alone."""
    about: JsonObject = {"enrolment": enrolment.id, "first": first}
    undone_until = undoes_until(person, now=now)
    params: JsonObject = {
        "first": first,
        "new": [method_told(services, enrolment)],
        "removed": [method_told(services, one) for one in gone],
        "stays": [method_told(services, one) for one in staying],
        "undone_until": None if undone_until is None else to_micros(undone_until),
        "from": visit.address,
    }
    if gone:
        freezes = {"about": "factor_replaced", **about}
        warn(services, visit.account, person, "factor_replaced", params, now=now, freezes=freezes)
    else:
        freezes = {"about": "factor_set_up", **about}
        warn(services, visit.account, person, "factor_set_up", params, now=now, freezes=freezes)


def _with_set_up(
    services: Services, visit: Visit, wizard: Wizard, *, mailed: bool, stays: bool, now: datetime
) -> Subscriber:
    """Return the person as the confirmed enrolment leaves them.

    Setting up from the profile while not covered is a choice; setting up because one has to is none. A code by mail
    proves the mailbox, and nothing beside it that something else which `stays` would have to prove.
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
        email_proved_at=now if mailed else person.email_proved_at,
        proved_by_mailbox_at=person.proved_by_mailbox_at if mailed and stays else None,
    )
