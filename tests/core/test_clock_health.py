"""Many phones are not wrong by the same amount: then it is this server."""

from __future__ import annotations

from datetime import timedelta

import pytest

from twofold.core.clock_health import OffBy, server_is_off_by
from twofold.core.ids import PersonId


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ([], None),
        ([("ann", 240), ("ben", 250)], None),
        ([("ann", 240), ("ben", 250), ("cara", 260)], 250),
        ([("ann", -240), ("ben", -260), ("cara", -300)], -270),
        ([("ann", 240), ("ben", 250), ("cara", 301)], None),
        ([("ann", -240), ("ben", 240), ("cara", 250), ("emil", 290)], 265),
        ([("ann", 240), ("ann", 250), ("ann", 260)], None),
        ([("ann", 240), ("ben", 250), ("cara", 260), ("cara", -60)], None),
    ],
)
def test_the_server_is_off_when_three_people_agree(seen: list[tuple[str, int]], expected: int | None) -> None:
    found = server_is_off_by(OffBy(PersonId(name), timedelta(seconds=by)) for name, by in seen)
    assert found == (None if expected is None else timedelta(seconds=expected))
