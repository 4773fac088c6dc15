"""Looking at events as the page of the audit log shows them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from twofold.web.admin import event_parts, event_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.json import JsonValue
    from twofold.ports.audit import Event

_WORD = re.compile(r"[\w.]+")
_PART = re.compile(r"[,;:] ")


def raw_codes(event: Event) -> list[str]:
    """Return what the log would show of an event as it is stored, though nobody typed it."""
    if not event_words.is_kind(event.kind):
        return []
    shown = event_words.shown(event, {}, now=event.at)
    facts, changes = shown["facts"], shown["changes"]
    assert isinstance(facts, list)
    assert isinstance(changes, list)
    said = [str(one["value"]) for one in facts] + [str(one[side]) for one in changes for side in ("before", "after")]
    parts = {part for text in said for part in _PART.split(text)}
    raw = [text for text in _codes(event.kind, "", event.detail) if text in parts]
    return raw + [str(one["label"]) for one in facts if str(one["label"]).islower()]


def _codes(kind: str, name: str, value: JsonValue) -> Iterator[str]:
    """Yield every text of a detail that is one word, and that nobody typed."""
    match value:
        case dict():
            for below, one in value.items():
                yield from _codes(
                    kind, "" if below in {"before", "after"} and not isinstance(one, dict) else below, one
                )
        case list():
            for one in value:
                yield from _codes(kind, name, one)
        case str() if _WORD.fullmatch(value) and value not in _SAME and not event_parts.is_text(kind, name):
            yield value


_SAME = frozenset({"cancelled", "done", "exempt", "none", "password", "stopped", "suspend", "suspended"})
"""Codes that are words already."""
