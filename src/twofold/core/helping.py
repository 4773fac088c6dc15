"""Helping somebody sign in: three questions, the act that answers them, and when another helper's yes is enough.

Who may do which act to whom is `core.roles`; this is what happens between asking and doing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from twofold.core.roles import (
    ADDRESS_ACTS,
    AGENT_HELPS_A_DAY,
    FACTOR_ACTS,
    Alone,
    Helping,
    NeedsApproval,
    Role,
    TakeoverAct,
    may_approve,
    may_help,
    may_remove,
    may_set_role,
    may_suspend,
)
from twofold.core.throttle import Window

CODE_LIVES: Final = timedelta(hours=24)
PASS_LIVES: Final = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=4), timedelta(hours=24))
"""Between which a helper chooses; the second is what is proposed."""
LET_IN_FOR: Final = (timedelta(hours=4), timedelta(days=1), timedelta(days=3))
"""How long set-up may wait for somebody who was never set up; the second is what is proposed."""
LET_IN_MOST: Final = 2
"""How often one person is let in before they are set up."""
ASKED_FOR: Final = timedelta(hours=72)
"""How long a request waits for another helper: over a weekend."""
DONE_WITHIN: Final = timedelta(hours=24)
"""How long whoever asked may take to do what was agreed to, from the moment on when it may be done."""
CALL_LIVES: Final = timedelta(hours=24)
"""How long a call for help is listed."""
WORDS_LIVE: Final = timedelta(minutes=15)
WORDS_TRIES: Final = 5
_DAY: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The numbers that an operator may set: how long a code from a helper works, and how often things may happen.

    `calls` are those of one person, `call_mails` what is mailed about calls of one audience, `agents` what one agent
    who may help does. After each of `reminders` those who may agree to a request are reminded of it.
    """

    code_lives: timedelta = CODE_LIVES
    calls: tuple[Window, ...] = (Window(3, timedelta(hours=1)), Window(6, _DAY))
    call_mails: tuple[Window, ...] = (Window(20, timedelta(hours=1)),)
    agents: tuple[Window, ...] = (Window(AGENT_HELPS_A_DAY, _DAY),)
    reminders: tuple[timedelta, ...] = (timedelta(hours=4), timedelta(hours=20))


DEFAULTS: Final = Limits()


class Act(StrEnum):
    """What one person does to another's sign-in. Stored, never renamed."""

    CODE = "code"
    RESET = "reset"
    ACCESS_PASS = "access_pass"  # noqa: S105 -- the name of an act, not a secret
    END_WAIT = "end_wait"
    LET_IN = "let_in"
    SET_ROLE = "set_role"
    """`role` names the new one."""
    SUSPEND = "suspend"
    END_SUSPENSION = "end_suspension"
    END_SESSIONS = "end_sessions"
    REMOVE = "remove"
    EXEMPT = "exempt"
    """From what is required, until a day and for a reason."""
    SET_PASSWORD = "set_password"  # noqa: S105 -- the name of an act, not a secret
    """Where the account lets helpers do that at all (core/password_rules.py)."""
    CHANGE_ADDRESS = "change_address"
    """Proposed, that is: a new address counts once it was confirmed from its own mailbox."""

    @property
    def takeover(self) -> TakeoverAct | None:
        """The takeover act that this is; None for one that opens nothing."""
        return _TAKEOVERS.get(self)


_TAKEOVERS: Final[Mapping[Act, TakeoverAct]] = MappingProxyType(
    {
        Act.CODE: TakeoverAct.CODE,
        Act.RESET: TakeoverAct.RESET,
        Act.ACCESS_PASS: TakeoverAct.ACCESS_PASS,
        Act.END_WAIT: TakeoverAct.END_WAIT,
        Act.LET_IN: TakeoverAct.LET_IN,
        Act.EXEMPT: TakeoverAct.EXEMPT,
        Act.SET_PASSWORD: TakeoverAct.SET_PASSWORD,
        Act.CHANGE_ADDRESS: TakeoverAct.CHANGE_ADDRESS,
    }
)


class What(StrEnum):
    """The first question: what happened. Stored in the audit log."""

    ELSEWHERE = "elsewhere"
    """What they sign in with is not at hand today."""
    LOST = "lost"
    """It is lost, broken or new."""
    CODES_GONE = "codes_gone"
    """The recovery codes are used up or lost, and the rest is not at hand."""
    WAITING = "waiting"
    """Too many wrong codes: sign-in waits."""
    NO_MAIL = "no_mail"
    """They are to set up, and cannot read the mail that opens it."""
    NEW_BROWSER = "new_browser"
    """They are asked for a mailed code on a new browser, and cannot read it."""
    NOT_TODAY = "not_today"
    """They were never set up, and cannot do it now."""


ACT_FOR: Final[Mapping[What, Act]] = MappingProxyType(
    {
        What.ELSEWHERE: Act.CODE,
        What.LOST: Act.RESET,
        What.CODES_GONE: Act.CODE,
        What.WAITING: Act.END_WAIT,
        What.NO_MAIL: Act.ACCESS_PASS,
        What.NEW_BROWSER: Act.CODE,
        What.NOT_TODAY: Act.LET_IN,
    }
)


