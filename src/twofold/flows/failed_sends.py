"""Messages that did not go out, or did not arrive: what admins see of them is why, how many and when, never to whom."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import AccountId
    from twofold.ports.outbox import Failures
    from twofold.ports.services import Services

LOOKS_BACK: Final = timedelta(days=1)


def look(services: Services, account: AccountId) -> Sequence[Failures]:
    """Return the failures of the last day by channel and reason, the most frequent first."""
    return services.outbox.failures(account, services.clock.now() - LOOKS_BACK)
