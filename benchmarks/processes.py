"""Processes under measurement: starting them on one core, their CPU time and their memory."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SERVER_CORE = 0
DRIVER_CORE = 1
_START_WITHIN = 60
_NANOSECONDS = 1e9


def free_port() -> int:
    """Return a loopback port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(command: Sequence[str], env: Mapping[str, str], port: int, path: str, log: Path) -> Iterator[int]:
    """Run a server pinned to one core until the block ends; yield its process id once `path` answers."""

    def pin() -> None:
        os.sched_setaffinity(0, {SERVER_CORE})

    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 -- our own command, fixed above
            [*command],
            env={**os.environ, **env},
            stdout=output,
            stderr=subprocess.STDOUT,
            preexec_fn=pin,  # noqa: PLW1509 -- this process has one thread
            start_new_session=True,
        )
        try:
            _wait_for(process, port, path, log)
            yield process.pid
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _wait_for(process: subprocess.Popen[bytes], port: int, path: str, log: Path) -> None:
    until = time.monotonic() + _START_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            sys.exit(f"The server ended before it answered:\n{log.read_text()[-2000:]}")
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            connection.request("GET", path)
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return
        finally:
            connection.close()
    sys.exit(f"The server did not answer within {_START_WITHIN} s:\n{log.read_text()[-2000:]}")


def tree(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    found = [pid]
    for parent in found:
        for children in Path(f"/proc/{parent}/task").glob("*/children"):
            found.extend(int(child) for child in children.read_text().split())
    return found


def delivery(pid: int) -> int:
    """Return the child that sends messages: of ours the one that is no web server."""
    for child in tree(pid)[1:]:
        names = {(task / "comm").read_text().split()[0] for task in Path(f"/proc/{child}/task").iterdir()}
        if names.isdisjoint({"granian", "tokio-rt-worker"}) and "resource_tracker" not in _command(child):
            return child
    sys.exit("No process here sends messages.")


def _command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def cpu_seconds(pid: int, *, but: int = 0) -> float:
    """Return the CPU time of a process tree so far, `but` one of it, to the nanosecond of the scheduler."""
    total = 0
    for one in tree(pid):
        if one == but:
            continue
        for stat in Path(f"/proc/{one}/task").glob("*/schedstat"):
            total += int(stat.read_text().split()[0])
    return total / _NANOSECONDS


def pss_mib(pid: int) -> float:
    """Return the memory of a process tree, what is shared counted once (PSS), in MiB."""
    total = 0
    for one in tree(pid):
        for line in Path(f"/proc/{one}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024
