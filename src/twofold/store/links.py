"""One-use links. The port: ports/links.py, Links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import LinkId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.links import Link
from twofold.store.rows import Value, from_text, instant, marks, micros, one, to_text, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId

_END: Final = "UPDATE link SET used_at = %s WHERE account = %s AND used_at IS NULL AND "


class LinkStore:
    """Links; their secrets only as digests."""

    def add(self, account: AccountId, link: Link, *, token_digest: str) -> None:
        """Store a new one."""
        write(
            "INSERT INTO link (account, id, token_digest, purpose, person_id, made_at, expires_at, used_at, detail)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
            (
                account,
                link.id,
                token_digest,
                link.purpose,
                link.person_id,
                to_micros(link.made_at),
                to_micros(link.expires_at),
                micros(link.used_at),
                to_text(link.detail),
            ),
        )

    def by_token(self, account: AccountId, token_digest: str) -> Link | None:
        """Return the link of this secret, used or not, expired or not."""
        row = one(
            "SELECT id, purpose, person_id, made_at, expires_at, used_at, detail FROM link"
            " WHERE account = %s AND token_digest = %s",
            (account, token_digest),
        )
        if row is None:
            return None
        link_id, purpose, person_id, made_at, expires_at, used_at, detail = row
        return Link(
            id=LinkId(link_id),
            purpose=purpose,
            person_id=None if person_id is None else PersonId(person_id),
            made_at=from_micros(made_at),
            expires_at=from_micros(expires_at),
            used_at=instant(used_at),
            detail=from_text(detail),
        )

    def use(self, account: AccountId, link: LinkId, *, at: datetime) -> bool:
        """Mark as used; True for exactly one of several that try."""
        return (
            write(
                "UPDATE link SET used_at = %s WHERE account = %s AND id = %s AND used_at IS NULL",
                (to_micros(at), account, link),
            )
            == 1
        )

    def end(
        self,
        account: AccountId,
        person: PersonId | None,
        *,
        at: datetime,
        purposes: Sequence[str] | None = None,
    ) -> None:
        """Use up a person's open links (None: those of nobody), of these purposes or all."""
        if purposes is not None and not purposes:
            return
        params: list[Value] = [to_micros(at), account]
        if person is None:
            statement = _END + "person_id IS NULL"
        else:
            statement = _END + "person_id = %s"
            params.append(person)
        if purposes is not None:
            statement += " AND purpose IN (" + marks(len(purposes)) + ")"
            params.extend(purposes)
        write(statement, params)
