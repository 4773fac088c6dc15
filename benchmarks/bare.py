"""A bare endpoint that only compares one password, with the product's own parameters: the floor of any sign-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.fill import PASSWORD
from twofold.store.passwords import Argon2Passwords
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIEnvironment

_PASSWORDS = Argon2Passwords(b"p" * 32, SystemEntropy())
_STORED = _PASSWORDS.hash(PASSWORD)


def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """Answer with what the comparison said; a GET only says that the server is there."""
    said = "ready"
    if environ["REQUEST_METHOD"] == "POST":
        said = _PASSWORDS.verify(PASSWORD, _STORED).value
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [said.encode()]
