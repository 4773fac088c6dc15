"""A new release of the product: told to owners and admins, once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.json import optional, text_in
from twofold.flows.journal import record_by_system
from twofold.flows.notices import tell_helpers

if TYPE_CHECKING:
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

PAGE: Final = "/admin/whats-new"
KEPT: Final = "release"
"""The name under which is kept which version was told of last."""


def announce(services: Services, account: Account, version: str) -> bool:
    """Tell owners and admins that another version runs now; False when they know, or there was none before.

    Of several workers that see the new version at once, one tells.
    """
    kept, number = services.kept.load(account.id, KEPT)
    former = optional(text_in, kept, "version") or ""
    if former == version:
        return False
    now = services.clock.now()
    with services.transactions.begin():
        if not services.kept.replace(account.id, KEPT, {"version": version}, version=number):
            return False
        if not former:
            # Whoever has just begun has nothing to compare it with.
            return False
        detail: dict[str, str] = {"before": former, "after": version}
        record_by_system(services, account, "release.announced", now=now, person=None, detail={**detail})
        params = {"version": version, "former": former, "url": f"{account.base_url}{PAGE}"}
        tell_helpers(services, account, "new_release", {**params}, now=now)
    return True
