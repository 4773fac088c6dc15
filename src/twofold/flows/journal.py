"""Telling: events for the audit log and messages for people, always in the present transaction."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from twofold.core.ids import EventId, JobId
from twofold.factors.contract import EMAIL
from twofold.ports.audit import Event
from twofold.ports.outbox import Message

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import Visit
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Addressee
    from twofold.ports.services import Services

__all__ = ["EMAIL", "record", "record_by_operator", "record_by_system", "tell"]


def record(
    services: Services,
    visit: Visit,
    kind: str,
    *,
    now: datetime,
    person: PersonId | None,
    actor: PersonId | None = None,
    detail: JsonObject | None = None,
) -> None:
    """Append an event. Without `actor` it was the claimant: somebody not yet believed."""
    services.audit.record(
        visit.account.id,
        Event(
            id=EventId(services.entropy.ordered_id(now)),
            at=now,
            kind=kind,
            actor="person" if actor else "claimant",
            actor_id=actor,
            person_id=person,
            address=visit.address,
            browser=visit.browser_name,
            detail=detail or {},
        ),
    )


def _record_without_visit(
    services: Services,
    account: Account,
    kind: str,
    *,
    actor: str,
    now: datetime,
    person: PersonId | None,
    detail: JsonObject | None = None,
) -> None:
    services.audit.record(
        account.id,
        Event(
            id=EventId(services.entropy.ordered_id(now)),
            at=now,
            kind=kind,
            actor=actor,
            person_id=person,
            detail=detail or {},
        ),
    )


record_by_operator = partial(_record_without_visit, actor="operator")
"""Append an event of somebody who typed a command on the server."""
record_by_system = partial(_record_without_visit, actor="system")
"""Append an event that nobody caused but the time: what the worker did by itself."""


def tell(
    services: Services,
    account: Account,
    person: Addressee,
    template: str,
    params: JsonObject,
    *,
    now: datetime,
    to: str | None = None,
    expires_at: datetime | None = None,
    message: JobId | None = None,
    channel: str = EMAIL,
) -> JobId:
    """Put a message to a person into the outbox, in their language and time zone.

    `to` is another address than the one on file (the former one, a new one), or a number. `expires_at` is set
    for codes: a code that cannot be sent in its life is not sent at all. `message` is its id, where
    somebody has noted it already.
    """
    message = message or JobId(services.entropy.new_id())
    services.outbox.put(
        account.id,
        Message(
            id=message,
            channel=channel,
            to=to or person.email,
            template=template,
            params={"account": account.name, "name": person.name, **params},
            locale=person.locale or account.locale,
            time_zone=person.time_zone or account.time_zone,
            person_id=person.id,
            put_at=now,
            send_at=now,
            expires_at=expires_at,
        ),
    )
    return message
