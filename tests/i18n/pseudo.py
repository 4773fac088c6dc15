"""A pseudo-locale: every message accented, in brackets and two fifths longer, compiled like any translation.

Messages are found in the source, not at run time, so that a text which no tool can extract stays English and shows.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_file
from babel.messages.mofile import write_mo
from django.utils.translation import to_locale
from django.utils.translation.template import templatize

import twofold

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = Path(twofold.__file__).parent
LANGUAGE = "en-xa"
"""ICU's code for English with accents. No country has it."""
_KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
_LONGER = 0.4
_ACCENTED = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "áƀçđéƒǧħíĵķĺɱñóƥɋŕšţúṽŵẋýžÁƁÇĐÉƑǦĦÍĴĶĹṀÑÓƤɊŔŠŢÚṼŴẊÝŽ",
)
# What a translator leaves as it is: code, tags, entities, placeholders and addresses.
_KEPT = re.compile(r"(<code>.*?</code>|<[^>]+>|&#?\w+;|%\(\w+\)[sd]|%%|%[sd]|https?://[^\s<]+)", re.DOTALL)
_TEXT = r"(?:u?'(?:\\.|[^'\\])*'|u?\"(?:\\.|[^\"\\])*\")"
_CALL = re.compile(rf"(?<!\w)(_|n?p?gettext)\(\s*({_TEXT}(?:\s*,\s*{_TEXT})*)", re.DOTALL)


class Found(NamedTuple):
    """One message: its text (with a plural where there is one), and its context."""

    id: str | tuple[str, str]
    context: str | None


@cache
def messages() -> frozenset[Found]:
    """Return every message of the product, and Django's names of days and months, which our dates are made of."""
    found = set(_in_python(Path(django.__file__).parent / "utils" / "dates.py"))
    for path in sorted(SOURCE.rglob("*.py")):
        found |= set(_in_python(path))
    for path in sorted((SOURCE / "web" / "templates").rglob("*.*")):
        found |= set(_in_template(path.read_text(encoding="utf-8")))
    return frozenset(found)


def compile_into(folder: Path) -> None:
    """Write the pseudo-locale's .mo below `folder`, where LOCALE_PATHS looks for it."""
    made = Catalog(locale="en")
    for message in messages():
        made.add(message.id, string=_translated(message), context=message.context)
    path = folder / to_locale(LANGUAGE) / "LC_MESSAGES" / "django.mo"
    path.parent.mkdir(parents=True)
    with path.open("wb") as file:
        write_mo(file, made)


def accented(text: str) -> str:
    """Return a text as the pseudo-locale says it: no letter of a to z is left but in what is kept."""
    parts = _KEPT.split(text)
    letters = sum(len(part) for part in parts[::2])
    said = "".join(part if index % 2 else part.translate(_ACCENTED) for index, part in enumerate(parts))
    return f"⟦{said}{'·' * round(letters * _LONGER)}⟧"


def _translated(message: Found) -> str | tuple[str, str]:
    # Every context of ours marks a format of dates, which is no text.
    if message.context and "format" in message.context:
        assert isinstance(message.id, str)
        return message.id
    return accented(message.id) if isinstance(message.id, str) else (accented(message.id[0]), accented(message.id[1]))


def _in_python(path: Path) -> Iterator[Found]:
    for _line, found, _comments, context in extract_from_file("python", path, keywords=_KEYWORDS):
        yield Found(found if isinstance(found, str) else (found[0], found[1]), context)


def _in_template(text: str) -> Iterator[Found]:
    # Django makes something like Python of a template, for xgettext; it is not quite Python.
    for name, given in _CALL.findall(templatize(text)):
        texts = ast.literal_eval(f"({given},)")
        context, texts = (texts[0], texts[1:]) if "p" in name else (None, texts)
        yield Found((texts[0], texts[1]) if "n" in name.partition("gettext")[0] else texts[0], context)
