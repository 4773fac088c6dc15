"""The template tag `{% takes_focus %}`: on each page one field takes the focus, the first one that asks for it.

A browser that finds `autofocus` twice follows one of them and tells nobody which. Of several fields in error the first
of the page is where to begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.template import Library
from django.utils.safestring import mark_safe

if TYPE_CHECKING:
    from django.template import Context

register: Final = Library()
_TAKEN: Final = "focus is taken"


@register.simple_tag(takes_context=True)
def takes_focus(context: Context) -> str:
    """Return the attribute for a field that should have the focus; "" for all but the first of a page."""
    # The lowest of these dictionaries is the page's: included templates have others of their own above it.
    of_page = context.render_context.dicts[0]
    if _TAKEN in of_page:
        return ""
    of_page[_TAKEN] = _TAKEN
    return mark_safe(" autofocus")
