"""Mails that warn: each carries a link that only freezes, and that nothing else can silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.links import Purpose
from twofold.core.roles import Role
from twofold.flows import links
from twofold.flows.journal import tell

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


def warn(
    services: Services,
    account: Account,
    person: Subscriber,
    template: str,
    params: JsonObject,
    *,
    now: datetime,
    to: str | None = None,
    freezes: JsonObject | None = None,
) -> None:
    """Tell a person of something that only they should have done, with "this was not me".

    `freezes` tells the link what it was about, where freezing undoes more than sessions.
    """
    url = links.make(services, account, Purpose.FREEZE, person.id, now=now, detail=freezes or {"about": template})
    tell(services, account, person, template, {**params, "freeze_url": url}, now=now, to=to)


def tell_helpers(services: Services, account: Account, template: str, params: JsonObject, *, now: datetime) -> None:
    """Tell every active owner and admin."""
    for one in services.people.with_roles(account.id, (Role.OWNER, Role.ADMIN)):
        tell(services, account, one, template, params, now=now)
