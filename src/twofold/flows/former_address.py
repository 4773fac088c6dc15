"""The address that somebody had until a while ago, which can undo what a thief did with a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.flows.person_change import ROUNDS

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

LANE: Final = "former_address"
"""Where it stands whose a former address was, under a keyed digest of it."""

FREEZES_FOR: Final = timedelta(hours=72)
"""How long the former mailbox can stop a change of address, and freezing undoes a first enrolment."""


def still_counts(person: Subscriber, at: datetime) -> bool:
    """Tell whether the former address could still object at `at`."""
    changed_at = person.email_changed_at
    return bool(person.former_email) and changed_at is not None and at < changed_at + FREEZES_FOR


def mailbox_for_reset(person: Subscriber) -> str:
    """Return where a link for a new password is sent.

    Somebody who froze the sign-in while the former address still counted gets it there: whoever
    changed the address holds the new mailbox, and would undo the freezing with it.
    """
    if person.frozen_at is not None and still_counts(person, person.frozen_at):
        return person.former_email
    return person.email


def remember(services: Services, account: AccountId, person: Subscriber) -> None:
    """Note whose the former address was, in the caller's transaction: its mailbox may ask for a link again."""
    subject = services.digests.keyed(LANE, person.former_email)
    for _ in range(ROUNDS):
        _, version = services.counters.load(account, LANE, subject)
        if services.counters.replace(account, LANE, subject, {"person": person.id}, version=version):
            return


def still_belongs_to(services: Services, account: AccountId, email: str, *, now: datetime) -> Subscriber | None:
    """Return whose former address this is while they can still have it back; the same two rows for every address."""
    person = _noted(services, account, email)
    if person is None or email != person.former_email:
        return None
    return person if still_counts(person, now) or mailbox_for_reset(person) == email else None


def _noted(services: Services, account: AccountId, email: str) -> Subscriber | None:
    value, _ = services.counters.load(account, LANE, services.digests.keyed(LANE, email))
    noted = value.get("person")
    return services.people.by_id(account, PersonId(noted if isinstance(noted, str) else ""))


def owner_of(services: Services, account: AccountId, email: str) -> Subscriber | None:
    """Return who froze the sign-in from this former address and has not set a new password since.

    The same two rows are asked for whatever the address, so that asking tells nothing.
    """
    person = _noted(services, account, email)
    if person is None or email == person.email or mailbox_for_reset(person) != email:
        return None
    return person
