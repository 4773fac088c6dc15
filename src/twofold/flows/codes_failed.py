"""What became of codes that were put for sending, in the audit log: the worker says so of those that it gives up."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.instants import to_micros
from twofold.flows.journal import record_by_system
from twofold.ports.outbox import NOBODY_KNOWS

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Why
    from twofold.ports.services import Services

_PASSCODE: Final = "passcode"
_MAILBOX_CODES: Final = frozenset({"address_code", "mailbox_code", "new_browser_code"})


def note(
    services: Services,
    account: Account,
    person: PersonId,
    message: JsonObject,
    *,
    put_at: datetime,
    why: Why,
    code: str,
    now: datetime,
) -> None:
    """Record that a code did not go out, or that nobody knows, in the caller's transaction; of other messages nothing.

    `message` is what its job holds, `code` the provider's own. Neither the code that was to be sent nor where it was to
    go stands in the event.
    """
    template = message.get("template")
    if template not in {_PASSCODE, *_MAILBOX_CODES}:
        return
    is_unclear = why in NOBODY_KNOWS
    record_by_system(
        services,
        account,
        "mailbox_code.not_sent" if template != _PASSCODE else "passcode.unclear" if is_unclear else "passcode.not_sent",
        now=now,
        person=person,
        detail={
            "channel": message.get("channel"),
            "put_at": to_micros(put_at),
            "because": why.value,
            "code": code,
        },
    )
