"""Whose clock is wrong: one phone's, or this server's."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from twofold.core.ids import PersonId

PEOPLE_LEAST: Final = 3
"""So many people whose codes are off by the same amount say that it is not their phones."""
SEEN_WITHIN: Final = timedelta(hours=24)
"""How far back codes that fit another moment speak about the clock."""
_ALIKE: Final = timedelta(seconds=60)
"""Two time steps: a code is of anywhere in its step, and is typed a while after it was read."""


@dataclass(frozen=True, slots=True)
class OffBy:
    """A right code of another moment: whose, and how far its moment lies after ours (negative: before)."""

    person: PersonId
    by: timedelta


def server_is_off_by(seen: Iterable[OffBy]) -> timedelta | None:
    """Return how far this server's clock is behind (negative: ahead) when PEOPLE_LEAST people agree on it; else None.

    Of each person one code counts, the last of `seen`, so that one phone cannot accuse the server.
    """
    amounts = sorted({one.person: one.by for one in seen}.values())
    for first, last in zip(amounts, amounts[PEOPLE_LEAST - 1 :], strict=False):
        if last - first <= _ALIKE:
            return first + (last - first) / 2
    return None
