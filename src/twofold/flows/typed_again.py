"""What somebody sent after their session had run out: kept, sealed, until they are signed in again on the same browser.

Among the live challenges, one for each session: the newest form stands. Passwords and codes never come here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from twofold.core.json import as_text, list_in, text_in
from twofold.ports.challenges import Live

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.services import Services

KEPT_FOR: Final = timedelta(hours=1)
"""As long as setting up may take, which can stand between the session before and the next."""
KIND: Final = "typed"
"""Under which it stands there: a change of the sign-in ends the other kinds, and leaves this."""
_BETWEEN: Final = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """A form as it was sent: to which path, and its fields in their order."""

    action: str
    fields: tuple[tuple[str, str], ...] = field(repr=False)


def keep(
    services: Services, visit: Visit, session_token: str, *, page: str, action: str, fields: Sequence[tuple[str, str]]
) -> str:
    """Keep a form that was sent from `page` under a session that ran out, and return the secret that opens it.

    "" where there is no such session: it was ended by somebody, or never was.
    """
    account = visit.account.id
    session = services.sessions.by_token(account, services.digests.of_token(session_token)) if session_token else None
    if session is None:
        return ""
    secret = services.entropy.token()
    live = Live(
        kept={
            "person": session.person_id,
            "secret": services.digests.of_token(secret),
            "page": page,
            "action": action,
            "fields": [[name, value] for name, value in fields],
        },
        shown={},
        expires_at=services.clock.now() + KEPT_FOR,
    )
    before = services.challenges.load(account, session.id, KIND)
    version = before.version if before is not None else 0
    with services.transactions.begin():
        written = services.challenges.replace(account, session.id, KIND, session.person_id, live, version=version)
    return f"{session.id}{_BETWEEN}{secret}" if written else ""


def find(services: Services, visit: Visit, me: SignedIn, opened_by: str, *, page: str) -> Typed | None:
    """Return what this person sent from this page, if `opened_by` opens it and it is not too old. Writes nothing."""
    scope, _, secret = opened_by.partition(_BETWEEN)
    live = services.challenges.load(visit.account.id, scope, KIND)
    if live is None or services.clock.now() >= live.expires_at:
        return None
    kept = live.kept
    is_theirs = text_in(kept, "person") == me.person.id and text_in(kept, "page") == page
    if not is_theirs or not compare_digest(text_in(kept, "secret"), services.digests.of_token(secret)):
        return None
    pairs = [[as_text(part, "field") for part in one] for one in list_in(kept, "fields") if isinstance(one, list)]
    return Typed(action=text_in(kept, "action"), fields=tuple((name, value) for name, value in pairs))
