"""Who may do what, and to whom: the rules' table "Who may help whom", every cell."""

from datetime import timedelta
from itertools import product

import pytest

from twofold.core.roles import (
    Alone,
    Audience,
    Barrier,
    Helping,
    NeedsApproval,
    Permission,
    Refused,
    Role,
    TakeoverAct,
    audience_of,
    has_permission,
    may_approve,
    may_help,
    may_read,
    may_remove,
    may_set_role,
    may_suspend,
)

OWNER, ADMIN, AUDITOR, AGENT, END_USER = Role.OWNER, Role.ADMIN, Role.AUDITOR, Role.AGENT, Role.END_USER
ALONE: Helping = Alone()
SECOND: Helping = NeedsApproval(1)
SECOND_AND_WAIT: Helping = NeedsApproval(1, timedelta(hours=24))
NO: Helping = Refused(Barrier.ROLE)
ONESELF: Helping = Refused(Barrier.ONESELF)
ONLY_OWNER: Helping = Refused(Barrier.ONLY_OWNER)

# The rows are actors, the columns targets.
HELP = {
    OWNER: {OWNER: ALONE, ADMIN: ALONE, AUDITOR: ALONE, AGENT: ALONE, END_USER: ALONE},
    ADMIN: {OWNER: SECOND_AND_WAIT, ADMIN: SECOND, AUDITOR: ALONE, AGENT: ALONE, END_USER: ALONE},
    AUDITOR: {OWNER: NO, ADMIN: NO, AUDITOR: NO, AGENT: NO, END_USER: NO},
    AGENT: {OWNER: NO, ADMIN: NO, AUDITOR: NO, AGENT: NO, END_USER: NO},
    END_USER: {OWNER: NO, ADMIN: NO, AUDITOR: NO, AGENT: NO, END_USER: NO},
}
AN_AGENT_MAY = {
    TakeoverAct.CODE,
    TakeoverAct.RESET,
    TakeoverAct.ACCESS_PASS,
    TakeoverAct.END_WAIT,
    TakeoverAct.LET_IN,
}
EVERY_PAIR = list(product(Role, Role))


@pytest.mark.parametrize("act", TakeoverAct)
@pytest.mark.parametrize(("actor", "target"), EVERY_PAIR)
@pytest.mark.parametrize("agent_may_help", [False, True])
@pytest.mark.parametrize("recent", [False, True])
def test_who_may_help_whom(actor: Role, target: Role, act: TakeoverAct, agent_may_help: bool, recent: bool) -> None:
    expected = HELP[actor][target]
    if actor is AGENT and target is END_USER and agent_may_help and act in AN_AGENT_MAY:
        expected = ALONE
    if expected == ALONE and recent:
        expected = SECOND
    assert expected == may_help(
        actor=actor,
        target=target,
        is_self=False,
        act=act,
        agent_may_help=agent_may_help,
        recent_other_act_by_actor=recent,
        other_active_owners=1,
    )


@pytest.mark.parametrize("act", TakeoverAct)
@pytest.mark.parametrize("role", Role)
def test_nobody_helps_themselves(role: Role, act: TakeoverAct) -> None:
    assert may_help(actor=role, target=role, is_self=True, act=act, agent_may_help=True) == ONESELF


@pytest.mark.parametrize("act", TakeoverAct)
def test_the_only_owner_is_never_exempted(act: TakeoverAct) -> None:
    expected = ONLY_OWNER if act is TakeoverAct.EXEMPT else SECOND_AND_WAIT
    assert may_help(actor=ADMIN, target=OWNER, is_self=False, act=act) == expected


def test_an_owner_who_exempts_an_owner_is_the_other_one() -> None:
    assert may_help(actor=OWNER, target=OWNER, is_self=False, act=TakeoverAct.EXEMPT) == ALONE


@pytest.mark.parametrize(("is_asker", "is_target"), list(product([False, True], repeat=2)))
@pytest.mark.parametrize("approver", Role)
def test_an_approver_is_neither_asker_nor_target(approver: Role, is_asker: bool, is_target: bool) -> None:
    expected = approver in (OWNER, ADMIN) and not is_asker and not is_target
    assert may_approve(approver=approver, is_asker=is_asker, is_target=is_target) == expected


