"""A browser that nobody knows: a mailed code from team members who are asked for no second factor."""

from dataclasses import replace

import pytest

from tests.core.test_groups import REQUIRED, agent
from tests.core.values import APP, DAY, NOW, evidence
from twofold.core.assurance import MAIL_LINK, MAILBOX, PASSWORD, RECOVERY_CODE, Evidence, Proof, Traits
from twofold.core.policy import (
    Admit,
    AskMailbox,
    AskSecondFactor,
    Reason,
    Rules,
    Weakening,
    Weaker,
    default_rules,
    next_step,
    weakenings,
)
from twofold.core.roles import Audience, Role
from twofold.core.trust import Trust


def checking(*, on: bool = True) -> Rules:
    base = default_rules()
    return replace(
        base,
        team=replace(base.team, checks_new_browsers=on),
        end_users=replace(base.end_users, checks_new_browsers=on),
    )


def by(kind: str) -> Evidence:
    return Evidence((Proof(kind=kind, at=NOW, traits=Traits(amr=())),))


def test_a_browser_that_nobody_knows_is_checked_by_mail() -> None:
    step = next_step(evidence(), agent(), checking(), None, now=NOW)
    assert isinstance(step, AskMailbox)
    assert [one.reason for one in step.reasons] == [Reason.NOT_REQUIRED, Reason.NEW_BROWSER]


@pytest.mark.parametrize("proved", [MAILBOX, RECOVERY_CODE, "admin_code", "totp"])
def test_any_code_answers_the_check(proved: str) -> None:
    assert isinstance(next_step(evidence(proved), agent(), checking(), None, now=NOW), Admit)


@pytest.mark.parametrize("first", [MAIL_LINK, "operator_link"])
def test_whoever_came_from_our_link_proved_the_mailbox_already(first: str) -> None:
    assert isinstance(next_step(by(first), agent(), checking(), None, now=NOW), Admit)


def test_so_did_whoever_typed_the_password_on_the_page_of_such_a_link_while_it_was_young() -> None:
    for age, answer in ((DAY / 2, Admit), (DAY, AskMailbox)):
        link = Proof(kind=MAIL_LINK, at=NOW - age, traits=Traits(amr=()))
        both = Evidence((link, *by(PASSWORD).proofs))
        assert isinstance(next_step(both, agent(), checking(), None, now=NOW), answer)


def test_the_check_is_for_team_members_on_new_browsers_and_only_where_it_is_on() -> None:
    end_user = replace(agent(), audience=Audience.END_USERS, role=Role.END_USER)
    assert isinstance(next_step(evidence(), end_user, checking(), None, now=NOW), Admit)
    assert isinstance(next_step(evidence(), agent(), checking(), None, now=NOW, knows_browser=True), Admit)
    assert isinstance(next_step(evidence(), agent(), checking(on=False), None, now=NOW), Admit)
    assert isinstance(next_step(by(PASSWORD), agent(), checking(), None, now=NOW), AskMailbox)


def test_whoever_is_asked_for_a_second_factor_is_not_mailed_as_well() -> None:
    step = next_step(evidence(), agent("totp", chosen=True), checking(), None, now=NOW)
    assert isinstance(step, AskSecondFactor)
    trusted = Trust(Proof(kind="totp", at=NOW - DAY, traits=APP))
    assert isinstance(next_step(evidence(), agent("totp", chosen=True), checking(), trusted, now=NOW), Admit)


def test_ending_the_check_is_a_weakening() -> None:
    found = weakenings(checking(), checking(on=False))
    assert found == tuple(Weakening(one, Weaker.NEW_BROWSERS_UNCHECKED) for one in Audience)
    assert weakenings(checking(on=False), checking()) == ()


def test_whoever_may_still_wait_is_checked_too() -> None:
    base = checking()
    grace = replace(base, team=replace(base.team, required=replace(REQUIRED, grace_for=7 * DAY)))
    assert isinstance(next_step(evidence(), agent(), grace, None, now=NOW), AskMailbox)
    let_in = next_step(evidence(MAILBOX), agent(), grace, None, now=NOW)
    assert isinstance(let_in, Admit)
    assert let_in.notice_until is not None
