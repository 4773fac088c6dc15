"""The gate as a table over all combinations: "Who is asked for a second factor" of the rules, row by row.

Every combination of what policy looks at must match exactly one row of each table, and the gate must say what the row
says.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import product
from typing import Final

import pytest

from tests.core.values import DAY, NOW, evidence, held, proof
from twofold.core.assurance import ADMIN_CODE, RECOVERY_CODE
from twofold.core.policy import (
    Accepts,
    Admit,
    AskEnrolment,
    AskMailbox,
    AskSecondFactor,
    AudienceRules,
    Deny,
    Facts,
    Held,
    Reason,
    Requirement,
    Rules,
    Standing,
    Step,
    Word,
    default_rules,
    next_step,
    standing,
)
from twofold.core.roles import Audience, Role
from twofold.core.trust import Trust

BEFORE, AFTER = NOW - 5 * DAY, NOW + 5 * DAY
ALLOWED, FORBIDDEN = held("totp"), held("email")
HELD: Final = {"nothing": (), "allowed": (ALLOWED,), "forbidden": (FORBIDDEN,), "both": (ALLOWED, FORBIDDEN)}
PROVED: Final = {
    "first": evidence(),
    "factor": evidence("totp"),
    "old": evidence("email"),
    "recovery": evidence(RECOVERY_CODE),
    "admin": evidence(ADMIN_CODE),
}
STARTS: Final = {"none": None, "later": AFTER, "started": NOW - 10 * DAY}
UNTIL: Final = {"none": None, "open": AFTER, "over": NOW}


@dataclass(frozen=True)
class Case:
    """One combination of everything that the gate looks at."""

    chosen: bool
    reset: bool
    rule: str
    exempt: str
    grace: str
    held: str
    proved: str
    browser: str
    old_ones: str

    @property
    def rules(self) -> Rules:
        starts_at = STARTS[self.rule]
        own = AudienceRules(
            required=None if starts_at is None else Requirement(starts_at=starts_at),
            accepts=Accepts(kinds=frozenset({"totp"}), old_ones_prove_until=UNTIL[self.old_ones]),
            idle_for=DAY,
            session_for=DAY,
        )
        return Rules(team=own, end_users=default_rules().end_users)

    @property
    def facts(self) -> Facts:
        return Facts(
            audience=Audience.TEAM,
            role=Role.AGENT,
            created_at=NOW - 400 * DAY,
            chosen=self.chosen,
            must_set_up=self.reset,
            exempt_until=UNTIL[self.exempt],
            grace_until=UNTIL[self.grace],
            held=HELD[self.held],
        )

    @property
    def trust(self) -> Trust | None:
        return Trust(proof("totp", NOW - DAY)) if self.browser == "trusted" else None


def every_case() -> Iterator[Case]:
    truths, untils = (False, True), tuple(UNTIL)
    columns = (truths, truths, STARTS, untils, untils, HELD, PROVED, ("unknown", "trusted"), ("open", "over"))
    return (Case(*values) for values in product(*columns))


Pattern = dict[str, object]


def matches(case: Case, pattern: Pattern) -> bool:
    """Say whether a case has what a row asks for; a set stands for "one of these"."""
    for name, wanted in pattern.items():
        has = getattr(case, name)
        if has not in (wanted if isinstance(wanted, set) else {wanted}):
            return False
    return True


def the_row(case: Case, table: list[tuple[Pattern, str]]) -> str:
    found = [outcome for pattern, outcome in table if matches(case, pattern)]
    assert len(found) == 1, (case, found)
    return found[0]


# asked = chosen, or must set up, or (covered and not exempt).
ASKED: list[tuple[Pattern, str]] = [
    ({"chosen": True}, "asked"),
    ({"chosen": False, "reset": True}, "asked"),
    ({"chosen": False, "reset": False, "rule": "started", "exempt": {"none", "over"}}, "asked"),
    ({"chosen": False, "reset": False, "rule": "started", "exempt": "open"}, "not asked"),
    ({"chosen": False, "reset": False, "rule": {"none", "later"}}, "not asked"),
]
# Only a requirement has a grace, a reset has none, and whoever holds something does not need one.
GRACE: list[tuple[Pattern, str]] = [
    ({"rule": "started", "exempt": {"none", "over"}, "reset": False, "held": "nothing", "grace": "open"}, "in grace"),
    ({"rule": "started", "exempt": {"none", "over"}, "reset": False, "held": "nothing", "grace": {"none", "over"}}, ""),
    ({"rule": "started", "exempt": {"none", "over"}, "reset": False, "held": {"allowed", "forbidden", "both"}}, ""),
    ({"rule": "started", "exempt": {"none", "over"}, "reset": True}, ""),
    ({"rule": "started", "exempt": "open"}, ""),
    ({"rule": {"none", "later"}}, ""),
]
CODES = {"recovery", "admin"}
USABLE = {"allowed", "both"}
# What comes next for somebody who is asked.
NEXT: list[tuple[Pattern, str]] = [
    ({"proved": "factor"}, "admit"),
    ({"proved": CODES, "held": USABLE}, "admit"),
    ({"proved": CODES, "held": {"nothing", "forbidden"}}, "set up"),
    ({"proved": {"first", "old"}, "held": USABLE, "browser": "trusted"}, "admit, trusted"),
    ({"proved": {"first", "old"}, "held": USABLE, "browser": "unknown"}, "ask"),
    ({"proved": "old", "held": "forbidden", "old_ones": "open"}, "set up"),
    ({"proved": "old", "held": "forbidden", "old_ones": "over"}, "ask for help"),
    ({"proved": "first", "held": "forbidden", "old_ones": "open"}, "ask for the old one"),
    ({"proved": "first", "held": "forbidden", "old_ones": "over"}, "ask for help"),
    ({"proved": "first", "held": "nothing"}, "grace, else set up with mailbox"),
    ({"proved": "old", "held": "nothing"}, "grace, else set up"),
]


def expected(case: Case) -> str:
    if the_row(case, ASKED) == "not asked":
        return "admit"
    outcome = the_row(case, NEXT)
    if outcome.startswith("grace, else "):
        in_grace = the_row(case, GRACE) == "in grace"
        return "admit, with notice" if in_grace else outcome.removeprefix("grace, else ")
    return outcome


def in_words(step: Step) -> str:
    """Return the outcome of the gate in the words of the table."""
    match step:
        case Admit(trusted=True):
            return "admit, trusted"
        case Admit(notice_until=None):
            return "admit"
        case Admit(notice_until=until):
            assert until == AFTER
            return "admit, with notice"
        case AskEnrolment(proved_mailbox_needed=needed):
            return "set up with mailbox" if needed else "set up"
        case AskSecondFactor(opens_only_set_up=False, usable=usable):
            assert usable == (ALLOWED,)
            return "ask"
        case AskSecondFactor(usable=usable, may_trust=may_trust):
            assert not may_trust
            return {(FORBIDDEN,): "ask for the old one", (): "ask for help"}[usable]
        case AskMailbox():
            return "ask for a mailed code"
        case Deny():
            return "deny"


def test_the_gate_says_what_the_rules_say_in_every_case() -> None:
    for case in every_case():
        step = next_step(PROVED[case.proved], case.facts, case.rules, case.trust, now=NOW)
        assert in_words(step) == expected(case), case


REQUIRED: list[tuple[Pattern, str]] = [
    ({"rule": "started", "exempt": {"none", "over"}}, "required"),
    ({"rule": "started", "exempt": "open"}, "exempt"),
    ({"rule": {"none", "later"}}, ""),
]


def expected_word(case: Case) -> tuple[Word, datetime | None]:
    required = the_row(case, REQUIRED)
    if the_row(case, ASKED) == "not asked":
        if required == "exempt":
            return Word.EXEMPT, AFTER
        return (Word.OFF if case.held == "nothing" else Word.SET_UP_NOT_ASKED), None
    if case.held in USABLE:
        return (Word.ON_REQUIRED if required == "required" else Word.ON_BY_CHOICE), None
    if case.held == "forbidden":
        return Word.MUST_SET_UP, None if case.old_ones == "over" else UNTIL[case.old_ones]
    return Word.MUST_SET_UP, (AFTER if the_row(case, GRACE) == "in grace" else None)


def test_one_word_says_where_a_person_stands_in_every_case() -> None:
    for case in every_case():
        where = standing(case.facts, case.rules, now=NOW)
        assert (where.word, where.until) == expected_word(case), case
        check_standing(case, where)


def check_standing(case: Case, where: Standing) -> None:
    asked, required = the_row(case, ASKED) == "asked", the_row(case, REQUIRED) == "required"
    holds = case.held != "nothing"
    usable: tuple[Held, ...] = (ALLOWED,) if case.held in USABLE else ()
    assert where.asked == asked, case
    assert where.covered == (case.rule == "started"), case
    assert where.exempt == (the_row(case, REQUIRED) == "exempt"), case
    assert where.in_grace == (the_row(case, GRACE) == "in grace"), case
    assert where.usable == usable, case
    assert where.shut_out == (asked and case.held == "forbidden" and case.old_ones == "over"), case
    assert where.unusable == tuple(one for one in case.facts.held if one not in usable), case
    assert where.dormant == (holds and not asked), case
    assert where.may_turn_off == (holds and not required and not case.reset), case
    reasons = {because.reason for because in where.reasons}
    may_wait = required and not case.reset and not holds
    assert (Reason.DORMANT in reasons) == where.dormant, case
    assert (Reason.IN_GRACE in reasons) == where.in_grace, case
    assert (Reason.GRACE_OVER in reasons) == (may_wait and case.grace == "over"), case


def test_no_column_is_left_out_of_the_table() -> None:
    assert sum(1 for _ in every_case()) == 2 * 2 * 3 * 3 * 3 * 4 * 5 * 2 * 2
    assert len(fields(Case)) == 9


@pytest.mark.parametrize(("suspended", "frozen"), [(True, False), (False, True), (True, True)])
def test_nothing_opens_for_the_suspended_and_the_frozen(suspended: bool, frozen: bool) -> None:
    for kinds in [(), ("totp",), (RECOVERY_CODE,), (ADMIN_CODE,)]:
        facts = Facts(
            audience=Audience.TEAM,
            role=Role.OWNER,
            created_at=BEFORE,
            suspended_at=BEFORE if suspended else None,
            frozen=frozen,
        )
        assert isinstance(next_step(evidence(*kinds), facts, default_rules(), None, now=NOW), Deny)
