"""Protection against forged requests: Django's, with our cookie, our page for a failure, and no setting of its."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.middleware.csrf import CsrfViewMiddleware

from twofold.web import cookies, errors

if TYPE_CHECKING:
    from django.http import HttpResponse, HttpResponseBase

    from twofold.web.request import Request

_LENGTH = 32


class Csrf(CsrfViewMiddleware):
    """Compares the form's token with the cookie, and `Origin` with the address that was opened.

    The gate has set the scheme of the request to that of the account's configured address before this runs, so the
    comparison of origins does not hang on a header of the proxy.
    """

    def _get_secret(self, request: Request) -> str | None:
        secret = cookies.read(request, cookies.CSRF)
        # Anything that our own code did not write counts as no cookie: a new one is set with the next page.
        return secret if len(secret) == _LENGTH and secret.isascii() and secret.isalnum() else None

    def _set_csrf_cookie(self, request: Request, response: HttpResponseBase) -> None:
        cookies.put(response, request, cookies.CSRF, str(request.META["CSRF_COOKIE"]))

    def _reject(self, request: Request, reason: str) -> HttpResponse:  # noqa: ARG002 -- Django's interface
        return errors.forged(request)


def renew(request: Request) -> None:
    """Set a new secret with this answer: forms of before the sign-in are void after it. Once per request."""
    if not request.is_csrf_renewed:
        # What Django's rotate_token does, with 128 bits of our own in place of 32 choices of a letter.
        request.META["CSRF_COOKIE"] = request.services.entropy.bytes(_LENGTH // 2).hex()
        request.META["CSRF_COOKIE_NEEDS_UPDATE"] = True
        request.is_csrf_renewed = True
