"""Hashing of passwords: Argon2id (RFC 9106) with a keyed pepper, a bounded number at once."""

from __future__ import annotations

import base64
import hmac
import os
import re
import threading
from typing import TYPE_CHECKING, Final, TypeVar

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # it ships no types

from twofold.core.passwords import MOST, WAIT, normalise
from twofold.ports.keys import Match

if TYPE_CHECKING:
    from collections.abc import Callable

    from twofold.ports.entropy import Entropy

MEMORY_KIB: Final = 19456
PASSES: Final = 2
LANES: Final = 1
"""OWASP's first recommendation for Argon2id."""

_JUDGED: Final = 40
"""Characters that zxcvbn looks at: its time grows with the square of them."""
_AS_LETTERS: Final = str.maketrans("4@8({[<3691!|7$50%+2", "aabcccceggiiilssoxtz")
_FEW_AS_LETTERS: Final = 8
"""zxcvbn reads each of these signs as every letter that it may stand for. Of more different ones, each is read as one:
else some fifty signs that somebody chose for it would take seconds, in which the interpreter does nothing else."""
_FEW: Final = 5
"""So few different characters are a pattern, however often they repeat."""
_COMMON_BELOW: Final = 3
"""zxcvbn's score: 0 to 2 fall to fewer than 10**8 guesses."""
_BETWEEN: Final = re.compile(r"[\W_]+")
_SALT_BYTES: Final = 16
_LONGEST_UNNORMALISED: Final = 4 * MOST

_JUDGED_AT_ONCE: Final = 8
"""New passwords that are judged or wait for it at a time; whoever comes then is told to come back."""
# zxcvbn keeps the words of a person beside those that it knows, for whoever asks at that moment.
_JUDGED_ALONE: Final = threading.Lock()
_T = TypeVar("_T")


class _TooMany(Exception):
    """As many wait as may."""


class Argon2Passwords:
    """Compares and hashes passwords. The port: ports/keys.py, Passwords.

    `at_once` hashes run at the same time (left out: one per core), `waiting` more wait; who comes then hears BUSY.
    """

    def __init__(self, pepper: bytes, entropy: Entropy, *, at_once: int | None = None, waiting: int = WAIT) -> None:
        self._pepper = pepper
        self._entropy = entropy
        self._hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES, type=Type.ID)
        running = at_once or os.cpu_count() or 1
        self._slots = threading.Semaphore(running)
        self._places = threading.Semaphore(running + waiting)
        # Apart from those who sign in: however many choose a password, they take no places of theirs.
        self._judging = threading.Semaphore(_JUDGED_AT_ONCE)

    def verify(self, typed: str, stored: str | None) -> Match:
        """Compare in constant work: exactly one hash, whether or not there is something to compare with.

        Over 128 characters are NO without a hash: no stored password is that long, and the length tells nothing
        about any person.
        """
        secret = self._peppered(typed)
        if secret is None:
            return Match.NO
        try:
            return self._bounded(lambda: self._compare(secret, stored))
        except _TooMany:
            return Match.BUSY

    def hash(self, typed: str) -> str | None:
        """Return the hash to store in the PHC string format, None when too many are waiting.

        ValueError over 128 characters, which core.passwords refuses first.
        """
        secret = self._peppered(typed)
        if secret is None:
            raise ValueError("a password of over 128 characters is never hashed")
        try:
            return self._bounded(lambda: self._hash(secret))
        except _TooMany:
            return None

    def is_common(self, typed: str, *about: str) -> bool | None:
        """Tell whether a guesser would try it early, by its first 40 characters; None when too many are waiting."""
        judged = normalise(typed[:_JUDGED])[:_JUDGED]
        if len(set(judged)) < _FEW:
            return True
        words = sorted({part[:_JUDGED] for each in about for part in (each, *_BETWEEN.split(each)) if part})
        if sum(ord(sign) in _AS_LETTERS for sign in set(judged)) > _FEW_AS_LETTERS:
            judged = judged.translate(_AS_LETTERS)
        if not self._judging.acquire(blocking=False):
            return None
        try:
            with _JUDGED_ALONE:
                return bool(zxcvbn(judged, user_inputs=words)["score"] < _COMMON_BELOW)
        finally:
            self._judging.release()

    def _peppered(self, typed: str) -> bytes | None:
        """Return what is hashed, or None for what is too long."""
        if len(typed) > _LONGEST_UNNORMALISED:
            return None
        normal = normalise(typed)
        if len(normal) > MOST:
            return None
        keyed = hmac.digest(self._pepper, normal.encode("utf-8", "surrogatepass"), "sha256")
        return base64.b64encode(keyed)

    def _bounded(self, work: Callable[[], _T]) -> _T:
        if not self._places.acquire(blocking=False):
            raise _TooMany
        try:
            with self._slots:
                return work()
        finally:
            self._places.release()

    def _hash(self, secret: bytes) -> str:
        return self._hasher.hash(secret, salt=self._entropy.bytes(_SALT_BYTES))

    def _compare(self, secret: bytes, stored: str | None) -> Match:
        if stored is None:
            self._hash(secret)
            return Match.NO
        try:
            self._hasher.verify(stored, secret)
        except VerifyMismatchError:
            return Match.NO
        except (InvalidHashError, VerificationError):
            # A damaged hash must not answer faster than a wrong password does.
            self._hash(secret)
            return Match.NO
        return Match.YES_BUT_OLD if self._hasher.check_needs_rehash(stored) else Match.YES
