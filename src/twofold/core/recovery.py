"""Recovery codes: 16 characters of Crockford base32 in four groups (80 bits), each good for one sign-in."""

from typing import Final

from twofold.core.typed import CODE_LENGTH, CROCKFORD, code_of

COUNT: Final = 10
"""Codes in a set."""
CODE_BYTES: Final = 10
"""Random bytes that one code takes."""
ENTROPY_BYTES: Final = COUNT * CODE_BYTES
REMIND_AT: Final = 3
_BITS = 5
_GROUP = 4


def normalise(text: str) -> str:
    """Return the 16 characters that were meant, or "" when the text has not the shape of a recovery code."""
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
    number = int.from_bytes(random, "big")
    characters = "".join(CROCKFORD[number >> _BITS * place & 0x1F] for place in reversed(range(CODE_LENGTH)))
    return "-".join(characters[start : start + _GROUP] for start in range(0, CODE_LENGTH, _GROUP))


def reminder_due(left: int) -> bool:
    """Say whether so few codes are left that the person is reminded to make new ones."""
    return left <= REMIND_AT
