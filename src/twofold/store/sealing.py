"""Sealing of columns: AES-256-GCM (NIST SP 800-38D), bound to the place where a value stands.

A sealed value is: one byte format, one byte length of the key's id, the key's id, 12 bytes nonce, ciphertext with its
tag of 16 bytes. Moved to another row, column, table or account it does not open. Nonces are random: fit for
2³² values per key, and rotation makes a new key.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from twofold.store.rows import from_text, to_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from twofold.core.json import JsonObject
    from twofold.ports.entropy import Entropy
    from twofold.store.keys import KeyRing

_FORMAT = b"\x01"
_NONCE_BYTES = 12


class Unsealable(Exception):
    """A sealed value does not open: another key, another place, or damage."""


class Sealer:
    """Seals and opens JSON objects, and tells what waits for the newest key.

    `ring` is asked for at each sealing, and hands out the same object while nothing was rotated.
    """

    def __init__(self, ring: Callable[[], KeyRing], entropy: Entropy) -> None:
        self._ring = ring
        self._entropy = entropy
        self._kit = _Kit(ring())

    def seal(self, value: JsonObject, *, account: str, table: str, column: str, row: str) -> bytes:
        """Return `value` sealed for this one place."""
        nonce = self._entropy.bytes(_NONCE_BYTES)
        place = _place(account, table, column, row)
        kit = self._todays()
        return kit.head + nonce + kit.current.encrypt(nonce, to_text(value).encode(), place)

    def open(self, sealed: bytes, *, account: str, table: str, column: str, row: str) -> JsonObject:
        """Return the value that was sealed for this place; Unsealable when it was not, or not by our keys."""
        # The drivers hand out bytes or memoryview.
        data = bytes(sealed)
        if data[:1] != _FORMAT or len(data) < 2:  # noqa: PLR2004 -- the two bytes of the head
            raise Unsealable(f"{table}.{column}: not a sealed value")
        start = 2 + data[1]
        cipher = self._kit.ciphers.get(data[2:start]) or self._todays().ciphers.get(data[2:start])
        if cipher is None:
            raise Unsealable(f"{table}.{column}: sealed with a key that is not in the ring")
        end = start + _NONCE_BYTES
        try:
            return from_text(cipher.decrypt(data[start:end], data[end:], _place(account, table, column, row)))
        except (InvalidTag, ValueError):
            raise Unsealable(f"{table}.{column}: does not open here") from None

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether a sealed value was sealed with the newest key."""
        head = self._todays().head
        return bytes(sealed[: len(head)]) == head

    def _todays(self) -> _Kit:
        """Return the ring as it stands: a key that was added while this process ran seals from now on."""
        ring = self._ring()
        if ring is not self._kit.ring:
            self._kit = _Kit(ring)
        return self._kit


class _Kit:
    """A ring made ready; swapped as a whole, so that every thread sees one ring."""

    def __init__(self, ring: KeyRing) -> None:
        self.ring = ring
        self.ciphers = {name.encode("ascii"): AESGCM(key) for name, key in ring.keys.items()}
        current = ring.current.encode("ascii")
        self.current = self.ciphers[current]
        self.head = _FORMAT + bytes([len(current)]) + current


def _place(account: str, table: str, column: str, row: str) -> bytes:
    # A line break occurs in none of the four, so that no two places have the same text.
    return f"{account}\n{table}\n{column}\n{row}".encode()
