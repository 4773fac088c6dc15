"""Asking those who may agree to a request by mail: when it is filed, and again while nobody decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.helping import Act, State
from twofold.core.ids import HelpActId
from twofold.core.json import text_in
from twofold.core.roles import Role, may_approve
from twofold.flows import later, paths
from twofold.flows.telling_many import tell_all
from twofold.ports.jobs import REMIND_APPROVAL

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.helping import HelpAct
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


def about(act: HelpAct, asker: Subscriber, person: Subscriber) -> JsonObject:
    """Return what every mail about a request says of it."""
    role = act.detail.get("role", "")
    return {
        "act": act.act.value,
        "role": role if act.act is Act.SET_ROLE else "",
        "by": asker.name or asker.email,
        "who": person.name or person.email,
        "email": person.email,
    }


def ask(
    services: Services, account: Account, act: HelpAct, asker: Subscriber, person: Subscriber, *, now: datetime
) -> None:
    """Ask everybody who may agree, and put the jobs that remind them, in the caller's transaction."""
    _tell(services, account, "help_asked", act, asker, person, now=now)
    for span in services.numbers.helping.reminders:
        body: JsonObject = {"request": act.id}
        later.put(services, account.id, REMIND_APPROVAL, body, now=now, at=act.asked_at + span, person=person.id)


def remind(services: Services, account: Account, body: JsonObject, *, now: datetime) -> None:
    """Ask once more, in the caller's transaction; nothing where somebody decided, or nobody is left to ask for."""
    act = services.help_acts.by_id(account.id, HelpActId(text_in(body, "request")))
    if act is None or act.state is not State.ASKED or act.ends_at <= now:
        return
    asker = services.people.by_id(account.id, act.asked_by)
    person = services.people.by_id(account.id, act.person_id)
    if asker is not None and asker.suspended_at is None and person is not None:
        _tell(services, account, "help_asked_again", act, asker, person, now=now)


def _tell(
    services: Services,
    account: Account,
    template: str,
    act: HelpAct,
    asker: Subscriber,
    person: Subscriber,
    *,
    now: datetime,
) -> None:
    url = f"{account.base_url}{paths.request(act.id)}"
    params: JsonObject = {**about(act, asker, person), "reason": act.reason, "url": url}
    helpers = [
        one
        for one in services.people.with_roles(account.id, (Role.OWNER, Role.ADMIN))
        if may_approve(approver=one.role, is_asker=one.id == asker.id, is_target=one.id == person.id)
    ]
    tell_all(services, account, helpers, template, params, now=now)
