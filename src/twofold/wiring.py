"""What every process needs before it builds anything: the keys of the data folder, and the clock."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from twofold.core.json import as_object
from twofold.store.keys import HouseKeys
from twofold.store.system import DemoClock, SystemClock
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from twofold.ports.clock import Clock
    from twofold.settings import Settings
    from twofold.store.keys import KeyRing


def read_keys(settings: Settings) -> HouseKeys:
    """Return the keys of the data folder; Unfit before the first start, and when the file is damaged."""
    try:
        return HouseKeys.from_json(as_object(json.loads(settings.keys_path.read_bytes()), "keys"))
    except FileNotFoundError:
        raise Unfit(f"There is no data folder at {settings.data} yet. `./run` makes it.") from None
    except ValueError as problem:
        raise Unfit(f"{settings.keys_path} is damaged: {problem}. `./run restore FILE` brings it back.") from None


class KeyFile:
    """The ring of the data folder, read anew when the file was replaced: `./run rotate-keys` runs beside the server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # Looked at with every sealing.
        self._path = str(settings.keys_path)
        self._mark: tuple[int, int] | None = None
        self._ring: KeyRing | None = None

    def __call__(self) -> KeyRing:
        """Return the ring; the same object while the file is the same. Unfit before the first start."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 -- a path made of its parts costs several times the look
        except FileNotFoundError:
            found = None
        mark = None if found is None else (found.st_mtime_ns, found.st_ino)
        if self._ring is None or (mark is not None and mark != self._mark):
            self._ring, self._mark = read_keys(self._settings).ring, mark
        return self._ring


def build_clock(settings: Settings) -> Clock:
    """Return the machine's clock; in a demo the one that can be put forward, which every process reads."""
    return DemoClock(settings.clock_path) if settings.is_demo else SystemClock()
