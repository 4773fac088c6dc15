"""How people are found and ordered: folded words, kept as UTF-8 so that every database compares them alike."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST_WORD: Final = 64
"""Characters of a word that are kept, and looked for."""
MOST_TERMS: Final = 6
_LONGEST_NAME: Final = 200
_BETWEEN = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Return text without case, width and diacritics: "ÅSA Müller" and "asa muller" fold alike (NFKD, casefold)."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(character for character in decomposed if not unicodedata.combining(character))
    # Casefolding once more: decomposing a compatibility character may bring capitals back.
    return unicodedata.normalize("NFKC", bare).casefold()


def sort_key(name: str, email: str) -> bytes:
    """Return the place of a person in lists by name; somebody without a name stands under the address."""
    return " ".join(fold(name or email).split())[:_LONGEST_NAME].encode("utf-8", "replace")


def words_of(name: str, email: str) -> set[bytes]:
    """Return the words that somebody is found by: those between spaces, and those between any other signs."""
    chunks = fold(f"{name} {email}").split()
    parts = [part for chunk in chunks for part in _BETWEEN.split(chunk)]
    return {_kept(word) for word in (*chunks, *parts) if word}


def terms_of(search: str) -> list[bytes]:
    """Return the beginnings of words that all have to occur; those beyond MOST_TERMS do not narrow it further."""
    return [_kept(term) for term in fold(search).split()[:MOST_TERMS]]


def after_prefix(prefix: bytes) -> bytes:
    """Return the least bytes that are greater than everything that begins with `prefix`, which is UTF-8."""
    # 0xFF never occurs in UTF-8, so it stands behind every continuation of the prefix.
    return prefix + b"\xff"


def _kept(word: str) -> bytes:
    return word[:LONGEST_WORD].encode("utf-8", "replace")
