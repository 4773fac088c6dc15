"""Mails that warn: each carries a link that only freezes. Some may be silenced by their person (core/notices.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.links import Purpose
from twofold.core.notices import is_sent
from twofold.core.roles import Audience, Role, audience_of
from twofold.flows import links
from twofold.flows.journal import tell
from twofold.flows.telling_many import tell_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.enrolments import Enrolment
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
    if not is_sent(template, person.silenced):
        return
    url = links.make(services, account, Purpose.FREEZE, person.id, now=now, detail=freezes or {"about": template})
    tell(services, account, person, template, {**params, "freeze_url": url}, now=now, to=to)


def method_told(services: Services, one: Enrolment) -> JsonObject:
    """Return a method for a mail: its kind, the thing that it is in, and its name, masked where it is a number.

    What nobody knows any more has no words either: its kind is "".
    """
    return {"kind": one.kind if one.kind in services.factors else "", "thing": one.thing, "label": one.label}


def helper_for(person: Subscriber, helper: Subscriber) -> str:
    """Return who did something, for a mail to the person it was done to: names of helpers are for team members."""
    return "" if audience_of(person.role) is Audience.END_USERS else helper.name or helper.email


def tell_helpers(services: Services, account: Account, template: str, params: JsonObject, *, now: datetime) -> None:
    """Tell every active owner and admin, but for those who silenced this; where all of them did, everybody."""
    helpers = services.people.with_roles(account.id, (Role.OWNER, Role.ADMIN))
    tell_all(services, account, listening(helpers, template), template, params, now=now)


def listening(helpers: Sequence[Subscriber], template: str) -> Sequence[Subscriber]:
    """Return who of those that answer for something wants to be mailed about it; all, where nobody does."""
    return [one for one in helpers if is_sent(template, one.silenced)] or helpers
