"""What a rule for one person alone does to them, and when: every moment at which it may make a difference."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from twofold.core.assurance import Traits
from twofold.core.groups import Extra
from twofold.core.ids import EnrolmentId
from twofold.core.policy import Accepts, Facts, Held, Requirement, default_rules
from twofold.core.roles import Audience, Role
from twofold.flows.rule_effects import Effect, FactsChange, RuleEffect, coming

if TYPE_CHECKING:
    from twofold.core.rules import Rules

NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
DAY = timedelta(days=1)
APP = Traits(amr=("otp",), strong=True)
WORKING = {"totp": APP, "sms": replace(APP, strong=False)}
PERSON = Facts(audience=Audience.TEAM, role=Role.AGENT, created_at=NOW - 99 * DAY)
HELD = Held(id=EnrolmentId("e" * 26), kind="totp", traits=APP, confirmed_at=NOW - 9 * DAY)
BEGUN = Extra(required=Requirement(starts_at=NOW - DAY))
LATER = Extra(required=Requirement(starts_at=NOW + 3 * DAY))
PUT_OFF = Extra(required=Requirement(starts_at=NOW + 8 * DAY))
PHONE_ONLY = Extra(accepts=Accepts(kinds=frozenset({"sms"})))
SHUT = Extra(accepts=replace(PHONE_ONLY.accepts, old_ones_prove_until=NOW))
AWAY = replace(PERSON, exempt_until=NOW + 5 * DAY)
ROWS = {
    "required": (PERSON, None, BEGUN, RuleEffect(effect=Effect.SET_UP)),
    "required from a day": (PERSON, None, LATER, RuleEffect(effect=Effect.SET_UP, starts_at=NOW + 3 * DAY)),
    "not begun and taken back": (PERSON, LATER, None, RuleEffect(effect=Effect.FREED, starts_at=NOW + 3 * DAY)),
    "not begun and postponed": (PERSON, LATER, PUT_OFF, RuleEffect(effect=Effect.SET_UP, starts_at=NOW + 8 * DAY)),
    "not begun and sooner": (PERSON, PUT_OFF, LATER, RuleEffect(effect=Effect.SET_UP, starts_at=NOW + 3 * DAY)),
    "begun and taken back": (PERSON, BEGUN, None, RuleEffect(effect=Effect.FREED)),
    "exempt and taken back": (AWAY, BEGUN, None, RuleEffect(effect=Effect.FREED, starts_at=NOW + 5 * DAY)),
    "exempt, not begun and taken back": (
        AWAY,
        LATER,
        None,
        RuleEffect(effect=Effect.FREED, starts_at=NOW + 5 * DAY),
    ),
    "exempt and put off beyond it": (
        AWAY,
        LATER,
        PUT_OFF,
        RuleEffect(effect=Effect.SET_UP, starts_at=NOW + 8 * DAY),
    ),
    "exempt and required": (AWAY, None, BEGUN, RuleEffect(effect=Effect.EXEMPT, exempt_until=NOW + 5 * DAY)),
    "exempt until before it begins": (
        AWAY,
        None,
        PUT_OFF,
        RuleEffect(effect=Effect.SET_UP, starts_at=NOW + 8 * DAY),
    ),
    "asked by choice and taken back": (
        replace(PERSON, chosen=True, held=(HELD,)),
        LATER,
        None,
        RuleEffect(effect=Effect.NOTHING),
    ),
    "not asked, and of another way": (
        replace(PERSON, held=(HELD,)),
        None,
        PHONE_ONLY,
        RuleEffect(effect=Effect.NOTHING),
    ),
    "shut out already": (
        replace(PERSON, held=(HELD,), chosen=True),
        SHUT,
        replace(SHUT, trust_for=timedelta(0)),
        RuleEffect(effect=Effect.NOTHING),
    ),
    "shut out": (
        replace(PERSON, held=(HELD,), chosen=True),
        None,
        SHUT,
        RuleEffect(effect=Effect.STUCK, stops=("totp",)),
    ),
    "exempt, and of another way": (
        replace(AWAY, held=(HELD,)),
        BEGUN,
        replace(BEGUN, accepts=PHONE_ONLY.accepts),
        RuleEffect(effect=Effect.EXEMPT, exempt_until=NOW + 5 * DAY),
    ),
}


@pytest.mark.parametrize(("person", "before", "after", "expected"), ROWS.values(), ids=ROWS)
def test_what_becomes_of_somebody_and_when(
    person: Facts, before: Extra | None, after: Extra | None, expected: RuleEffect
) -> None:
    old, new = (replace(person, own_rule=one) for one in (before, after))
    required = after.required if after else None
    assert coming(FactsChange(old, new, default_rules()), WORKING, required=required, now=NOW) == expected


def test_who_is_asked_by_another_rule_notices_nothing_of_its_end() -> None:
    rules: Rules = default_rules()
    rules = replace(rules, team=replace(rules.team, required=Requirement(starts_at=NOW - DAY)))
    for person in (PERSON, AWAY):
        for own in (BEGUN, LATER):
            found = coming(FactsChange(replace(person, own_rule=own), person, rules), WORKING, required=None, now=NOW)
            assert found == RuleEffect(effect=Effect.NOTHING)
