"""Setting somebody else's password: off unless the account lets helpers do it, judged like every takeover act, mailed.

Where another helper has to agree, the request holds no password: whoever asked types it once they may.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core.helping import Act, State
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Alone, NeedsApproval, Permission, Refused, has_permission
from twofold.flows import approval_view, approvals, judged, password, password_rules, recent_acts
from twofold.flows.approvals import Asked
from twofold.flows.carrying_out import carry_out
from twofold.flows.doing import Doing, Given
from twofold.flows.judged import HoldsNothing
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.password import Unfit
from twofold.flows.person_change import hold_still
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.roles import Helping
    from twofold.flows.approval_view import ApprovalView
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

SetOutcome = Done | Asked | Unfit | Gone | Barred | HoldsNothing | NeedsProof | Conflict | Refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPasswordView:
    """What the page shows: `may_set` now, or first ask another helper, or wait for what was asked."""

    person: Subscriber
    needed: Helping
    may_set: bool
    has_asked: bool


def is_offered(services: Services, visit: Visit, me: SignedIn, person: Subscriber) -> bool:
    """Tell whether the person's page leads here: where the account allows it, and the table does."""
    judged_so = _judge(services, visit, me, person, now=services.clock.now())
    return judged_so is not None and not isinstance(judged_so, Refused)


def look(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> SetPasswordView | Gone | Refuse:
    """Return what the page shows; refused where this helper may not do it to this person at all. Writes nothing."""
    person = services.people.by_id(visit.account.id, person_id)
    if person is None:
        return Gone()
    needed = _judge(services, visit, me, person, now=services.clock.now())
    if needed is None or isinstance(needed, Refused):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    asked = _asked(services, visit, me, person)
    return SetPasswordView(
        person=person,
        needed=needed,
        may_set=needed == Alone() or (asked is not None and asked.may_do),
        has_asked=asked is not None,
    )


def ask(services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, reason: str) -> SetOutcome:
    """Ask another helper to agree."""
    view = look(services, visit, me, person_id)
    if not isinstance(view, SetPasswordView):
        return view
    if not isinstance(view.needed, NeedsApproval) or not reason:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    barred = judged.barred(services, visit, me, Act.SET_PASSWORD)
    if barred is not None:
        return barred
    doing = Doing(me=me, person=view.person, act=Act.SET_PASSWORD, now=services.clock.now(), reason=reason)
    with services.transactions.begin():
        # Of two presses at once the second finds what the first asked for.
        recent_acts.alone(services, visit.account.id, me.person.id)
        return approvals.ask(services, visit, doing, view.needed)


def set_password(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, new_password: str, reason: str
) -> SetOutcome:
    """Set the password, alone or after another helper agreed; the person is mailed and signed out everywhere."""
    view = look(services, visit, me, person_id)
    if not isinstance(view, SetPasswordView):
        return view
    if not view.may_set:
        return Barred(view.needed)
    barred = judged.barred(services, visit, me, Act.SET_PASSWORD)
    if barred is not None:
        return barred
    account = visit.account.id
    stored = password.hashed(services, account, new_password, email=view.person.email, name=view.person.name)
    if not isinstance(stored, str):
        return stored
    now = services.clock.now()
    asked = _asked(services, visit, me, view.person) if view.needed != Alone() else None
    with services.transactions.begin():
        recent_acts.alone(services, visit.account.id, me.person.id)
        person = hold_still(services, account, person_id)
        if not isinstance(person, Subscriber):
            return person
        doing = Doing(me=me, person=person, act=Act.SET_PASSWORD, now=now, reason=reason, stored=stored)
        # What was read before hashing may have changed: the table is read once more, as everybody stands now.
        if _judge(services, visit, me, person, now=now) != view.needed:
            return Conflict()
        if asked is not None:
            # So may whoever agreed.
            asked = _asked(services, visit, me, person)
            if asked is None:
                return Conflict()
            done = replace(asked.act, state=State.DONE, done_at=now, ends_at=now)
            if not asked.may_do or not services.help_acts.replace(account, asked.act, done):
                return Conflict()
            doing = replace(doing, reason=asked.act.reason, approved_by=asked.act.decided_by)
        else:
            approvals.note_done(services, visit, doing)
        outcome = carry_out(services, visit, doing)
    return Done() if isinstance(outcome, Given) else outcome


def _judge(services: Services, visit: Visit, me: SignedIn, person: Subscriber, *, now: datetime) -> Helping | None:
    """Read the table; None: the account does not let helpers set passwords, or this role edits no people."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return None
    if not password_rules.of(services, visit.account.id).admins_set:
        return None
    return judged.judge(services, visit, me.person, person, Act.SET_PASSWORD, {}, now=now)


def _asked(services: Services, visit: Visit, me: SignedIn, person: Subscriber) -> ApprovalView | None:
    """Return the open request of this helper to set this person's password."""
    now = services.clock.now()
    for one in services.help_acts.open_about(visit.account.id, person.id, now=now):
        if (one.act, one.asked_by) == (Act.SET_PASSWORD, me.person.id):
            return approval_view.view_of(services, visit, me, one, now=now)
    return None
