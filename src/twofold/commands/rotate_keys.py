"""`./run rotate-keys`: a new key for what is sealed in the database, while the server goes on."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twofold.commands.data_folder import FILE_MODE
from twofold.commands.house import open_house
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from twofold.settings import Settings
    from twofold.store.keys import HouseKeys

_ROTATING: Final = "rotating"


def run(given: Namespace) -> int:
    """Drop keys from before the last rotation, add a new one, and seal everything with it.

    The key before stays in the ring until the next rotation: a process that was writing at this moment may have sealed
    a value with it after the walk went by. Killed at any point, it is begun anew without loss.
    """
    del given
    settings, _ = open_house()
    # Imported here: they need Django set up.
    from twofold.store.system import SystemEntropy  # noqa: PLC0415
    from twofold.wiring import read_keys  # noqa: PLC0415

    with _alone(settings.data):
        keys = read_keys(settings)
        if len(keys.ring.keys) > 1:
            _seal_all(settings)
            keys = keys.with_current_only()
        keys = keys.with_new_key(SystemEntropy())
        _write(settings, keys)
        _seal_all(settings)
    print(f"Everything is sealed with the new key {keys.ring.current}. The key before stays until the next rotation.")
    print("Make a backup now: earlier ones open with the keys that lie in them, and only with those.")
    return 0


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep a second rotation out: of two that read one ring, the later would write over the other's new key.

    What was sealed with that key meanwhile would open never again.
    """
    try:
        import fcntl  # noqa: PLC0415 -- Windows has none
    except ImportError:
        yield
        return
    with (folder / _ROTATING).open("w", encoding="ascii") as file:
        Path(file.name).chmod(FILE_MODE)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Unfit("The keys are being rotated already. Wait until that is done.") from None
        yield


def _write(settings: Settings, keys: HouseKeys) -> None:
    from twofold.commands.data_folder import write  # noqa: PLC0415 -- beside the others that need Django set up

    write(settings.keys_path, json.dumps(keys.to_json(), indent=1).encode("ascii"))


def _seal_all(settings: Settings) -> None:
    """Walk over every sealed value; the running processes read the ring anew by themselves."""
    from twofold.store.resealing import reseal  # noqa: PLC0415 -- needs Django set up
    from twofold.store.sealing import Sealer  # noqa: PLC0415
    from twofold.store.system import SystemEntropy  # noqa: PLC0415
    from twofold.wiring import KeyFile  # noqa: PLC0415

    sealer = Sealer(KeyFile(settings), SystemEntropy())
    cursor = reseal(sealer)
    while cursor:
        cursor = reseal(sealer, cursor)
