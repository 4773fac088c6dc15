"""Whether this server's clock is wrong, as far as the codes that people type can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.clock_health import SEEN_WITHIN, OffBy, server_is_off_by

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.ports.services import Services

OFF_BY: Final = "off_by"
"""In the detail of a refused second factor: seconds by which its moment lies after ours."""
_LOOKED_AT: Final = 1000


def look(services: Services, account: AccountId) -> timedelta | None:
    """Return how far this server's clock seems to be behind (negative: ahead), or None. Writes nothing.

    Looks at the newest 1,000 events, of 24 h at most.
    """
    since = services.clock.now() - SEEN_WITHIN
    events, _ = services.audit.page(account, most=_LOOKED_AT)
    return server_is_off_by(
        OffBy(event.person_id, timedelta(seconds=off_by))
        for event in reversed(events)
        if event.person_id is not None and event.at > since and isinstance(off_by := event.detail.get(OFF_BY), int)
    )
