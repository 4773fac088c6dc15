"""What is set in the product rather than in the environment, sealed: the SMTP server, for example."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.store.rows import one, write

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.store.sealing import Sealer

_TABLE: Final = "setting"


class SettingStore:
    """One JSON object per account and name, written by compare-and-set."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def load(self, account: AccountId, name: str) -> tuple[JsonObject, int]:
        """Return value and version; an empty object and 0 where nothing was ever set."""
        row = one("SELECT value, version FROM setting WHERE account = %s AND name = %s", (account, name))
        if row is None:
            return {}, 0
        return self._sealer.open(row[0], account=account, table=_TABLE, column="value", row=name), row[1]

    def replace(self, account: AccountId, name: str, value: JsonObject, *, version: int) -> bool:
        """Write where the version still stands (0: where there is no row); else False."""
        sealed = self._sealer.seal(value, account=account, table=_TABLE, column="value", row=name)
        if version == 0:
            return (
                write(
                    "INSERT INTO setting (account, name, value, version) VALUES (%s, %s, %s, 1) ON CONFLICT DO NOTHING",
                    (account, name, sealed),
                )
                == 1
            )
        return (
            write(
                "UPDATE setting SET value = %s, version = version + 1"
                " WHERE account = %s AND name = %s AND version = %s",
                (sealed, account, name, version),
            )
            == 1
        )
