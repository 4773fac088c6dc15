"""Putting a job for the worker, with an id of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.ids import JobId

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.ports.services import Services


def put(
    services: Services,
    account: AccountId,
    kind: str,
    body: JsonObject,
    *,
    now: datetime,
    at: datetime | None = None,
    person: PersonId | None = None,
) -> None:
    """Put a job in the caller's transaction, to be done now or `at` a later moment; `person` is whom it is about."""
    services.jobs.add(
        account,
        id=JobId(services.entropy.new_id()),
        kind=kind,
        body=body,
        run_at=at or now,
        put_at=now,
        person_id=person,
    )
