"""Reading posted fields by hand: exactly one value each, not longer than it may be, without control characters.

Our own pages never send a field twice, nor a NUL: such a request is refused whole (400). What a person may do by
mistake becomes an error beside the field.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Final

from django.core.exceptions import BadRequest
from django.utils.translation import gettext

from twofold.core.plain import has_control
from twofold.web.tokens import FIELD

if TYPE_CHECKING:
    from collections.abc import Collection

    from twofold.web.request import Request

MOST = 128
MOST_NUMBER: Final = 2**31 - 1
"""The number of a version is no greater; a page that shows a version posts it back."""


class Posted:
    """The fields of one form. `errors` maps a field to its message and grows as fields are read."""

    def __init__(self, request: Request) -> None:
        self._fields = request.fields
        self.errors: dict[str, str] = {}

    def raw(self, name: str, *, most: int = MOST) -> str:
        """Return the field just as it was typed ("" when missing or too long): for passwords and codes."""
        values = self._fields.get(name)
        if not values:
            return ""
        if len(values) > 1:
            raise BadRequest(f"The field {name} was sent more than once.")
        value = values[0]
        if "\0" in value:
            raise BadRequest(f"The field {name} holds a NUL.")
        if len(value) > most:
            self.errors[name] = gettext("This is too long: %(most)d characters at most.") % {"most": most}
            return ""
        return value

    def text(self, name: str, *, most: int = MOST, required: str = "") -> str:
        """Return one line of text, trimmed and in NFC; `required` is the message for an empty one."""
        value = unicodedata.normalize("NFC", self.raw(name, most=most)).strip()
        if has_control(value):
            self.errors[name] = gettext("Write this on one line, without control characters.")
            return ""
        if required and not value and name not in self.errors:
            self.errors[name] = required
        return value

    def paragraph(self, name: str, *, most: int) -> str:
        """Return text of several lines, its line ends made the same."""
        lines = self.raw(name, most=most).replace("\r\n", "\n").replace("\r", "\n")
        if has_control(lines.replace("\n", "")):
            self.errors[name] = gettext("Write this without control characters.")
            return ""
        return lines.strip()

    def choice(self, name: str, allowed: Collection[str], *, default: str = "") -> str:
        """Return one of `allowed`, `default` when nothing was sent; anything else no page of ours sends (400)."""
        value = self.raw(name)
        if not value:
            return default
        if value not in allowed:
            raise BadRequest(f"The field {name} holds no choice of ours.")
        return value

    def number(self, name: str, *, least: int, most: int, default: int) -> int:
        """Return a whole number within bounds; else `default` with an error beside the field."""
        value = self.raw(name, most=20).strip()
        if value.isascii() and value.isdecimal() and least <= int(value) <= most:
            return int(value)
        self.errors[name] = gettext("Type a whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
        return default

    def tick(self, name: str) -> bool:
        """Tell whether a box was ticked."""
        return self.raw(name) != ""

    def kept(self, *, but: Collection[str] = ()) -> list[tuple[str, str]]:
        """Return everything that was posted, to be sent again by another page; never the CSRF token."""
        return [
            (name, value)
            for name, values in self._fields.items()
            for value in values
            if name != FIELD and name not in but
        ]
