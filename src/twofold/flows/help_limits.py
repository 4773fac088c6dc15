"""How often things around help may happen: calls of one person, mails about calls, acts of an agent."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from twofold.flows import windows

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.refusals import Refusal
    from twofold.core.throttle import Window
    from twofold.ports.services import Services


class Counted(Enum):
    """What is counted; stored, never renamed."""

    CALLS = "help_calls"
    """Of one person."""
    CALL_MAILS = "help_call_mails"
    """Of one audience of an account: whoever has many passwords must not fill the helpers' mailboxes."""
    AGENT = "agent_helps"
    """Of one agent."""


def spend(services: Services, account: AccountId, what: Counted, subject: str, *, now: datetime) -> Refusal | None:
    """Count one more, in the caller's transaction; a refusal says until when no more of them fit."""
    return windows.spend(services, account, what.value, _key(subject), _windows(services, what), now=now)


def left(services: Services, account: AccountId, what: Counted, subject: str, *, now: datetime) -> int:
    """Say how many more fit at present. Writes nothing."""
    return windows.left(services, account, what.value, _key(subject), _windows(services, what), now=now)


def _key(subject: str) -> str:
    # A suffix, so that ending somebody's wait for codes does not forget these counts as well.
    return f"{subject}.help"


def _windows(services: Services, what: Counted) -> Sequence[Window]:
    limits = services.numbers.helping
    return {Counted.CALLS: limits.calls, Counted.CALL_MAILS: limits.call_mails, Counted.AGENT: limits.agents}[what]
