"""What the worker and its parts are handed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twofold.delivery.words import Words
    from twofold.ports.accounts import Accounts
    from twofold.ports.clock import Clock
    from twofold.ports.entropy import Entropy
    from twofold.ports.kept import KeptSettings
    from twofold.ports.keys import Digests
    from twofold.ports.outbox import Outbox
    from twofold.ports.services import Services
    from twofold.ports.transactions import Transactions
    from twofold.settings import Settings
    from twofold.store.jobs import JobStore


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What the worker touches."""

    settings: Settings
    accounts: Accounts
    clock: Clock
    digests: Digests
    entropy: Entropy
    jobs: JobStore
    kept: KeptSettings
    outbox: Outbox
    services: Services
    transactions: Transactions
    words: Words
