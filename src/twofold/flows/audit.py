"""Reading the audit log, and taking it out as a file: for owners, admins and auditors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.ids import LENGTH, PersonId
from twofold.core.json import instant_or_null
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission
from twofold.flows import journal, retention
from twofold.flows.outcomes import Refuse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.flows.retention import Kept
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.audit import Event, Wanted
    from twofold.ports.people import Named
    from twofold.ports.services import Services

PAGE_SIZE: Final = 50
_CHUNK: Final = 1000
"""Events of an export that are held at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditView:
    """A page of the log, newest first, with the names of everybody in it.

    `older` and `looked_back_to` as in EventPage. `kept` says for how long, and where the log begins.
    """

    events: Sequence[Event]
    names: Mapping[PersonId, Named]
    older: str
    looked_back_to: datetime | None
    kept: Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """What was allowed to be taken out."""

    wanted: Wanted


def look(services: Services, visit: Visit, me: SignedIn, wanted: Wanted, *, before: str = "") -> AuditView | Refuse:
    """Return a page of the log; refused with NOT_ALLOWED to agents and end users. Writes nothing."""
    if not has_permission(me.person.role, Permission.SEE_AUDIT):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    account = visit.account.id
    page = services.audit.search(account, wanted, before=before, most=PAGE_SIZE)
    return AuditView(
        events=page.events,
        names=names_in(services, visit, page.events),
        older=page.older,
        looked_back_to=page.looked_back_to,
        kept=retention.look(services, visit),
    )


def names_in(services: Services, visit: Visit, events: Sequence[Event]) -> Mapping[PersonId, Named]:
    """Return the names of everybody whom events tell of; those who were removed have none."""
    people = {one for event in events for one in (event.actor_id, event.person_id, *_told_of(event)) if one is not None}
    return services.people.names(visit.account.id, sorted(people))


def who_last(services: Services, account: AccountId, person: PersonId, kind: str) -> tuple[str, datetime | None]:
    """Return who was the last to do this to a person, and when, as far back as the log goes.

    `kind` is that of the event; "" is somebody who is gone, and "" and None that nobody did.
    """
    return who_last_of_each(services, account, [person], kind).get(person, ("", None))


def who_last_of_each(
    services: Services, account: AccountId, people: Iterable[PersonId], kind: str
) -> dict[PersonId, tuple[str, datetime]]:
    """Return the same of several people, in two questions for all of them; to whom nobody did it is left out."""
    found = services.audit.newest_of(account, people, kind=kind)
    names = services.people.names(account, (one.actor_id for one in found.values() if one.actor_id))
    who = {person: names.get(one.actor_id) if one.actor_id else None for person, one in found.items()}
    return {person: ((by.name or by.email) if (by := who[person]) else "", one.at) for person, one in found.items()}


def _told_of(event: Event) -> Iterator[PersonId]:
    """Yield the people whom an event's detail names by their ids: who agreed, and who was looked for."""
    looked_for = event.detail.get("wanted")
    inside = (looked_for.get("person"), looked_for.get("actor")) if isinstance(looked_for, dict) else ()
    for one in (event.detail.get("approved_by"), *inside):
        if isinstance(one, str):
            yield PersonId(one)


def find_person(services: Services, visit: Visit, typed: str) -> PersonId | None:
    """Return whom somebody means who typed an address, or the id that an event holds of somebody removed."""
    found = services.people.by_email(visit.account.id, typed.casefold())
    if found is not None:
        return found.id
    is_id = len(typed) == LENGTH and typed.isascii() and typed.isalnum()
    return PersonId(typed) if is_id else None


def export(services: Services, visit: Visit, me: SignedIn, wanted: Wanted, *, form: str) -> Export | Refuse:
    """Let the log be taken out, and record that it was: by whom, in which form, and what of it.

    What is taken out ends with this moment, so that an export of a busy log comes to an end.
    """
    if not has_permission(me.person.role, Permission.SEE_AUDIT):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    now = services.clock.now()
    until = now + timedelta(microseconds=1)
    if wanted.until is not None:
        until = min(until, wanted.until)
    with services.transactions.begin():
        journal.record(
            services,
            visit,
            "audit.exported",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"form": form, "wanted": _told(wanted)},
        )
    return Export(wanted=replace(wanted, until=until))


def chunks(
    services: Services, visit: Visit, allowed: Export
) -> Iterator[tuple[Sequence[Event], Mapping[PersonId, Named]]]:
    """Yield what is taken out, oldest first, some at a time, each with the names of everybody in it."""
    cursor = ""
    while True:
        events, cursor = services.audit.chunk(visit.account.id, allowed.wanted, after=cursor, most=_CHUNK)
        if events:
            yield events, names_in(services, visit, events)
        if not cursor:
            return


def _told(wanted: Wanted) -> JsonObject:
    """Return what was looked for, as the event of an export says it."""
    whole: JsonObject = {
        "person": wanted.person,
        "actor": wanted.actor,
        "kind": wanted.kind or None,
        "address": wanted.address or None,
        "since_at": instant_or_null(wanted.since),
        "until_at": instant_or_null(wanted.until),
    }
    return {name: value for name, value in whole.items() if value is not None}
