"""Invitations: the link that lets somebody in who was added, mailed or handed over by an owner."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from twofold.core.links import Purpose
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Alone, Permission, Role, has_permission, may_set_role
from twofold.flows import journal, links, prove, whom
from twofold.flows.outcomes import Barred, Conflict, Done, Gone, NeedsProof, Refuse
from twofold.flows.person_change import alone_with
from twofold.flows.selected import Became, Line, Selected, few
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.core.roles import Helping
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

COPIED: Final = "copied"
"""In the detail of an invitation's link: it was handed over by an owner, so opening it proves no mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationLink:
    """A fresh invitation link, to be shown once; every earlier one is void."""

    person: Subscriber
    url: str = field(repr=False)


def invite_again(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId
) -> Done | Gone | Barred | NeedsProof | Conflict | Refuse:
    """Mail a new invitation to somebody who never signed in; the earlier one is void."""
    made = _open_invitation(services, visit, me, person_id)
    if not isinstance(made, Subscriber):
        return made
    now = services.clock.now()
    with services.transactions.begin():
        alone_with(services, visit.account.id, person_id)
        return Done() if _invite(services, visit, me.person, made, now=now) else Conflict()


def invite_selected(
    services: Services, visit: Visit, me: SignedIn, ids: Sequence[PersonId]
) -> Selected | NeedsProof | Refuse:
    """Mail a new invitation to each of those selected who never signed in; the earlier ones are void."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    now = services.clock.now()
    with services.transactions.begin():
        alone_with(services, visit.account.id, *few(ids))
        return Selected(tuple(_invite_one(services, visit, me, one, now=now) for one in few(ids)))


def _invite_one(services: Services, visit: Visit, me: SignedIn, person_id: PersonId, *, now: datetime) -> Line:
    person = services.people.by_id(visit.account.id, person_id)
    became = _why_not(me.person.role, person)
    if person is None or became is not None:
        return Line(person_id, person, became or Became.GONE)
    is_done = _invite(services, visit, me.person, person, now=now)
    return Line(person_id, person, Became.DONE if is_done else Became.CHANGED_MEANWHILE)


def invite_first(services: Services, visit: Visit, actor: Subscriber, person_id: PersonId, *, now: datetime) -> bool:
    """Invite somebody who never was, in the caller's transaction; False: there is nothing to invite them to by now."""
    person = services.people.by_id(visit.account.id, person_id)
    if person is None or person.invited_at is not None or _why_not(actor.role, person) is not None:
        return False
    return _invite(services, visit, actor, person, now=now)


def _invite(services: Services, visit: Visit, actor: Subscriber, person: Subscriber, *, now: datetime) -> bool:
    """Mail it and record it, in the caller's transaction; False: they were changed meanwhile, and nothing was."""
    if not services.people.replace(visit.account.id, person, replace(person, invited_at=now)):
        return False
    mail_invitation(services, visit.account, person, by=actor.name, now=now)
    journal.record(services, visit, "person.invited", now=now, person=person.id, actor=actor.id)
    return True


def _why_not(actor: Role, person: Subscriber | None) -> Became | None:
    if person is None:
        return Became.GONE
    if person.suspended_at is not None:
        return Became.SUSPENDED
    if not has_never_signed_in(person):
        return Became.HAS_SIGNED_IN
    return None if may_give(actor, person.role) == Alone() else Became.NOT_ALONE


def copy_invitation(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId
) -> InvitationLink | Gone | Barred | NeedsProof | Refuse | Conflict:
    """Make an invitation link to be handed over by hand: for owners, while mail does not arrive."""
    if me.person.role is not Role.OWNER:
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    made = _open_invitation(services, visit, me, person_id)
    if not isinstance(made, Subscriber):
        return made
    now = services.clock.now()
    with services.transactions.begin():
        alone_with(services, visit.account.id, person_id)
        url = _new_link(services, visit.account, made, now=now, copied=True)
        journal.record(services, visit, "person.invitation_link_copied", now=now, person=made.id, actor=me.person.id)
    return InvitationLink(person=made, url=url)


def has_never_signed_in(person: Subscriber) -> bool:
    """Tell whether an invitation still makes sense: no password, no sign-in, not suspended."""
    return person.last_sign_in_at is None and person.password is None and person.suspended_at is None


def may_give(actor: Role, role: Role) -> Helping:
    """Say whether somebody of this role may bring in people with that one, and how many must agree."""
    # An end user is what anybody could be; the rest is raised from there.
    return may_set_role(actor=actor, is_self=False, old=Role.END_USER, new=role, other_active_owners=0)


def mail_invitation(services: Services, account: Account, person: Subscriber, *, by: str, now: datetime) -> None:
    """Put an invitation from `by` into the outbox, in the present transaction; every earlier link is void."""
    url = _new_link(services, account, person, now=now)
    journal.tell(services, account, person, "invitation", {"url": url, "by": by}, now=now)


def _open_invitation(
    services: Services, visit: Visit, me: SignedIn, person_id: PersonId
) -> Subscriber | Gone | Barred | NeedsProof | Refuse:
    person = whom.to_change(services, visit, me, person_id)
    if isinstance(person, Gone | Refuse):
        return person
    if not has_never_signed_in(person):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    helping = may_give(me.person.role, person.role)
    if helping != Alone():
        return Barred(helping)
    return prove.needed(services, visit, me) or person


def _new_link(services: Services, account: Account, person: Subscriber, *, now: datetime, copied: bool = False) -> str:
    services.links.end(account.id, person.id, at=now, purposes=(Purpose.INVITATION.value,))
    detail: JsonObject = {COPIED: True} if copied else {}
    return links.make(services, account, Purpose.INVITATION, person.id, now=now, detail=detail)
