"""One-use links in mail, on the operator's terminal and for invitations."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, LinkId, PersonId
    from twofold.core.json import JsonObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link: bound to a purpose and (but for the first owner's) to a person."""

    id: LinkId
    purpose: str
    person_id: PersonId | None
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
    detail: JsonObject = field(default_factory=dict)


class Links(Protocol):
    """Where links are kept; their secrets only as digests."""

    def add(self, account: AccountId, link: Link, *, token_digest: str) -> None:
        """Store a new one."""

    def by_token(self, account: AccountId, token_digest: str) -> Link | None:
        """Return the link of this secret, used or not, expired or not."""

    def use(self, account: AccountId, link: LinkId, *, at: datetime) -> bool:
        """Mark as used; True for exactly one of several that try."""

    def end(
        self,
        account: AccountId,
        person: PersonId | None,
        *,
        at: datetime,
        purposes: Sequence[str] | None = None,
    ) -> None:
        """Use up a person's open links (None: those of nobody), of these purposes or all."""
