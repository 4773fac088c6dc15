"""The ways somebody may turn to: each kind that they hold, with the names of what they hold of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.ports.enrolments import Enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One kind, and the names of what is held of it; numbers and addresses are masked in them."""

    kind: str
    labels: tuple[str, ...]


def ways_among(held: Sequence[Enrolment]) -> tuple[Way, ...]:
    """Return the kinds of these enrolments, in their order."""
    return tuple(
        Way(kind=kind, labels=tuple(one.label for one in held if one.kind == kind))
        for kind in dict.fromkeys(one.kind for one in held)
    )
