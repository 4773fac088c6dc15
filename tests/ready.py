"""Words of ours as processes of their own that need not load what others wrote: each is forked from one that has.

Python, Django and pydantic take longer to load than most words take to be done, and tests start some hundred. Nothing
is loaded beforehand that looks at the environment: the libraries, the rooms that know no setting (the contracts in
pyproject.toml say which), and the class of the settings, which are read in each process, with its own environment.
What a fresh interpreter does is tested beside: `typed` and `started` in tests/runtime/product.py.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import json
import os
import pkgutil
import signal
import socket
import subprocess
import sys
import time
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO

ROOT: Final = Path(__file__).resolve().parents[1]
_MOST: Final = 128 * 1024
_TICK: Final = 0.02
_LIBRARIES: Final = (
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.kdf.scrypt",
    "argon2",
    "django.contrib.staticfiles.finders",
    "django.core.handlers.wsgi",
    "django.core.management",
    "django.db.backends.sqlite3.base",
    "django.db.migrations.executor",
    "django.db.models",
    "django.template.loader_tags",
    "django.template.loader",
    "django.templatetags.i18n",
    "django.urls",
    "granian.server",
    "httpx",
    "phonenumbers",
    "segno",
    "twofold.commands.main",
    "twofold.logs",
    "twofold.settings",
    "ua_parser",
    "whitenoise.base",
    "zxcvbn",
)
_ROOMS: Final = ("twofold.core", "twofold.factors", "twofold.ports", "twofold.flows")


class Forked:
    """One process; as much of `subprocess.Popen` as tests ask for."""

    def __init__(self, told: IO[str]) -> None:
        self._told = told
        self.pid = int(told.readline())
        self.returncode: int | None = None
        os.set_blocking(told.fileno(), False)

    def poll(self) -> int | None:
        """Return how it ended, minus the signal where one ended it, or None while it runs."""
        if self.returncode is None and (line := self._told.readline()):
            self.returncode = os.waitstatus_to_exitcode(int(line))
            self._told.close()
        return self.returncode

    def wait(self, timeout: float = 60) -> int:
        """Wait until it has ended."""
        until = time.monotonic() + timeout
        while (code := self.poll()) is None:
            if time.monotonic() > until:
                raise subprocess.TimeoutExpired("a word", timeout)
            time.sleep(_TICK)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


Process: TypeAlias = "subprocess.Popen[bytes] | Forked"


class Start(Protocol):
    """Runs `twofold WORD …` with just this environment, printing into these files, without standard input."""

    def __call__(self, line: Sequence[str], *, env: Mapping[str, str], out: IO[str], err: IO[str]) -> Process:
        """Return the process."""


def launch(line: Sequence[str], *, env: Mapping[str, str], out: IO[str], err: IO[str]) -> subprocess.Popen[bytes]:
    """Do it as an operator does, from the start of Python on."""
    command = [sys.executable, "-m", "twofold", *line]
    return subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err)


def fork(line: Sequence[str], *, env: Mapping[str, str], out: IO[str], err: IO[str]) -> Forked:
    """Do it with less to load."""
    read, write = os.pipe()
    asked = json.dumps({"line": line, "env": dict(env), "folder": str(Path.cwd())}).encode()
    socket.send_fds(_ready(), [asked], [out.fileno(), err.fileno(), write])
    os.close(write)
    return Forked(os.fdopen(read))


@cache
def _ready() -> socket.socket:
    """Start the process from which all others are forked; it ends before this one does."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        line = [sys.executable, "-m", "tests.ready"]
        process = subprocess.Popen(line, cwd=ROOT, stdin=theirs.fileno(), stdout=subprocess.DEVNULL)

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


def _serve() -> Sequence[str]:
    """Load, and fork for whoever asks; return only in what was forked, with its line."""
    for name in _LIBRARIES:
        import_module(name)
    for room in _ROOMS:
        for module in pkgutil.walk_packages(import_module(room).__path__, f"{room}."):
            import_module(module.name)
    # What is never looked at again is not copied.
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=os.dup(0)) as asking:
        while True:
            asked, fds, _, _ = socket.recv_fds(asking, _MOST, 3)
            if not asked:
                os._exit(0)
            if os.fork() == 0:
                break
            for fd in fds:
                os.close(fd)
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
    out, err, told = fds
    if pid := os.fork():
        _tell_how_it_ends(pid, told)
    return _become(json.loads(asked), out, err, told)


def _tell_how_it_ends(pid: int, told: int) -> NoReturn:
    """Wait for a word in the stead of who asked for it, whose child it is not."""
    # Ctrl+C is for the word.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError):
        os.write(told, f"{pid}\n".encode())
        os.write(told, f"{os.waitpid(pid, 0)[1]}\n".encode())
    os._exit(0)


def _become(asked: dict[str, object], out: int, err: int, told: int) -> Sequence[str]:
    line, env, folder = asked["line"], asked["env"], asked["folder"]
    assert isinstance(line, list)
    assert isinstance(env, dict)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    os.chdir(str(folder))
    for theirs, ours in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (err, 2)):
        os.dup2(theirs, ours)
        os.close(theirs)
    os.close(told)
    sys.argv = ["twofold", *line]
    return line


def _end(code: object) -> NoReturn:
    """End as Python does, but for taking down, piece by piece, what was loaded: all of it would be copied for that."""
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    _line = _serve()
    from twofold.commands.main import main

    try:
        main(_line)
    except SystemExit as _ended:
        _end(_ended.code)
