"""Lays tables of small rows into the tree of their primary key, which SQLite calls WITHOUT ROWID.

A table of SQLite's is a tree of numbers, and its primary key an index beside it: a new row writes a page of each. Laid
into the tree of its key it writes one. That pays for rows of some 100 bytes; of rows that have a few hundred, so few
fit into a page that it is split all the time (docs/decisions/small-rows-lie-in-their-key.md has the figures).

Whatever makes Django build a table anew on SQLite (AlterField, RemoveField, AddConstraint, AddField with a default)
makes it with numbers again: such a migration of one of TABLES ends with `RunPython(keep_by_key)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor

TABLES: Final = ("browser", "counter")
"""Their key comes first in each, and has three columns at most."""


def keep_by_key(_apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Build those anew that do not lie there, with rows, constraints and indexes; PostgreSQL has no such tables."""
    if schema_editor.connection.vendor != "sqlite":
        return
    for table in TABLES:
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT type, sql FROM sqlite_master WHERE tbl_name = %s AND sql IS NOT NULL", [table])
            found = cursor.fetchall()
        [made] = [sql for kind, sql in found if kind == "table"]
        if made.endswith("WITHOUT ROWID"):
            continue
        rest = [sql for kind, sql in found if kind != "table"]
        for statement in (
            made.replace(f'"{table}"', f'"kept__{table}"', 1) + " WITHOUT ROWID",
            # In the order of the key each page is written once.
            f'INSERT INTO "kept__{table}" SELECT * FROM "{table}" ORDER BY 1, 2, 3',  # noqa: S608 -- our own words
            f'DROP TABLE "{table}"',
            f'ALTER TABLE "kept__{table}" RENAME TO "{table}"',
            *rest,
        ):
            schema_editor.execute(statement, params=None)
