"""Selecting people from a list: a box for each, and one for all that the page shows. It works without scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from twofold.core.ids import LENGTH, SHAPE, PersonId
from twofold.flows.selected import MOST_AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from twofold.web.forms import Posted
    from twofold.web.request import Request

EVERYBODY: Final = "everybody_here"
PICKED: Final = "picked"
SHOWN: Final = "shown"
_PICK: Final = "pick_"
_ID: Final = re.compile(SHAPE)
_LONGEST: Final = MOST_AT_ONCE * (LENGTH + 1)


def picked(posted: Posted) -> tuple[PersonId, ...]:
    """Return who was selected: by a box each, by the one for everybody shown, or on the page before."""
    if posted.tick(EVERYBODY):
        found = _ids(posted, SHOWN)
    else:
        found = [*_ids(posted, PICKED), *(name.removeprefix(_PICK) for name, _ in posted.kept() if _is_pick(name))]
    return tuple(PersonId(one) for one in dict.fromkeys(found))[:MOST_AT_ONCE]


def ticked(request: Request) -> frozenset[str]:
    """Return whom the address of a list names, so that a page on the way loses nobody who was selected."""
    named = request.GET.get(PICKED, "")
    return frozenset(_found(named)) if len(named) <= _LONGEST else frozenset()


def joined(ids: Iterable[str]) -> str:
    """Return ids as one field carries them."""
    return ",".join(ids)


def _ids(posted: Posted, name: str) -> list[str]:
    return _found(posted.raw(name, most=_LONGEST))


def _found(named: str) -> list[str]:
    return [one for one in named.split(",") if _ID.fullmatch(one)]


def _is_pick(name: str) -> bool:
    return name.startswith(_PICK) and _ID.fullmatch(name.removeprefix(_PICK)) is not None
