"""The whole product on PostgreSQL: first start, words, backup and restore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.databases import NEEDS_POSTGRESQL, Cluster, postgresql
from tests.runtime.product import running, word, write_private

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blocking import DjangoDbBlocker

__all__ = ["postgresql"]

pytestmark = NEEDS_POSTGRESQL

ANN = "ann@acme.example"


def url_of(cluster: Cluster, blocker: DjangoDbBlocker) -> str:
    """Make an empty database, and return its address with a password that the server does not ask for."""
    with blocker.unblock():
        made = cluster.new_database()
    return f"postgresql://{made['USER']}:gravel%20otter@/{made['NAME']}?host={made['HOST']}"


def test_it_is_served_backed_up_and_restored_on_postgresql(
    postgresql: Cluster, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    data, url = tmp_path / "data", {"TWOFOLD_DATABASE_URL": url_of(postgresql, django_db_blocker)}
    owner = {"TWOFOLD_OWNER_EMAIL": ANN, "TWOFOLD_OWNER_PASSWORD": "gravel otter lamp"}
    with running(data, **url, **owner) as server:
        assert server.get("/sign-in").is_success
        assert not (data / "twofold.sqlite3").exists()
        told = word(data, "rescue", ANN, "--yes", **url)
        assert told.code == 0, told.err
        assert server.client.get(told.link.replace(":8420", f":{server.port}")).is_success
        passphrase = f"--passphrase-file={write_private(tmp_path / 'passphrase', 'gravel otter lamp')}"
        told = word(data, "backup", str(tmp_path / "file"), passphrase, **url)
        assert told.code == 0, told.err
    new, new_url = tmp_path / "new", {"TWOFOLD_DATABASE_URL": url_of(postgresql, django_db_blocker)}
    told = word(new, "restore", str(tmp_path / "file"), passphrase, **new_url)
    assert told.code == 0, told.err
    told = word(new, "explain", ANN, **new_url)
    assert told.code == 0, told.err
    with running(new, **new_url) as server:
        assert server.get("/sign-in").is_success
        assert "link=" not in server.block
    # A backup of one database is not put into the other.
    told = word(tmp_path / "third", "restore", str(tmp_path / "file"), passphrase)
    assert told.code == 2
    assert "This backup is of postgresql" in told.err


def test_a_database_that_does_not_answer_is_told_without_its_password(tmp_path: Path) -> None:
    told = word(
        tmp_path / "data", "serve", TWOFOLD_DATABASE_URL="postgresql://acme:gravel@127.0.0.1:9/acme?connect_timeout=2"
    )
    assert told.code == 2
    assert "The database cannot be reached" in told.err
    assert "gravel" not in told.err
    assert "Traceback" not in told.err
