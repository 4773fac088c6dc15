"""Pages that are rendered once and filled in for each reader: most of a page is the same for everybody.

A page is kept under all that decides how it looks. What a template only prints (an address, a sentence, seconds) is no
part of that: it has a gap, and nothing of it is kept.
"""

from __future__ import annotations

import marshal
import re
from html import escape
from typing import TYPE_CHECKING, Final, NoReturn

from django.template.loader import get_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TOKEN: Final = "csrf_token"  # noqa: S105 -- the name of it
_MOST_KEPT: Final = 64
_KEPT: Final[dict[tuple[str, bytes], list[str]]] = {}
# No reference to an object from elsewhere: equal values have equal bytes.
_PLAIN_VALUES: Final = 2


class Gap:
    """Stands for what a template prints. A template that decides by it would decide for everybody, so it may not."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __str__(self) -> str:
        return f"\1{self._name}\1"

    def __bool__(self) -> NoReturn:
        raise AssertionError(f"{self._name} is printed only; a template that asks for it needs it in its context")


def filled(
    template: str, context: Mapping[str, object], printed: Mapping[str, str | int], *, token: Callable[[], str]
) -> str:
    """Return the page with `printed` in its gaps, escaped; `token` is asked for where the page has a form.

    `context` holds plain values alone, of which the page's text is made: strings, numbers, lists and dictionaries; the
    language that is spoken is one of them.
    """
    key = (template, marshal.dumps(dict(context), _PLAIN_VALUES))
    parts = _KEPT.get(key)
    if parts is None:
        gaps = {name: Gap(name) for name in printed}
        html = get_template(template).render({**context, **gaps, TOKEN: str(Gap(TOKEN))})
        parts = re.split(f"\1({'|'.join((TOKEN, *printed))})\1", html)
        if len(_KEPT) >= _MOST_KEPT:
            _KEPT.clear()
        _KEPT[key] = parts
    words = {name: escape(str(value)) for name, value in printed.items()}
    if TOKEN in parts:
        words[TOKEN] = token()
    # Every second part is the name of a gap.
    return "".join([words[part] if place % 2 else part for place, part in enumerate(parts)])
