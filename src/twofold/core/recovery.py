"""Recovery codes: 16 characters of Crockford base32 in four groups (80 bits), each good for one sign-in.

An access pass is shorter, 12 characters in three groups (60 bits), lives for hours at most, and opens set-up only.
"""

from typing import Final

from twofold.core.typed import CODE_LENGTH, CROCKFORD, PASS_LENGTH, code_of

COUNT: Final = 10
"""Codes in a set."""
CODE_BYTES: Final = 10
"""Random bytes that one code takes."""
PASS_BYTES: Final = 8
"""Random bytes that an access pass takes; it holds the last 60 bits of them."""
ENTROPY_BYTES: Final = COUNT * CODE_BYTES
REMIND_AT: Final = 3
_BITS = 5
_GROUP = 4


def normalise(text: str) -> str:
    """Return the characters that were meant, or "" when the text has neither a recovery code's shape nor a pass's."""
    return code_of(text)


def make(random: bytes) -> tuple[str, ...]:
    """Return a set of COUNT codes as XXXX-XXXX-XXXX-XXXX, made of ENTROPY_BYTES random bytes."""
    if len(random) != ENTROPY_BYTES:
        raise ValueError(f"a set of recovery codes takes {ENTROPY_BYTES} random bytes")
    return tuple(make_one(random[start : start + CODE_BYTES]) for start in range(0, ENTROPY_BYTES, CODE_BYTES))


def make_one(random: bytes) -> str:
    """Return one code as XXXX-XXXX-XXXX-XXXX, made of CODE_BYTES random bytes; a code from an admin looks the same."""
    if len(random) != CODE_BYTES:
        raise ValueError(f"a recovery code takes {CODE_BYTES} random bytes")
    return _spelled(random, CODE_LENGTH)


def make_pass(random: bytes) -> str:
    """Return an access pass as XXXX-XXXX-XXXX, made of PASS_BYTES random bytes."""
    if len(random) != PASS_BYTES:
        raise ValueError(f"an access pass takes {PASS_BYTES} random bytes")
    return _spelled(random, PASS_LENGTH)


def _spelled(random: bytes, length: int) -> str:
    number = int.from_bytes(random, "big")
    characters = "".join(CROCKFORD[number >> _BITS * place & 0x1F] for place in reversed(range(length)))
    return "-".join(characters[start : start + _GROUP] for start in range(0, length, _GROUP))


def reminder_due(left: int) -> bool:
    """Say whether so few codes are left that the person is reminded to make new ones."""
    return left <= REMIND_AT
