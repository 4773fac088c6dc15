"""The gate in front of all pages: size, host, origin, CSRF and the headers of every answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http.request import split_domain_port
from django.utils import timezone, translation

from twofold.services import services
from twofold.settings import settings
from twofold.web import errors, headers, ticks, unbelieved
from twofold.web.address import client_address, has_unbelieved_headers
from twofold.web.csrf import Csrf
from twofold.web.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.handlers.wsgi import WSGIRequest
    from django.http import HttpRequest, HttpResponseBase

MOST_POSTED = 64 * 1024
"""Bytes of a form. Passwords and codes have 128 characters at most, so this leaves room for everything around them."""
MOST_UPLOADED = 640 * 1024
"""Bytes of the one form that carries a file."""
UPLOADS = "/admin/account/appearance"


class Gate:
    """Everything that happens around a view, in one middleware: each more would cost every request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response
        self._csrf = Csrf(get_response)
        self.process_view = self._csrf.process_view

    def __call__(self, request: WSGIRequest) -> HttpResponseBase:
        """Answer one request."""
        if request.path_info == ticks.HEALTH:
            response: HttpResponseBase = ticks.healthz(request)
            headers.put(response, is_https=False)
            return response
        refused = _refused(request)
        if refused is not None:
            response = errors.answer(request, refused)
            headers.put(response, is_https=settings().is_https)
            return response
        # From here on it is one of ours; Django makes the object before any middleware may choose its class.
        request.__class__ = Request
        assert isinstance(request, Request)  # noqa: S101 -- tells the type checker what the line above did
        return self._answer(request)

    def _answer(self, request: Request) -> HttpResponseBase:
        here = services()
        account = here.accounts.by_host(host_of(request))
        if account is None:
            response: HttpResponseBase = errors.answer(request, errors.MISDIRECTED)
            headers.put(response, is_https=settings().is_https)
            return response
        proxies = settings().proxies
        request.adopt(account, here, client_address(request.META, proxies))
        if has_unbelieved_headers(request.META, proxies):
            unbelieved.note(request)
        # The configured address says how people reach us; no header of a proxy is needed for it.
        request.environ["wsgi.url_scheme"] = "https" if request.is_https else "http"
        try:
            self._csrf.process_request(request)
            response = self._get_response(request)
            if response.status_code == errors.NOT_ALLOWED:
                response = _dressed(request, response)
            response = self._csrf.process_response(request, response)
        finally:
            if request.spoken:
                translation.deactivate()
                timezone.deactivate()
        headers.put(response, is_https=request.is_https)
        return response


def gate(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Gate:
    """Make the gate, as Django's list of middleware wants it."""
    return Gate(get_response)


def host_of(request: WSGIRequest) -> str:
    """Return the host that was asked for: lower case, without port and brackets; "" for what is no host."""
    domain, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    return domain.removeprefix("[").removesuffix("]").removesuffix(".")


def _refused(request: WSGIRequest) -> int | None:
    """Return the status for a body that is not even read, or None."""
    given = request.META.get("CONTENT_LENGTH") or "0"
    if not (given.isascii() and given.isdecimal()):
        return errors.BAD_REQUEST
    most = MOST_UPLOADED if request.path_info == UPLOADS else MOST_POSTED
    return errors.TOO_LARGE if int(given) > most else None


def _dressed(request: Request, bare: HttpResponseBase) -> HttpResponseBase:
    response = errors.answer(request, errors.NOT_ALLOWED)
    response.headers["Allow"] = bare.headers["Allow"]
    return response
