"""Whether this server's clock is wrong, as far as the codes that people type can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.clock_health import SEEN_WITHIN, OffBy, server_is_off_by
from twofold.ports.audit import Wanted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.ids import AccountId
    from twofold.ports.audit import Event
    from twofold.ports.services import Services

OFF_BY: Final = "off_by"
"""In the detail of a refused second factor: seconds by which its moment lies after ours."""
_KIND: Final = "second_factor.refused"
_AT_ONCE: Final = 500
_LOOKED_AT: Final = 10_000


def look(services: Services, account: AccountId) -> timedelta | None:
    """Return how far this server's clock seems to be behind (negative: ahead), or None. Writes nothing.

    Looks at refused second factors of 24 h, from the newest on and until enough of them agree: 10,000 at most, which
    is what guessing at 200 people within all limits leaves.
    """
    since = services.clock.now() - SEEN_WITHIN
    seen: list[OffBy] = []
    for events in _refused(services, account, Wanted(kind=_KIND, since=since)):
        found = [
            OffBy(event.person_id, timedelta(seconds=off_by))
            for event in events
            if event.person_id is not None and isinstance(off_by := event.detail.get(OFF_BY), int)
        ]
        # Of each person the newest counts, which comes last.
        seen = [*reversed(found), *seen]
        is_off_by = server_is_off_by(seen) if found else None
        if is_off_by is not None:
            return is_off_by
    return None


def _refused(services: Services, account: AccountId, wanted: Wanted) -> Iterator[tuple[Event, ...]]:
    """Yield them some at a time, the newest first."""
    older = ""
    for _ in range(_LOOKED_AT // _AT_ONCE):
        page = services.audit.search(account, wanted, before=older, most=_AT_ONCE)
        yield page.events
        older = page.older
        if not older:
            return
