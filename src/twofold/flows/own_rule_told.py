"""Mailing one person what a rule for them alone requires: when it is saved, and before it is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.ids import PersonId
from twofold.core.instants import from_micros
from twofold.core.json import int_in, text_in
from twofold.core.possible import ways
from twofold.core.rules import EVERY_SIGN_IN
from twofold.core.standing import Word
from twofold.flows import later, set_up_link
from twofold.flows.coming import coming_for
from twofold.flows.journal import tell
from twofold.flows.person_change import alone_with
from twofold.flows.policy_checks import traits_that_work
from twofold.flows.set_up_told import (
    REMINDED_BEFORE,
    REMINDER,
    WANTED,
    body_of,
    dates_of,
    is_reminded,
    is_same,
    superseded,
    what_to_keep,
    what_to_say,
)
from twofold.flows.standing_of import rules_of, standing_of
from twofold.ports.jobs import TELL_OWN_RULE

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules
    from twofold.core.wanted import Requirement
    from twofold.ports.accounts import Account
    from twofold.ports.announced import Announced
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True)
class ToTell:
    """Whom to mail, what it says but for its link, and what is kept of it in place of `before`."""

    person: Subscriber
    said: JsonObject
    kept: Announced
    before: Announced | None


def is_free(old: Subscriber, new: Subscriber) -> bool:
    """Say whether nothing is required of them alone any more; all such people are told at once (called_off.py)."""
    return _required_of(old) is not None and _required_of(new) is None


def put(services: Services, account: Account, old: Subscriber, new: Subscriber, *, now: datetime) -> None:
    """Put the jobs that tell of what is newly required of somebody, and remind of it, in the caller's transaction.

    What is required by the same dates as before is told of once. With other dates, or none, the jobs of before go: else
    they would come to life when those dates are saved again.
    """
    required = _required_of(new)
    if dates_of(required) == dates_of(_required_of(old)):
        return
    services.jobs.drop(account.id, TELL_OWN_RULE, new.id)
    if required is None:
        return
    body: JsonObject = {"person": new.id, **body_of(required), "params": {}}
    later.put(services, account.id, TELL_OWN_RULE, {**body, "template": WANTED}, now=now, person=new.id)
    due_at = required.starts_at + required.grace_for
    for sooner in REMINDED_BEFORE:
        at = due_at - sooner
        if at > now:
            told = {**body, "template": REMINDER}
            later.put(services, account.id, TELL_OWN_RULE, told, now=now, at=at, person=new.id)


def _required_of(person: Subscriber) -> Requirement | None:
    return None if person.own_rule is None else person.own_rule.required


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> ToTell | None:
    """Say what to mail; None where it is asked for no more, or they have something already. Writes nothing."""
    person = services.people.by_id(account.id, PersonId(text_in(body, "person")))
    required = person.own_rule.required if person is not None and person.own_rule is not None else None
    if person is None or person.suspended_at is not None or not is_same(required, body):
        return None
    # Whoever never took an invitation up has nothing to sign in with yet, and comes by that one.
    if person.password is None or services.enrolments.held(account.id, person.id):
        return None
    rules = services.policy.current(account.id).rules
    stands = standing_of(services, account.id, person, (), rules, now=max(now, from_micros(int_in(body, "starts_at"))))
    if stands.word is not Word.MUST_SET_UP or not stands.covered:
        return None
    today, lasting = (
        coming_for(services, account.id, person, rules, now=now, lasting=is_lasting) for is_lasting in (False, True)
    )
    before = services.announced.of(account.id, [person.id]).get(person.id)
    if today is None or lasting is None or is_reminded(body, before, now=now):
        return None
    said = what_to_say(body, today, now=now, instead_of=superseded(lasting, before))
    kept = what_to_keep(body, lasting, before, now=now)
    return ToTell(person, {**said, **_what_holds(services, account, person, rules)}, kept, before)


def _what_holds(services: Services, account: Account, person: Subscriber, rules: Rules) -> JsonObject:
    """Return that it is asked of them alone, which ways they may set up, and how often a code is asked for."""
    holds = rules_of(services, account.id, person, rules)
    trust_for = EVERY_SIGN_IN if person.every_sign_in else holds.trust_for
    return {
        "alone": True,
        "ways": [*ways(holds.accepts, traits_that_work(services, account.id))],
        "trust_days": trust_for.days,
    }


def tell_of_it(services: Services, account: Account, body: JsonObject, found: ToTell | None, *, now: datetime) -> None:
    """Put the mail, in the caller's transaction, unless they were changed, or told something else, since."""
    if found is None:
        return
    alone_with(services, account.id, found.person.id)
    person = services.people.by_id(account.id, found.person.id)
    if person is None:
        return
    before = services.announced.of(account.id, [person.id]).get(person.id)
    if person.version != found.person.version or before != found.before:
        later.put(services, account.id, TELL_OWN_RULE, body, now=now, person=person.id)
        return
    link = set_up_link.make(services, account, person.id, now=now, wanted_by=found.kept.last_day)
    tell(services, account, person, text_in(body, "template"), {**found.said, **link}, now=now)
    services.announced.keep(account.id, person.id, found.kept)
