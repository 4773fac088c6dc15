"""Tokens of forms: the secret of a cookie under a mask, in the shape that Django's have.

A new mask for each page keeps the secret from being guessed through the length of compressed answers (BREACH).
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from django.middleware.csrf import CSRF_ALLOWED_CHARS

from twofold.web import cookies

if TYPE_CHECKING:
    from twofold.web.request import Request

FIELD: Final = "csrfmiddlewaretoken"
LENGTH: Final = 32
"""Characters of a secret, and of a mask."""
_ALL: Final[str] = CSRF_ALLOWED_CHARS
_COUNT: Final = len(_ALL)
_AT: Final = {character: number for number, character in enumerate(_ALL)}


def token(request: Request) -> str:
    """Return the token for a form of this answer; a new secret is set where the browser has none."""
    secret = request.new_csrf_secret or secret_of(request)
    if not secret:
        secret = request.new_csrf_secret = _new_secret(request)
    masks = [byte % _COUNT for byte in request.services.entropy.bytes(LENGTH)]
    hidden = [_ALL[(_AT[character] + mask) % _COUNT] for character, mask in zip(secret, masks, strict=True)]
    return "".join([_ALL[mask] for mask in masks] + hidden)


def secret_of(request: Request) -> str:
    """Return the secret of the browser's cookie; "" where there is none, or one that our own code did not write."""
    secret = cookies.read(request, cookies.CSRF)
    return secret if len(secret) == LENGTH and secret.isascii() and secret.isalnum() else ""


def _new_secret(request: Request) -> str:
    # 128 bits of our own, in place of 32 choices of a letter.
    return request.services.entropy.bytes(LENGTH // 2).hex()


def renew(request: Request) -> None:
    """Set a new secret with this answer: forms of before the sign-in are void after it. Once per request."""
    if not request.is_csrf_renewed:
        request.new_csrf_secret = _new_secret(request)
        request.is_csrf_renewed = True


def is_masked(token: str, secret: str) -> bool:
    """Say whether a token is this secret under the mask that it begins with."""
    if len(token) != 2 * LENGTH:
        return False
    try:
        bare = "".join(
            [_ALL[_AT[hidden] - _AT[mask]] for mask, hidden in zip(token[:LENGTH], token[LENGTH:], strict=True)]
        )
    except KeyError:
        return False
    return compare_digest(bare, secret)
