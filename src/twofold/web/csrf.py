"""Protection against forged requests: Django's checks, with our cookie, our own page, and no setting of its."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.http import UnreadablePostError
from django.middleware.csrf import CsrfViewMiddleware, RejectRequest

from twofold.web import cookies, errors, tokens

if TYPE_CHECKING:
    from django.http import HttpResponse, HttpResponseBase

    from twofold.web.request import Request


class Csrf(CsrfViewMiddleware):
    """Compares the form's token with the cookie, and `Origin` with the address that was opened.

    The gate has set the scheme of the request to that of the account's configured address before this runs, so the
    comparison of origins does not hang on a header of the proxy.
    """

    def __init__(self) -> None:
        # The gate calls its parts, and no next one through it.
        super().__init__(errors.forged)  # type: ignore[arg-type]

    def _get_secret(self, request: Request) -> str | None:
        secret = cookies.read(request, cookies.CSRF)
        # Anything that our own code did not write counts as no cookie: a new one is set with the next page.
        return secret if len(secret) == tokens.LENGTH and secret.isascii() and secret.isalnum() else None

    def _origin_verified(self, request: Request) -> bool:
        # The gate has found an account under this host, so it needs no second look.
        opened: str = request.META["HTTP_ORIGIN"]
        return opened == f"{request.environ['wsgi.url_scheme']}://{request.META['HTTP_HOST']}"

    def _check_token(self, request: Request) -> None:
        secret = self._get_secret(request)
        try:
            sent = request.POST.get(tokens.FIELD, "")
        except UnreadablePostError:
            sent = ""
        if secret is None or not tokens.is_masked(str(sent), secret):
            raise RejectRequest("")

    def _set_csrf_cookie(self, request: Request, response: HttpResponseBase) -> None:
        cookies.put(response, request, cookies.CSRF, str(request.META["CSRF_COOKIE"]))

    def _reject(self, request: Request, reason: str) -> HttpResponse:  # noqa: ARG002 -- Django's interface
        return errors.forged(request)
