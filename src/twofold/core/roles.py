"""Who may do what, and to whom: the table "Who may help whom" of the rules, in code.

A takeover act is one that could hand somebody's sign-in to somebody else. The answer is always one of `Alone`,
`NeedsApproval` or `Refused`; being signed in, freshly proved and active is judged elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final, TypeAlias

OWNER_MAY_STOP_FOR = timedelta(hours=24)
"""How long an owner can stop from a mail what two admins want to do to them."""
OTHER_ACT_WITHIN = timedelta(hours=72)
"""An address or password act and a factor act by one helper on one person this close together need a second helper."""
AGENT_HELPS_A_DAY = 10
"""How often an agent who "may help end users sign in" may do so in 24 hours."""


class Role(StrEnum):
    """What somebody is in an account; stored, never renamed."""

    OWNER = "owner"
    ADMIN = "admin"
    AUDITOR = "auditor"
    """Reads everything in Admin Center and changes nothing."""
    AGENT = "agent"
    END_USER = "end_user"


class Audience(StrEnum):
    """The two groups that policy speaks of."""

    TEAM = "team"
    END_USERS = "end_users"


class Permission(StrEnum):
    """What a page of Admin Center asks for."""

    SEE_ADMIN_CENTER = "see_admin_center"
    EDIT_POLICY = "edit_policy"
    EDIT_PEOPLE = "edit_people"
    EDIT_APPEARANCE = "edit_appearance"
    EDIT_MAIL = "edit_mail"
    """Owners alone: whoever names who sends mail and texts reads every link and code, an owner's among them."""
    SEE_AUDIT = "see_audit"
    """Reading the audit log, and taking it out as a file."""
    EDIT_AUDIT = "edit_audit"
    """Owners alone: how long the audit log is kept."""
    MAKE_REPORTS = "make_reports"


class TakeoverAct(StrEnum):
    """The acts that could hand a sign-in to somebody else."""

    CODE = "code"
    RESET = "reset"
    ACCESS_PASS = "access_pass"  # noqa: S105 -- the name of an act, not a secret
    END_WAIT = "end_wait"
    LET_IN = "let_in"
    """Set-up may wait a little longer, for somebody who was never set up."""
    EXEMPT = "exempt"
    SET_PASSWORD = "set_password"  # noqa: S105 -- the name of an act, not a secret
    CHANGE_ADDRESS = "change_address"
    RAISE_ROLE = "raise_role"


class Barrier(StrEnum):
    """Why an act is refused whoever approves it."""

    ONESELF = "oneself"
    ROLE = "role"
    ONLY_OWNER = "only_owner"
    """An account keeps at least one active owner, who cannot be demoted, suspended, removed or exempted."""


@dataclass(frozen=True, slots=True)
class Alone:
    """The helper may do it without asking anybody."""


@dataclass(frozen=True, slots=True)
class NeedsApproval:
    """So many others who pass `may_approve` must agree; then it takes effect after `wait`, unless it is stopped."""

    approvals: int
    wait: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """Nobody's approval makes this act possible for this helper."""

    because: Barrier


Helping: TypeAlias = Alone | NeedsApproval | Refused

_RANK = {Role.END_USER: 0, Role.AGENT: 1, Role.AUDITOR: 2, Role.ADMIN: 3, Role.OWNER: 4}
_HELPERS = frozenset({Role.OWNER, Role.ADMIN})
# What "help end users sign in" means: a way in for somebody whose password and address stay as they are.
_AGENT_ACTS = frozenset(
    {TakeoverAct.CODE, TakeoverAct.RESET, TakeoverAct.ACCESS_PASS, TakeoverAct.END_WAIT, TakeoverAct.LET_IN}
)
ADDRESS_ACTS: Final = frozenset({TakeoverAct.SET_PASSWORD, TakeoverAct.CHANGE_ADDRESS})
FACTOR_ACTS: Final = frozenset(TakeoverAct) - ADDRESS_ACTS - {TakeoverAct.RAISE_ROLE}
"""The two sorts that one helper must not join on one person: together they hand the whole sign-in over."""
_ALONE = Alone()
_SECOND_HELPER = NeedsApproval(approvals=1)
_SECOND_HELPER_AND_WAIT = NeedsApproval(approvals=1, wait=OWNER_MAY_STOP_FOR)
# What somebody who is no owner needs, by who it is done to.
_ADMIN_ON: Final[Mapping[Role, Alone | NeedsApproval]] = MappingProxyType(
    {
        Role.END_USER: _ALONE,
        Role.AGENT: _ALONE,
        # Nothing can be changed with an auditor's sign-in, so it is no harder to help than an agent's.
        Role.AUDITOR: _ALONE,
        Role.ADMIN: _SECOND_HELPER,
        Role.OWNER: _SECOND_HELPER_AND_WAIT,
    }
)
PERMISSIONS: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        Role.OWNER: frozenset(Permission),
        Role.ADMIN: frozenset(Permission) - {Permission.EDIT_MAIL, Permission.EDIT_AUDIT},
        Role.AUDITOR: frozenset({Permission.SEE_AUDIT, Permission.MAKE_REPORTS}),
        Role.AGENT: frozenset(),
        Role.END_USER: frozenset(),
    }
)


