"""One-way values of secrets."""

from __future__ import annotations

import hashlib
import hmac


class KeyedDigests:
    """Digests with the house's key. The port: ports/keys.py, Digests."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of_token(self, token: str) -> str:
        """Return the SHA-256 of a bearer secret as 64 hex digits; what nobody can guess needs no key."""
        # A cookie may hold anything; what is not UTF-8 has a digest too, of nothing that was ever handed out.
        return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()

    def keyed(self, purpose: str, *parts: str) -> str:
        """Return HMAC-SHA-256 over purpose and parts as 64 hex digits.

        Each part is preceded by its length, so that ("ab", "c") and ("a", "bc") differ.
        """
        message = bytearray()
        for part in (purpose, *parts):
            data = part.encode("utf-8", "surrogatepass")
            message += len(data).to_bytes(8, "big") + data
        return hmac.digest(self._key, bytes(message), "sha256").hex()
