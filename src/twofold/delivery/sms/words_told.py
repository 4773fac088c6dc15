"""Reading what providers tell: short words and codes, and nothing else of it, because the rest may hold a number."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,12}")
_WORD_MOST: Final = 32


def word_in(told: Mapping[str, str], name: str) -> str:
    """Return a field's word in small letters; "" where it is missing or no word."""
    return told.get(name, "")[:_WORD_MOST].strip().lower()


def code_in(provider: str, told: Mapping[str, str], name: str) -> str:
    """Return the provider's name with its code, or the name alone; a code is too short for a whole number."""
    found = told.get(name, "").strip()
    return f"{provider} {found}" if _CODE.fullmatch(found) and not _is_number(found) else provider


def _is_number(text: str) -> bool:
    """Say whether it could be the number of a phone: no code of a provider has so many digits."""
    return sum(map(str.isdigit, text)) > 6  # noqa: PLR2004 -- Twilio's have five, an HTTP status three
