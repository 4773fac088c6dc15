"""Reading an attempt that may set up, and what policy says about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from twofold.core import policy
from twofold.core.assurance import ACCESS_PASS
from twofold.core.json import as_text, list_in, object_in, text_in
from twofold.factors.contract import THING
from twofold.flows.outcomes import Ended, GoOn, Stage
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.standing_of import facts_of, rules_of
from twofold.flows.under_way import read
from twofold.ports.attempts import Purpose

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.policy import Rules
    from twofold.flows.under_way import UnderWay
    from twofold.flows.visit import Visit
    from twofold.ports.attempts import Attempt
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.services import Services

OFFER: Final = "offer"
"""Under what an attempt keeps what is pending."""


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
        if attempt.session_id is None or not services.sessions.is_open(visit.account.id, person.id, attempt.session_id):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """What a factor offered and nobody confirmed yet; `asked` is what was typed or chosen for it."""

    kind: str
    shown: JsonObject = field(repr=False)
    kept: JsonObject = field(repr=False)
    asks: str = ""
    asked: JsonObject = field(default_factory=dict, repr=False)

    @property
    def thing(self) -> str:
        """Which of the things that make this kind was chosen; "" for the usual one."""
        thing = self.asked.get(THING)
        return thing if isinstance(thing, str) else ""

    def to_json(self) -> JsonObject:
        """Return this as JSON for an attempt to keep."""
        return {
            "kind": self.kind,
            "shown": self.shown,
            "kept": self.kept,
            "asks": self.asks,
            "asked": self.asked,
        }


def pending_of(attempt: Attempt) -> Pending | None:
    """Return what is pending in an attempt."""
    value = attempt.kept.get(OFFER)
    if not isinstance(value, dict):
        return None
    return Pending(
        kind=text_in(value, "kind"),
        shown=object_in(value, "shown"),
        kept=object_in(value, "kept"),
        asks=text_in(value, "asks") if "asks" in value else "",
        asked=object_in(value, "asked") if "asked" in value else {},
    )


def kinds_for(services: Services, visit: Visit, wizard: Wizard) -> tuple[str, ...]:
    """Return the factors that policy allows this person and that can be had now, in the registry's order."""
    account = visit.account.id
    accepts = rules_of(services, account, wizard.under_way.person, wizard.rules).accepts
    return tuple(kind for kind, traits in traits_that_work(services, account).items() if accepts.admits(kind, traits))


def replaced_by(services: Services, visit: Visit, wizard: Wizard, kind: str) -> tuple[Enrolment, ...]:
    """Return the enrolments that go when one of this kind is confirmed ("": whatever is chosen).

    Those that were named when the wizard began; one of a kind of which there is one at most; and all others, where
    policy wants one method at a time, or a helper's pass opened set-up because they are gone.
    """
    under_way = wizard.under_way
    if under_way.attempt.evidence.has(ACCESS_PASS):
        return under_way.held
    if rules_of(services, visit.account.id, under_way.person, wizard.rules).one_method:
        return under_way.held
    kept = under_way.attempt.kept
    named = {as_text(one, "replaces") for one in list_in(kept, "replaces")} if "replaces" in kept else set()
    only_one = kind in services.factors and services.factors[kind].only_one
    return tuple(one for one in under_way.held if one.id in named or (only_one and one.kind == kind))


def staying_beside(services: Services, visit: Visit, wizard: Wizard, kind: str) -> tuple[Enrolment, ...]:
    """Return the enrolments that stay when one of this kind is confirmed."""
    gone = {one.id for one in replaced_by(services, visit, wizard, kind)}
    return tuple(one for one in wizard.under_way.held if one.id not in gone)
