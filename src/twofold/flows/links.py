"""One-use links: made from the account's configured address, opened by a button."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import LinkId
from twofold.core.links import Good, Purpose, ends_at, state
from twofold.core.refusals import No, Refusal
from twofold.flows.outcomes import Refuse
from twofold.flows.person_change import alone_with
from twofold.ports.links import Link

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

OWNER_PATH: Final = "/set-up/owner"
PATH: Final = "/links"


def path_of(purpose: Purpose) -> str:
    """Return the path of the page that opens links of this purpose."""
    return OWNER_PATH if purpose is Purpose.OWNER else f"{PATH}/{purpose.value}"


def make(
    services: Services,
    account: Account,
    purpose: Purpose,
    person: PersonId | None,
    *,
    now: datetime,
    detail: JsonObject | None = None,
    expires_at: datetime | None = None,
) -> str:
    """Store a link in the present transaction and return its whole address; it ends as its purpose says, or when told.

    The secret is in the query ("?link="), which access logs leave out.
    """
    token = services.entropy.token()
    services.links.add(
        account.id,
        Link(
            id=LinkId(services.entropy.new_id()),
            purpose=purpose.value,
            person_id=person,
            made_at=now,
            expires_at=expires_at or ends_at(purpose, made_at=now, lives=services.numbers.link_lives),
            detail=detail or {},
        ),
        token_digest=services.digests.of_token(token),
    )
    return f"{account.base_url}{path_of(purpose)}?link={token}"


def read(services: Services, account: Account, purpose: Purpose, token: str, *, now: datetime) -> Link | Refuse:
    """Return the open link of this secret and purpose, without using it up.

    Refused with `EXPIRED` when it ran out, `USED` when it was opened before, and `ENDED` when there
    is none: a link of another purpose is none.
    """
    link = services.links.by_token(account.id, services.digests.of_token(token)) if token else None
    if link is None or link.purpose != purpose.value:
        return Refuse(because=Refusal(No.ENDED))
    if isinstance(state(until=link.expires_at, used_at=link.used_at, now=now), Good):
        return link
    if link.used_at is not None:
        return Refuse(because=Refusal(No.USED, at=link.used_at))
    return Refuse(because=Refusal(No.EXPIRED, at=link.expires_at))


def spend(services: Services, account: Account, purpose: Purpose, token: str, *, now: datetime) -> Link | Refuse:
    """Use a link up in the present transaction, alone with whoever it belongs to; of several that try, one gets it."""
    link = read(services, account, purpose, token, now=now)
    if isinstance(link, Refuse):
        return link
    if link.person_id is not None:
        alone_with(services, account.id, link.person_id)
    if not services.links.use(account.id, link.id, at=now):
        return Refuse(because=Refusal(No.USED, at=now))
    return link
