"""A database that an earlier version made is brought up to date with everything in it."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor

from tests.databases import NEEDS_POSTGRESQL, default_database, migrate, sqlite_settings
from tests.fakes import START
from twofold.core.groups import Extra
from twofold.core.roles import Audience
from twofold.core.wanted import Accepts, Requirement
from twofold.store import marks_alone
from twofold.store.migrations._kept_by_key import TABLES, keep_by_key
from twofold.store.rows import to_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.blocking import DjangoDbBlocker
    from tests.databases import DatabaseSettings
    from twofold.store.rows import Row

BEFORE = "0011_people_imports"
FILLED = ("attempt", "audit_event", "browser", "challenge", "counter", "known_browser", "session")
ROWS = 50


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=NEEDS_POSTGRESQL)])
def empty_database(
    request: pytest.FixtureRequest, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> Iterator[DatabaseSettings]:
    with django_db_blocker.unblock():
        settings = (
            sqlite_settings(tmp_path / "empty.sqlite3")
            if request.param == "sqlite"
            else request.getfixturevalue("postgresql").new_database()
        )
        with default_database(settings):
            yield settings


@pytest.fixture
def old_rows(empty_database: DatabaseSettings) -> dict[str, list[Row]]:
    """Make the tables as they were, put rows into them, and return what they hold."""
    call_command("migrate", "store", BEFORE, verbosity=0, skip_checks=True)
    then = MigrationExecutor(connection).loader.project_state(("store", BEFORE)).apps
    for model in then.get_app_config("store").get_models():
        if model._meta.db_table in FILLED:
            # Not in the order of their keys, of two accounts, and with nothing where nothing may be.
            for number in range(ROWS, 0, -1):
                values = {field.name: _value(field, number) for field in model._meta.fields if field.name != "pk"}
                model._default_manager.create(**values)
    return {table: _rows(table) for table in FILLED}


def _value(field: models.Field[Any, Any], number: int) -> object:
    if field.null and number % 2:
        return None
    if field.name == "account":
        return "ab"[number % 3 == 0] * 26
    if isinstance(field, models.BooleanField):
        return number % 2 == 0
    if isinstance(field, models.IntegerField):
        return number
    if isinstance(field, models.BinaryField):
        return bytes(range(number))
    # The same person, kind or address again and again; ids and tokens of its own for every row.
    own = field.name in {"id", "browser_id", "subject", "token_digest"}
    return f"{field.name} {number if own else number % 5:03}"[:26]


def _rows(table: str) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 -- the list above
        names = [column[0] for column in cursor.description]
        rows = [
            {
                name: bytes(value) if isinstance(value, memoryview) else value
                for name, value in zip(names, row, strict=True)
            }
            for row in cursor.fetchall()
        ]
    return sorted((tuple(sorted(row.items())) for row in rows), key=repr)


def test_every_row_is_there_afterwards(empty_database: DatabaseSettings, old_rows: dict[str, list[Row]]) -> None:
    assert {len(rows) for rows in old_rows.values()} == {ROWS}

    migrate()

    assert {table: _rows(table) for table in FILLED} == old_rows
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check")
            assert cursor.fetchall() == [("ok",)]


def test_it_has_the_keys_indexes_and_triggers_of_the_models(
    empty_database: DatabaseSettings, old_rows: dict[str, list[Row]]
) -> None:
    migrate()

    models_of = {model._meta.db_table: model._meta for model in apps.get_app_config("store").get_models()}
    for meta in (models_of[table] for table in FILLED):
        with connection.cursor() as cursor:
            found = connection.introspection.get_constraints(cursor, meta.db_table)
        keys = [made["columns"] for made in found.values() if made["primary_key"]]
        assert keys == [[field.column for field in meta.pk_fields]], meta.db_table
        named = {name for name, made in found.items() if not made["primary_key"] and not made["check"]}
        assert named == {made.name for made in (*meta.indexes, *meta.constraints)}, meta.db_table
    for table in TABLES:
        values = _rows(table)[0]
        names = ", ".join(name for name, _ in values)
        again = f"INSERT INTO {table} ({names}) SELECT {names} FROM {table}"  # noqa: S608 -- names of columns
        with pytest.raises(IntegrityError), transaction.atomic():
            connection.cursor().execute(again)
    for statement in ("UPDATE audit_event SET kind = ''", "DELETE FROM audit_event"):
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


def test_whoever_had_a_requirement_of_their_own_is_found_by_it(empty_database: DatabaseSettings) -> None:
    # docs/decisions/found-by-a-word-of-their-own.md
    call_command("migrate", "store", "0013_announced", verbosity=0, skip_checks=True)
    then = MigrationExecutor(connection).loader.project_state(("store", "0013_announced")).apps
    person = then.get_model("store", "PersonModel")
    rules = {
        "ana": ("agent", Extra(required=Requirement(starts_at=START))),
        "bo": ("end_user", Extra(required=Requirement(starts_at=START))),
        "cy": ("end_user", Extra(accepts=Accepts(kinds=frozenset({"totp"})))),
        "di": ("owner", None),
    }
    for number, (name, (role, rule)) in enumerate(rules.items(), start=1):
        values = {field.name: _value(field, number) for field in person._meta.fields if field.name != "pk"}
        mine = None if rule is None else to_text(rule.to_json())
        person._default_manager.create(**{**values, "account": "a", "id": name, "role": role, "own_rule": mine})

    migrate()

    with connection.cursor() as cursor:
        cursor.execute("SELECT word, person_id FROM person_word WHERE account = 'a' ORDER BY person_id")
        found = [(bytes(word), who) for word, who in cursor.fetchall()]
    assert found == [(marks_alone.OF[Audience.TEAM], "ana"), (marks_alone.OF[Audience.END_USERS], "bo")]


def test_tables_of_small_rows_lie_in_the_tree_of_their_key(sqlite_template: Path) -> None:
    """A migration that made Django build one of them anew ends with `keep_by_key` (migrations/_kept_by_key.py)."""
    with closing(sqlite3.connect(sqlite_template)) as made:
        found = made.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql LIKE '%) WITHOUT ROWID'")
        assert {name for (name,) in found} == {"browser", "counter"} == set(TABLES)


def test_a_table_that_lies_there_already_is_left(
    sqlite_template: Path, tmp_path: Path, django_db_blocker: DjangoDbBlocker
) -> None:
    shutil.copyfile(sqlite_template, tmp_path / "made.sqlite3")
    with django_db_blocker.unblock(), default_database(sqlite_settings(tmp_path / "made.sqlite3")):
        before = _schema()
        with connection.schema_editor() as editor:
            keep_by_key(apps, editor)
        assert _schema() == before


def _schema() -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, rootpage, sql FROM sqlite_master ORDER BY name")
        found: list[Row] = cursor.fetchall()
        return found
