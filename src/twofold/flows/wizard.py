"""Reading an attempt that may set up, and what policy says about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core import policy
from twofold.core.json import as_text, list_in
from twofold.flows.outcomes import Ended, GoOn, Stage
from twofold.flows.standing_of import facts_of, rules_of
from twofold.flows.under_way import read
from twofold.ports.attempts import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.policy import Rules
    from twofold.flows.under_way import UnderWay
    from twofold.flows.visit import Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Wizard:
    """An attempt that may set up, and what policy says about it."""

    under_way: UnderWay
    rules: Rules
    needs_mailbox: bool


def read_wizard(services: Services, visit: Visit, attempt_token: str, *, now: datetime) -> Wizard | GoOn | Ended:
    """Return the attempt if it may set up: by what policy says today, not by what a page said."""
    under_way = read(services, visit, attempt_token, now=now)
    if under_way is None or under_way.person.suspended_at is not None:
        return Ended()
    attempt, person = under_way.attempt, under_way.person
    rules = services.policy.current(visit.account.id).rules
    if attempt.purpose is Purpose.SET_UP:
        sessions = services.sessions.of_person(visit.account.id, person.id)
        if all(session.id != attempt.session_id for session in sessions):
            return Ended()
        first = not under_way.held
        needs = first and policy.needs_mailbox(attempt.evidence, now=now)
        return Wizard(under_way=under_way, rules=rules, needs_mailbox=needs)
    if not attempt.setting_up:
        return GoOn(stage=Stage.PASSCODE)
    facts = facts_of(services, visit.account.id, person, under_way.held, rules)
    if attempt.kept.get("instead") is True:
        if under_way.held and not policy.standing(facts, rules, now=now).lapsed:
            # It was proved in another sign-in meanwhile, or is asked for no longer: nothing without it replaces it.
            return Ended()
        needs = policy.needs_mailbox(attempt.evidence, now=now)
        return Wizard(under_way=under_way, rules=rules, needs_mailbox=needs)
    step = policy.next_step(attempt.evidence, facts, rules, None, now=now)
    if not isinstance(step, policy.AskEnrolment):
        # Nothing forces this any more: the next sign-in goes by today's policy.
        return Ended()
    return Wizard(under_way=under_way, rules=rules, needs_mailbox=step.proved_mailbox_needed)


def kinds_for(services: Services, visit: Visit, wizard: Wizard) -> tuple[str, ...]:
    """Return the factors that policy allows this person, in the registry's order."""
    accepts = rules_of(services, visit.account.id, wizard.under_way.person, wizard.rules).accepts
    return tuple(kind for kind, factor in services.factors.items() if accepts.admits(kind, factor.traits))


def replaced_by(under_way: UnderWay) -> tuple[Enrolment, ...]:
    """Return the enrolments that go when this attempt's is confirmed."""
    kept = under_way.attempt.kept
    if "replaces" not in kept:
        return ()
    named = {as_text(one, "replaces") for one in list_in(kept, "replaces")}
    return tuple(one for one in under_way.held if one.id in named)


def staying_beside(under_way: UnderWay) -> tuple[Enrolment, ...]:
    """Return the enrolments that stay."""
    gone = {one.id for one in replaced_by(under_way)}
    return tuple(one for one in under_way.held if one.id not in gone)
