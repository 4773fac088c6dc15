"""The security headers of every answer, stated once.

`Referrer-Policy` is `same-origin` and not `no-referrer`, because the latter makes browsers send `Origin: null` with our
own forms. Nothing comes from outside this origin; what Bootstrap draws as data: pictures, our theme draws from files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.http import HttpResponseBase

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ALWAYS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
# Two years, as the preload lists ask; sub-domains are not ours to decide for.
TRANSPORT = ("Strict-Transport-Security", "max-age=63072000")


_STORED = ("Cache-Control", "no-store")
_PLAIN = [*ALWAYS]
_OVER_TLS = [*ALWAYS, TRANSPORT]


def of(response: HttpResponseBase, *, is_https: bool) -> list[tuple[str, str]]:
    """Return all headers of an answer but its cookies: its own and, over them, those that stand in every answer.

    A page is never kept by browsers and proxies unless its view said otherwise.
    """
    # Its mapping takes several calls for each header; this is what it keeps: lower-case name to name and value.
    own: dict[str, tuple[str, str]] = response.headers._store  # noqa: SLF001
    found = [*own.values(), *(_OVER_TLS if is_https else _PLAIN)]
    if "cache-control" not in own:
        found.append(_STORED)
    return found
