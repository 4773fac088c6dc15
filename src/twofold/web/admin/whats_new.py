"""Admin Center > What is new: the changelog of the version that runs, with what to do when updating."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold import __version__
from twofold.core.roles import Permission
from twofold.web import changelog, pages
from twofold.web.doors import allowed, signed_in
from twofold.web.methods import require_safe

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request


@require_safe
@signed_in
@allowed(Permission.SEE_ADMIN_CENTER)
def page(request: Request, me: SignedIn) -> HttpResponse:  # noqa: ARG001 -- the door hands it over
    """Show what each release brought."""
    context = {"here": "whats_new", "version": __version__, "releases": changelog.releases()}
    return pages.page(request, "admin/whats_new.html", context)
