"""Small answers that are no pages: health, how far a code got, the account's colour and logo, the icon."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import DatabaseError
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, HttpResponseNotModified
from django.templatetags.static import static

from twofold.core.appearance import shades
from twofold.flows import code_watch
from twofold.services import services
from twofold.web.methods import READING, require_safe

if TYPE_CHECKING:
    from django.http import HttpRequest

    from twofold.core.appearance import Shades
    from twofold.web.request import Request

HEALTH = "/healthz"
_FOR_A_DAY = "private, max-age=86400"


def healthz(request: HttpRequest) -> HttpResponse:
    """Say `ok` while the database answers; asked for by address alone, so no account is needed."""
    if request.method not in READING:
        return HttpResponseNotAllowed(READING)
    try:
        services().accounts.all()
    except DatabaseError:
        return HttpResponse("the database does not answer\n", status=503, content_type="text/plain; charset=utf-8")
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@require_safe
def code_sent(request: Request, message: str, mac: str) -> HttpResponse:
    """Say in one word how far a code got, for the page that waits for it (sent.js)."""
    found = code_watch.state(request.services, request.visit, message, mac)
    if found is None:
        raise Http404
    return HttpResponse(f"{found.value}\n", content_type="text/plain; charset=utf-8")


@require_safe
def appearance(request: Request) -> HttpResponse:
    """Return the account's colour as a style sheet; empty where it has none."""
    colour = request.account.colour
    css = _sheet(shades(colour)) if colour else ""
    mark = f'"{request.account.version}"'
    if request.META.get("HTTP_IF_NONE_MATCH") == mark:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(css, content_type="text/css; charset=utf-8")
    response.headers["ETag"] = mark
    # Asked again each time, so that a new colour is seen at once; the answer is then empty.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


@require_safe
def logo(request: Request) -> HttpResponse:
    """Return the account's logo, a PNG; its address changes with every version of the account."""
    if request.account.logo is None:
        raise Http404
    response = HttpResponse(request.account.logo, content_type="image/png")
    response.headers["Cache-Control"] = _FOR_A_DAY
    return response


@require_safe
def favicon(_request: Request) -> HttpResponse:
    """Lead browsers that ask for the old address to our icon."""
    response = HttpResponse(status=302)
    response.headers["Location"] = static("twofold/logo.svg")
    response.headers["Cache-Control"] = _FOR_A_DAY
    return response


def _sheet(chosen: Shades) -> str:
    by_day = f":root{{--account-colour:{chosen.by_day};--account-on-colour:{chosen.on_by_day}}}"
    by_night = f":root{{--account-colour:{chosen.by_night};--account-on-colour:{chosen.on_by_night}}}"
    return f"{by_day}\n@media (prefers-color-scheme: dark){{{by_night}}}\n"
