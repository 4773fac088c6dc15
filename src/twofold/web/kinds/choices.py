"""What somebody may have at hand, and which kind of second factor it makes: the choice of the set-up wizard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.web.kinds.registry import KINDS, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.json import JsonObject

NOTHING: Final = "none"


def shown(kinds: Sequence[str], account_name: str) -> list[dict[str, object]]:
    """Return the choices that these kinds make, the first one ticked."""
    things = sorted((thing for words in known(kinds) for thing in words.things), key=lambda thing: thing.place)
    return [
        {
            "value": thing.value,
            "title": thing.title,
            "line": str(thing.line) % {"account": account_name},
            "icon": thing.icon,
            "ticked": thing is things[0],
        }
        for thing in things
    ]


def chosen(value: str) -> tuple[str, JsonObject]:
    """Return the kind that a choice stands for, and what is asked of its factor."""
    found = ((words.kind, thing.asked) for words in KINDS.values() for thing in words.things if thing.value == value)
    return next(found, ("", {}))
