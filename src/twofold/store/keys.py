"""The keys of a house: what `keys.json` in the data folder holds. Lost keys cannot be made again."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twofold.core.json import JsonObject, MalformedJson, as_object, as_text, list_in, refuse_unknown, text_in

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.ports.entropy import Entropy

KEY_BYTES = 32
_ID_BYTES = 4


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys of 256 bits by short ASCII id, oldest first: the last one seals, all of them open."""

    keys: Mapping[str, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what could never seal."""
        if not self.keys or any(len(key) != KEY_BYTES for key in self.keys.values()):
            raise ValueError("a key ring needs keys of 32 bytes, at least one")
        if any(not name.isascii() or not 0 < len(name) < 256 for name in self.keys):  # noqa: PLR2004 -- one byte
            raise ValueError("a key's id is 1 to 255 ASCII characters")

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return list(self.keys)[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseKeys:
    """The ring that seals columns, the key of digests, and the pepper of passwords (32 bytes each).

    Only the ring rotates. Digests and peppered hashes cannot be computed anew without what people typed, so their keys
    live as long as the database; they are keys of their own, so that a ring that leaked can be left behind whole.
    """

    ring: KeyRing
    digests: bytes = field(repr=False)
    pepper: bytes = field(repr=False)

    @classmethod
    def make(cls, entropy: Entropy) -> HouseKeys:
        """Return new keys for a new database."""
        return cls(
            ring=KeyRing({entropy.bytes(_ID_BYTES).hex(): entropy.bytes(KEY_BYTES)}),
            digests=entropy.bytes(KEY_BYTES),
            pepper=entropy.bytes(KEY_BYTES),
        )

    def with_new_key(self, entropy: Entropy) -> HouseKeys:
        """Return the same keys with one more in the ring, which seals from now on."""
        new = {entropy.bytes(_ID_BYTES).hex(): entropy.bytes(KEY_BYTES)}
        return HouseKeys(ring=KeyRing({**self.ring.keys, **new}), digests=self.digests, pepper=self.pepper)

    def with_current_only(self) -> HouseKeys:
        """Return the same keys without the older ones of the ring: for after everything was sealed again."""
        current = self.ring.current
        return HouseKeys(ring=KeyRing({current: self.ring.keys[current]}), digests=self.digests, pepper=self.pepper)

    def to_json(self) -> JsonObject:
        """Return the content of `keys.json`."""
        return {
            "ring": [{"id": name, "key": _to_text(key)} for name, key in self.ring.keys.items()],
            "digests": _to_text(self.digests),
            "pepper": _to_text(self.pepper),
        }

    @classmethod
    def from_json(cls, value: JsonObject) -> HouseKeys:
        """Return the keys of a `keys.json`; MalformedJson, which never quotes a key, when it is damaged."""
        refuse_unknown(value, {"ring", "digests", "pepper"})
        entries = [as_object(entry, "a key of the ring") for entry in list_in(value, "ring")]
        try:
            ring = KeyRing({text_in(entry, "id"): _to_bytes(text_in(entry, "key")) for entry in entries})
        except ValueError as error:
            raise MalformedJson(f"ring: {error}") from None
        return cls(
            ring=ring,
            digests=_to_bytes(as_text(value.get("digests"), "digests")),
            pepper=_to_bytes(as_text(value.get("pepper"), "pepper")),
        )


def _to_text(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _to_bytes(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise MalformedJson("a key is not base64") from None
    if len(key) != KEY_BYTES:
        raise MalformedJson("a key has not 32 bytes")
    return key
