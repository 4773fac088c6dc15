"""A request for help as somebody sees it: what may be done about it today, and by whom. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.helping import Approval, State, allowed_from, may_do, was_allowed_from
from twofold.core.refusals import No, Refusal
from twofold.core.roles import NeedsApproval, Permission, has_permission, may_approve, may_read
from twofold.flows import judged
from twofold.flows.help_calls import COUNTED_MOST, PAGE_SIZE, OpenPage
from twofold.flows.outcomes import Gone, Refuse

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import HelpActId
    from twofold.core.roles import Helping
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.helping import HelpAct
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalView:
    """One request as somebody sees it: what may be done about it, and from when on it may be carried out.

    People are None when they were removed meanwhile. `needed` is what it needs today.
    """

    act: HelpAct
    person: Subscriber | None
    asker: Subscriber | None
    decider: Subscriber | None
    needed: Helping | None
    allowed_from: datetime | None
    may_approve: bool
    may_refuse: bool
    may_withdraw: bool
    may_do: bool
    is_open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRequest:
    """One open request in the list; whether it may be agreed to or done, its own page judges.

    People are None when they were removed meanwhile. `allowed_from` is set where it was agreed to: from when on.
    """

    act: HelpAct
    person: Subscriber | None
    asker: Subscriber | None
    allowed_from: datetime | None


def open_ones(services: Services, visit: Visit, me: SignedIn, *, after: str = "") -> OpenPage[OpenRequest]:
    """Return the open requests: what runs out last comes first. Nothing for agents and end users."""
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return OpenPage()
    account, now = visit.account.id, services.clock.now()
    page = services.help_acts.open_page(account, now=now, after=after, size=PAGE_SIZE)
    people = services.people.by_ids(account, (who for one in page.rows for who in (one.person_id, one.asked_by)))
    return OpenPage(
        rows=tuple(
            OpenRequest(
                act=one,
                person=people.get(one.person_id),
                asker=people.get(one.asked_by),
                allowed_from=was_allowed_from(one.ends_at) if one.state is State.APPROVED else None,
            )
            for one in page.rows
        ),
        after=page.after,
        count=services.help_acts.count_open(account, now=now, most=COUNTED_MOST + 1),
    )


def look(services: Services, visit: Visit, me: SignedIn, act_id: HelpActId) -> ApprovalView | Gone | Refuse:
    """Return one request."""
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    found = services.help_acts.by_id(visit.account.id, act_id)
    return Gone() if found is None else view_of(services, visit, me, found, now=services.clock.now())


def view_of(services: Services, visit: Visit, me: SignedIn, act: HelpAct, *, now: datetime) -> ApprovalView:
    """Return what somebody sees of a request at this moment."""
    account = visit.account.id
    person = services.people.by_id(account, act.person_id)
    asker = services.people.by_id(account, act.asked_by)
    decider = services.people.by_id(account, act.decided_by) if act.decided_by else None
    needed = None
    if person is not None and asker is not None and asker.suspended_at is None:
        needed = judged.judge(services, visit, asker, person, act.act, act.detail, now=now)
    approval = _approval(act, decider)
    is_open = act.state.is_open and now < act.ends_at
    is_asker, is_target = act.asked_by == me.person.id, act.person_id == me.person.id
    approves = may_approve(approver=me.person.role, is_asker=is_asker, is_target=is_target)
    stops = is_target and has_permission(me.person.role, Permission.EDIT_PEOPLE)
    return ApprovalView(
        act=act,
        person=person,
        asker=asker,
        decider=decider,
        needed=needed,
        allowed_from=allowed_from(needed, approval) if needed is not None else None,
        may_approve=is_open and act.state is State.ASKED and approves and isinstance(needed, NeedsApproval),
        may_refuse=is_open and (approves or stops),
        may_withdraw=is_open and is_asker,
        may_do=is_open and is_asker and needed is not None and may_do(needed, approval, now=now),
        is_open=is_open,
    )


def _approval(act: HelpAct, decider: Subscriber | None) -> Approval | None:
    """Return the yes that an act has; one by somebody who was suspended since counts no more."""
    if act.state is not State.APPROVED or decider is None or act.decided_at is None or decider.suspended_at is not None:
        return None
    return Approval(
        role=decider.role,
        is_asker=decider.id == act.asked_by,
        is_target=decider.id == act.person_id,
        at=act.decided_at,
    )
