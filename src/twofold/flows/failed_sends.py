"""Messages that did not go out, or did not arrive: what admins see of them is why, how many and when, never to whom."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.ratings import Sends
from twofold.factors.contract import EMAIL, SMS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.outbox import Failures
    from twofold.ports.services import Services

LOOKS_BACK: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lately:
    """The failures of the last day by channel and reason, the most frequent first, and how each channel stands."""

    failures: Sequence[Failures]
    taken: Mapping[str, datetime | None]

    def of(self, channel: str) -> Sends:
        """Return how many messages of a channel failed, and whether any was taken after the last that did."""
        failed = [one for one in self.failures if one.channel == channel]
        last_at = max((one.last_at for one in failed), default=None)
        taken_at = self.taken.get(channel)
        return Sends(
            failed=sum(one.count for one in failed),
            none_since=last_at is not None and (taken_at is None or taken_at < last_at),
        )

    def most_frequent(self, channel: str) -> Failures | None:
        """Return what fails most often in a channel; None where nothing does."""
        return next((one for one in self.failures if one.channel == channel), None)


def look(services: Services, account: AccountId) -> Sequence[Failures]:
    """Return the failures of the last day by channel and reason, the most frequent first."""
    return services.outbox.failures(account, services.clock.now() - LOOKS_BACK)


def lately(services: Services, account: AccountId) -> Lately:
    """Return the failures of the last day, and when each channel last worked."""
    since = services.clock.now() - LOOKS_BACK
    return Lately(
        failures=services.outbox.failures(account, since),
        taken={channel: services.outbox.last_taken(account, channel, since) for channel in (EMAIL, SMS)},
    )
