"""Mailing many people the same, at the addresses that they had when it happened: some at once, the rest by the worker.

Who is told is settled in the block that writes what they are told of. Each letter written there keeps SQLite's one
writer for a while, so of more than AT_ONCE the rest is kept beside it, and written out part by part.
docs/decisions/a-notice-to-many.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.json import as_object, int_in, list_in, object_in, optional, text_in
from twofold.flows import later
from twofold.flows.journal import tell
from twofold.ports.jobs import TELL_THE_REST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject, JsonValue
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Addressee
    from twofold.ports.services import Services

AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Somebody:
    """Whom to mail, as they were when it happened."""

    id: PersonId
    email: str
    name: str
    locale: str
    time_zone: str


def tell_all(
    services: Services,
    account: Account,
    people: Sequence[Addressee],
    template: str,
    params: JsonObject,
    *,
    now: datetime,
    expires_at: datetime | None = None,
) -> None:
    """Mail all of these the same, in the caller's transaction, or keep in it that they are to be mailed."""
    for one in people[:AT_ONCE]:
        tell(services, account, one, template, params, now=now, expires_at=expires_at)
    if len(people) > AT_ONCE:
        body: JsonObject = {
            "template": template,
            "params": params,
            "expires_at": None if expires_at is None else to_micros(expires_at),
            "people": [_kept(one) for one in people[AT_ONCE:]],
        }
        later.put(services, account.id, TELL_THE_REST, body, now=now)


def look(services: Services, account: Account, body: JsonObject, *, now: datetime) -> tuple[_Somebody, ...]:
    """Return who is left to be mailed. Writes nothing."""
    del services, account, now
    return tuple(_somebody(one) for one in list_in(body, "people"))


def tell_rest(
    services: Services, account: Account, body: JsonObject, left: tuple[_Somebody, ...], *, now: datetime
) -> None:
    """Mail the next of them and put the job for those left, in the caller's transaction; whoever is erased is left out.

    Nothing else that became of them since keeps it from them: a letter that waits is sent all the same.
    """
    there = services.people.names(account.id, [one.id for one in left])
    expires_at = optional(int_in, body, "expires_at")
    tell_all(
        services,
        account,
        [one for one in left if one.id in there],
        text_in(body, "template"),
        object_in(body, "params"),
        now=now,
        expires_at=None if expires_at is None else from_micros(expires_at),
    )


def _kept(one: Addressee) -> JsonObject:
    return {"id": one.id, "email": one.email, "name": one.name, "locale": one.locale, "time_zone": one.time_zone}


def _somebody(kept: JsonValue) -> _Somebody:
    one = as_object(kept, "person")
    return _Somebody(
        id=PersonId(text_in(one, "id")),
        email=text_in(one, "email"),
        name=text_in(one, "name"),
        locale=text_in(one, "locale"),
        time_zone=text_in(one, "time_zone"),
    )
