"""The three stores on which one contract runs."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.databases import (
    NEEDS_POSTGRESQL,
    Cluster,
    DatabaseSettings,
    default_database,
    folder_of_the_run,
    postgresql,
    sqlite_settings,
    sqlite_template,
)
from tests.fakes import FakeClock, FakeEntropy, world
from tests.store.building import database_services
from tests.store.racing import Racers
from twofold.core.ids import AccountId

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.blocking import DjangoDbBlocker
    from twofold.ports.services import Services

__all__ = ["postgresql", "sqlite_template"]

_DATABASES = ["sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for `database` on both, and one that asks for `services` alone in memory, too."""
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("where", _DATABASES)
    elif "services" in metafunc.fixturenames:
        metafunc.parametrize("where", ["memory", *_DATABASES])


@pytest.fixture(scope="session")
def shared_sqlite(sqlite_template: Path) -> DatabaseSettings:
    """Copy the SQLite file that all tests of the run share, in whatever room."""
    path = folder_of_the_run() / "shared.sqlite3"
    if not path.exists():
        shutil.copyfile(sqlite_template, path)
    return sqlite_settings(path)


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: Cluster, django_db_blocker: DjangoDbBlocker) -> DatabaseSettings:
    """Make the PostgreSQL database that all tests of the run share, in whatever room."""
    with django_db_blocker.unblock():
        return postgresql.shared_database()


@pytest.fixture
def database(
    request: pytest.FixtureRequest, where: str, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseSettings]:
    """Make the database that `where` names the default one."""
    settings: DatabaseSettings = request.getfixturevalue(f"shared_{where}")
    with django_db_blocker.unblock(), default_database(settings):
        yield settings


_TEAMS: dict[str, Racers] = {}


@pytest.fixture(scope="session")
def teams() -> Iterator[dict[str, Racers]]:
    """Keep the racers of each database, who are slow to start, until the end of the run."""
    yield _TEAMS
    while _TEAMS:
        _TEAMS.popitem()[1].stop()


@pytest.fixture
def racers(where: str, database: DatabaseSettings, teams: dict[str, Racers]) -> Racers:
    if where not in teams:
        teams[where] = Racers(database)
    return teams[where]


@pytest.fixture
def services(request: pytest.FixtureRequest, where: str, clock: FakeClock, entropy: FakeEntropy) -> Services:
    """Return the ports, kept in memory, SQLite or PostgreSQL."""
    if where == "memory":
        return world().services
    request.getfixturevalue("database")
    return database_services(clock, entropy)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def entropy(request: pytest.FixtureRequest) -> FakeEntropy:
    """Entropy of this test alone, so that no two tests share an account."""
    return FakeEntropy(request.node.nodeid)


@pytest.fixture
def account(entropy: FakeEntropy) -> AccountId:
    return AccountId(entropy.new_id())
