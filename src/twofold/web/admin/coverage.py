"""How many of some people have a second factor, as partials/coverage.html shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twofold.ports.roll_out import Tally


def shown(counted: Tally) -> dict[str, int]:
    """Return people, how many of them are set up, and how many in a hundred that is (0 where there is nobody)."""
    people, set_up = counted.people, counted.set_up
    return {"people": people, "set_up": set_up, "percent": set_up * 100 // people if people else 0}
