"""`./run`: prepare, then keep the web server and the delivery worker alive until told to stop.

This process prepares, and its children are forked from it: what all of them need is loaded once, and shared.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server import MPServer

from twofold.commands.loopback import IPV4, LoopbackTwin
from twofold.commands.prepare import prepare
from twofold.settings import settings
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable
    from multiprocessing.context import ForkProcess, SpawnProcess
    from wsgiref.types import WSGIApplication

    from twofold.settings import Settings

STOP_WITHIN = 3
"""Seconds that a child has for ending what it is doing; then it is killed."""
ACCESS_FORMAT = "%(method)s %(path)s"
"""What is logged of a request, beside what logs.py adds: never the query string, where links carry secrets."""
_PORT_FREE_WITHIN = 2.0
_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 60.0
_SETTLED_AFTER = 60.0
_TICK = 0.05
_HEADERS_WITHIN = 10_000
_LONGEST_HEADERS = 64 * 1024
# On Linux children share what was loaded before them; elsewhere forking is not safe, and they start afresh.
_START = "fork" if sys.platform == "linux" else "spawn"


def run(given: Namespace) -> int:
    """Serve until a signal ends it; 1 when the server ended by itself."""
    del given
    return serve()


def serve(*, demo: bool = False) -> int:
    """Prepare, open the port, print the block, and stay."""
    found = settings()
    address = found.listen or IPV4
    _see_that_the_port_is_free(address, found.port)
    block = prepare(found, demo=demo)
    _let_go_before_forking()
    multiprocessing.set_start_method(_START, force=True)
    stopping = threading.Event()
    worker = _DeliveryWorker(stopping)
    worker.start()

    def begin() -> None:
        worker.keep_alive()
        if not found.listen:
            LoopbackTwin(found.port).start()
        threading.Thread(target=_announce, args=(address, found.port, block, stopping), daemon=True).start()

    try:
        _Server(found, once_started=begin).serve_application()
    finally:
        stopping.set()
        worker.stop()
    return 0


def load_application() -> WSGIApplication:
    """Return the application, in the server's child, which from now on ends with its parent."""
    end_with_parent()
    # Imported here: the process that supervises has no use for it.
    from twofold.wsgi import application  # noqa: PLC0415

    return application


def end_with_parent() -> None:
    """Watch, in a thread, for the death of the parent, and end as if told to stop: nobody else would tell."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(STOP_WITHIN)
        os._exit(1)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


class _Server(MPServer):
    """Granian, saying when its workers have been started: threads of ours must not be there when it forks."""

    def __init__(self, found: Settings, *, once_started: Callable[[], None]) -> None:
        super().__init__(
            "twofold.wsgi:application",
            address=found.listen or IPV4,
            port=found.port,
            interface=Interfaces.WSGI,
            http=HTTPModes.http1,
            http1_settings=HTTP1Settings(header_read_timeout=_HEADERS_WITHIN, max_buffer_size=_LONGEST_HEADERS),
            websockets=False,
            workers=1,
            blocking_threads=found.threads_at_once,
            # A thread keeps its database connection, so it is kept as long as granian allows.
            blocking_threads_idle_timeout=600,
            workers_kill_timeout=STOP_WITHIN,
            respawn_failed_workers=True,
            log_level=LogLevels.error,
            # Its lines are made for every request, and below this level nobody would see them.
            log_access=found.log_level in {"debug", "info"},
            log_access_format=ACCESS_FORMAT,
        )
        self._once_started = once_started

    def serve_application(self) -> None:
        """Serve until a signal comes; SystemExit when a worker keeps failing."""
        self.serve(target_loader=load_application, wrap_loader=False)

    def startup(self, spawn_target: Any, target_loader: Any) -> None:  # noqa: ANN401 -- the library's interface
        """Start the workers, then our own threads."""
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]
        self._once_started()


class _DeliveryWorker:
    """The child process that sends messages; started again when it fails, ever more slowly."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._process: ForkProcess | SpawnProcess | None = None

    def start(self) -> None:
        """Start the child."""
        context: Any = multiprocessing.get_context(_START)
        process = context.Process(target=_deliver, args=(os.getpid(),), name="twofold-worker")
        process.start()
        self._process = process

    def keep_alive(self) -> None:
        """Begin to supervise, in a thread."""
        threading.Thread(target=self._keep_alive, name="delivery-worker", daemon=True).start()

    def stop(self) -> None:
        """Tell the child to end, and see that it does."""
        process = self._process
        if process is None:
            return
        process.terminate()
        process.join(STOP_WITHIN)
        if process.is_alive():
            process.kill()

    def _keep_alive(self) -> None:
        pause = _FIRST_PAUSE
        while self._process is not None:
            began = time.monotonic()
            self._process.join()
            if self._stopping.is_set():
                return
            pause = _FIRST_PAUSE if time.monotonic() - began > _SETTLED_AFTER else min(2 * pause, _LONGEST_PAUSE)
            if self._stopping.wait(pause):
                return
            self.start()


def _deliver(parent: int) -> None:
    """Be the delivery worker."""
    from twofold.commands.words import wire  # noqa: PLC0415 -- with `spawn` nothing is set up here yet
    from twofold.commands.worker import work  # noqa: PLC0415

    work(wire(), parent=parent)


def _let_go_before_forking() -> None:
    """Close what two processes cannot share, and keep the collector from touching, and so copying, what they can."""
    from django.db import connections  # noqa: PLC0415 -- needs Django set up

    connections.close_all()
    gc.collect()
    gc.freeze()


def _see_that_the_port_is_free(address: str, port: int) -> None:
    """Raise Unfit when somebody else answers there; the server itself would share the port without a word."""
    until = time.monotonic() + _PORT_FREE_WITHIN
    while True:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
                probe.listen(1)
            except OSError as problem:
                if time.monotonic() > until:
                    raise Unfit(
                        f"Port {port} of {address} cannot be opened ({problem.strerror}). Is Twofold running already? "
                        f"Else choose another: ./run --port {port + 1}"
                    ) from problem
            else:
                return
        time.sleep(_TICK)


def _announce(address: str, port: int, block: str, stopping: threading.Event) -> None:
    """Print the block as soon as the port answers, which is when the application has been loaded."""
    while not stopping.is_set():
        try:
            socket.create_connection((address, port), timeout=1).close()
        except OSError:
            time.sleep(_TICK)
        else:
            print(block, flush=True)
            return
