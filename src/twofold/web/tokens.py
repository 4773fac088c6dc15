"""Tokens of forms: the secret of a cookie under a mask, in hexadecimal digits, and the mask before it.

A new mask for each page, as long as the secret, keeps it from being guessed through the length of compressed answers
(BREACH).
"""

from __future__ import annotations

from hmac import compare_digest
from typing import TYPE_CHECKING, Final

from twofold.web import cookies

if TYPE_CHECKING:
    from twofold.web.request import Request

FIELD: Final = "csrfmiddlewaretoken"
LENGTH: Final = 16
"""Bytes of a secret, and of a mask."""


def token(request: Request) -> str:
    """Return the token for a form of this answer; a new secret is set where the browser has none."""
    secret = request.new_csrf_secret or secret_of(request)
    if not secret:
        secret = request.new_csrf_secret = request.services.entropy.bytes(LENGTH)
    mask = request.services.entropy.bytes(LENGTH)
    return (mask + _masked(secret, mask)).hex()


def secret_of(request: Request) -> bytes:
    """Return the secret of the browser's cookie; nothing where there is none that our own code wrote."""
    return _read(cookies.read(request, cookies.CSRF), LENGTH)


def renew(request: Request) -> None:
    """Set a new secret with this answer: forms of before the sign-in are void after it. Once per request."""
    if not request.is_csrf_renewed:
        request.new_csrf_secret = request.services.entropy.bytes(LENGTH)
        request.is_csrf_renewed = True


def is_masked(token: str, secret: bytes) -> bool:
    """Say whether a token is this secret under the mask that it begins with."""
    sent = _read(token, 2 * LENGTH)
    return sent != b"" and compare_digest(_masked(sent[LENGTH:], sent[:LENGTH]), secret)


def _masked(secret: bytes, mask: bytes) -> bytes:
    """Put a mask on, or take it off."""
    return (int.from_bytes(secret) ^ int.from_bytes(mask)).to_bytes(LENGTH)


def _read(digits: str, length: int) -> bytes:
    """Return the bytes that these digits spell; nothing where they spell another number of them, or are no digits."""
    try:
        found = bytes.fromhex(digits)
    except ValueError:
        return b""
    # Between two bytes there may be a space for the library, and is none in what we wrote.
    return found if len(found) == length and len(digits) == 2 * length else b""
