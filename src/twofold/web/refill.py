"""Filling in the form of a rendered page with what was typed into it before, without the page knowing."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser
from itertools import accumulate
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin

from twofold.web.tokens import FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NEVER: Final = frozenset({"password", "file", "submit", "button", "image", "reset"})
_TICKED: Final = frozenset({"checkbox", "radio"})


def filled(html: str, *, page: str, action: str, fields: Sequence[tuple[str, str]]) -> str | None:
    """Return a page of ours, at `page`, with these fields in its form that goes to `action`; None where it has none.

    Boxes and choices stand as they were sent; passwords and files are left empty.
    """
    values: dict[str, list[str]] = {}
    for name, value in fields:
        values.setdefault(name, []).append(value)
    filler = _Filler(html, page=page, action=action, values=values)
    filler.feed(html)
    filler.close()
    if not filler.found:
        return None
    for start, end, text in reversed(filler.edits):
        html = f"{html[:start]}{text}{html[end:]}"
    return html


class _Filler(HTMLParser):
    """Reads a page, and notes which parts of it become what."""

    def __init__(self, html: str, *, page: str, action: str, values: Mapping[str, list[str]]) -> None:
        super().__init__(convert_charrefs=False)
        # Only these end a line in the eyes of the parser.
        self._lines = [0, *accumulate(len(line) + 1 for line in html.split("\n"))]
        self._page, self._action, self._values = page, action, values
        self._inside = False
        self._select: str | None = None
        self._text_from: tuple[int, str] | None = None
        self.found = False
        self.edits: list[tuple[int, int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "form":
            is_ours = urljoin(self._page, given.get("action") or self._page) == self._action
            self._inside = is_ours and (given.get("method") or "").lower() == "post"
            self.found = self.found or self._inside
        elif not self._inside or name == FIELD:
            return
        elif tag == "input":
            self._input(given, name)
        elif tag == "select":
            self._select = name if name in self._values else None
        elif tag == "option" and self._select is not None:
            self._mark(tag, given, "selected", is_on=(given.get("value") or "") in self._values[self._select])
        elif tag == "textarea" and name in self._values:
            self._text_from = (self._at() + len(self._tag()), self._values[name][0])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._text_from is not None:
            start, text = self._text_from
            # The first line end behind the tag is dropped by browsers.
            kept_end = "\n" if text.startswith("\n") else ""
            self.edits.append((start, self._at(), f"{kept_end}{escape(text)}"))
            self._text_from = None

    def _input(self, given: dict[str, str | None], name: str) -> None:
        kind = (given.get("type") or "text").lower()
        if kind in _NEVER:
            return
        if kind in _TICKED:
            sent = self._values.get(name, [])
            if kind == "checkbox" or sent:
                self._mark("input", given, "checked", is_on=(given.get("value") or "on") in sent)
        elif name in self._values:
            self._rewrite("input", {**given, "value": self._values[name][0]})

    def _mark(self, tag: str, given: dict[str, str | None], attribute: str, *, is_on: bool) -> None:
        left = {name: value for name, value in given.items() if name != attribute}
        self._rewrite(tag, {**left, attribute: None} if is_on else left)

    def _rewrite(self, tag: str, given: Mapping[str, str | None]) -> None:
        shown = [f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in given.items()]
        self.edits.append((self._at(), self._at() + len(self._tag()), f"<{tag}{''.join(shown)}>"))

    def _tag(self) -> str:
        return self.get_starttag_text() or ""

    def _at(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column
