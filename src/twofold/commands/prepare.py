"""What a start does before the port opens: folder, keys, tables, the account, the first owner or their link.

It runs in a process of its own and answers one line of JSON, so that the process which stays carries no Django.
"""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from twofold.commands import data_folder
from twofold.commands.words import wire
from twofold.settings import settings
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from twofold.ports.services import Services
    from twofold.settings import Settings


def run(given: Namespace) -> int:
    """Prepare, and print what `serve` needs to know."""
    found = settings()
    with _alone(found):
        is_new = data_folder.make(found, demo=given.demo)
        if found.is_demo:
            _refuse_to_leave_loopback(found)
        answer = prepared(found, is_new=is_new)
    json.dump(answer, sys.stdout)
    return 0


def prepared(found: Settings, *, is_new: bool) -> dict[str, object]:
    """Bring the database up to date and return what `serve` needs to know."""
    wire()
    # Imported here: they need Django set up.
    from twofold.commands import first_owner, tables  # noqa: PLC0415
    from twofold.services import services  # noqa: PLC0415

    tables.bring_up_to_date(found)
    built = services()
    account = first_owner.ensure_account(built, found)
    if found.is_demo and is_new:
        _fill(built)
    first_owner.ensure_owner(built, found, account)
    return {
        "port": found.port,
        "listen": found.listen,
        "threads": found.threads,
        "block": first_owner.block(built, found, account),
    }


def _refuse_to_leave_loopback(found: Settings) -> None:
    """Raise Unfit when a demo, whose passwords everybody knows, would be reachable or share a database."""
    if found.is_https or found.listen or not found.uses_sqlite:
        raise Unfit(
            "A demo answers on this machine only, from its own SQLite database: "
            "leave out TWOFOLD_PUBLIC, TWOFOLD_LISTEN and TWOFOLD_DATABASE_URL."
        )


def _fill(built: Services) -> None:
    from twofold.commands import demo_data  # noqa: PLC0415

    demo_data.fill(built)


@contextmanager
def _alone(found: Settings) -> Iterator[None]:
    """Hold off a second start of the same data folder while this one makes keys and tables."""
    try:
        found.data.mkdir(mode=data_folder.FOLDER_MODE, parents=True, exist_ok=True)
    except OSError as problem:
        raise Unfit(f"The data folder {found.data} cannot be made: {problem.strerror}.") from problem
    try:
        import fcntl  # noqa: PLC0415 -- Windows has none
    except ImportError:
        yield
        return
    with Path(found.data / data_folder.LOCK).open("w", encoding="ascii") as file:
        Path(file.name).chmod(data_folder.FILE_MODE)
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
