"""`./run backup FILE`: database and keys in one file, while the server goes on or is stopped."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from twofold import __version__
from twofold.commands.house import open_house
from twofold.commands.passphrase import ask

if TYPE_CHECKING:
    from argparse import Namespace
    from datetime import datetime

    from twofold.ports.services import Services

KEPT = "backup"
"""The name under which each account keeps when it was last backed up; "First steps" reads it."""


def run(given: Namespace) -> int:
    """Write the file; Unfit when it exists or cannot be written."""
    settings, services = open_house()
    passphrase = ask(given.passphrase_file, twice=True)
    # Imported here: only this word and its counterpart need them.
    from twofold.commands import archive, copying  # noqa: PLC0415

    now = services.clock.now()
    target = Path(given.file)
    # In the data folder, because the system's folder for temporary files may be another, smaller or shared disk.
    with tempfile.TemporaryDirectory(dir=settings.data, prefix=".backup-") as folder:
        copy = Path(folder) / archive.DATABASE
        copying.copy_out(settings, copy)
        manifest = archive.Manifest(
            made_at=now.isoformat(),
            version=__version__,
            engine=copying.engine_of(settings),
            is_demo=settings.is_demo,
            digest=archive.digest_of(copy),
            salt=services.entropy.bytes(archive.SALT_BYTES).hex(),
        )
        archive.write(
            target,
            manifest,
            database=copy,
            keys=settings.keys_path.read_bytes(),
            passphrase=passphrase,
            nonce=services.entropy.bytes(archive.NONCE_BYTES),
        )
    _remember(services, now)
    print(f"Database and keys are in {target} ({target.stat().st_size // 1024} KiB).")
    print("Keep it with its passphrase apart; without the passphrase it cannot be restored. `./run restore FILE` does.")
    return 0


def _remember(services: Services, now: datetime) -> None:
    """Record that it was done, for the audit log and for "First steps"."""
    from twofold.core.instants import to_micros  # noqa: PLC0415
    from twofold.flows.journal import record_by_operator  # noqa: PLC0415

    for account in services.accounts.all():
        with services.transactions.begin():
            _, version = services.kept.load(account.id, KEPT)
            services.kept.replace(account.id, KEPT, {"made_at": to_micros(now)}, version=version)
            record_by_operator(services, account, "backup.made", now=now, person=None)
