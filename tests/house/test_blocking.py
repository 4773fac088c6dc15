"""What no test reaches by mistake: a database that it did not ask for."""

from pathlib import Path

import pytest
from django.db import connections

from tests.blocking import DatabaseOpenedError, DjangoDbBlocker
from tests.databases import default_database, sqlite_settings


def test_a_database_opens_only_for_who_says_so(django_db_blocker: DjangoDbBlocker, tmp_path: Path) -> None:
    with default_database(sqlite_settings(tmp_path / "some.sqlite3")):
        connection = connections["default"]
        for _ in range(2):
            with pytest.raises(DatabaseOpenedError):
                connection.cursor()
            with django_db_blocker.unblock():
                with django_db_blocker.unblock():
                    connection.cursor().close()
                connection.close()
                connection.cursor().close()
                connection.close()
