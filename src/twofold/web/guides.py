"""Guides for agents, end users and admins: readable by everybody, because who needs one may not get in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.web import errors, pages
from twofold.web.methods import require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.web.request import Request

_TEMPLATES: Final = {
    "agents": "guides/agents.html",
    "end-users": "guides/end_users.html",
    "admins": "guides/admins.html",
}


@require_safe
def page(request: Request, guide: str) -> HttpResponse:
    """Show a guide."""
    template = _TEMPLATES.get(guide)
    if template is None:
        return errors.answer(request, errors.NOT_FOUND)
    pages.speak(request, request.me.person if request.me else None)
    return pages.page(request, template)
