"""How often a link is mailed to whoever a stranger names: counted under a keyed digest of the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core import sent_codes
from twofold.core.instants import to_micros
from twofold.core.json import as_instant, list_in

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.services import Services


def count(services: Services, account: AccountId, lane: str, subject: str, now: datetime) -> bool:
    """Count that a link was asked for; False when it is too early for another one: one is sent as often as a code is.

    Every call writes, so that the work is the same within the limits and beyond them.
    """
    limits = services.numbers.codes
    value, version = services.counters.load(account, lane, subject)
    sent = [as_instant(at, "at") for at in list_in(value, "at")] if value else []
    may_send = isinstance(sent_codes.may_send(sent, limits, now=now), sent_codes.Ready)
    kept = [*sent, now][-limits.a_day :] if may_send else sent
    written = services.counters.replace(account, lane, subject, {"at": [to_micros(at) for at in kept]}, version=version)
    return may_send and written
