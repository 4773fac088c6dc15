"""Where messages go: to an SMTP server, or into files while none is set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from twofold.core.json import MalformedJson, int_in, text_in
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.delivery.words import Letter
    from twofold.settings import Settings

KEPT: Final = "mail"
"""The name under which admins keep their mail server in the product; the environment stands over it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """An SMTP server, and whom mail comes from. `security` is "starttls", "tls" or "none"."""

    host: str
    port: int
    security: str
    user: str = ""
    password: str = field(default="", repr=False)
    sender: str


class NotSent(Exception):
    """The message did not leave, or nobody knows whether it did. The text never holds message, address or number.

    `for_good`: trying again would not help. `maybe_sent`: it may have left, so trying again could send it twice.
    `why` and the provider's own `code` are what an admin is told.
    """

    def __init__(
        self,
        because: str,
        *,
        for_good: bool = False,
        maybe_sent: bool = False,
        why: Why = Why.OTHER,
        code: str = "",
    ) -> None:
        super().__init__(because)
        self.for_good = for_good or maybe_sent
        self.maybe_sent = maybe_sent
        self.why = why
        self.code = code


class Sender(Protocol):
    """One way for messages to leave."""

    def send(self, letter: Letter, *, to: str, message_id: str, at: datetime) -> str:
        """Hand a message over and return what the log may say of it; NotSent when it did not leave."""

    def close(self) -> None:
        """Give back what is held open between messages."""


def mail_is_public_only(settings: Settings, accounts: int) -> bool:
    """Say whether mail must go through public addresses only: where owners who are not the operator name the server."""
    return not settings.smtp_host and accounts > 1


def server_of(settings: Settings, kept: JsonObject) -> Server | None:
    """Return the mail server of an account, or None while there is none.

    `kept` is what admins saved in the product; it is read only where the environment names no server.
    """
    if settings.smtp_host:
        return Server(
            host=settings.smtp_host,
            port=settings.smtp_port,
            security=settings.smtp_security,
            user=settings.smtp_user,
            password=settings.smtp_password.get_secret_value(),
            sender=settings.sender,
        )
    try:
        host = text_in(kept, "host") if kept else ""
        if not host:
            return None
        return Server(
            host=host,
            port=int_in(kept, "port"),
            security=text_in(kept, "security"),
            user=text_in(kept, "user"),
            password=text_in(kept, "password"),
            sender=text_in(kept, "sender") or settings.sender,
        )
    except MalformedJson:
        return None
