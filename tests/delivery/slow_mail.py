"""Mail servers that never come to an end: real sockets on loopback, for as long as a test lasts."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from twofold.delivery.senders import Server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WORDS = {b"EHLO": b"250 here", b"MAIL": b"250 OK", b"RCPT": b"250 OK", b"DATA": b"354 go on", b"QUIT": b"221 bye"}


@contextmanager
def never_done(*, every: float = 0.05, after: bytes = b"", line: bytes = b"220-wait\r\n") -> Iterator[Server]:
    """Say `line` again and again: at once, or once a client has said a line that begins with `after`."""
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        with connection.makefile("rb") as said:
            if after:
                connection.sendall(b"220 here\r\n")
                while not (word := said.readline()[:4].upper()).startswith(after) and word:
                    connection.sendall(_WORDS.get(word, b"250 OK") + b"\r\n")
            while not over.wait(every):
                connection.sendall(line)

    with serving(talk) as server:
        try:
            yield server
        finally:
            over.set()


@contextmanager
def serving(talk: Callable[[socket.socket], None]) -> Iterator[Server]:
    """Let each connection be talked to in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def one(connection: socket.socket) -> None:
            # Whoever called may have hung up.
            with connection, suppress(OSError):
                talk(connection)

        def accept() -> None:
            while True:
                try:
                    connection, _ = listening.accept()
                except OSError:
                    return
                threads.append(threading.Thread(target=one, args=(connection,)))
                threads[-1].start()

        threads = [threading.Thread(target=accept)]
        threads[0].start()
        try:
            yield Server(
                host="127.0.0.1",
                port=listening.getsockname()[1],
                security="none",
                sender="Acme Support <help@acme.example>",
            )
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()
