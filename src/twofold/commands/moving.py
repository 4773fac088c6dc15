"""Changing what an account is called and where it is reached; another host name ends what belonged to the old one."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from twofold.flows.journal import record_by_operator
from twofold.store import voiding

if TYPE_CHECKING:
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services


def is_move(old: Account, new: Account) -> bool:
    """Say whether browsers take the new address for another site: the port alone makes none, for cookies."""
    before, after = urlsplit(old.base_url), urlsplit(new.base_url)
    return (before.scheme, before.hostname) != (after.scheme, after.hostname)


def change(services: Services, old: Account, new: Account) -> bool:
    """Write `new` and record it; False when somebody else was faster, or the host name is another help desk's.

    A move ends sessions, unfinished sign-ins, trust and mailed links: before it, part by part, and what was begun
    meanwhile with it. Cut short, it has ended some of them and moved nothing; the same again ends the rest.
    """
    now = services.clock.now()
    moves = is_move(old, new)
    if moves:
        voiding.end_part_by_part(old.id, at=now, begin=services.transactions.begin)
    before, after = _told(old), _told(new)
    changed = [name for name in after if before[name] != after[name]]
    detail: JsonObject = {
        "before": {name: before[name] for name in changed},
        "after": {name: after[name] for name in changed},
    }
    with services.transactions.begin():
        if not services.accounts.replace(old, new):
            return False
        if moves:
            voiding.end_rest(old.id, at=now)
            record_by_operator(services, new, "account.moved", now=now, person=None, detail=detail)
        else:
            record_by_operator(services, new, "account.changed", now=now, person=None, detail=detail)
    return True


def _told(account: Account) -> JsonObject:
    return {"name": account.name, "address": account.base_url, "time_zone": account.time_zone}
