"""What providers tell of texts: each text has an address of its own for it, which nobody but they were given."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId

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


def take(services: Services, visit: Visit, message: str, mac: str, told: Mapping[str, str]) -> bool:
    """Keep what was told of a text, if it says anything final; False where the address is none that we made.

    It changes what is known of this one text, and nothing else: whoever holds the address can say no more than that.
    """
    account = visit.account.id
    if not hmac.compare_digest(_mac(services.digests, account, message), mac):
        return False
    receipt = services.texts.receipt(told)
    if receipt is not None:
        with services.transactions.begin():
            services.outbox.note_receipt(account, JobId(message), receipt)
    return True


def _mac(digests: Digests, account: AccountId, message: str) -> str:
    return digests.keyed(_PURPOSE, account, message)[:MAC_DIGITS]