class Check(StrEnum):
    """The second question: how the helper knows who it is. Stored in the audit log."""

    IN_PERSON = "in_person"
    VIDEO = "video"
    CALLED_BACK = "called_back"
    """On a number that was known before."""
    VOUCHED = "vouched"
    """By somebody who is named."""
    FOUR_WORDS = "four_words"
    """Sent to something on file that is not the lost thing, read back and typed in."""


class State(StrEnum):
    """Where an act stands. Stored, never renamed."""

    ASKED = "asked"
    APPROVED = "approved"
    """Another helper agreed: whoever asked may do it, once a waiting period is over."""
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    STOPPED = "stopped"
    """By the person it was to be done to."""
    DONE = "done"

    @property
    def is_open(self) -> bool:
        """Whether it may still be done."""
        return self in (State.ASKED, State.APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Who does it to whom, as far as the table asks.

    `owners_beside` counts the active owners beside the target; `helps` tells of an agent who may help end users;
    `recent` are the takeover acts of this helper on this person within OTHER_ACT_WITHIN; `frees`: less is asked of
    them in the role that SET_ROLE gives.
    """

    actor: Role
    target: Role
    is_self: bool
    owners_beside: int
    helps: bool = False
    recent: frozenset[TakeoverAct] = frozenset()
    frees: bool = False


def judge(act: Act, pair: Pair, *, role: Role | None = None) -> Helping:
    """Say whether this may be done, alone or with approval; `role` is the one that SET_ROLE gives."""
    takeover = act.takeover
    if takeover is not None:
        return may_help(
            actor=pair.actor,
            target=pair.target,
            is_self=pair.is_self,
            act=takeover,
            agent_may_help=pair.helps,
            recent_other_act_by_actor=is_other_sort(takeover, pair.recent),
            other_active_owners=pair.owners_beside,
        )
    if act is Act.SET_ROLE:
        if role is None:
            raise ValueError("a role is given")
        needed = may_set_role(
            actor=pair.actor,
            is_self=pair.is_self,
            old=pair.target,
            new=role,
            other_active_owners=pair.owners_beside,
        )
        # A role of which less is asked is as much as an exemption.
        joins = pair.frees and is_other_sort(TakeoverAct.EXEMPT, pair.recent)
        return NeedsApproval(approvals=1) if joins and needed == Alone() else needed
    of_people = may_remove if act is Act.REMOVE else may_suspend
    return of_people(actor=pair.actor, target=pair.target, is_self=pair.is_self, other_active_owners=pair.owners_beside)


def is_other_sort(act: TakeoverAct, recent: frozenset[TakeoverAct]) -> bool:
    """Say whether one of `recent` is of the sort that must not meet this act on one person by the same helper."""
    if act in FACTOR_ACTS:
        return bool(recent & ADDRESS_ACTS)
    return act in ADDRESS_ACTS and bool(recent & FACTOR_ACTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """One helper's yes, judged by who they are now. `is_asker` and `is_target` tell of the approver."""

    role: Role
    is_asker: bool
    is_target: bool
    at: datetime


def allowed_from(needed: Helping, approval: Approval | None) -> datetime | None:
    """Return from when on an act that needs this may be done with this approval; None: not at all.

    An owner's yes spares the waiting period, because an owner could have done it alone.
    """
    if not isinstance(needed, NeedsApproval) or approval is None:
        return None
    if not may_approve(approver=approval.role, is_asker=approval.is_asker, is_target=approval.is_target):
        return None
    if needed.wait is None or approval.role is Role.OWNER:
        return approval.at
    return approval.at + needed.wait


def runs_out(allowed_from: datetime) -> datetime:
    """Return when an act that was agreed to runs out, which may be done from then on."""
    return allowed_from + DONE_WITHIN


def was_allowed_from(runs_out: datetime) -> datetime:
    """Return from when on an act that was agreed to may be done, which runs out then: `runs_out` backwards."""
    return runs_out - DONE_WITHIN


def may_do(needed: Helping, approval: Approval | None, *, now: datetime) -> bool:
    """Say whether an act that needs this may be done now."""
    if needed == Alone():
        return True
    since = allowed_from(needed, approval)
    return since is not None and since <= now


def channels_for(what: What, *, mail_is_known: bool, holds_number: bool) -> tuple[str, ...]:
    """Return over what four words may be sent: never over what is lost or elsewhere.

    `mail_is_known`: the address on file was proved, and nothing new of it or the password came out of the mailbox
    itself; `holds_number`: texts go to a number that was proved.
    """
    by_mail = ("email",) if mail_is_known and what not in (What.NO_MAIL, What.NEW_BROWSER) else ()
    # Whoever has no phone at hand reads no texts.
    by_text = ("sms",) if holds_number and what not in (What.ELSEWHERE, What.LOST, What.CODES_GONE) else ()
    return by_mail + by_text
