"""The tables, made from nothing on both databases."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from tests.databases import NEEDS_POSTGRESQL, DatabaseSettings, default_database, migrate, sqlite_settings
from twofold.store.migrations._kept_by_key import TABLES
from twofold.store.sqlite import SQLITE_OPTIONS
from twofold.store.tables import SIZES, SMALL, tell_sizes

if TYPE_CHECKING:
    from pathlib import Path

    from tests.blocking import DjangoDbBlocker


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL)])
def empty_database(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> DatabaseSettings:
    if request.param == "sqlite":
        return sqlite_settings(tmp_path / "empty.sqlite3")
    with django_db_blocker.unblock():
        settings: DatabaseSettings = request.getfixturevalue("postgresql").new_database()
        return settings


def test_the_tables_are_made_from_nothing(empty_database: DatabaseSettings, django_db_blocker: DjangoDbBlocker) -> None:
    with django_db_blocker.unblock(), default_database(empty_database):
        migrate()
        migrate()
        tables = set(connection.introspection.table_names())

    assert tables - {"django_migrations", "sqlite_stat1"} == {
        model._meta.db_table for model in apps.get_app_config("store").get_models()
    }


def test_sqlite_knows_the_sizes_of_every_index_of_a_table_that_grows(sqlite_template: Path) -> None:
    """Or it would take one for another (store/tables.py)."""
    told = [line.split(maxsplit=2) for line in SIZES.split("\n") if line]
    with closing(sqlite3.connect(sqlite_template)) as made:
        assert made.execute("SELECT tbl, idx, stat FROM sqlite_stat1").fetchall() == [tuple(line) for line in told]
        known = {(table, index) for table, index, _ in told}
        tables = {str(name) for (name,) in made.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert tables - {table for table, _ in known} == SMALL
        for table in tables - SMALL:
            indexes = made.execute(f"PRAGMA index_list('{table}')").fetchall()
            # The key of a table that lies in its tree goes by the name of the table.
            names = {str(name) for _, name, *_ in indexes}
            if table in TABLES:
                names = (names - {f"sqlite_autoindex_{table}_1"}) | {table}
            assert {(table, name) for name in names} == {one for one in known if one[0] == table}


def test_a_start_tells_the_sizes_again_where_others_stand(
    empty_database: DatabaseSettings, django_db_blocker: DjangoDbBlocker
) -> None:
    with django_db_blocker.unblock(), default_database(empty_database):
        migrate()
        if connection.vendor != "sqlite":
            return
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
            tell_sizes()
            cursor.execute("SELECT COUNT(*) FROM sqlite_stat1")
            assert cursor.fetchone() == (len(SIZES.split("\n")) - 2,)


def test_the_migrations_say_what_the_models_say(
    tmp_path: Path, django_db_blocker: DjangoDbBlocker, capsys: pytest.CaptureFixture[str]
) -> None:
    with django_db_blocker.unblock(), default_database(sqlite_settings(tmp_path / "empty.sqlite3")):
        call_command("makemigrations", "store", check=True, dry_run=True, skip_checks=True)

    assert "No changes" in capsys.readouterr().out


def test_the_account_is_in_every_key() -> None:
    for model in apps.get_app_config("store").get_models():
        if model._meta.db_table in {"account", "canary"}:
            continue
        keys = [tuple(constraint.fields) for constraint in model._meta.constraints]  # type: ignore[attr-defined]
        keys.append(tuple(field.name for field in model._meta.pk_fields))
        for key in keys:
            assert key[0] == "account", model
        assert not [
            field for field in model._meta.get_fields() if getattr(field, "unique", False) and field.name != "pk"
        ]


def test_sqlite_writes_ahead_and_keeps_what_was_committed(tmp_path: Path, django_db_blocker: DjangoDbBlocker) -> None:
    assert SQLITE_OPTIONS["transaction_mode"] == "IMMEDIATE"
    with (
        django_db_blocker.unblock(),
        default_database(sqlite_settings(tmp_path / "empty.sqlite3")),
        connection.cursor() as cursor,
    ):
        for pragma, value in (
            ("journal_mode", "wal"),
            ("synchronous", 2),
            ("foreign_keys", 1),
            ("busy_timeout", 20000),
        ):
            cursor.execute(f"PRAGMA {pragma}")
            assert cursor.fetchone() == (value,)
