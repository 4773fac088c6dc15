"""Reading an open attempt with the person whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core import attempts as limits

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.flows.visit import Visit
    from twofold.ports.attempts import Attempt
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """An attempt that has not run out, its person and what they hold; `token_digest` finds it again."""

    attempt: Attempt
    token_digest: str
    person: Subscriber
    held: tuple[Enrolment, ...]
    ends_at: datetime


def read(services: Services, visit: Visit, attempt_token: str, *, now: datetime) -> UnderWay | None:
    """Return the open attempt of this secret, or None when it ran out or its person is gone."""
    if not attempt_token:
        return None
    account = visit.account.id
    token_digest = services.digests.of_token(attempt_token)
    found = services.attempts.with_person(account, token_digest)
    if found is None:
        return None
    attempt, person, held = found
    state = limits.state(
        begun_at=attempt.begun_at,
        last_step_at=attempt.last_step_at,
        is_set_up=attempt.setting_up,
        now=now,
        sign_in=services.numbers.sign_in,
        set_up=services.numbers.set_up,
    )
    if not isinstance(state, limits.Running):
        return None
    return UnderWay(attempt=attempt, token_digest=token_digest, person=person, held=held, ends_at=state.ends_at)
