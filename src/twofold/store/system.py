"""The only place that reads the clock and makes entropy."""

from __future__ import annotations

import os
import secrets
import threading
from binascii import b2a_base64
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from twofold.core.ids import LENGTH
from twofold.core.instants import to_micros

if TYPE_CHECKING:
    from pathlib import Path

_ID_BYTES = 16
_TOKEN_BYTES = 32
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
"""What RFC 4648, 5 writes in place of what an address cannot hold; `secrets.token_urlsafe` makes ten calls of it."""
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _CROCKFORD for second in _CROCKFORD]
"""What ten bits read as. A sign-in makes three ids, and `base64.b32encode` takes several times as long."""
_SHIFTS = range(5 * LENGTH - 10, -1, -10)


class SystemClock:
    """The machine's clock. The port: ports/clock.py, Clock."""

    def now(self) -> datetime:
        """Return the present instant in UTC."""
        return datetime.now(UTC)


class DemoClock:
    """The machine's clock and a span that a demo moves ahead; every process of the demo reads it from one file.

    The file holds whole seconds as text; without it the span is zero.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at: tuple[int, int] | None = None
        self._ahead = timedelta()
        self._moving = threading.Lock()

    def now(self) -> datetime:
        """Return the present instant of the demo, in UTC."""
        return datetime.now(UTC) + self.ahead()

    def move(self, by: timedelta) -> None:
        """Move the demo's clock, for every process."""
        with self._moving:
            seconds = round((self.ahead() + by).total_seconds())
            # Renaming into place: no reader ever sees half a number, and every move has an inode of its own.
            new = self._path.with_name(f"{self._path.name}.{secrets.token_hex(8)}")
            new.write_text(str(seconds), encoding="ascii")
            new.replace(self._path)

    def ahead(self) -> timedelta:
        """Return how far the demo's clock is ahead of the machine's."""
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return timedelta()
        stamp = (stat.st_mtime_ns, stat.st_ino)
        if stamp != self._read_at:
            self._ahead = timedelta(seconds=int(self._path.read_text(encoding="ascii")))
            self._read_at = stamp
        return self._ahead


_HALF = 4 * _ID_BYTES
"""Bits of an ordered id that count; the others are random."""
_IN_A_MICROSECOND = 10
"""Bits for ids of one instant; where there are more, the next ones run a little ahead of the clock."""
_counting = threading.Lock()


class _Counted:
    """The number of the newest ordered id of this process."""

    last = 0


class SystemEntropy:
    """The operating system's randomness. The port: ports/entropy.py, Entropy."""

    def bytes(self, count: int) -> bytes:
        """Return `count` unpredictable bytes."""
        return os.urandom(count)

    def new_id(self) -> str:
        """Return 128 random bits as 26 lower-case Crockford base32 characters."""
        return id_from(os.urandom(_ID_BYTES))

    def ordered_id(self, at: datetime) -> str:
        """Return an id that sorts after all that this process made for the same instant or an earlier one.

        Its first half counts, and the other is random. New rows then lie side by side in the index, too.
        """
        number = to_micros(at) << _IN_A_MICROSECOND
        with _counting:
            if number <= _Counted.last:
                number = _Counted.last + 1
            _Counted.last = number
        return _text_of(number << _HALF | int.from_bytes(os.urandom(_HALF // 8), "big"))

    def token(self) -> str:
        """Return 256 random bits as 43 URL-safe characters."""
        return b2a_base64(os.urandom(_TOKEN_BYTES), newline=False).translate(_URL_SAFE, b"=").decode()


def id_from(random: bytes) -> str:
    """Return 16 bytes as 26 lower-case Crockford base32 characters."""
    return _text_of(int.from_bytes(random, "big"))


def _text_of(number: int) -> str:
    # 130 bits are written, of which the last two are none of ours.
    bits = number << (5 * LENGTH - 8 * _ID_BYTES)
    return "".join([_PAIRS[bits >> shift & 0x3FF] for shift in _SHIFTS])
