"""The pages as a web server calls them: through our gate, Django's resolver and our views, and out again.

Django's own handler does more around every request: it sends signals, keeps the prefix of a script and the resolver of
a thread, asks each view whether it wants a transaction. Nothing of ours listens, and all of that, with headers and
cookies as Django writes them, cost as much as a third of the passcode step.
"""

from __future__ import annotations

from contextvars import copy_context
from functools import lru_cache
from typing import TYPE_CHECKING

from django.core.handlers.exception import convert_exception_to_response
from django.http import StreamingHttpResponse
from django.urls import get_resolver
from django.utils.log import log_response

from twofold.web import cookies, csrf, errors, headers, methods
from twofold.web.middleware import Gate
from twofold.web.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from wsgiref.types import StartResponse, WSGIEnvironment

    from django.http import HttpResponse
    from django.urls import ResolverMatch

    Answering = Callable[[Request], HttpResponse]

_PATHS_KEPT = 512


class Pages:
    """The pages as a WSGI application. All that answers a request happens within one `connected` block."""

    def __init__(self, *, connected: Callable[[], AbstractContextManager[None]]) -> None:
        self._connected = connected
        # Once inside the gate, for pages that know their account, and once around it.
        gate = Gate(_with_pages_for_faults(self._view))
        self._answer: Callable[[Request], HttpResponse | StreamingHttpResponse] = _with_pages_for_faults(gate)
        # What a first request would have to load is loaded now.
        _match("/")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request: in one piece, or a file part by part as it is read."""
        request = Request(environ)
        with self._connected():
            try:
                # Language and time zone are set within this context and go with it: the next request has none.
                response = copy_context().run(self._answer, request)
            finally:
                request.close()
        start_response(
            f"{response.status_code} {response.reason_phrase}",
            [*headers.of(response, is_https=request.is_https), *cookies.of(response)],
        )
        if isinstance(response, StreamingHttpResponse):
            return self._parts_of(response)
        if response.status_code >= errors.BAD_REQUEST:
            log_response("%s: %s", response.reason_phrase, request.path, response=response, request=request)
        return [response.content]

    def _parts_of(self, response: StreamingHttpResponse) -> Iterator[bytes]:
        # Whoever takes a file slowly holds no connection between its parts. The server closes this at the end, or when
        # whoever reads has gone.
        parts = iter(response)
        try:
            while True:
                with self._connected():
                    part = next(parts, None)
                if part is None:
                    return
                yield part
        finally:
            response.close()

    def _view(self, request: Request) -> HttpResponse:
        found = _match(request.path_info)
        refused = methods.refused(request, found.func)
        if refused is not None:
            return refused
        if csrf.is_forged(request, found.func):
            return errors.forged(request)
        answer: HttpResponse = found.func(request, *found.args, **found.kwargs)
        return answer


def _with_pages_for_faults(answer: Answering) -> Answering:
    wrapped: Answering = convert_exception_to_response(answer)  # type: ignore[arg-type,assignment]  # our own requests
    return wrapped


@lru_cache(maxsize=_PATHS_KEPT)
def _match(path: str) -> ResolverMatch:
    """Return the view of a path; Resolver404, which is not kept, where there is none."""
    return get_resolver().resolve(path)
