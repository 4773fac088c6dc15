"""The HTTP client behind a question to a provider: no redirects, no proxies, no connection twice, and an end in time.

Whoever asks goes through line.py.
"""

from __future__ import annotations

import ssl
import time
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import httpcore
import httpx

from twofold.delivery.addresses import Elsewhere, addresses_of
from twofold.delivery.senders import NotSent
from twofold.delivery.sms.question import ANSWER_WITHIN, CONNECT_WITHIN, MOST, Answer
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from collections.abc import Iterable

    from httpcore import SOCKET_OPTION

    from twofold.delivery.sms.question import Question

_AGENT: Final = "Twofold"


def ask(question: Question) -> Answer:
    """Ask once, and return the answer whatever its status; NotSent when there is none."""
    try:
        with (
            httpx.Client(
                transport=_Transport(until=time.monotonic() + ANSWER_WITHIN, public_only=question.public_only),
                timeout=httpx.Timeout(ANSWER_WITHIN, connect=CONNECT_WITHIN),
                follow_redirects=False,
                # No proxy, and no password out of a file, that only this process knows of.
                trust_env=False,
            ) as client,
            client.stream(
                question.method,
                question.address,
                headers={"User-Agent": _AGENT, "Accept-Encoding": "identity", **question.headers},
                content=question.body or None,
            ) as response,
        ):
            return Answer(response.status_code, _body(response))
    except Elsewhere as problem:
        raise NotSent("the address leads to a network of our own", for_good=True, why=Why.NOT_PUBLIC) from problem
    except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
        raise _not_connected(problem) from problem
    except (
        httpx.InvalidURL,
        httpx.UnsupportedProtocol,
        httpx.LocalProtocolError,
        ValueError,
        OverflowError,
    ) as problem:
        raise NotSent("the address or a header cannot be used", for_good=True, why=Why.REFUSED) from problem
    except httpx.HTTPError as problem:
        raise NotSent(f"no answer: {type(problem).__name__}", maybe_sent=True, why=Why.NO_ANSWER) from problem


def reach(address: str, *, public_only: bool) -> None:
    """Connect to the host of an address, over TLS where it says so, and hang up; NotSent when that fails."""
    url = httpx.URL(address)
    backend = _Backend(until=time.monotonic() + ANSWER_WITHIN, public_only=public_only)
    is_tls = url.scheme == "https"
    try:
        stream = backend.connect_tcp(url.host, url.port or (443 if is_tls else 80), timeout=CONNECT_WITHIN)
        try:
            if is_tls:
                stream = stream.start_tls(_trusted(), server_hostname=url.host, timeout=CONNECT_WITHIN)
        finally:
            stream.close()
    except Elsewhere as problem:
        raise NotSent("the address leads to a network of our own", for_good=True, why=Why.NOT_PUBLIC) from problem
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
        raise _not_connected(problem) from problem


def _body(response: httpx.Response) -> bytes:
    found = bytearray()
    for chunk in response.iter_raw():
        found += chunk
        if len(found) > MOST:
            break
    return bytes(found[:MOST])


def _not_connected(problem: Exception) -> NotSent:
    causes = [problem, *_causes(problem)]
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return NotSent("TLS failed", why=Why.TLS)
    return NotSent(f"no connection: {type(problem).__name__}", why=Why.NO_CONNECTION)


def _causes(problem: BaseException) -> Iterable[BaseException]:
    cause = problem.__cause__ or problem.__context__
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


@cache
def _trusted() -> ssl.SSLContext:
    """Return the machine's own list of who vouches for a certificate; reading it takes longer than a text."""
    return ssl.create_default_context()


class _Transport(httpx.HTTPTransport):
    """One connection for one question: one that was kept might be closed just when the next text is on it."""

    def __init__(self, *, until: float, public_only: bool) -> None:
        super().__init__(verify=_trusted(), trust_env=False)
        self._pool = httpcore.ConnectionPool(
            ssl_context=_trusted(),
            max_connections=1,
            max_keepalive_connections=0,
            network_backend=_Backend(until=until, public_only=public_only),
        )


class _Backend(httpcore.NetworkBackend):
    """Connects only where it may, and lets nothing last beyond an instant of the monotonic clock."""

    def __init__(self, *, until: float, public_only: bool) -> None:
        self._inner = httpcore.SyncBackend()
        self._until = until
        self._public_only = public_only

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the very address that was looked at, or to the next where the host has several."""
        try:
            addresses = addresses_of(host, port, public_only=self._public_only)
        except OSError as problem:
            raise httpcore.ConnectError(str(problem)) from problem
        failed: Exception = httpcore.ConnectTimeout("out of time")
        for address in addresses:
            left = self._until - time.monotonic()
            if left <= 0:
                break
            within = left if timeout is None else min(timeout, left)
            try:
                stream = self._inner.connect_tcp(address, port, within, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failed = problem
            else:
                return _Stream(stream, self._until)
        raise failed


class _Stream(httpcore.NetworkStream):
    """A connection whose every wait ends at one instant."""

    def __init__(self, inner: httpcore.NetworkStream, until: float) -> None:
        self._inner = inner
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what comes in time; ReadTimeout."""
        return self._inner.read(max_bytes, self._left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write in time; WriteTimeout."""
        self._inner.write(buffer, self._left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        """Hang up."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Encrypt; the same end holds."""
        left = self._left(timeout, httpcore.ConnectTimeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._until)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 -- httpcore's interface
        """Return what httpcore asks for."""
        return self._inner.get_extra_info(info)

    def _left(self, timeout: float | None, too_late: type[Exception]) -> float:
        left = self._until - time.monotonic()
        if left <= 0:
            raise too_late
        return left if timeout is None else min(timeout, left)
