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


def put(response: HttpResponseBase, *, is_https: bool) -> None:
    """Set them all; a page is never kept by browsers and proxies unless its view said otherwise."""
    headers = response.headers
    for name, value in ALWAYS:
        headers[name] = value
    if is_https:
        headers[TRANSPORT[0]] = TRANSPORT[1]
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "no-store"
