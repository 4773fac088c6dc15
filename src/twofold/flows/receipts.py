"""What providers tell of texts: each text has an address of its own for it, which nobody but they were given."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId
from twofold.core.instants import to_micros
from twofold.flows.journal import record_by_system

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.ids import AccountId
    from twofold.flows.visit import Visit
    from twofold.ports.accounts import Account
    from twofold.ports.keys import Digests
    from twofold.ports.services import Services

PAGE: Final = "/hooks/sms"
MAC_DIGITS: Final = 32
_PURPOSE: Final = "sms_receipt"


def address_of(digests: Digests, account: Account, message: JobId) -> str:
    """Return where what becomes of a text is told."""
    return f"{account.base_url}{PAGE}/{message}/{_mac(digests, account.id, message)}"


def is_ours(services: Services, visit: Visit, message: str, mac: str) -> bool:
    """Say whether we made the address of this text: what is told at any other is not even read."""
    return hmac.compare_digest(_mac(services.digests, visit.account.id, message), mac)


def take(services: Services, visit: Visit, message: str, told: Mapping[str, str]) -> None:
    """Keep what was told of a text, if it says anything final.

    It changes what is known of this one text, and nothing else: whoever holds its address can say no more than that.
    """
    receipt = services.texts.receipt(told)
    if receipt is None:
        return
    with services.transactions.begin():
        noted = services.outbox.note_receipt(visit.account.id, JobId(message), receipt)
        if noted is not None and not receipt.arrived:
            record_by_system(
                services,
                visit.account,
                "sms.undelivered",
                now=services.clock.now(),
                person=noted.person_id,
                detail={"put_at": to_micros(noted.put_at), "code": receipt.code},
            )


def _mac(digests: Digests, account: AccountId, message: str) -> str:
    return digests.keyed(_PURPOSE, account, message)[:MAC_DIGITS]
