"""The reminder of the status report: nobody made one for long, while a second factor is required."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.core.json import instant_in, optional
from twofold.core.report import REMIND_AFTER, reminder_due_at
from twofold.flows.journal import record_by_system
from twofold.flows.notices import tell_helpers
from twofold.flows.report import PAGE

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.core.policy import Rules
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

KEPT: Final = "report_reminder"
"""The name under which is kept when owners and admins were reminded last."""


def is_due(services: Services, account: Account, rules: Rules, *, now: datetime) -> bool:
    """Say whether a report is wanted: what pages show as long as it is true."""
    due_at = reminder_due_at(_required_since(rules, now=now), services.reports.last_made_at(account.id))
    return due_at is not None and due_at <= now


def remind(services: Services, account: Account) -> bool:
    """Mail owners and admins when a report is due, once in REMIND_AFTER; of several workers, one does."""
    now = services.clock.now()
    if not is_due(services, account, services.policy.current(account.id).rules, now=now):
        return False
    kept, number = services.kept.load(account.id, KEPT)
    reminded_at = optional(instant_in, kept, "at")
    if reminded_at is not None and now < reminded_at + REMIND_AFTER:
        return False
    made_at = services.reports.last_made_at(account.id)
    with services.transactions.begin():
        if not services.kept.replace(account.id, KEPT, {"at": to_micros(now)}, version=number):
            return False
        record_by_system(services, account, "report.reminded", now=now, person=None)
        params: JsonObject = {"url": f"{account.base_url}{PAGE}"}
        if made_at is not None:
            params["made_at"] = to_micros(made_at)
        tell_helpers(services, account, "report_reminder", params, now=now)
    return True


def _required_since(rules: Rules, *, now: datetime) -> datetime | None:
    """Return since when a second factor is required of anybody by audience or group."""
    return min((one.starts_at for one in rules.requirements if one.starts_at <= now), default=None)
