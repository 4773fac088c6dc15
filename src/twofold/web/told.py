"""What just happened, said once on the next page: `told` travels in a cookie between a POST and the page after it.

The cookie holds a code and never a text, so whoever plants one can at most make a page say one of our own sentences.
Each area declares its sentences where its views are: `SAVED = told.declare("appearance_saved", "good", _("Saved."))`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Tone: TypeAlias = Literal["", "good", "warn", "bad"]

COOKIE = "twofold_told"


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence, and where it leads on to (both link fields empty for nowhere)."""

    code: str
    tone: Tone
    text: StrOrPromise
    link_url: str = ""
    link_text: StrOrPromise = ""


_DECLARED: dict[str, Told] = {}


def declare(code: str, tone: Tone, text: StrOrPromise, *, link_url: str = "", link_text: StrOrPromise = "") -> Told:
    """Make a sentence known, once, at import; `text` is lazily translated."""
    if code in _DECLARED:
        raise ValueError(f"{code} is declared twice")
    _DECLARED[code] = Told(code, tone, text, link_url, link_text)
    return _DECLARED[code]


def find(code: str) -> Told | None:
    """Return the sentence of a cookie's value, or None for anything that is none of ours."""
    return _DECLARED.get(code)
