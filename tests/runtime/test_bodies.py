"""Slow senders: they hold some of the threads, and the others go on answering."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING

import pytest

from twofold.bodies import Bodies, turns_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment


LARGE = 2_000_000
"""Bytes; more than a form has."""


class Slow:
    """A body that does not come before it is let go."""

    def __init__(self) -> None:
        self.asked, self.let_go, self.gone = threading.Event(), threading.Event(), False

    def read(self, size: int) -> bytes:
        self.asked.set()
        self.let_go.wait(10)
        if self.gone:
            raise OSError("gone")
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


@pytest.mark.security("SC10")
@pytest.mark.parametrize("threads", [1, 2, 3, 4, 5, 28, 256])
def test_of_few_threads_too_one_is_left_that_waits_for_no_sender(threads: int) -> None:
    forms, refused = turns_of(threads)
    assert forms >= 1
    assert forms + refused <= max(1, threads - 1)
    assert (forms, refused) == (14, 2) or threads != 28


@pytest.mark.security("SC10")
def test_where_no_thread_is_to_spare_a_large_file_that_is_refused_is_not_read() -> None:
    application = Bodies(refuse, most=1, refused=0, waits=0.01)
    cut_off = io.BytesIO(b"a" * LARGE)
    assert ask(application, cut_off, str(LARGE))[0] == "303 See Other"
    assert cut_off.tell() == 0


def refuse(_environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("303 See Other", [])
    return [b""]


def test_a_large_file_that_is_refused_is_read_to_its_end_and_few_of_them_at_once() -> None:
    application = Bodies(refuse, most=2, waits=0.01)
    file = io.BytesIO(b"a" * LARGE)
    assert ask(application, file, str(LARGE))[0] == "303 See Other"
    assert file.read() == b""
    # Slow senders of such files hold two threads at most, and those who read forms are not among them.
    slow = [Slow(), Slow()]
    threads = [threading.Thread(target=ask, args=(application, one, str(LARGE))) for one in slow]
    for thread in threads:
        thread.start()
    assert all(one.asked.wait(10) for one in slow)
    cut_off = io.BytesIO(b"a" * LARGE)
    assert ask(application, cut_off, str(LARGE))[0] == "303 See Other"
    assert cut_off.tell() == 0
    assert ask(application, io.BytesIO(b"abc"), "3")[0] == "303 See Other"
    for one in slow:
        one.gone = True
        one.let_go.set()
    for thread in threads:
        thread.join(10)
    again = io.BytesIO(b"a" * LARGE)
    assert ask(application, again, str(LARGE))[0] == "303 See Other"
    assert again.tell() == LARGE
    endless = io.BytesIO(b"a" * LARGE)
    assert ask(application, endless, str(1 << 40))[0] == "303 See Other"
    assert endless.tell() == 0, "whoever claims more than any page takes is cut off"


def test_a_sender_who_leaves_gives_the_turn_back() -> None:
    application = Bodies(echo, most=1, waits=0.01)
    with pytest.raises(OSError, match="gone"):
        ask(application, _Gone(), "3")
    assert ask(application, io.BytesIO(b"abc"), "3") == ("200 OK", b"abc")


class _Gone:
    def read(self, _size: int) -> bytes:
        raise OSError("gone")


def test_a_form_that_breaks_off_is_not_taken_as_it_stands() -> None:
    application = Bodies(echo, most=1, waits=0.01)
    assert ask(application, io.BytesIO(b"password=abc"), "20") == ("400 Bad Request", b"")
    assert ask(application, io.BytesIO(b"password=abcdefghijk"), "20") == ("200 OK", b"password=abcdefghijk")
