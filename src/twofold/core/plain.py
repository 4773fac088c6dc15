"""Plain text on one line: what may stand in a name, wherever it was typed."""

import unicodedata
from typing import Final

# Embeddings, overrides and isolates: they turn what stands after them around, on pages, in mail and in logs.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def has_control(text: str) -> bool:
    """Say whether a text holds control characters, ends of lines, or characters that turn others around."""
    # Most of what is typed is plain ASCII, of which only control characters are not printed.
    return not (text.isascii() and text.isprintable()) and any(map(_is_control, text))


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Zl", "Zp"} or character in _TURNING
