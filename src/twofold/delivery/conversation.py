"""One talk with a mail server, which ends at one instant and reads only so much, whatever the server does.

Python's own client waits for each line anew: a server that says one every few seconds and never the last would hold it
for good. Here every wait on the socket is cut to what is left of the talk.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from typing import Any, Final

from twofold.delivery.addresses import connect

MOST: Final = 64 * 1024
"""Bytes of a server's answers that are read in one talk."""


class Talk:
    """How long a talk still lasts, and how much of it is still read. `cut`: why we hung up, or ""."""

    def __init__(self, most_wait: float) -> None:
        self._most_wait = most_wait
        self._unread = 0
        self.until = 0.0
        self.cut = ""

    def begin(self, within: float) -> None:
        """Let the talk end so many seconds from now."""
        self.until = time.monotonic() + within
        self._unread = MOST
        self.cut = ""

    def left(self) -> float:
        """Return how long the next wait may be; TimeoutError when the talk is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            self.cut = "it took too long"
            raise TimeoutError(self.cut)
        return min(left, self._most_wait)

    def note(self, count: int) -> int:
        """Count what was read, and return it; OSError when it is too much."""
        self._unread -= count
        if self._unread < 0:
            self.cut = "it says too much"
            raise OSError(self.cut)
        return count


class Conversation(smtplib.SMTP):
    """Python's client on sockets that keep to a talk. `context`: it is encrypted from the first byte on."""

    def __init__(
        self,
        talk: Talk,
        host: str,
        port: int,
        *,
        public_only: bool,
        context: ssl.SSLContext | None = None,
        local_hostname: str | None = None,
        timeout: float,
    ) -> None:
        self._talk = talk
        self._public_only = public_only
        self._context = context
        super().__init__(host, port, local_hostname, timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Connect to the very address that was looked at; certificates are still held against the name."""
        found = connect(host, port, until=self._talk.until, within=timeout, public_only=self._public_only)
        plain = _Plain(fileno=found.detach())
        plain.talk = self._talk
        # As long as the handshake may take, too.
        plain.settimeout(self._talk.left())
        return plain if self._context is None else self._encrypted(plain, self._context, host)

    def starttls(self, *_: Any, context: ssl.SSLContext | None = None, **__: Any) -> tuple[int, bytes]:  # noqa: ANN401 -- Python's own
        """Encrypt; the same end holds."""
        if context is None:
            raise ValueError("encryption without a list of who is trusted")
        context.sslsocket_class = _Encrypted
        if self.sock is not None:
            self.ehlo_or_helo_if_needed()
            self.sock.settimeout(self._talk.left())
        answer = super().starttls(context=context)
        if isinstance(self.sock, _Encrypted):
            self.sock.talk = self._talk
        return answer

    def _encrypted(self, plain: socket.socket, context: ssl.SSLContext, host: str) -> socket.socket:
        context.sslsocket_class = _Encrypted
        encrypted = context.wrap_socket(plain, server_hostname=host)
        if isinstance(encrypted, _Encrypted):
            encrypted.talk = self._talk
        return encrypted


class _Plain(socket.socket):
    """A socket that waits no longer than its talk."""

    talk: Talk | None = None

    def recv_into(self, *given: Any, **named: Any) -> int:  # noqa: ANN401 -- Python's own
        """Read what comes in time."""
        self._wait()
        count = super().recv_into(*given, **named)
        return count if self.talk is None else self.talk.note(count)

    def sendall(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 -- Python's own
        """Write all of it in time."""
        self._wait()
        super().sendall(*given, **named)

    def _wait(self) -> None:
        if self.talk is not None:
            self.settimeout(self.talk.left())


class _Encrypted(ssl.SSLSocket):
    """The same behind encryption, where all is sent piece by piece."""

    talk: Talk | None = None

    def recv_into(self, *given: Any, **named: Any) -> int:  # noqa: ANN401 -- Python's own
        """Read what comes in time."""
        self._wait()
        count = super().recv_into(*given, **named)
        return count if self.talk is None else self.talk.note(count)

    def send(self, *given: Any, **named: Any) -> int:  # noqa: ANN401 -- Python's own
        """Write some of it in time."""
        self._wait()
        return super().send(*given, **named)

    def _wait(self) -> None:
        if self.talk is not None:
            self.settimeout(self.talk.left())
