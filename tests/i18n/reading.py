"""What of a page is English still: words of plain letters that are neither data nor code."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.walks.browser import Page

_WORD = re.compile(r"[A-Za-z]{2,}")
_ADDRESS = re.compile(r"\bhttps?://[a-z.:/]*")
# Attributes that are shown, read out, or put into the page by a script.
_SPOKEN = frozenset(
    {"alt", "aria-label", "content", "data-head", "data-over", "data-said", "data-warning", "placeholder", "title"}
)
_SILENT = frozenset({"code", "script", "style"})
_LISTS_OF_DATA = frozenset({"time_zone", "locale", "http_method"})


class _Reader(HTMLParser):
    """Collects texts; what is marked as code or as English, and choices that are data, are left out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self._silent = 0
        self._select = ""
        self._english: list[str] = []
        """The tags that are open within a section which says that it is English: the changelog."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "section" and (self._english or given.get("lang") == "en"):
            self._english.append(tag)
        if tag == "select":
            self._select = given.get("name", "")
        if tag in _SILENT or (tag == "option" and self._select in _LISTS_OF_DATA):
            self._silent += 1
        if tag != "meta":
            self.texts += [value for name, value in given.items() if name in _SPOKEN]

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT or (tag == "option" and self._select in _LISTS_OF_DATA):
            self._silent -= 1
        if tag == "select":
            self._select = ""
        if tag == "section" and self._english:
            self._english.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and not self._english:
            self.texts.append(data)


def english_in(text: str, data: Iterable[str]) -> str:
    """Return the words of a text that nobody translated; addresses and single letters are none."""
    for each in sorted(data, key=len, reverse=True):
        text = text.replace(each, " ")
    return " ".join(_WORD.findall(_ADDRESS.sub(" ", text)))


def texts_in(html: str) -> list[str]:
    """Return what people read or hear of a page, text by text."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.texts


def english_on(page: Page, data: Iterable[str]) -> list[str]:
    """Return what of a page is English still, text by text."""
    given = set(data)
    return [found for text in texts_in(page.html) if (found := english_in(text, given))]
