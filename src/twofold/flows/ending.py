"""What ends what: carrying out the table of `core.effects` on the rows of one person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.effects import Which, effects_of
from twofold.core.links import Purpose
from twofold.flows import typed_again

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.effects import Change
    from twofold.core.ids import AccountId, AttemptId, PersonId, SessionId
    from twofold.ports.services import Services

# "This was not me" and "stop this" outlive everything: whoever stole a sign-in must not be able to silence them.
_ENDED_LINKS: Final = tuple(purpose.value for purpose in Purpose if purpose not in {Purpose.FREEZE, Purpose.STOP_HELP})


def apply(
    services: Services,
    account: AccountId,
    person: PersonId,
    change: Change,
    *,
    now: datetime,
    but_session: SessionId | None = None,
    but_attempt: AttemptId | None = None,
) -> None:
    """End what this change ends, in the present transaction, in which the person's row was written before.

    `but_session` is the session in which the change was made.
    """
    ends = effects_of(change)
    # Attempts first: a sign-in that is being decided holds its attempt, and its session is then here to be ended.
    if ends.attempts_and_links:
        services.attempts.end_all(account, person, at=now, but=but_attempt)
        services.links.end(account, person, at=now, purposes=_ENDED_LINKS)
        services.challenges.end_all(account, person, but_kind=typed_again.KIND)
    match ends.sessions:
        case Which.NONE:
            pass
        case Which.THIS:
            if but_session is not None:
                services.sessions.end(account, person, but_session, at=now)
        case Which.OTHERS:
            services.sessions.end_all(account, person, at=now, but=but_session)
        case Which.ALL:
            services.sessions.end_all(account, person, at=now)
    if ends.trust:
        services.browsers.end_trust(account, person)
