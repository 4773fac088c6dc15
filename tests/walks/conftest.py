"""Walks drive the whole product in this process: pages, flows, store and a real SQLite file."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.template.loader import get_template

from tests.databases import default_database, folder_in_memory, sqlite_settings, sqlite_template
from tests.fakes import FakeClock
from tests.walks.alone import watch
from tests.walks.codes import texts_go_to
from tests.walks.event_kit import raw_codes
from tests.walks.kit import HOUSE_HOST, Desk
from tests.walks.mail_kit import name_server
from twofold.commands import data_folder
from twofold.core.ids import AccountId
from twofold.core.roles import Role
from twofold.ports.accounts import Account
from twofold.services import build_services, install
from twofold.settings import settings
from twofold.store import passwords
from twofold.store.counters import CounterStore
from twofold.web import skeletons, tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.blocking import DjangoDbBlocker
    from tests.walks.browser import Browser
    from tests.walks.kit import Somebody
    from twofold.ports.services import Services

__all__ = ["sqlite_template"]


@pytest.fixture(autouse=True)
def _filled_as_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    """See to it, in every walk, that a page which was kept and filled in is what rendering it whole gives."""
    filled = skeletons.filled

    def checked(
        template: str, context: Mapping[str, object], printed: Mapping[str, str | int], *, token: Callable[[], str]
    ) -> str:
        once = cache(token)
        html = filled(template, context, printed, token=once)
        token_of_form = once() if tokens.FIELD in html else ""
        assert html == get_template(template).render({**context, **printed, skeletons.TOKEN: token_of_form})
        return html

    monkeypatch.setattr(skeletons, "filled", checked)


@pytest.fixture(autouse=True)
def _cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least that Argon2 knows: no walk measures what a hash costs, and most of them make several.

    The product's own numbers are looked at in tests/store/test_system.py; its processes, in other rooms, hash by them.
    """
    monkeypatch.setattr(passwords, "MEMORY_KIB", 8)
    monkeypatch.setattr(passwords, "PASSES", 1)


@pytest.fixture(autouse=True)
def _alone_with_people(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """See to it, in every walk, that whoever writes several rows of a person is alone with them."""
    watched = watch(monkeypatch)
    yield
    assert watched.found == []


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def services(sqlite_template: Path, django_db_blocker: DjangoDbBlocker, clock: FakeClock) -> Iterator[Services]:
    """Build the product's own services on a database of this test's own, with a clock moved by hand."""
    data_folder.make(settings())
    with folder_in_memory() as folder, django_db_blocker.unblock():
        path = Path(shutil.copy(sqlite_template, folder / "twofold.sqlite3"))
        with default_database(sqlite_settings(path)):
            built = replace(build_services(settings()), clock=clock, counters=CounterStore(clock))
            install(built)
            yield built
            install(None)


@pytest.fixture
def make_desk(services: Services, clock: FakeClock) -> Callable[[str], Desk]:
    """Make help desks by their address: `make_desk("https://help.acme.example")`."""

    def make(base_url: str) -> Desk:
        account = Account(
            id=AccountId(services.entropy.new_id()),
            name="Acme Support",
            base_url=base_url,
            time_zone="Europe/London",
            locale="en",
            created_at=clock.now(),
        )
        assert services.accounts.add(account)
        return Desk(services, account, clock)

    return make


@pytest.fixture
def desk(make_desk: Callable[[str], Desk]) -> Iterator[Desk]:
    """One help desk on plain http and loopback, as a first run makes it; its log has words for whatever happened."""
    made = make_desk(f"http://{HOUSE_HOST}")
    yield made
    for event in made.events():
        assert raw_codes(event) == [], event


@pytest.fixture
def mail_leaves(desk: Desk) -> None:
    """Name a mail server; without it a message becomes a file, and pages say so."""
    name_server(desk)


@pytest.fixture
def texts_leave(desk: Desk) -> None:
    """Let texts go to Austria, which ways by text need."""
    texts_go_to(desk, "AT")


@pytest.fixture
def browser(desk: Desk) -> Browser:
    """Open a browser that was never here."""
    return desk.browser()


@pytest.fixture
def olive(desk: Desk) -> Somebody:
    """Return an owner with an app, who chose to be asked."""
    return desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def as_owner(desk: Desk, olive: Somebody) -> Browser:
    """Return a browser in which the owner just signed in."""
    return desk.sign_in(olive)


@pytest.fixture
def adam(desk: Desk) -> Somebody:
    """Return an admin with an app, who chose to be asked."""
    return desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True)


@pytest.fixture
def as_admin(desk: Desk, adam: Somebody) -> Browser:
    """Return a browser in which the admin just signed in."""
    return desk.sign_in(adam)


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    """Return an agent with an app, who chose to be asked."""
    return desk.add("ann@acme.example", app=True, chosen=True)
