"""The address that somebody had until a while ago, which can undo what a thief did with a new one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.ports.people import Subscriber

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