def audience_of(role: Role) -> Audience:
    """Return which of policy's two groups this role belongs to."""
    return Audience.END_USERS if role is Role.END_USER else Audience.TEAM


def has_permission(role: Role, permission: Permission) -> bool:
    """Say whether this role has this permission."""
    return permission in PERMISSIONS[role]


def may_read(role: Role, permission: Permission) -> bool:
    """Say whether this role may look at what the permission is about: whoever has it, and auditors always."""
    return role is Role.AUDITOR or has_permission(role, permission)


def may_help(
    *,
    actor: Role,
    target: Role,
    is_self: bool,
    act: TakeoverAct,
    agent_may_help: bool = False,
    recent_other_act_by_actor: bool = False,
    other_active_owners: int = 0,
) -> Helping:
    """Say whether `actor` may do `act` to `target`, alone or with approval.

    `recent_other_act_by_actor`: the same helper did an act of the other sort (address or password, against factor)
    to this person within OTHER_ACT_WITHIN. `other_active_owners` counts owners beside the target; left out, an owner
    counts as the only one. Raising a role goes through `may_set_role`, which knows the role that is given.
    """
    if is_self:
        return Refused(Barrier.ONESELF)
    agent_helps = actor is Role.AGENT and agent_may_help and target is Role.END_USER and act in _AGENT_ACTS
    if actor not in _HELPERS and not agent_helps:
        return Refused(Barrier.ROLE)
    # An owner who acts on an owner is that other active owner, whatever the caller counted.
    if act is TakeoverAct.EXEMPT and target is Role.OWNER and actor is not Role.OWNER and other_active_owners == 0:
        return Refused(Barrier.ONLY_OWNER)
    needed = _needed(actor, target)
    return _SECOND_HELPER if needed == _ALONE and recent_other_act_by_actor else needed


def may_approve(*, approver: Role, is_asker: bool, is_target: bool) -> bool:
    """Say whether somebody may approve an act: an owner or admin who neither asked for it nor is its target."""
    return approver in _HELPERS and not is_asker and not is_target


def may_set_role(*, actor: Role, is_self: bool, old: Role, new: Role, other_active_owners: int) -> Helping:
    """Say whether `actor` may change a role from `old` to `new`.

    The higher of the two roles decides, in both directions: otherwise an admin could make an accomplice owner, or
    lower another admin first and then help themselves to the agent who is left. One may lower oneself.
    """
    if actor not in _HELPERS:
        return Refused(Barrier.ROLE)
    raises = _RANK[new] > _RANK[old]
    if is_self and raises:
        return Refused(Barrier.ONESELF)
    if old is Role.OWNER and new is not Role.OWNER and other_active_owners == 0:
        return Refused(Barrier.ONLY_OWNER)
    return _ALONE if is_self else _needed(actor, new if raises else old)


def may_suspend(*, actor: Role, target: Role, is_self: bool, other_active_owners: int) -> Helping:
    """Say whether `actor` may suspend `target`, or end the suspension.

    One admin may suspend another at once, because it can be taken back and a stolen sign-in cannot wait.
    """
    refused = _barrier(actor, target, is_self=is_self, other_active_owners=other_active_owners)
    if refused is not None:
        return refused
    return _needed(actor, target) if target is Role.OWNER else _ALONE


def may_remove(*, actor: Role, target: Role, is_self: bool, other_active_owners: int) -> Helping:
    """Say whether `actor` may remove `target` for good: as hard as taking the sign-in over."""
    refused = _barrier(actor, target, is_self=is_self, other_active_owners=other_active_owners)
    return _needed(actor, target) if refused is None else refused


def _barrier(actor: Role, target: Role, *, is_self: bool, other_active_owners: int) -> Refused | None:
    if is_self:
        return Refused(Barrier.ONESELF)
    if actor not in _HELPERS:
        return Refused(Barrier.ROLE)
    if target is Role.OWNER and other_active_owners == 0:
        return Refused(Barrier.ONLY_OWNER)
    return None


def _needed(actor: Role, target: Role) -> Alone | NeedsApproval:
    """Read the table for an actor who is owner or admin (or an agent who was let help an end user)."""
    return _ALONE if actor is Role.OWNER else _ADMIN_ON[target]
