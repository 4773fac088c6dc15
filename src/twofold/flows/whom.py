"""The person whom somebody of Admin Center looks at or does something about: the same two gates everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission, may_read
from twofold.flows.outcomes import Gone, Refuse

if TYPE_CHECKING:
    from twofold.core.ids import PersonId
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


def to_read(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> Subscriber | Gone | Refuse:
    """Return whom to look at; refused with NOT_ALLOWED to agents and end users."""
    if not may_read(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    return services.people.by_id(visit.account.id, person_id) or Gone()


def to_change(services: Services, visit: Visit, me: SignedIn, person_id: PersonId) -> Subscriber | Gone | Refuse:
    """Return whom to do something about; refused with NOT_ALLOWED to whoever is no admin. The table comes after."""
    if not has_permission(me.person.role, Permission.EDIT_PEOPLE):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    return services.people.by_id(visit.account.id, person_id) or Gone()
