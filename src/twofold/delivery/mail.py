"""Mail through an SMTP server (RFC 5321), by Django's backend."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.utils import format_datetime
from typing import TYPE_CHECKING

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from twofold.delivery.senders import NotSent
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.delivery.senders import Server
    from twofold.delivery.words import Letter

TIMEOUT = 15
"""Seconds to wait for each answer of the server."""
# From here on an answer is final (RFC 5321, 4.2.1).
_FINAL = 500


class Smtp:
    """One server; its connection is kept between messages until `close`."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._backend: EmailBackend | None = None

    def send(self, letter: Letter, *, to: str, message_id: str, at: datetime) -> str:
        """Hand a message over; NotSent says whether the server refused it for good."""
        message = EmailMessage(
            subject=letter.subject,
            body=letter.text,
            from_email=self._server.sender,
            to=[to],
            headers={
                # The same at every try: a message that was sent twice is recognised as one.
                "Message-ID": f"<{message_id}@{_domain(self._server.sender)}>",
                "Date": format_datetime(at),
                # No out-of-office replies (RFC 3834).
                "Auto-Submitted": "auto-generated",
            },
        )
        try:
            if self._backend is None:
                self._backend = self._connected()
            self._backend.send_messages([message])
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            self.close()
            raise _not_sent(problem) from problem
        return self._server.host

    def check(self) -> None:
        """Connect, encrypt and sign in without sending anything; NotSent when that fails."""
        try:
            self._connected().close()
        except (smtplib.SMTPException, OSError, ValueError) as problem:
            raise _not_sent(problem) from problem

    def close(self) -> None:
        """End the connection."""
        backend, self._backend = self._backend, None
        if backend is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                backend.close()

    def _connected(self) -> EmailBackend:
        server = self._server
        backend = EmailBackend(
            host=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.security == "starttls",
            use_ssl=server.security == "tls",
            timeout=TIMEOUT,
            fail_silently=False,
        )
        try:
            backend.open()
        except (smtplib.SMTPException, OSError):
            # What was opened before the server said no would stay open.
            with contextlib.suppress(smtplib.SMTPException, OSError):
                backend.close()
            raise
        return backend


def _not_sent(problem: Exception) -> NotSent:
    """Say in one line what went wrong, and whether it would go wrong again; a server's text may quote the address."""
    if isinstance(problem, smtplib.SMTPRecipientsRefused):
        codes = sorted(code for code, _ in problem.recipients.values())
        said = f"recipient refused ({codes[0]})"
        return NotSent(said, for_good=codes[0] >= _FINAL, why=Why.REFUSED, code=str(codes[0]))
    if isinstance(problem, smtplib.SMTPResponseException):
        # Only what the server says of this message is final; a wrong password or sender is for the operator to mend.
        for_good = isinstance(problem, smtplib.SMTPDataError) and problem.smtp_code >= _FINAL
        code = str(problem.smtp_code)
        return NotSent(f"{type(problem).__name__} {code}", for_good=for_good, why=Why.REFUSED, code=code)
    if isinstance(problem, ssl.SSLError):
        return NotSent(f"TLS failed: {problem.reason}", why=Why.TLS)
    if isinstance(problem, OSError):
        return NotSent(f"no connection: {problem.strerror or type(problem).__name__}", why=Why.NO_CONNECTION)
    return NotSent(type(problem).__name__, for_good=isinstance(problem, ValueError))


def _domain(sender: str) -> str:
    return sender.rstrip("> ").rpartition("@")[2] or "localhost"
