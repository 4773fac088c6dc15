"""Work for later: done by the worker after the commit, in chunks that survive being killed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId, JobId, PersonId
    from twofold.core.json import JsonObject

TELL_DORMANT = "tell_dormant"
"""Mail everybody of an audience whose enrolment a requirement's end has made dormant.

The body holds `audience`, `template`, `params` of the mail, and `after`, the id of the person up to
whom it was done. The mails of a chunk and the new `after` are written in one transaction, so that
each person is told once.
"""


class Jobs(Protocol):
    """Where jobs wait."""

    def add(
        self,
        account: AccountId,
        *,
        id: JobId,  # noqa: A002 -- the word of every record
        kind: str,
        body: JsonObject,
        run_at: datetime,
        put_at: datetime,
        person_id: PersonId | None = None,
        expires_at: datetime | None = None,
    ) -> None:
        """Store one, in the present transaction; the body is sealed and erased when it is done."""
