"""What a page asks of the store, and what its commit writes."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from twofold.store.rows import this_connection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# How SQLite's log begins, and each page in it (sqlite.org/fileformat2.html#the_write_ahead_log).
_HEADER: Final = 32
_FRAME: Final = 24


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements that run in the block."""
    seen: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: ANN401
        # However many are named in a question, it is one.
        seen.append(re.sub(r"(%s, )+%s", "%s", sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


@contextmanager
def pages_written() -> Iterator[list[int]]:
    """Tell after the block how many pages of the SQLite file were written in it: each is a frame of the log."""
    written: list[int] = []
    database = this_connection()
    log = Path(f"{database.settings_dict['NAME']}-wal")
    database.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert log.stat().st_size == 0
    yield written
    content = log.read_bytes()
    page = int.from_bytes(content[8:12])
    frames = [content[at : at + _FRAME] for at in range(_HEADER, len(content), _FRAME + page)]
    assert [int.from_bytes(frame[4:8]) > 0 for frame in frames].count(True) == 1, "one commit"
    written.append(len(frames))
