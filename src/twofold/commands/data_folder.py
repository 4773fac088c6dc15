"""The data folder: made once, for its owner's eyes only, with the keys from which all others are derived."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from twofold.settings import DEMO_MARK
from twofold.store.keys import HouseKeys
from twofold.store.system import SystemEntropy
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from pathlib import Path

    from twofold.settings import Settings

FOLDER_MODE = 0o700
FILE_MODE = 0o600
LOCK = "lock"


def make(settings: Settings, *, demo: bool = False) -> bool:
    """Make folder and keys where there are none, and return whether that was now.

    Raises Unfit when the keys of an existing database are gone, when a demo would be made of a folder that is none, or
    when a demo would be served as something else.
    """
    folder = settings.data
    if settings.keys_path.is_file():
        if demo and not settings.is_demo:
            raise Unfit(f"{folder} was not born as a demo. `./run demo --data FOLDER` takes a new folder.")
        if settings.is_demo and not demo:
            raise Unfit(f"{folder} was born as a demo, and stays one. `./run demo --data {folder}` serves it.")
        return False
    if settings.uses_sqlite and settings.sqlite_path.exists():
        raise Unfit(
            f"{settings.keys_path} is missing, and the database cannot be read without it. "
            "`./run restore FILE --data FOLDER` puts both back from a backup."
        )
    if demo:
        # A birth that was cut short left its mark, and nothing else.
        (folder / DEMO_MARK).unlink(missing_ok=True)
    make_folder(settings)
    if demo:
        write(folder / DEMO_MARK, b"This data folder was born as a demo; its clock can be put forward.\n")
    write(settings.keys_path, json.dumps(HouseKeys.make(SystemEntropy()).to_json(), indent=1).encode("ascii"))
    return True


def make_folder(settings: Settings) -> None:
    """Make the folder, or take an empty one; Unfit when it holds other things."""
    folder = settings.data
    try:
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        strange = sorted(entry.name for entry in folder.iterdir() if entry.name != LOCK)
    except OSError as problem:
        raise Unfit(f"The data folder {folder} cannot be made: {problem.strerror}.") from problem
    if strange:
        raise Unfit(f"{folder} is no data folder, and holds other things ({strange[0]} …). Name an empty or a new one.")
    folder.chmod(FOLDER_MODE)


def write(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read: whole or not at all, and on the disk before this returns."""
    new = path.with_name(f".{path.name}.new")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    if hasattr(os, "O_DIRECTORY"):
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(parent)
        finally:
            os.close(parent)
