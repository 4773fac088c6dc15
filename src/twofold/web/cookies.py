"""Our cookies: what they are called, and how they are set.

On https they carry the prefix `__Host-`: browsers then take them only from this very host, over TLS, for all paths,
so that no neighbouring domain can plant one. On plain http, which exists on loopback alone, the prefix is impossible.
"""

from __future__ import annotations

import re
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django.http import HttpResponseBase

SESSION = "twofold_session"
ATTEMPT = "twofold_attempt"
BROWSER = "twofold_browser"
CSRF = "twofold_csrf"
LANGUAGE = "twofold_language"
ONWARD = "twofold_onward"
"""Where somebody was going, while something is shown to them first."""
TYPED = "twofold_typed"
"""What opens a form that was sent after the session had run out."""

# Browsers keep no cookie longer than this (RFC 6265bis, 5.5).
FOR_LONG = timedelta(days=400)
_LONGEST = 1024
_NEEDS_NO_QUOTES: Final = re.compile(r"[A-Za-z0-9._-]*")
_WRITTEN: Final = "cookies_written"
"""Where an answer has its cookies, as headers by name: the library takes twenty times as long to write them."""


class HasCookies(Protocol):
    """What of a request tells about its cookies."""

    @property
    def COOKIES(self) -> Mapping[str, str]:  # noqa: N802 -- Django's name
        """The cookies that the browser sent."""

    @property
    def is_https(self) -> bool:
        """Whether people open this account over TLS."""


def name(request: HasCookies, base: str) -> str:
    """Return what the cookie is called at this account's address."""
    return f"__Host-{base}" if request.is_https else base


def read(request: HasCookies, base: str) -> str:
    """Return the cookie's value, or an empty string; what is longer than any of ours counts as absent.

    So does what holds a NUL, which a cookie can spell in digits, and some databases choke on it.
    """
    value = request.COOKIES.get(name(request, base), "")
    return value if len(value) <= _LONGEST and "\0" not in value else ""


def put(
    response: HttpResponseBase, request: HasCookies, base: str, value: str, *, keep_for: timedelta | None = None
) -> None:
    """Set a cookie; without `keep_for` it goes when the browser is closed."""
    written = value if _NEEDS_NO_QUOTES.fullmatch(value) else SimpleCookie().value_encode(value)[1]
    called = name(request, base)
    kept = "" if keep_for is None else f"; Max-Age={int(keep_for.total_seconds())}"
    secure = "; Secure" if request.is_https else ""
    lines: dict[str, tuple[str, str]] = response.__dict__.setdefault(_WRITTEN, {})
    lines[called] = ("Set-Cookie", f"{called}={written}{kept}; Path=/{secure}; HttpOnly; SameSite=Lax")


def is_put(response: HttpResponseBase, request: HasCookies, base: str) -> bool:
    """Tell whether an answer sets a cookie already."""
    return name(request, base) in response.__dict__.get(_WRITTEN, {})


def clear(response: HttpResponseBase, request: HasCookies, base: str) -> None:
    """Remove a cookie, where the browser sent one."""
    if name(request, base) in request.COOKIES:
        put(response, request, base, "", keep_for=timedelta())


def of(response: HttpResponseBase) -> Iterable[tuple[str, str]]:
    """Return the headers that set an answer's cookies."""
    lines: dict[str, tuple[str, str]] = response.__dict__.get(_WRITTEN, {})
    return lines.values()
