"""Live challenges. The port: ports/challenges.py, Challenges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.instants import from_micros, to_micros
from twofold.core.json import object_in
from twofold.ports.challenges import Live
from twofold.store.rows import one, write

if TYPE_CHECKING:
    from twofold.core.ids import AccountId, PersonId
    from twofold.core.json import JsonObject
    from twofold.store.sealing import Sealer

_TABLE: Final = "challenge"
_VERSIONS: Final = 2**30


class ChallengeStore:
    """Challenges; what is kept and what is shown of them are sealed together."""

    def __init__(self, sealer: Sealer) -> None:
        self._sealer = sealer

    def load(self, account: AccountId, scope: str, kind: str) -> Live | None:
        """Return the live challenge of a kind within a scope, expired or not."""
        row_id = _row_id(scope, kind)
        row = one(
            "SELECT kept, tries, version, expires_at FROM challenge WHERE account = %s AND id = %s", (account, row_id)
        )
        if row is None:
            return None
        sealed, tries, version, expires_at = row
        both = self._sealer.open(sealed, account=account, table=_TABLE, column="kept", row=row_id)
        return Live(
            kept=object_in(both, "kept"),
            shown=object_in(both, "shown"),
            tries=tries,
            version=version,
            expires_at=from_micros(expires_at),
        )

    def replace(self, account: AccountId, scope: str, kind: str, person: PersonId, live: Live, *, version: int) -> bool:
        """Write where the version still stands (0: where there is none); else False."""
        row_id = _row_id(scope, kind)
        both: JsonObject = {"kept": live.kept, "shown": live.shown}
        sealed = self._sealer.seal(both, account=account, table=_TABLE, column="kept", row=row_id)
        ends = to_micros(live.expires_at)
        if version == 0:
            return (
                write(
                    "INSERT INTO challenge (account, id, person_id, kept, tries, version, expires_at)"
                    " VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    # Made of its milliseconds, so that whoever still holds a dropped one never writes over the next.
                    (account, row_id, person, sealed, live.tries, 1 + ends // 1000 % _VERSIONS, ends),
                )
                == 1
            )
        return (
            write(
                "UPDATE challenge SET kept = %s, tries = %s, expires_at = %s, version = version + 1"
                " WHERE account = %s AND id = %s AND version = %s",
                (sealed, live.tries, ends, account, row_id, version),
            )
            == 1
        )

    def drop(self, account: AccountId, scope: str, kind: str, *, version: int) -> bool:
        """Remove where the version still stands: True for exactly one of several that try."""
        return (
            write(
                "DELETE FROM challenge WHERE account = %s AND id = %s AND version = %s",
                (account, _row_id(scope, kind), version),
            )
            == 1
        )

    def end_all(self, account: AccountId, person: PersonId, *, but_kind: str) -> None:
        """Remove every one of a person, but those of one kind."""
        write(
            "DELETE FROM challenge WHERE account = %s AND person_id = %s AND id NOT LIKE %s",
            (account, person, _row_id("%", but_kind)),
        )


def _row_id(scope: str, kind: str) -> str:
    return f"{scope}.{kind}"
