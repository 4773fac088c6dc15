"""Databases for tests: a migrated SQLite file, and a PostgreSQL of the test run's own.

A conftest takes the fixtures by importing them: `from tests.databases import postgresql, sqlite_template`. Rows are
never deleted between tests, because the audit log refuses it: each test has an account of its own, or its own copy of
the SQLite file.
"""

from __future__ import annotations

import atexit
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import django
import pytest
from django.db import connection, connections

from tests.tools import find_tool
from twofold.store import rows
from twofold.store.sqlite import SQLITE_OPTIONS
from twofold.store.tables import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.blocking import DjangoDbBlocker

DatabaseSettings: TypeAlias = dict[str, Any]

# Again, for racers: they begin here, without pytest and what it loads.
django.setup()

_MEMORY = Path("/dev/shm")
_MUCH = 512 * 2**20
NEEDS_POSTGRESQL = pytest.mark.peers("initdb")
"""What a test that runs on PostgreSQL carries."""


def sqlite_settings(path: Path) -> DatabaseSettings:
    """Return the settings of a SQLite file, as the product has them."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": SQLITE_OPTIONS,
    }


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """Make a folder of which no disk knows, where there is one with room: what is committed there need not wait.

    How SQLite waits for a disk is the product's own all the same, and ends of processes lose nothing of it. Machines
    that crash are none of these tests.
    """
    has_room = _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _MUCH
    with tempfile.TemporaryDirectory(prefix="twofold-test-", dir=_MEMORY if has_room else None) as folder:
        yield Path(folder)


@cache
def folder_of_the_run() -> Path:
    """Return one such folder that is there until the run has ended, and the last process of it."""
    whole = ExitStack()
    atexit.register(whole.close)
    return whole.enter_context(folder_in_memory())


@contextmanager
def default_database(settings: DatabaseSettings) -> Iterator[None]:
    """Make this Django's default database, for every thread of the process that opens a connection meanwhile."""
    before = connections.settings["default"]
    _switch(connections.configure_settings({"default": dict(settings)})["default"])
    try:
        yield
    finally:
        _switch(before)


def _switch(settings: DatabaseSettings) -> None:
    connections["default"].close()
    rows.let_go()
    connections.settings["default"] = settings


def migrate() -> None:
    """Create the tables of the default database, as a start of the product does."""
    make()


class Cluster:
    """A PostgreSQL server on a socket in a folder of its own; it loses everything when it stops."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="twofold-pg-", dir="/tmp"))
        self._data = self._folder / "data"
        # PostgreSQL refuses to run as root.
        self._user = "postgres" if os.geteuid() == 0 else None
        if self._user is not None:
            owner = pwd.getpwnam(self._user)
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        self._made = 0
        self._migrated: str | None = None
        self._shared: DatabaseSettings | None = None
        self._runs = False

    def start(self) -> None:
        """Start the server, unless it runs: a run of tests needs one, however many rooms ask for it."""
        if self._runs:
            return
        self._runs = True
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        options = (
            f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c fsync=off -c max_connections=200"
        )
        self._run("pg_ctl", "--wait", "--silent", f"--log={self._folder}/log", "--options", options, "start")

    def stop(self) -> None:
        """Stop the server, if it runs."""
        if not self._runs:
            return
        self._runs = False
        self._run("pg_ctl", "--wait", "--silent", "--mode=immediate", "stop")
        shutil.rmtree(self._folder)

    def settings(self, name: str) -> DatabaseSettings:
        """Return the settings of one of the cluster's databases."""
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": name,
            "USER": "postgres",
            "HOST": str(self._folder),
        }

    def new_database(self) -> DatabaseSettings:
        """Create an empty database and return its settings."""
        return self._create("template1")

    def migrated_database(self) -> DatabaseSettings:
        """Create a database that holds the product's empty tables, by a copy of one, and return its settings."""
        if self._migrated is None:
            made = self.new_database()
            with default_database(made):
                migrate()
            self._migrated = made["NAME"]
        return self._create(self._migrated)

    def shared_database(self) -> DatabaseSettings:
        """Return the settings of the one database of this kind that all tests may share."""
        if self._shared is None:
            self._shared = self.migrated_database()
        return self._shared

    def _create(self, template: str) -> DatabaseSettings:
        self._made += 1
        name = f"test{self._made}"
        with default_database(self.settings("postgres")), connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self.settings(name)

    def _run(self, program: str, *arguments: str) -> None:
        path = find_tool(program)
        assert path is not None
        command = [str(path), "-D", str(self._data), *arguments]
        if self._user is not None:
            command = ["runuser", "-u", self._user, "--", *command]
        # Into a file: the server would hold a pipe open for as long as it runs.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(command, cwd="/", stdout=output, stderr=output, check=False)
            if done.returncode != 0:
                output.seek(0)
                pytest.fail(f"{program}: {output.read().decode()}")


@cache
def _cluster() -> Cluster:
    return Cluster()


@pytest.fixture(scope="session")
def postgresql(django_db_blocker: DjangoDbBlocker) -> Iterator[Cluster]:
    """Run a PostgreSQL; only for tests that carry NEEDS_POSTGRESQL."""
    cluster = _cluster()
    with django_db_blocker.unblock():
        cluster.start()
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker) -> Path:
    """Make a migrated SQLite file, one for all rooms, to be copied: `shutil.copyfile(sqlite_template, …)`."""
    path = tmp_path_factory.getbasetemp() / "template.sqlite3"
    if path.exists():
        return path
    with django_db_blocker.unblock(), default_database(sqlite_settings(path)):
        migrate()
        # Everything into the one file.
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path
