"""Which methods a page takes. Stated on the view, judged in one place, before anything else is asked of a request.

A page is read (GET, HEAD), takes a form (POST), or both; OPTIONS is answered for all of them. Everything else is 405,
whatever token or session comes with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from django.http import HttpResponse, HttpResponseNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from django.http import HttpResponseBase

    from twofold.web.request import Request

View = TypeVar("View", bound="Callable[..., HttpResponseBase]")

_ASKED: Final = "OPTIONS"
_ALLOWS: Final = "allows"
READING: Final = ("GET", "HEAD")


def require_http_methods(allowed: Iterable[str]) -> Callable[[View], View]:
    """Let a view be called by these methods alone; decorators around it hand that on."""

    def decorate(view: View) -> View:
        setattr(view, _ALLOWS, tuple(allowed))
        return view

    return decorate


require_safe = require_http_methods(READING)
require_POST = require_http_methods(["POST"])  # noqa: N816 -- as everybody who knows Django reads it


def refused(request: Request, view: Callable[..., HttpResponseBase]) -> HttpResponse | None:
    """Return the answer to a method that this view does not take, or to OPTIONS, which asks for them; else None."""
    allowed: tuple[str, ...] = getattr(view, _ALLOWS)
    if request.method in allowed:
        return None
    every = [*allowed, _ASKED]
    if request.method == _ASKED:
        return HttpResponse(status=204, headers={"Allow": ", ".join(every)})
    return HttpResponseNotAllowed(every)
