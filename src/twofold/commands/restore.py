"""`./run restore FILE`: puts database and keys of a backup into an empty data folder.

What a stolen or old copy could still open is closed before anybody is served: sessions, trust, links and unfinished
sign-ins end, and messages that waited then are not sent now.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from twofold.commands import data_folder
from twofold.commands.passphrase import ask
from twofold.commands.words import wire
from twofold.settings import DEMO_MARK, settings
from twofold.unfit import Unfit
from twofold.wiring import build_clock

if TYPE_CHECKING:
    from argparse import Namespace

    from twofold.settings import Settings

# Stands for the present instant in the parameters below.
_NOW: Final = None
_VOIDING: Final[tuple[tuple[str, tuple[bytes | None, ...]], ...]] = (
    ("UPDATE session SET ended_at = %s, version = version + 1 WHERE ended_at IS NULL", (_NOW,)),
    ("UPDATE attempt SET closed_at = %s, version = version + 1 WHERE closed_at IS NULL", (_NOW,)),
    ("UPDATE known_browser SET trust = NULL WHERE trust IS NOT NULL", ()),
    ("UPDATE link SET used_at = %s WHERE used_at IS NULL", (_NOW,)),
    (
        "UPDATE job SET state = 'failed', body = %s, finished_at = %s, version = version + 1 WHERE state = 'waiting'",
        (b"", _NOW),
    ),
)


def run(given: Namespace) -> int:
    """Restore; Unfit when the folder is in use, or the file does not open."""
    found = settings()
    if found.keys_path.exists() or (found.uses_sqlite and found.sqlite_path.exists()):
        raise Unfit(f"{found.data} is in use. Name a new folder: ./run restore {given.file} --data FOLDER")
    passphrase = ask(given.passphrase_file)
    # Imported here: only this word and its counterpart need them.
    from twofold.commands import archive, copying  # noqa: PLC0415

    data_folder.make_folder(found)
    with tempfile.TemporaryDirectory(dir=found.data, prefix=".restore-") as folder:
        copy = Path(folder) / archive.DATABASE
        manifest, keys = archive.read(Path(given.file), passphrase=passphrase, database=copy)
        if manifest.engine != copying.engine_of(found):
            raise Unfit(f"This backup is of {manifest.engine}; set TWOFOLD_DATABASE_URL to match.")
        if manifest.is_demo:
            data_folder.write(found.data / DEMO_MARK, b"Restored from a demo.\n")
        copying.put_back(found, copy)
        _close_what_was_open(found)
        # The keys come last: without them nothing starts, so a restore that was cut short opens nothing.
        data_folder.write(found.keys_path, keys)
    _record()
    print(f"Restored the backup of {manifest.made_at} into {found.data}.")
    print("Everybody signs in anew: sessions, trusted browsers, links and unfinished sign-ins have ended.")
    print("Recovery codes that were used after the backup work again; `./run` starts the server.")
    return 0


def _close_what_was_open(found: Settings) -> None:
    wire(needs_folder=False)
    # Imported here: they need Django set up.
    from twofold.commands import tables  # noqa: PLC0415
    from twofold.core.instants import to_micros  # noqa: PLC0415
    from twofold.store.rows import write  # noqa: PLC0415
    from twofold.store.transactions import DatabaseTransactions  # noqa: PLC0415

    tables.migrate(found)
    at = to_micros(build_clock(found).now())
    with DatabaseTransactions().begin():
        for statement, params in _VOIDING:
            write(statement, [at if param is _NOW else param for param in params])


def _record() -> None:
    # Imported here: it reads the keys, which are there only now.
    from twofold.commands.house import open_house  # noqa: PLC0415
    from twofold.flows.journal import record_by_operator  # noqa: PLC0415

    _, services = open_house()
    now = services.clock.now()
    for account in services.accounts.all():
        with services.transactions.begin():
            record_by_operator(services, account, "backup.restored", now=now, person=None)
