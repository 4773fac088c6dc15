"""Slow senders: they hold some of the threads, and the others go on answering."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import pytest

from twofold.bodies import Bodies

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


class Slow:
    """A body that does not come before it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Event(), threading.Event()

    def read(self, size: int) -> bytes:
        self.asked.set()
        self.let_go.wait(10)
        return b"a" * size


def echo(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def ask(application: Bodies, body: object, length: str) -> tuple[str, bytes]:
    said: list[str] = []

    def start(status: str, *_: object) -> None:
        said.append(status)

    found = application({"wsgi.input": body, "CONTENT_LENGTH": length}, start)  # type: ignore[arg-type]  # no exc_info
    return said[0], b"".join(found)


@pytest.mark.security("SC10")
def test_slow_senders_never_hold_every_thread() -> None:
    application = Bodies(echo, most=2, waits=0.01)
    slow = [Slow(), Slow()]
    answers: list[tuple[str, bytes]] = []
    threads = [threading.Thread(target=lambda one=one: answers.append(ask(application, one, "3"))) for one in slow]
    for thread in threads:
        thread.start()
    assert all(one.asked.wait(10) for one in slow)
    assert ask(application, io.BytesIO(b"abc"), "3")[0] == "503 Service Unavailable"
    # What has no body, or one that is refused unread, waits for nobody.
    for length in ("", "0", "nonsense", str(1 << 30)):
        assert ask(application, io.BytesIO(b""), length)[0] == "200 OK"
    for one in slow:
        one.let_go.set()
    for thread in threads:
        thread.join(10)
    assert answers == [("200 OK", b"aaa")] * 2
    assert ask(application, io.BytesIO(b"abc"), "3") == ("200 OK", b"abc")


def test_a_sender_who_leaves_gives_the_turn_back() -> None:
    application = Bodies(echo, most=1, waits=0.01)
    with pytest.raises(OSError, match="gone"):
        ask(application, _Gone(), "3")
    assert ask(application, io.BytesIO(b"abc"), "3") == ("200 OK", b"abc")


class _Gone:
    def read(self, _size: int) -> bytes:
        raise OSError("gone")
