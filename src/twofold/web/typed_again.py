"""What was typed comes back: a form sent after the session had run out stands in its page again after signing in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from twofold.flows import typed_again
from twofold.web import cookies, forms, refill

if TYPE_CHECKING:
    from django.http import HttpResponse

    from twofold.flows.typed_again import Typed
    from twofold.flows.visit import SignedIn
    from twofold.web.request import Request

_SECRET: Final = re.compile(r"pass|code|secret|token|words|^http_|^proof_")
"""Names of fields that are never kept: passwords, codes, keys and calls of other servers, and proofs."""
_MOST: Final = 48 * 1024
_ON_THE_WAY: Final = "/sign-in/"


def is_kept(name: str) -> bool:
    """Say whether a field of this name may be kept."""
    return _SECRET.search(name) is None


def keep(request: Request, response: HttpResponse, page: str) -> bool:
    """Keep what was posted, to come back on `page`; say whether it was."""
    fields = [(name, value) for name, value in forms.Posted(request).kept() if is_kept(name)]
    if not page or not fields or sum(len(name) + len(value) for name, value in fields) > _MOST:
        return False
    opened_by = typed_again.keep(
        request.services,
        request.visit,
        cookies.read(request, cookies.SESSION),
        page=page,
        action=request.get_full_path(),
        fields=fields,
    )
    if opened_by:
        cookies.put(response, request, cookies.TYPED, opened_by)
    return bool(opened_by)


def find(request: Request, me: SignedIn | None) -> Typed | None:
    """Return what this person typed into this page before, on this browser."""
    if me is None or request.method != "GET":
        return None
    opened_by = cookies.read(request, cookies.TYPED)
    if not opened_by:
        return None
    return typed_again.find(request.services, request.visit, me, opened_by, page=request.get_full_path())


def filled(request: Request, typed: Typed, html: str) -> str | None:
    """Return the page with it; None where its form is there no more."""
    return refill.filled(html, page=request.get_full_path(), action=typed.action, fields=typed.fields)


def forget(request: Request, response: HttpResponse) -> None:
    """Let nothing come back any more: the person has sent a form since, other than those on the way back in."""
    if not request.path_info.startswith(_ON_THE_WAY):
        cookies.clear(response, request, cookies.TYPED)
