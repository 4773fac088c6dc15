"""Our cookies: what they are called, and how they are set.

On https they carry the prefix `__Host-`: browsers then take them only from this very host, over TLS, for all paths,
so that no neighbouring domain can plant one. On plain http, which exists on loopback alone, the prefix is impossible.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpResponseBase

    from twofold.web.request import Request

SESSION = "twofold_session"
ATTEMPT = "twofold_attempt"
BROWSER = "twofold_browser"
CSRF = "twofold_csrf"
LANGUAGE = "twofold_language"
ONWARD = "twofold_onward"
"""Where somebody was going, while something is shown to them first."""

# Browsers keep no cookie longer than this (RFC 6265bis, 5.5).
FOR_LONG = timedelta(days=400)
_LONGEST = 1024


def name(request: Request, base: str) -> str:
    """Return what the cookie is called at this account's address."""
    return f"__Host-{base}" if request.is_https else base


def read(request: Request, base: str) -> str:
    """Return the cookie's value, or an empty string; what is longer than any of ours counts as absent."""
    value = request.COOKIES.get(name(request, base), "")
    return value if len(value) <= _LONGEST else ""


def put(
    response: HttpResponseBase, request: Request, base: str, value: str, *, keep_for: timedelta | None = None
) -> None:
    """Set a cookie; without `keep_for` it goes when the browser is closed."""
    response.set_cookie(
        name(request, base),
        value,
        max_age=keep_for,
        secure=request.is_https,
        httponly=True,
        samesite="Lax",
    )


def clear(response: HttpResponseBase, request: Request, base: str) -> None:
    """Remove a cookie, where the browser sent one."""
    if name(request, base) in request.COOKIES:
        put(response, request, base, "", keep_for=timedelta())
