"""Who may sign up by themselves, as the rules say it; and how many are let ask in a day."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.values import NOW
from twofold.core.json import MalformedJson
from twofold.core.policy import Weakening, Weaker, default_rules, weakenings
from twofold.core.possible import all_problems_of
from twofold.core.roles import Audience
from twofold.core.rules import RuleProblem, Rules
from twofold.core.sign_up import DOMAINS_MOST, SignUp, Today, next_day, today

CLOSED = SignUp()
ALL = SignUp(is_open=True)
ACME = SignUp(is_open=True, domains=("acme.example",))
BOTH = SignUp(is_open=True, domains=("acme.example", "b.example"))
SHUT_ACME = replace(ACME, is_open=False)


@pytest.mark.parametrize(
    ("rule", "email", "takes"),
    [
        (CLOSED, "ann@acme.example", False),
        (SHUT_ACME, "ann@acme.example", False),
        (ALL, "ann@acme.example", True),
        (ACME, "ann@acme.example", True),
        (ACME, "ann@other.example", False),
        (ACME, "ann@sub.acme.example", False),
        (ACME, "ann@notacme.example", False),
        (ACME, "acme.example@other.example", False),
        (ACME, "", False),
    ],
)
def test_whom_it_takes(rule: SignUp, email: str, takes: bool) -> None:
    assert rule.takes(email) == takes


@pytest.mark.parametrize("old", [CLOSED, SHUT_ACME, ALL, ACME, BOTH])
@pytest.mark.parametrize("new", [CLOSED, SHUT_ACME, ALL, ACME, BOTH])
def test_wider_is_what_takes_somebody_whom_the_other_does_not(old: SignUp, new: SignUp) -> None:
    emails = ["a@acme.example", "b@b.example", "c@other.example"]
    is_wider = any(new.takes(email) and not old.takes(email) for email in emails)
    assert new.is_wider(old) == is_wider
    before, after = replace(default_rules(), sign_up=old), replace(default_rules(), sign_up=new)
    found = (Weakening(Audience.END_USERS, Weaker.SIGN_UP_WIDER),) if is_wider else ()
    assert weakenings(before, after) == found


def test_nobody_signs_up_unless_somebody_said_so() -> None:
    assert default_rules().sign_up == CLOSED
    saved_before = {name: value for name, value in default_rules().to_json().items() if name != "sign_up"}
    assert Rules.from_json(saved_before).sign_up == CLOSED


def test_it_is_stored_without_loss() -> None:
    rules = replace(default_rules(), sign_up=BOTH)
    assert Rules.from_json(rules.to_json()) == rules
    with pytest.raises(MalformedJson):
        SignUp.from_json({**BOTH.to_json(), "more": 1})


@pytest.mark.parametrize(
    ("domains", "problems"),
    [
        (("acme.example",), ()),
        (tuple(f"d{number}.example" for number in range(DOMAINS_MOST)), ()),
        (tuple(f"d{number}.example" for number in range(DOMAINS_MOST + 1)), (RuleProblem.TOO_MANY_DOMAINS,)),
        (("acme",), (RuleProblem.NOT_A_DOMAIN,)),
        (("ACME.example",), (RuleProblem.NOT_A_DOMAIN,)),
    ],
)
def test_domains_that_can_be(domains: tuple[str, ...], problems: tuple[RuleProblem, ...]) -> None:
    rules = replace(default_rules(), sign_up=SignUp(is_open=True, domains=domains))
    assert all_problems_of(rules) == tuple((Audience.END_USERS, problem) for problem in problems)


def test_each_day_counts_anew() -> None:
    first = today({}, NOW)
    assert first.asked == 0
    kept = Today(first.day, 7).to_json()
    assert today(kept, NOW).asked == 7
    tomorrow = next_day(first)
    assert NOW < tomorrow <= NOW + timedelta(days=1)
    assert today(kept, tomorrow - timedelta(seconds=1)).asked == 7
    assert today(kept, tomorrow) == Today(first.day + 1, 0)
