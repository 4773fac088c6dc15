"""Small settings that admins make in the product, sealed at rest: how mail is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject


class KeptSettings(Protocol):
    """Versioned JSON values under a name."""

    def load(self, account: AccountId, name: str) -> tuple[JsonObject, int]:
        """Return value and version; an empty object and 0 where it was never set."""

    def replace(self, account: AccountId, name: str, value: JsonObject, *, version: int) -> bool:
        """Write where the version still stands (0: where there is none); else False."""
