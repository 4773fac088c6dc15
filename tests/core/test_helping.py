"""Helping somebody sign in: which act answers which question, and what another helper's yes opens, and when."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest

from tests.core.values import HOUR, NOW, SECOND
from twofold.core.helping import (
    ACT_FOR,
    Act,
    Approval,
    Pair,
    State,
    What,
    allowed_from,
    channels_for,
    is_other_sort,
    judge,
    may_do,
    runs_out,
    was_allowed_from,
)
from twofold.core.roles import (
    ADDRESS_ACTS,
    FACTOR_ACTS,
    Alone,
    Barrier,
    Helping,
    NeedsApproval,
    Refused,
    Role,
    TakeoverAct,
    may_help,
    may_remove,
    may_set_role,
    may_suspend,
)

DAY = timedelta(days=1)
PAIR = Pair(actor=Role.ADMIN, target=Role.AGENT, is_self=False, owners_beside=1)
YES = Approval(role=Role.ADMIN, is_asker=False, is_target=False, at=NOW)
SECOND_ADMIN, WITH_WAIT = NeedsApproval(1), NeedsApproval(1, DAY)


@pytest.mark.parametrize("what", What)
def test_every_answer_leads_to_one_act_that_is_judged_as_a_takeover(what: What) -> None:
    assert ACT_FOR[what].takeover is not None


def test_what_happened_decides_the_act() -> None:
    assert {what: ACT_FOR[what] for what in What} == {
        What.ELSEWHERE: Act.CODE,
        What.LOST: Act.RESET,
        What.CODES_GONE: Act.CODE,
        What.WAITING: Act.END_WAIT,
        What.NO_MAIL: Act.ACCESS_PASS,
        What.NEW_BROWSER: Act.CODE,
        What.NOT_TODAY: Act.LET_IN,
    }


@pytest.mark.parametrize(("actor", "target"), list(product(Role, Role)))
@pytest.mark.parametrize("act", [act for act in Act if act.takeover])
@pytest.mark.parametrize("helps", [False, True])
def test_a_takeover_is_judged_by_the_table(actor: Role, target: Role, act: Act, helps: bool) -> None:
    takeover = act.takeover
    assert takeover is not None
    pair = replace(PAIR, actor=actor, target=target, helps=helps)
    expected = may_help(
        actor=actor, target=target, is_self=False, act=takeover, agent_may_help=helps, other_active_owners=1
    )
    assert judge(act, pair) == expected
    assert judge(act, replace(pair, is_self=True)) == Refused(Barrier.ONESELF)


@pytest.mark.parametrize(("actor", "target"), list(product(Role, Role)))
def test_the_other_acts_are_judged_as_they_are(actor: Role, target: Role) -> None:
    pair = replace(PAIR, actor=actor, target=target)
    of_people = {"actor": actor, "target": target}
    assert judge(Act.REMOVE, pair) == may_remove(**of_people, is_self=False, other_active_owners=1)
    for act in (Act.SUSPEND, Act.END_SUSPENSION, Act.END_SESSIONS):
        assert judge(act, pair) == may_suspend(**of_people, is_self=False, other_active_owners=1)
    for role in Role:
        expected = may_set_role(actor=actor, is_self=False, old=target, new=role, other_active_owners=1)
        assert judge(Act.SET_ROLE, pair, role=role) == expected


@pytest.mark.parametrize("act", TakeoverAct)
def test_a_role_of_which_less_is_asked_does_not_meet_an_act_on_the_address(act: TakeoverAct) -> None:
    frees = replace(PAIR, frees=True, recent=frozenset({act}))
    needed = SECOND_ADMIN if act in ADDRESS_ACTS else Alone()
    assert judge(Act.SET_ROLE, frees, role=Role.END_USER) == needed
    assert judge(Act.SET_ROLE, replace(frees, frees=False), role=Role.END_USER) == Alone()
    assert judge(Act.SET_ROLE, replace(frees, actor=Role.AGENT), role=Role.END_USER) == Refused(Barrier.ROLE)


def test_a_role_is_named() -> None:
    with pytest.raises(ValueError, match="a role"):
        judge(Act.SET_ROLE, PAIR)


@pytest.mark.parametrize(("act", "other"), list(product(TakeoverAct, TakeoverAct)))
def test_an_act_on_the_address_and_one_on_the_factor_are_not_one_helpers(act: TakeoverAct, other: TakeoverAct) -> None:
    crosses = (act in FACTOR_ACTS and other in ADDRESS_ACTS) or (act in ADDRESS_ACTS and other in FACTOR_ACTS)
    assert is_other_sort(act, frozenset({other})) == crosses
    assert not is_other_sort(act, frozenset())


def test_after_an_act_on_the_address_a_second_helper_is_wanted() -> None:
    assert judge(Act.CODE, PAIR) == Alone()
    recent = replace(PAIR, recent=frozenset({TakeoverAct.CHANGE_ADDRESS}))
    assert judge(Act.CODE, recent) == SECOND_ADMIN


def test_what_was_agreed_to_runs_out_a_day_after_it_may_be_done() -> None:
    assert runs_out(NOW) == NOW + DAY
    assert was_allowed_from(runs_out(NOW)) == NOW


@pytest.mark.parametrize(
    ("needed", "approval", "since"),
    [
        (SECOND_ADMIN, None, None),
        (SECOND_ADMIN, YES, NOW),
        (WITH_WAIT, YES, NOW + DAY),
        (WITH_WAIT, replace(YES, role=Role.OWNER), NOW),
        (SECOND_ADMIN, replace(YES, role=Role.OWNER), NOW),
        (SECOND_ADMIN, replace(YES, role=Role.AGENT), None),
        (SECOND_ADMIN, replace(YES, role=Role.AUDITOR), None),
        (SECOND_ADMIN, replace(YES, is_asker=True), None),
        (WITH_WAIT, replace(YES, role=Role.OWNER, is_target=True), None),
        (Refused(Barrier.ROLE), YES, None),
        (Alone(), YES, None),
    ],
)
def test_from_when_on_an_approval_counts(needed: Helping, approval: Approval | None, since: datetime | None) -> None:
    assert allowed_from(needed, approval) == since
    if needed != Alone():
        assert not may_do(needed, approval, now=NOW - SECOND)
        assert may_do(needed, approval, now=NOW + 25 * HOUR) == (since is not None)
        if since is not None:
            assert may_do(needed, approval, now=since)
            assert not may_do(needed, approval, now=since - SECOND)


def test_what_needs_nobody_needs_no_approval() -> None:
    assert may_do(Alone(), None, now=NOW)
    assert not may_do(Refused(Barrier.ONLY_OWNER), YES, now=NOW)


@pytest.mark.parametrize("state", State)
def test_what_is_asked_or_approved_is_open(state: State) -> None:
    assert state.is_open == (state in {State.ASKED, State.APPROVED})


@pytest.mark.parametrize(
    ("what", "channels"),
    [
        (What.ELSEWHERE, ("email",)),
        (What.LOST, ("email",)),
        (What.CODES_GONE, ("email",)),
        (What.WAITING, ("email", "sms")),
        (What.NO_MAIL, ("sms",)),
        (What.NEW_BROWSER, ("sms",)),
        (What.NOT_TODAY, ("email", "sms")),
    ],
)
def test_words_are_never_sent_to_what_is_lost(what: What, channels: tuple[str, ...]) -> None:
    assert channels_for(what, mail_is_known=True, holds_number=True) == channels
    assert channels_for(what, mail_is_known=False, holds_number=False) == ()
    without_mail = tuple(one for one in channels if one != "email")
    assert channels_for(what, mail_is_known=False, holds_number=True) == without_mail
