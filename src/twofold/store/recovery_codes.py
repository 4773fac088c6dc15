"""Recovery codes as keyed digests. The port: ports/enrolments.py, RecoveryCodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.core.instants import to_micros
from twofold.ports.enrolments import CodeUse, RecoveryCodesLeft
from twofold.store.rows import instant, one, write, write_many

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, PersonId


class RecoveryCodeStore:
    """A person's own set, and beside it the one code that a helper gave."""

    def replace_all(self, account: AccountId, person: PersonId, digests: Sequence[str], *, at: datetime) -> None:
        """Void the person's own set and store a new one."""
        write(
            "DELETE FROM recovery_code WHERE account = %s AND person_id = %s AND by_helper = %s",
            (account, person, False),
        )
        made_at = to_micros(at)
        write_many(
            "INSERT INTO recovery_code (account, person_id, digest, by_helper, made_at) VALUES (%s, %s, %s, %s, %s)",
            [(account, person, digest, False, made_at) for digest in digests],
        )

    def put_helpers(self, account: AccountId, person: PersonId, digest: str, *, at: datetime, until: datetime) -> None:
        """Store the one code that a helper or the operator gave; an earlier one is void."""
        write(
            "DELETE FROM recovery_code WHERE account = %s AND person_id = %s AND by_helper = %s",
            (account, person, True),
        )
        write(
            "INSERT INTO recovery_code (account, person_id, digest, by_helper, made_at, expires_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            (account, person, digest, True, to_micros(at), to_micros(until)),
        )

    def spend(self, account: AccountId, person: PersonId, digest: str, *, at: datetime) -> CodeUse | None:
        """Use a code up; None when no such code is the person's.

        An expired code of a helper comes back unspent and unused.
        """
        spent = write(
            "UPDATE recovery_code SET used_at = %s WHERE account = %s AND person_id = %s AND digest = %s"
            " AND used_at IS NULL AND (expires_at IS NULL OR expires_at > %s)",
            (to_micros(at), account, person, digest, to_micros(at)),
        )
        row = one(
            "SELECT used_at, by_helper FROM recovery_code WHERE account = %s AND person_id = %s AND digest = %s",
            (account, person, digest),
        )
        if row is None:
            return None
        return CodeUse(
            spent=spent == 1,
            used_at=instant(row[0]),
            by_helper=bool(row[1]),
            left=self.left(account, person).left,
        )

    def left(self, account: AccountId, person: PersonId) -> RecoveryCodesLeft:
        """Count the unused of the person's own set."""
        row = one(
            "SELECT COUNT(*) - COUNT(used_at), MAX(made_at) FROM recovery_code"
            " WHERE account = %s AND person_id = %s AND by_helper = %s",
            (account, person, False),
        )
        left, made_at = row or (0, None)
        return RecoveryCodesLeft(left=left, made_at=instant(made_at))

    def discard(self, account: AccountId, person: PersonId) -> None:
        """Void all, the helper's included."""
        write("DELETE FROM recovery_code WHERE account = %s AND person_id = %s", (account, person))
