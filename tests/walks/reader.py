"""Forms, links and text of a page, read as a browser reads what the product writes: tags that are closed in order.

Python's own parser looks at every attribute of every tag. Walks read thousands of pages, and need a few of them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(
    r"""<(script|style)\b[^>]*>.*?</\1>     # nobody reads it
    | <!--.*?--> | <![^>]*>                 # nor that
    | <(/?)([a-z][^\s/>]*)((?:[^>"']|"[^"]*"|'[^']*')*)>
    | ([^<]+ | <)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTE: Final = re.compile(r"""([^\s=/"'>]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")


@dataclass
class Form:
    """A form as it stands in the page: what it would send, and its buttons."""

    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    inputs: list[dict[str, str]] = field(default_factory=list)
    """The attributes of each field, hidden ones and boxes included."""
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, value and text of each button."""

    def attributes(self, name: str) -> dict[str, str]:
        """Return the attributes of a field."""
        return next(each for each in self.inputs if each.get("name") == name)

    def has(self, name: str) -> bool:
        """Say whether the form has a field or a button of this name."""
        return any(each.get("name") == name for each in self.inputs) or any(each[0] == name for each in self.buttons)


class Reader:
    """Reads a page."""

    def __init__(self, html: str) -> None:
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.title = ""
        self._form: Form | None = None
        self._button: tuple[str, str] | None = None
        self._link: str | None = None
        self._select = ""
        self._area = ""
        self._text: list[str] = []
        self._read(html)

    def _read(self, html: str) -> None:
        in_title = False
        for _, closes, tag, attributes, data in _TOKEN.findall(html):
            if data:
                text = unescape(data) if "&" in data else data
                self._text.append(text)
                if in_title:
                    self.title += text
                else:
                    self.words.append(text)
            elif tag == "title":
                in_title = not closes
            elif tag not in _READ:
                continue
            elif closes:
                self._ends(tag)
            else:
                self._begins(tag, dict(_given(attributes)))

    def _begins(self, tag: str, given: dict[str, str]) -> None:
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self._form)
        elif tag == "a":
            if "href" in given:
                self._link, self._text = given["href"], []
        elif self._form is not None:
            self._in_form(self._form, tag, given)

    def _in_form(self, form: Form, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        if tag == "input" and name:
            form.inputs.append(given)
            kind = given.get("type", "text")
            if kind not in {"checkbox", "radio", "submit", "file"} or "checked" in given:
                form.fields.append((name, given.get("value", "on" if "checked" in given else "")))
        elif tag == "button":
            self._button, self._text = (name, given.get("value", "")), []
        elif tag == "select":
            self._select = name
            form.inputs.append(given)
        elif tag == "option" and self._select and "selected" in given:
            form.fields.append((self._select, given.get("value", "")))
        elif tag == "textarea":
            self._area, self._text = name, []
            form.inputs.append(given)

    def _ends(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "a" and self._link is not None:
            self.links.append((self._link, self._said()))
            self._link = None
        elif tag == "button" and self._button is not None and self._form is not None:
            self._form.buttons.append((*self._button, self._said()))
            self._button = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea" and self._area and self._form is not None:
            self._form.fields.append((self._area, "".join(self._text)))
            self._area = ""

    def _said(self) -> str:
        return " ".join("".join(self._text).split())


_READ: Final = frozenset({"a", "button", "form", "input", "option", "select", "textarea"})


def _given(attributes: str) -> Iterator[tuple[str, str]]:
    """Yield names and values; what has no value has its name."""
    for found in _ATTRIBUTE.finditer(attributes):
        name, *values = found.groups()
        value = next((one for one in values if one is not None), name)
        yield name, unescape(value) if "&" in value else value
