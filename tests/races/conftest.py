"""A help desk on both databases, and processes that ask it for the same thing at the same instant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.databases import default_database
from tests.store.building import database_services
from tests.store.conftest import (
    account,
    clock,
    database,
    entropy,
    postgresql,
    pytest_generate_tests,
    racers,
    shared_postgresql,
    shared_sqlite,
    sqlite_template,
    teams,
)
from tests.walks.kit import Desk
from twofold.factors.registry import FACTORS
from twofold.ports.accounts import Account
from twofold.services import install
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.blocking import DjangoDbBlocker
    from tests.databases import DatabaseSettings
    from tests.fakes import FakeClock
    from twofold.core.ids import AccountId

__all__ = [
    "account",
    "clock",
    "database",
    "entropy",
    "postgresql",
    "pytest_generate_tests",
    "racers",
    "shared_postgresql",
    "shared_sqlite",
    "sqlite_template",
    "teams",
]


@pytest.fixture
def desk(database: DatabaseSettings, account: AccountId, clock: FakeClock) -> Iterator[Desk]:
    """Make a help desk of this test's own in the database that all tests share."""
    del database
    yield from a_desk(account, clock)


@pytest.fixture
def desk_on_postgresql(
    shared_postgresql: DatabaseSettings, django_db_blocker: DjangoDbBlocker, account: AccountId, clock: FakeClock
) -> Iterator[Desk]:
    """Make one where several write at a time; only for tests that carry NEEDS_POSTGRESQL."""
    with django_db_blocker.unblock(), default_database(shared_postgresql):
        yield from a_desk(account, clock)


def a_desk(account: AccountId, clock: FakeClock) -> Iterator[Desk]:
    """Make a help desk in the default database."""
    services = replace(database_services(clock, SystemEntropy()), factors=FACTORS)
    install(services)
    house = Account(
        id=account,
        name="Acme Support",
        base_url=f"https://{account}.example",
        time_zone="UTC",
        locale="en",
        created_at=clock.now(),
    )
    assert services.accounts.add(house)
    yield Desk(services, house, clock)
    install(None)
