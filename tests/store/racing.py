"""Processes that do one thing to one database at the same instant."""

from __future__ import annotations

import multiprocessing
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from tests.databases import DatabaseSettings
    from twofold.ports.services import Services

PROCESSES = 3
THREADS = 17


class Racers:
    """PROCESSES processes of THREADS threads each, with a connection to the database for every thread."""

    def __init__(self, settings: DatabaseSettings) -> None:
        # A forked process would share the connections of this one.
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection[Any, Any]] = []
        self._processes = []
        for _ in range(PROCESSES):
            ours, theirs = context.Pipe()
            process = context.Process(target=_serve, args=(theirs, settings), daemon=True)
            process.start()
            self._pipes.append(ours)
            self._processes.append(process)

    def race(self, act: Callable[..., object], *arguments: object) -> list[object]:
        """Call `act(services, number, *arguments)` in every thread at once; return all answers.

        `act` and its arguments must be picklable; an exception is an answer, too.
        """
        for first, pipe in enumerate(self._pipes):
            pipe.send((act, first * THREADS, arguments))
        for pipe in self._pipes:
            assert pipe.recv() == "ready"
        for pipe in self._pipes:
            pipe.send("go")
        return [answer for pipe in self._pipes for answer in pipe.recv()]

    def stop(self) -> None:
        for pipe in self._pipes:
            pipe.send(None)
            pipe.close()
        for process in self._processes:
            process.join()


def _serve(pipe: Connection[Any, Any], settings: DatabaseSettings) -> None:
    # Only here: this is the child, which begins with nothing imported.
    from tests.databases import default_database  # noqa: PLC0415
    from tests.fakes import FakeClock, FakeEntropy  # noqa: PLC0415
    from tests.store.building import database_services  # noqa: PLC0415

    services = database_services(FakeClock(), FakeEntropy())
    with default_database(settings):
        while (order := pipe.recv()) is not None:
            act, first, arguments = order
            _run(pipe, services, act, first, arguments)


def _run(
    pipe: Connection[Any, Any],
    services: Services,
    act: Callable[..., object],
    first: int,
    arguments: tuple[object, ...],
) -> None:
    from django.db import connection  # noqa: PLC0415

    answers: list[object] = [None] * THREADS
    start = threading.Barrier(THREADS + 1)

    def run(number: int) -> None:
        connection.ensure_connection()
        start.wait()
        try:
            answers[number] = act(services, first + number, *arguments)
        except Exception as error:  # noqa: BLE001 -- the parent judges it
            answers[number] = repr(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    pipe.send("ready")
    pipe.recv()
    start.wait()
    for thread in threads:
        thread.join()
    pipe.send(answers)
