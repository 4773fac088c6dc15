"""Taking a whole database out, and putting it back: SQLite by its backup API, PostgreSQL by its own programs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit, urlunsplit

from twofold.unfit import Unfit

if TYPE_CHECKING:
    from pathlib import Path

    from twofold.settings import Settings

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_PAGES_AT_ONCE = 2000


def engine_of(settings: Settings) -> str:
    """Return which database these settings use."""
    return SQLITE if settings.uses_sqlite else POSTGRESQL


def copy_out(settings: Settings, target: Path) -> None:
    """Write the database as it is at one moment to a new file, while the server goes on; Unfit when that fails."""
    target.touch(mode=0o600)
    if not settings.uses_sqlite:
        _postgres(settings, "pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
        return
    with closing(sqlite3.connect(settings.sqlite_path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy, pages=_PAGES_AT_ONCE)
        # The copy is one file: no -wal beside it is needed to read it.
        copy.execute("PRAGMA journal_mode=DELETE")
        if copy.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise Unfit("The database is damaged; restore an earlier backup.")


def put_back(settings: Settings, source: Path) -> None:
    """Make the database of these settings out of a copy; Unfit when there is one already, or it fails."""
    if not settings.uses_sqlite:
        _postgres(settings, "pg_restore", "--no-owner", "--no-privileges", "--single-transaction", str(source))
        return
    if settings.sqlite_path.exists():
        raise Unfit(f"There is a database at {settings.sqlite_path} already; name another folder with --data.")
    source.replace(settings.sqlite_path)


def _postgres(settings: Settings, program: str, *arguments: str) -> None:
    found = shutil.which(program)
    if found is None:
        raise Unfit(f"{program} is not installed; it comes with PostgreSQL's client programs.")
    url = urlsplit(settings.database_url.get_secret_value())
    # The password goes by the environment: arguments are there for everybody to read.
    user, _, place = url.netloc.rpartition("@")
    bare = urlunsplit(url._replace(netloc=f"{user.partition(':')[0]}@{place}" if user else place))
    password = {"PGPASSWORD": unquote(url.password)} if url.password else {}
    done = subprocess.run(  # noqa: S603 -- a program of PostgreSQL, found by name
        [found, f"--dbname={bare}", *arguments],
        env={**os.environ, **password},
        stderr=subprocess.PIPE,
        check=False,
    )
    if done.returncode != 0:
        raise Unfit(f"{program} failed: {done.stderr.decode(errors='replace').strip()}")
