"""The ways somebody may turn to: each kind that they hold, with the names of what they hold of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.ports.enrolments import Enrolment


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One kind, and the names of what is held of it; numbers and addresses are masked in them.

    `things`: what each of them is in, as `Enrolment.thing`.
    """

    kind: str
    labels: tuple[str, ...]
    things: tuple[str, ...]


def ways_among(held: Sequence[Enrolment]) -> tuple[Way, ...]:
    """Return the kinds of these enrolments, in their order."""
    of_kind = {kind: [one for one in held if one.kind == kind] for kind in dict.fromkeys(one.kind for one in held)}
    return tuple(
        Way(kind=kind, labels=tuple(one.label for one in some), things=tuple(one.thing for one in some))
        for kind, some in of_kind.items()
    )
