"""Answers as our pages make them: HTML in UTF-8, and redirects.

Django's class takes text of any charset and looks at each header; for an answer that is always of one shape that was
thirty steps, twice in every sign-in. What comes out is an `HttpResponse` like any other.
"""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Final

from django.http import HttpResponse
from django.http.response import ResponseHeaders
from django.utils.functional import cached_property

_CONTENT_TYPE: Final = ("Content-Type", "text/html; charset=utf-8")


class Html(HttpResponse):
    """A page, or the empty body of a redirect."""

    closed = False
    _charset = None
    _handler_class = None
    _reason_phrase = None

    def __init__(self, html: str, status: int) -> None:
        self.headers = ResponseHeaders({})
        self.headers._store["content-type"] = _CONTENT_TYPE  # noqa: SLF001 -- see headers.py
        self.status_code = status
        self._container = [html.encode()]
        self._resource_closers: list[object] = []

    @cached_property
    def cookies(self) -> SimpleCookie:  # type: ignore[override]
        """Django's own, which nothing of ours sets: see cookies.py."""
        return SimpleCookie()


def lead_to(response: HttpResponse, url: str) -> None:
    """Say where a redirect leads; what no header can carry as it stands is left to Django, which refuses line ends."""
    if url.isascii() and url.isprintable():
        response.headers._store["location"] = ("Location", url)  # noqa: SLF001 -- see headers.py
    else:
        response.headers["Location"] = url
