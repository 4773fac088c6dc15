"""One's own details: name, language and time zone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.flows.journal import record
from twofold.flows.outcomes import Conflict, Done, Gone
from twofold.flows.person_change import change_person

if TYPE_CHECKING:
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services


def save(
    services: Services, visit: Visit, me: SignedIn, *, name: str, locale: str, time_zone: str
) -> Done | Conflict | Gone:
    """Store name, language and time zone; the caller has checked that such a language and zone exist."""
    now = services.clock.now()
    with services.transactions.begin():
        written = change_person(
            services,
            visit.account.id,
            me.person.id,
            lambda one: replace(one, name=name, locale=locale, time_zone=time_zone),
        )
        if isinstance(written, Gone | Conflict):
            return written
        changed = [
            field for field in ("name", "locale", "time_zone") if getattr(written, field) != getattr(me.person, field)
        ]
        if changed:
            record(
                services,
                visit,
                "profile.changed",
                now=now,
                person=me.person.id,
                actor=me.person.id,
                detail={"changed": [*changed]},
            )
    return Done()
