"""Where a person stands, why, and what they would be asked: what `explain EMAIL` prints. Writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core import emails, policy
from twofold.core.assurance import PASSWORD, PASSWORD_TRAITS, Evidence, Proof
from twofold.core.possible import ways
from twofold.flows import own_rules
from twofold.flows.barriers import Obstacle, barriers_of
from twofold.flows.policy_checks import traits_of
from twofold.flows.standing_of import facts_of

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.policy import Standing, Step
    from twofold.ports.accounts import Account
    from twofold.ports.browsers import KnownBrowser
    from twofold.ports.enrolments import Enrolment, RecoveryCodesLeft
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One person in one view; `step` is what comes after the password on a browser never seen before.

    `browsers` are those where something is trusted or known, each with what comes there. `groups` are the names of
    those they belong to, `ways` the kinds that today's policy lets them set up. `own_rule_by` is who last changed the
    rule for this person alone ("": nobody who is still here), at `own_rule_at`; None where there is none.
    """

    person: Subscriber
    standing: Standing
    groups: tuple[str, ...]
    ways: tuple[str, ...]
    own_rule_by: str
    own_rule_at: datetime | None
    held: tuple[Enrolment, ...]
    codes: RecoveryCodesLeft
    step: Step
    browsers: tuple[tuple[KnownBrowser, Step], ...]
    obstacles: tuple[Obstacle, ...]
    policy_number: int
    now: datetime


def explain(services: Services, account: Account, email: str) -> Explanation | None:
    """Explain the person with this address; None when nobody has it."""
    address = emails.normalise(email)
    person = services.people.by_email(account.id, address) if address else None
    if person is None:
        return None
    now = services.clock.now()
    version = services.policy.current(account.id)
    held = services.enrolments.held(account.id, person.id)
    facts = facts_of(services, account.id, person, held, version.rules)
    own_rule_by, own_rule_at = own_rules.who_set(services, account, person)
    evidence = Evidence((Proof(kind=PASSWORD, at=now, traits=PASSWORD_TRAITS),))
    return Explanation(
        person=person,
        standing=policy.standing(facts, version.rules, now=now),
        groups=tuple(version.rules.groups[one.group].name for one in facts.memberships),
        ways=ways(facts.under(version.rules).accepts, traits_of(services)),
        own_rule_by=own_rule_by,
        own_rule_at=own_rule_at,
        held=held,
        codes=services.recovery_codes.left(account.id, person.id),
        step=policy.next_step(evidence, facts, version.rules, None, now=now),
        browsers=tuple(
            (known, policy.next_step(evidence, facts, version.rules, known.trust, now=now, knows_browser=True))
            for known in services.browsers.of_person(account.id, person.id)
        ),
        obstacles=barriers_of(services, account, person, now=now),
        policy_number=version.number,
        now=now,
    )
