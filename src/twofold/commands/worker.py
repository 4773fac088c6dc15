"""`./run worker`: send what is due. `./run` starts one by itself; more may run, here or on another machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from twofold.commands.words import wire
from twofold.wiring import KeyFile, build_clock, read_keys

if TYPE_CHECKING:
    from argparse import Namespace

    from twofold.delivery.needs import Needs
    from twofold.delivery.worker import Worker
    from twofold.settings import Settings

_NICER = 15


def run(given: Namespace) -> int:
    """Work until a signal comes or, with `--once`, until nothing is due."""
    work(wire(), once=given.once)
    return 0


def work(settings: Settings, *, once: bool = False, parent: int | None = None) -> None:
    """Send what is due, in this process; with `parent` until that process ends, however it ends."""
    if hasattr(os, "nice"):
        # Signing in comes first: where both want one core, long work gets a thirtieth of it (a tenth at 10). A mail may
        # take a moment longer.
        os.nice(_NICER)
    # Imported here: they need Django set up.
    from twofold.delivery.crew import crew  # noqa: PLC0415
    from twofold.delivery.worker import Worker  # noqa: PLC0415

    needs = _needs(settings)
    if once:
        worker = Worker(needs)
        while worker.step():
            pass
        return
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    # Ctrl+C reaches every process of the terminal; the parent tells its child when it is time.
    signal.signal(signal.SIGINT, lambda *_: stopping.set() if parent is None else None)
    if parent is not None:
        threading.Thread(target=_watch, args=(parent, stopping), daemon=True).start()
    # Nothing that is slow may hold up what goes another way, which is the other way in for whoever waits.
    first, *others = crew(needs).items()
    threads = [threading.Thread(target=_until_told, args=(worker, stopping), name=name) for name, worker in others]
    for thread in threads:
        thread.start()
    _until_told(first[1], stopping)
    # Who is in the middle of a mail or a text ends it: else nobody would know whether it was sent.
    for thread in threads:
        thread.join()


def _until_told(worker: Worker, stopping: threading.Event) -> None:
    """Work until told to stop. What nobody foresaw ends the others, too: the process is started again whole."""
    try:
        worker.run(stopping)
    finally:
        stopping.set()


def _watch(parent: int, stopping: threading.Event) -> None:
    """Stop when the parent has ended, however it ended."""
    while os.getppid() == parent:
        time.sleep(1)
    stopping.set()


def _needs(settings: Settings) -> Needs:
    # Imported here: they need Django set up.
    from twofold.delivery.needs import Needs  # noqa: PLC0415
    from twofold.delivery.words import Words  # noqa: PLC0415
    from twofold.services import build_services  # noqa: PLC0415
    from twofold.store.accounts import AccountStore  # noqa: PLC0415
    from twofold.store.digests import KeyedDigests  # noqa: PLC0415
    from twofold.store.jobs import JobStore  # noqa: PLC0415
    from twofold.store.outbox import OutboxStore  # noqa: PLC0415
    from twofold.store.sealing import Sealer  # noqa: PLC0415
    from twofold.store.settings import SettingStore  # noqa: PLC0415
    from twofold.store.system import SystemEntropy  # noqa: PLC0415
    from twofold.store.transactions import DatabaseTransactions  # noqa: PLC0415

    entropy = SystemEntropy()
    keys = read_keys(settings)
    sealer = Sealer(KeyFile(settings), entropy)
    return Needs(
        settings=settings,
        accounts=AccountStore(),
        clock=build_clock(settings),
        digests=KeyedDigests(keys.digests),
        entropy=entropy,
        jobs=JobStore(sealer),
        kept=SettingStore(sealer),
        outbox=OutboxStore(sealer, can_send=lambda _account, _channel: True),
        services=build_services(settings),
        transactions=DatabaseTransactions(),
        words=Words(),
    )
