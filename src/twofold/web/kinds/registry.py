"""The words of every kind of second factor: an import and a line for each."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from twofold.web.kinds.email import EmailWords
from twofold.web.kinds.sms import SmsWords
from twofold.web.kinds.totp import TotpWords

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from twofold.web.kinds.contract import KindWords

_ALL: Final[tuple[KindWords, ...]] = (TotpWords(), SmsWords(), EmailWords())

KINDS: Final[Mapping[str, KindWords]] = MappingProxyType({one.kind: one for one in _ALL})
"""The words by the name under which enrolments are stored, in the order of the registry of factors."""


def name_of(kind: str, thing: str = "") -> str:
    """Return what a kind is called, or one thing that makes it; a kind that is gone keeps its stored name."""
    return str(KINDS[kind].of_thing(thing).name) if kind in KINDS else kind


def words_for(kind: str, things: Iterable[str]) -> KindWords:
    """Return the words of a kind for what somebody has of it; for several things those that fit them all."""
    thing, *others = set(things) or {""}
    return KINDS[kind] if others else KINDS[kind].of_thing(thing)


def named(kind: str, thing: str, label: str) -> str:
    """Return what one method is, its kind first: an app is named by the address, which is something else as well."""
    if kind in KINDS:
        return KINDS[kind].of_thing(thing).named(label)
    return f"{kind} “{label}”" if label else kind


def known(kinds: Iterable[str]) -> list[KindWords]:
    """Return the words of these kinds, in their order, each once."""
    return [KINDS[kind] for kind in dict.fromkeys(kinds) if kind in KINDS]
