"""The worker on a database of the test's own, with a clock moved by hand and senders that a test watches."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.databases import NEEDS_POSTGRESQL, default_database, postgresql, sqlite_settings, sqlite_template
from tests.delivery.post import Post
from tests.fakes import FakeClock
from tests.store.building import database_services
from twofold.delivery.needs import Needs
from twofold.delivery.words import Words
from twofold.settings import read
from twofold.store.accounts import AccountStore
from twofold.store.digests import KeyedDigests
from twofold.store.jobs import JobStore
from twofold.store.keys import HouseKeys
from twofold.store.outbox import OutboxStore
from twofold.store.sealing import Sealer
from twofold.store.settings import SettingStore
from twofold.store.system import SystemEntropy
from twofold.store.transactions import DatabaseTransactions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.blocking import DjangoDbBlocker

__all__ = ["postgresql", "sqlite_template"]


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL)])
def post(
    request: pytest.FixtureRequest, tmp_path: Path, clock: FakeClock, django_db_blocker: DjangoDbBlocker
) -> Iterator[Post]:
    """Make a house with one account, whose worker a test drives step by step."""
    if request.param == "sqlite":
        path = tmp_path / "twofold.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        database = sqlite_settings(path)
    else:
        cluster = request.getfixturevalue("postgresql")
        with django_db_blocker.unblock():
            database = cluster.migrated_database()
    with django_db_blocker.unblock(), default_database(database):
        entropy = SystemEntropy()
        ring = HouseKeys.make(entropy).ring
        sealer = Sealer(lambda: ring, entropy)
        jobs = JobStore(sealer)
        outbox = OutboxStore(sealer, can_send=lambda _account, _channel: True)
        needs = Needs(
            settings=read(data=tmp_path),
            accounts=AccountStore(),
            clock=clock,
            digests=KeyedDigests(b"\x00" * 32),
            entropy=entropy,
            jobs=jobs,
            kept=SettingStore(sealer),
            outbox=outbox,
            services=replace(database_services(clock, entropy), jobs=jobs, kept=SettingStore(sealer), outbox=outbox),
            transactions=DatabaseTransactions(),
            words=Words(),
        )
        yield Post(needs, clock)


@pytest.fixture
def behind(post: Post) -> Post:
    """Return the same house with an SMTP server that nobody runs."""
    settings = read(data=post.needs.settings.data, smtp_host="127.0.0.1", smtp_port=9, smtp_security="none")
    return Post(replace(post.needs, settings=settings), post.clock, post.account)


@pytest.fixture
def umask() -> Iterator[None]:
    """Let new files be readable by everybody, unless whoever makes them says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)
