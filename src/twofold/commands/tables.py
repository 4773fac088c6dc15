"""Bringing the database up to date, and seeing that these keys are the ones it was written with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from twofold.commands.data_folder import FILE_MODE
from twofold.store.canary import KeysDoNotFit, check_keys
from twofold.store.sealing import Sealer
from twofold.store.system import SystemEntropy
from twofold.store.tables import make, tell_sizes
from twofold.unfit import Unfit
from twofold.wiring import KeyFile

if TYPE_CHECKING:
    from twofold.settings import Settings


def bring_up_to_date(found: Settings) -> None:
    """Make or change the tables as this version wants them, then check the keys.

    Raises Unfit when the database cannot be reached, was written by a newer version, or does not fit the keys.
    """
    migrate(found)
    check(found)


def migrate(found: Settings) -> None:
    """Make or change the tables; Unfit when the database cannot be reached, or was written by a newer version."""
    if found.uses_sqlite and not found.sqlite_path.exists():
        found.sqlite_path.touch(mode=FILE_MODE)
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as problem:
        raise Unfit(f"The database cannot be reached: {str(problem).strip()}") from problem
    known = set(executor.loader.disk_migrations)
    newer = sorted(
        name for app, name in executor.loader.applied_migrations if app == "store" and (app, name) not in known
    )
    if newer:
        raise Unfit(f"A newer version of Twofold wrote this database ({newer[-1]}). Start that version or a newer one.")
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        make()
    else:
        # Whoever counted the rows by hand, or stopped a start in between, has others there.
        tell_sizes()


def check(found: Settings) -> None:
    """See that the keys in the folder open what is in the database; Unfit when they do not."""
    try:
        check_keys(Sealer(KeyFile(found), SystemEntropy()))
    except KeysDoNotFit as problem:
        raise Unfit(
            f"The keys in {found.keys_path} are not those that this database was written with. "
            "`./run restore FILE` puts database and keys back together."
        ) from problem
