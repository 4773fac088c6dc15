"""Changing one person's row by compare-and-set, in the caller's transaction, and being alone with what is theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from twofold.core import emails
from twofold.flows.outcomes import Conflict, Gone

if TYPE_CHECKING:
    from collections.abc import Callable

    from twofold.core.ids import AccountId, PersonId
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

ROUNDS: Final = 8
"""How often a write is tried again when somebody else was faster."""


def alone_with(services: Services, account: AccountId, *people: PersonId) -> None:
    """Be alone with what belongs to these people, until the caller's transaction ends.

    Whoever writes more than one row of a person is: else of two who begin at different ends each may wait for what the
    other holds, and the database takes one of both back. It comes before anything of theirs is written, behind
    `recent_acts.alone`, and in one call for all of them. docs/decisions/one-at-a-time-with-a-person.md.
    """
    services.transactions.alone(account, *sorted(set(people)))


def hold_still(services: Services, account: AccountId, person_id: PersonId) -> Subscriber | Gone | Conflict:
    """Let one change of a person's factors happen at a time, for the rest of the caller's transaction.

    Of two tabs that each remove the other of two methods, both would see one left. Writing the row first makes the
    second wait, on databases too that let both read, and fail when the first is through.
    """
    alone_with(services, account, person_id)
    person = services.people.by_id(account, person_id)
    if person is None:
        return Gone()
    if not services.people.replace(account, person, person):
        return Conflict()
    return services.people.by_id(account, person_id) or Gone()


def keep_out(services: Services, account: AccountId, person_id: PersonId) -> None:
    """Let no sign-in that is being decided slip past what ends next, for the rest of the caller's transaction.

    A sign-in writes the person's row before its session: either it was first, and is waited for here, or it finds
    another version.
    """
    for _ in range(ROUNDS):
        if not isinstance(hold_still(services, account, person_id), Conflict):
            return


def change_person(
    services: Services,
    account: AccountId,
    person_id: PersonId,
    change: Callable[[Subscriber], Subscriber],
) -> Subscriber | Gone | Conflict:
    """Apply `change` to the person as stored now, and return them as they then stand.

    `change` must give the same answer whoever wrote in between, or return its argument to write
    nothing. `Gone` when the person was removed meanwhile, `Conflict` when others always were faster
    or a new address is taken.
    """
    alone_with(services, account, person_id)
    for _ in range(ROUNDS):
        old = services.people.by_id(account, person_id)
        if old is None:
            return Gone()
        new = change(old)
        if new == old:
            return old
        if services.people.replace(account, old, new):
            return replace(new, version=old.version + 1)
    return Conflict()


def follow_address(services: Services, account: AccountId, old: Subscriber, new: Subscriber) -> None:
    """Let what is named after the former address be named after the new one, in the caller's transaction."""
    former = emails.mask(old.email)
    for one in services.enrolments.held(account, new.id):
        if one.label == former and one.kind in services.factors and services.factors[one.kind].traits.mailed:
            services.enrolments.rename(account, new.id, one.id, emails.mask(new.email))
