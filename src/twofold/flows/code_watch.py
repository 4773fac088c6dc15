"""How far a code got, for the page that waits for it: each has an address of its own, which only that page was given.

Whoever holds the address learns whether a message left, and nothing else: neither what it says nor whom it went to. No
session and no sign-in is read for it, so that a page which looks keeps none of them alive.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId
from twofold.flows.receipts import MAC_DIGITS

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.flows.visit import Visit
    from twofold.ports.keys import Digests
    from twofold.ports.outbox import SendState
    from twofold.ports.services import Services

PAGE: Final = "/sign-in/code-sent"
# Another one than that of receipts: who may look may not tell.
_PURPOSE: Final = "code_watch"


def path_of(digests: Digests, account: AccountId, message: JobId) -> str:
    """Return where a page asks how far a message got."""
    return f"{PAGE}/{message}/{_mac(digests, account, message)}"


def state(services: Services, visit: Visit, message: str, mac: str) -> SendState | None:
    """Tell how far a message got; None where the address is none of ours, or nothing is known of it any more."""
    account = visit.account.id
    if not hmac.compare_digest(_mac(services.digests, account, message), mac):
        return None
    return services.outbox.state(account, JobId(message))


def _mac(digests: Digests, account: AccountId, message: str) -> str:
    return digests.keyed(_PURPOSE, account, message)[:MAC_DIGITS]
