"""What an admin does to people: roles, suspending, removing. Each is judged by "Who may help whom".

What needs another helper is asked for, with a reason; `approvals` says what becomes of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from twofold.core.helping import Act
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Alone, NeedsApproval, Refused, Role, TakeoverAct, may_help
from twofold.flows import approvals, journal, judged, people, prove, recent_acts, whom
from twofold.flows.approvals import Asked
from twofold.flows.carrying_out import carry_out
from twofold.flows.doing import Doing, Given
from twofold.flows.inviting import may_give
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.people import Added, BadDetails
from twofold.flows.person_change import alone_with

if TYPE_CHECKING:
    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

ChangeOutcome = Done | Asked | Gone | Barred | NeedsProof | Conflict | Refuse


def set_role(services: Services, visit: Visit, me: SignedIn, person_id: PersonId, role: Role) -> ChangeOutcome:
    """Give somebody another role; it applies at once, and all their sessions end."""
    return _change(services, visit, me, person_id, Act.SET_ROLE, {"role": role.value})


def suspend(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Shut somebody out at once: sessions, unfinished sign-ins, trust and links end."""
    return _change(services, visit, me, person_id, Act.SUSPEND, {})


def end_suspension(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Let somebody sign in again. Nothing that ended comes back."""
    return _change(services, visit, me, person_id, Act.END_SUSPENSION, {})


def end_sessions(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Sign somebody out everywhere; their trusted devices are asked for a passcode again."""
    return _change(services, visit, me, person_id, Act.END_SESSIONS, {})


def remove(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> ChangeOutcome:
    """Erase somebody with all that belongs to them; the audit log keeps the id alone.

    The last mail to them says so.
    """
    return _change(services, visit, me, person_id, Act.REMOVE, {})


def ask(
    services: Services,
    visit: Visit,
    me: SignedIn,
    person_id: PersonId,
    act: Act,
    role: Role | None,
    *,
    reason: str,
) -> ChangeOutcome:
    """Ask another helper to agree to an act on somebody; what needs nobody is done at once."""
    detail: JsonObject = {"role": role.value} if role is not None else {}
    return _change(services, visit, me, person_id, act, detail, reason=reason)


@dataclass(frozen=True, slots=True)
class AddedAndAsked:
    """Somebody was added as an agent, and another helper is asked to agree to the role that was meant.

    `asked` is None where the request could not be filed: they are an agent, and nobody was asked.
    """

    person: Subscriber
    asked: Asked | None


def add_and_ask(
    services: Services, visit: Visit, me: SignedIn, *, email: str, name: str, role: Role, invite: bool, reason: str
) -> AddedAndAsked | Added | BadDetails | ChangeOutcome:
    """Add somebody whose role this admin may not give alone: as an agent, with a request for that role.

    Both are written in one transaction. A role that needs nobody is given at once.
    """
    if not isinstance(may_give(me.person.role, role), NeedsApproval):
        return people.add(services, visit, me, email=email, name=name, role=role, invite=invite)
    if not reason:
        return Barred(may_give(me.person.role, role))
    with services.transactions.begin():
        added = people.add(services, visit, me, email=email, name=name, role=Role.AGENT, invite=invite)
        if not isinstance(added, Added):
            return added
        outcome = ask(services, visit, me, added.person.id, Act.SET_ROLE, role, reason=reason)
    return AddedAndAsked(person=added.person, asked=outcome if isinstance(outcome, Asked) else None)


def let_help(services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, on: bool) -> ChangeOutcome:
    """Let an agent help end users sign in, or no longer. It is as hard as helping that agent."""
    person = whom.to_change(services, visit, me, person_id)
    if isinstance(person, Gone | Refuse):
        return person
    if person.role is not Role.AGENT:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    helping = may_help(
        actor=me.person.role, target=person.role, is_self=person.id == me.person.id, act=TakeoverAct.RAISE_ROLE
    )
    if helping != Alone():
        return Barred(helping)
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    if (person.helps_since is not None) == on:
        return Done()
    now = services.clock.now()
    with services.transactions.begin():
        if not services.people.replace(visit.account.id, person, replace(person, helps_since=now if on else None)):
            return Conflict()
        journal.record(
            services,
            visit,
            "help.right_given" if on else "help.right_taken",
            now=now,
            person=person.id,
            actor=me.person.id,
        )
        journal.tell(
            services, visit.account, person, "help_right", {"by": me.person.name or me.person.email, "on": on}, now=now
        )
    return Done()


def _change(
    services: Services,
    visit: Visit,
    me: SignedIn,
    person_id: PersonId,
    act: Act,
    detail: JsonObject,
    *,
    reason: str = "",
) -> ChangeOutcome:
    """Judge by permission, by the table and by fresh proof; then do it, or ask for it."""
    person = whom.to_change(services, visit, me, person_id)
    if isinstance(person, Gone | Refuse):
        return person
    now = services.clock.now()
    helping = judged.judge(services, visit, me.person, person, act, detail, now=now)
    # Whoever asks another helper says why.
    if isinstance(helping, Refused) or (helping != Alone() and not reason):
        return Barred(helping)
    needed = prove.needed(services, visit, me)
    if needed is not None:
        return needed
    if _is_so(person, act, detail):
        return Done()
    doing = Doing(me=me, person=person, act=act, now=now, detail=detail, reason=reason)
    with services.transactions.begin():
        recent_acts.alone(services, visit.account.id, me.person.id)
        alone_with(services, visit.account.id, person_id)
        # What this helper did to them at the same moment counts as well.
        if judged.judge(services, visit, me.person, person, act, detail, now=now) != helping:
            return Conflict()
        if not isinstance(helping, Alone):
            return approvals.ask(services, visit, doing, helping)
        outcome = carry_out(services, visit, doing)
    return Done() if isinstance(outcome, Given) else outcome


def _is_so(person: Subscriber, act: Act, detail: JsonObject) -> bool:
    """Tell whether there is nothing to do."""
    match act:
        case Act.SET_ROLE:
            return person.role.value == detail["role"]
        case Act.SUSPEND:
            return person.suspended_at is not None
        case Act.END_SUSPENSION:
            return person.suspended_at is None
        case _:
            return False
