"""A provider of texts as a small real server on loopback: it keeps what it was asked, and answers what a test says."""

from __future__ import annotations

import base64
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator

    from twofold.core.json import JsonValue


@dataclass(frozen=True)
class Asked:
    """One request as it came."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return _pairs(urlsplit(self.target).query)

    @property
    def form(self) -> dict[str, str]:
        assert self.headers["content-type"] == "application/x-www-form-urlencoded"
        return _pairs(self.body.decode("ascii"))

    @property
    def basic(self) -> str:
        kind, _, value = self.headers["authorization"].partition(" ")
        assert kind == "Basic"
        return base64.b64decode(value).decode()


def _pairs(text: str) -> dict[str, str]:
    found = parse_qsl(text, keep_blank_values=True, strict_parsing=True)
    assert len(dict(found)) == len(found), "a field twice"
    return dict(found)


@dataclass
class Gateway:
    """What it was asked, and what it answers: a status and a body; `trickles` sends a byte each tenth of a second.

    `until`: it answers nobody before that happened.
    """

    address: str = ""
    asked: list[Asked] = field(default_factory=list)
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    waits: float = 0
    until: threading.Event | None = None
    trickles: bool = False
    hangs_up: bool = False

    def hold_back(self, over: threading.Event) -> None:
        over.wait(self.waits)
        if self.until is not None:
            self.until.wait(30)

    def answers(self, status: int, body: JsonValue | bytes = b"", **headers: str) -> Gateway:
        self.status, self.headers = status, headers
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self


@contextmanager
def running(tls: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    """Run one on a free port until the test is over."""
    gateway = Gateway()
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            gateway.asked.append(Asked(self.command, self.path, headers, self.rfile.read(length)))
            gateway.hold_back(over)
            if gateway.hangs_up:
                self.connection.close()
                return
            self.send_response(gateway.status)
            for name, value in gateway.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(gateway.body)))
            self.end_headers()
            if not gateway.trickles:
                self.wfile.write(gateway.body)
                return
            for byte in gateway.body:
                if over.wait(0.1):
                    return
                self.wfile.write(bytes([byte]))

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 -- http.server's names

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                # Whoever asked has hung up.
                time.sleep(0)

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    gateway.address = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        over.set()
        server.shutdown()
        server.server_close()
        thread.join()
