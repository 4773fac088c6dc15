"""Mail through an SMTP server (RFC 5321), by Django's backend."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from email.utils import format_datetime
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

from twofold.delivery.addresses import Elsewhere
from twofold.delivery.conversation import Conversation, Talk
from twofold.delivery.senders import NotSent
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.delivery.senders import Server
    from twofold.delivery.words import Letter

TIMEOUT: Final = 15
"""Seconds to wait for each answer of the server."""
TALK_FOR: Final = 60.0
"""Seconds for one mail, from the name of the server to its last word, however slowly it answers."""
BYE_WITHIN: Final = 5.0
"""Seconds for saying goodbye."""
# From here on an answer is final (RFC 5321, 4.2.1).
_FINAL: Final = 500
# What Python's own client says of an answer that is none of SMTP.
_NO_SMTP: Final = -1


class Smtp:
    """One server; its connection is kept between messages until `close`. `public_only`: it must not be one of ours."""

    def __init__(self, server: Server, *, public_only: bool = False, within: float = TALK_FOR) -> None:
        self._server = server
        self._public_only = public_only
        self._talk = Talk(TIMEOUT)
        self._within = within
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
        self._talk.begin(self._within)
        try:
            if self._backend is None:
                self._backend = self._connected()
            self._backend.send_messages([message])
        except (Elsewhere, smtplib.SMTPException, OSError, ValueError) as problem:
            cut = self._talk.cut
            self.close()
            raise _not_sent(problem, cut) from problem
        return self._server.host

    def check(self) -> None:
        """Connect, encrypt and sign in without sending anything; NotSent when that fails."""
        self._talk.begin(self._within)
        try:
            self._connected().close()
        except (Elsewhere, smtplib.SMTPException, OSError, ValueError) as problem:
            raise _not_sent(problem, self._talk.cut) from problem

    def close(self) -> None:
        """End the connection."""
        backend, self._backend = self._backend, None
        if backend is not None:
            self._talk.begin(BYE_WITHIN)
            with contextlib.suppress(smtplib.SMTPException, OSError):
                backend.close()

    def _connected(self) -> EmailBackend:
        server = self._server
        backend = _Backend(
            self._talk,
            public_only=self._public_only,
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


class _Backend(EmailBackend):
    """Django's, in a talk with an end, and only where it may connect."""

    def __init__(self, talk: Talk, *, public_only: bool, **given: Any) -> None:  # noqa: ANN401 -- Django's own
        super().__init__(**given)
        self._talk = talk
        self._public_only = public_only

    @property
    def connection_class(self) -> Any:  # noqa: ANN401 -- as Django has it
        """What is called for a connection."""
        return partial(Conversation, self._talk, public_only=self._public_only)


def _not_sent(problem: Exception, cut: str) -> NotSent:
    """Say in one line what went wrong, and whether it would go wrong again; a server's text may quote the address."""
    if isinstance(problem, Elsewhere):
        return NotSent("the mail server is in a network of our own", why=Why.NOT_PUBLIC)
    if isinstance(problem, smtplib.SMTPResponseException) and problem.smtp_code == _NO_SMTP:
        # Like a closed port: what else is open there is for nobody to find out.
        return NotSent("no connection: no mail server answers there", why=Why.NO_CONNECTION)
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
        return NotSent(f"no connection: {cut or problem.strerror or type(problem).__name__}", why=Why.NO_CONNECTION)
    return NotSent(type(problem).__name__, for_good=isinstance(problem, ValueError))


def _domain(sender: str) -> str:
    return sender.rstrip("> ").rpartition("@")[2] or "localhost"