RANKS = [END_USER, AGENT, AUDITOR, ADMIN, OWNER]


@pytest.mark.parametrize(("old", "new"), EVERY_PAIR)
@pytest.mark.parametrize("actor", Role)
def test_the_higher_of_two_roles_decides_who_may_change_it(actor: Role, old: Role, new: Role) -> None:
    higher = max(old, new, key=RANKS.index)
    assert may_set_role(actor=actor, is_self=False, old=old, new=new, other_active_owners=1) == HELP[actor][higher]


@pytest.mark.parametrize(("role", "new"), EVERY_PAIR)
def test_one_may_lower_oneself_and_not_raise_oneself(role: Role, new: Role) -> None:
    if role in (AUDITOR, AGENT, END_USER):
        expected = NO
    elif RANKS.index(new) > RANKS.index(role):
        expected = ONESELF
    else:
        expected = ALONE
    assert may_set_role(actor=role, is_self=True, old=role, new=new, other_active_owners=1) == expected


@pytest.mark.parametrize("new", [ADMIN, AUDITOR, AGENT, END_USER])
@pytest.mark.parametrize(("actor", "is_self"), [(OWNER, True), (ADMIN, False)])
def test_the_only_owner_is_never_demoted(actor: Role, is_self: bool, new: Role) -> None:
    assert may_set_role(actor=actor, is_self=is_self, old=OWNER, new=new, other_active_owners=0) == ONLY_OWNER


def test_the_only_owner_may_stay_owner() -> None:
    assert may_set_role(actor=OWNER, is_self=True, old=OWNER, new=OWNER, other_active_owners=0) == ALONE


@pytest.mark.parametrize(("actor", "target"), EVERY_PAIR)
def test_suspending_can_be_taken_back_so_one_admin_stops_another(actor: Role, target: Role) -> None:
    expected = ALONE if actor is ADMIN and target is ADMIN else HELP[actor][target]
    assert may_suspend(actor=actor, target=target, is_self=False, other_active_owners=1) == expected


@pytest.mark.parametrize(("actor", "target"), EVERY_PAIR)
def test_removing_is_as_hard_as_taking_over(actor: Role, target: Role) -> None:
    assert may_remove(actor=actor, target=target, is_self=False, other_active_owners=1) == HELP[actor][target]


@pytest.mark.parametrize("actor", [OWNER, ADMIN])
def test_the_only_owner_is_never_suspended_or_removed(actor: Role) -> None:
    assert may_suspend(actor=actor, target=OWNER, is_self=False, other_active_owners=0) == ONLY_OWNER
    assert may_remove(actor=actor, target=OWNER, is_self=False, other_active_owners=0) == ONLY_OWNER


@pytest.mark.parametrize("role", Role)
def test_nobody_suspends_or_removes_themselves(role: Role) -> None:
    assert may_suspend(actor=role, target=role, is_self=True, other_active_owners=1) == ONESELF
    assert may_remove(actor=role, target=role, is_self=True, other_active_owners=1) == ONESELF


@pytest.mark.parametrize(("role", "permission"), list(product(Role, Permission)))
def test_what_each_role_may_do(role: Role, permission: Permission) -> None:
    match permission:
        case Permission.EDIT_MAIL | Permission.EDIT_AUDIT:
            who: tuple[Role, ...] = (OWNER,)
        case Permission.SEE_AUDIT | Permission.MAKE_REPORTS:
            who = (OWNER, ADMIN, AUDITOR)
        case _:
            who = (OWNER, ADMIN)
    assert has_permission(role, permission) == (role in who)
    assert may_read(role, permission) == (role is AUDITOR or role in who)


@pytest.mark.parametrize(
    ("role", "audience"),
    [
        (OWNER, Audience.TEAM),
        (ADMIN, Audience.TEAM),
        (AUDITOR, Audience.TEAM),
        (AGENT, Audience.TEAM),
        (END_USER, Audience.END_USERS),
    ],
)
def test_every_role_belongs_to_one_audience(role: Role, audience: Audience) -> None:
    assert audience_of(role) is audience
