"""Protection against forged requests: Django's checks without its settings, with our cookie, tokens and page.

What changes anything is taken only with the token of a form of ours, and only from a page at the address that was
opened: browsers say in `Origin` where a form was sent from. Where they do not, and the address is https, `Referer`
has to name it (RFC 9110, 10.1.3): over plain http somebody on the way could have planted cookie and form alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from django.http import UnreadablePostError

from twofold.web import cookies, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpResponseBase

    from twofold.web.request import Request

_CHANGES_NOTHING: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def is_forged(request: Request, view: Callable[..., HttpResponseBase]) -> bool:
    """Tell whether a request is to be refused; a view that others call says so itself (`csrf_exempt`)."""
    if request.method in _CHANGES_NOTHING or getattr(view, "csrf_exempt", False):
        return False
    return not (_is_from_here(request) and _has_token(request))


def _is_from_here(request: Request) -> bool:
    # The gate has found an account under this host, and its configured address says whether it is https: the
    # comparison does not hang on a header of the proxy.
    opened = f"{'https' if request.is_https else 'http'}://{request.META['HTTP_HOST']}"
    origin = request.META.get("HTTP_ORIGIN")
    if origin is not None:
        return bool(origin == opened)
    return not request.is_https or request.META.get("HTTP_REFERER", "").startswith(f"{opened}/")


def _has_token(request: Request) -> bool:
    secret = tokens.secret_of(request)
    try:
        sent = request.fields.get(tokens.FIELD)
    except UnreadablePostError:
        return False
    return secret != b"" and sent is not None and tokens.is_masked(sent[-1], secret)


def hand_over(request: Request, response: HttpResponseBase) -> None:
    """Set the secret that this answer's forms were made with, where it is new."""
    if request.new_csrf_secret:
        cookies.put(response, request, cookies.CSRF, request.new_csrf_secret.hex())
