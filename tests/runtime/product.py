"""The product as an operator runs it: `twofold WORD …` in processes of its own, on a data folder of the test's."""

from __future__ import annotations

import re
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from tests import ready
from tests.processes import NO_TLS, environment, free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

STARTS_WITHIN = 60.0
TICK = 0.05
_LINK = re.compile(r"https?://\S+\?link=[\w-]{43}")


@dataclass
class Told:
    """How a word ended."""

    code: int
    out: str
    err: str

    @property
    def link(self) -> str:
        found = _LINK.search(self.out)
        assert found is not None, self.out
        return found.group()


def word(data: Path, *line: str, **more: str) -> Told:
    """Run one word to its end, as a process of its own that had less to load."""
    return _told(data, line, more, ready.fork)


def typed(data: Path, *line: str, **more: str) -> Told:
    """Run one word to its end as an operator does, from the start of Python on."""
    return _told(data, line, more, ready.launch)


def _told(data: Path, line: Sequence[str], more: Mapping[str, str], start: ready.Start) -> Told:
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        code = start(line, env=environment(data, **more), out=out, err=err).wait(STARTS_WITHIN)
        out.seek(0)
        err.seek(0)
        return Told(code, out.read(), err.read())


def write_private(path: Path, text: str) -> Path:
    path.write_text(text)
    path.chmod(0o600)
    return path


@dataclass
class Running:
    """A server that runs."""

    process: ready.Process
    port: int
    data: Path
    out: Path
    err: Path
    client: httpx.Client = field(repr=False)

    @property
    def block(self) -> str:
        return self.out.read_text()

    @property
    def log(self) -> str:
        return self.err.read_text()

    @property
    def link(self) -> str:
        found = _LINK.search(self.block)
        assert found is not None, self.block
        return found.group()

    def children(self) -> list[int]:
        # A child belongs to the thread that started it.
        tasks = Path(f"/proc/{self.process.pid}/task").iterdir()
        return [int(pid) for task in tasks for pid in (task / "children").read_text().split()]

    def get(self, path: str, host: str = "127.0.0.1", **headers: str) -> httpx.Response:
        return self.client.get(f"http://{host}:{self.port}{path}", headers=headers)


def wait_for(condition: object, within: float = 20.0) -> None:
    """Wait until a callable says yes."""
    assert callable(condition)
    until = time.monotonic() + within
    while not condition():
        assert time.monotonic() < until, "it did not come to pass in time"
        time.sleep(TICK)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


@contextmanager
def running(data: Path, *line: str, **more: str) -> Iterator[Running]:
    """Serve on a free port until the block is printed; end it by its own process id."""
    with _served(data, line, more, ready.fork) as server:
        yield server


@contextmanager
def started(data: Path, *line: str, **more: str) -> Iterator[Running]:
    """Do the same as an operator does, from the start of Python on."""
    with _served(data, line, more, ready.launch) as server:
        yield server


@contextmanager
def _served(data: Path, line: Sequence[str], more: Mapping[str, str], start: ready.Start) -> Iterator[Running]:
    port = free_port()
    # Several may run on one data folder.
    out, err = data.with_name(f"{port}.out"), data.with_name(f"{port}.err")
    with out.open("w") as printed, err.open("w") as logged:
        whole = [*(line or ("serve",)), "--port", str(port)]
        process = start(whole, env=environment(data, **more), out=printed, err=logged)
    with httpx.Client(verify=NO_TLS, timeout=10, trust_env=False) as client:
        server = Running(process, port, data, out, err, client)
        try:
            wait_for(lambda: "Stop with" in server.block or process.poll() is not None, STARTS_WITHIN)
            assert process.poll() is None, server.log
            yield server
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
