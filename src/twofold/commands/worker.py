"""`./run worker`: send what is due. `./run` starts one by itself; more may run, here or on another machine."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

from twofold.commands.words import wire
from twofold.wiring import build_clock, read_keys

if TYPE_CHECKING:
    from argparse import Namespace

    from twofold.delivery.worker import Needs
    from twofold.settings import Settings

_NICER = 10


def run(given: Namespace) -> int:
    """Work until a signal comes, the parent ends, or, with `--once`, until nothing is due."""
    settings = wire()
    if hasattr(os, "nice"):
        # Signing in comes first; a mail may take a moment longer.
        os.nice(_NICER)
    # Imported here: they need Django set up.
    from twofold.delivery.worker import Worker  # noqa: PLC0415

    worker = Worker(_needs(settings))
    if given.once:
        while worker.step():
            pass
        return 0
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    # Ctrl+C reaches every process of the terminal; the parent tells us when it is our turn.
    signal.signal(signal.SIGINT, signal.SIG_IGN if given.parent else lambda *_: stopping.set())
    if given.parent:
        threading.Thread(target=_watch, args=(given.parent, stopping), daemon=True).start()
    worker.run(stopping)
    return 0


def _watch(parent: int, stopping: threading.Event) -> None:
    """Stop when the parent has ended, however it ended."""
    while os.getppid() == parent:
        time.sleep(1)
    stopping.set()


def _needs(settings: Settings) -> Needs:
    # Imported here: they need Django set up.
    from twofold.delivery.words import Words  # noqa: PLC0415
    from twofold.delivery.worker import Needs  # noqa: PLC0415
    from twofold.store.accounts import AccountStore  # noqa: PLC0415
    from twofold.store.jobs import JobStore  # noqa: PLC0415
    from twofold.store.outbox import OutboxStore  # noqa: PLC0415
    from twofold.store.sealing import Sealer  # noqa: PLC0415
    from twofold.store.settings import SettingStore  # noqa: PLC0415
    from twofold.store.system import SystemEntropy  # noqa: PLC0415
    from twofold.store.transactions import DatabaseTransactions  # noqa: PLC0415

    entropy = SystemEntropy()
    sealer = Sealer(read_keys(settings).ring, entropy)
    return Needs(
        settings=settings,
        accounts=AccountStore(),
        clock=build_clock(settings),
        entropy=entropy,
        jobs=JobStore(sealer),
        kept=SettingStore(sealer),
        outbox=OutboxStore(sealer, can_send=lambda _account, _channel: True),
        transactions=DatabaseTransactions(),
        words=Words(),
    )
