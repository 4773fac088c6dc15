"""How long the audit log is kept: a setting of owners, carried out by the worker.

Nothing younger than 90 days goes, whatever the setting says: the database itself refuses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core import retention
from twofold.core.json import int_in, optional
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Permission, has_permission
from twofold.flows import journal, paths, prove
from twofold.flows.notices import tell_helpers
from twofold.flows.outcomes import Conflict, Done, NeedsProof, Refuse

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

KEPT: Final = "audit"
"""The name under which is kept for how many days the log is kept."""
_CHUNK: Final = 500
"""Events that one transaction removes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """For how many days the log is kept (0: for ever), the version of that, and since when there are events."""

    days: int
    version: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class BadDays:
    """The log cannot be kept for so long, or so short."""


def look(services: Services, visit: Visit) -> Kept:
    """Return for how long the log is kept."""
    days, version = _days(services, visit.account)
    ends = services.audit.ends(visit.account.id)
    return Kept(days=days, version=version, since=ends[0] if ends else None)


def keep_for(
    services: Services, visit: Visit, me: SignedIn, days: int, *, version: int
) -> Done | BadDays | NeedsProof | Conflict | Refuse:
    """Keep the log for another number of days; to shorten it is told to every owner and admin."""
    if not has_permission(me.person.role, Permission.EDIT_AUDIT):
        return Refuse(because=Refusal(No.NOT_ALLOWED))
    if not retention.is_possible(days):
        return BadDays()
    before, present = _days(services, visit.account)
    if present != version:
        return Conflict()
    if days == before:
        return Done()
    needs = prove.needed(services, visit, me)
    if needs is not None:
        return needs
    now = services.clock.now()
    account = visit.account
    with services.transactions.begin():
        if not services.kept.replace(account.id, KEPT, {"days": days}, version=version):
            return Conflict()
        journal.record(
            services,
            visit,
            "audit.retention_changed",
            now=now,
            person=None,
            actor=me.person.id,
            detail={"before": {"keep_days": before}, "after": {"keep_days": days}},
        )
        if retention.is_shorter(days, before):
            url = f"{account.base_url}{paths.AUDIT_LOG}"
            tell_helpers(
                services,
                account,
                "audit_kept_shorter",
                {"by": me.person.name or me.person.email, "days": days, "url": url},
                now=now,
            )
    return Done()


def let_grow_old(services: Services, account: Account) -> bool:
    """Remove some of what is older than is kept; True while there is more. The worker's, which may be killed anywhere.

    Whole days go at a time; once all that was older is gone, one event says up to when, and how many there were.
    """
    now = services.clock.now()
    with services.transactions.begin():
        removed = services.audit.forget(account.id, at=now, most=_CHUNK)
        if removed:
            horizon = services.audit.horizon(account.id)
            told = "" if horizon is None else horizon.date().isoformat()
            journal.record_by_system(
                services,
                account,
                "audit.forgotten",
                now=now,
                person=None,
                detail={"before_day": told, "removed": removed},
            )
    if removed is not None:
        return removed == 0
    return _is_due(services, account, now=now)


def _is_due(services: Services, account: Account, *, now: datetime) -> bool:
    days, _ = _days(services, account)
    ends = services.audit.ends(account.id)
    if ends is None:
        return False
    before = retention.horizon(days, oldest_at=ends[0], newest_at=ends[1], now=now)
    if before is None:
        return False
    with services.transactions.begin():
        return services.audit.set_horizon(account.id, before)


def _days(services: Services, account: Account) -> tuple[int, int]:
    kept, version = services.kept.load(account.id, KEPT)
    days = optional(int_in, kept, "days")
    return (retention.DAYS_DEFAULT if days is None else days), version
