"""What a new password must be; whether it is a common one is for an adapter to say."""

import re
import unicodedata
from enum import StrEnum
from typing import Final

LEAST: Final = 12
MOST: Final = 128
"""Longer input is refused before it is hashed."""
WAIT: Final = 20
"""How many wait while as many are hashed as there are cores; whoever comes then is told to come back."""
_NAME_PART_LEAST = 3
# What must remain when a person's own names are taken out: long enough not to be a name with a year behind it.
_REST_LEAST = 8
_PARTS = re.compile(r"[\W_]+")


class PasswordProblem(StrEnum):
    """Why a password cannot be chosen."""

    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    CONTAINS_NAME = "contains_name"
    COMMON = "common"
    """Known from breaches, or as easily guessed; found by an adapter."""


def normalise(password: str) -> str:
    """Return the form of a password that is hashed (NFKC), whichever keyboard typed it (NIST SP 800-63B-4, 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def check(password: str, email: str, name: str, *, least: int = LEAST) -> PasswordProblem | None:
    """Return why this password cannot be chosen, or None. There are no composition rules.

    `least` is how many characters the account wants, of what was typed and of what is hashed. A password may contain
    the person's names, as long as enough of it is something else.
    """
    if len(password) > MOST:
        return PasswordProblem.TOO_LONG
    normal = normalise(password)
    # One character may be written for many: a ligature, for example.
    if len(normal) > MOST:
        return PasswordProblem.TOO_LONG
    if min(len(password), len(normal)) < least:
        return PasswordProblem.TOO_SHORT
    rest = normal.casefold()
    # The longest first, so that "annabel" is taken out whole before "anna" can leave its end behind.
    for part in sorted(_PARTS.split(f"{email} {normalise(name)}".casefold()), key=len, reverse=True):
        if len(part) >= _NAME_PART_LEAST:
            rest = rest.replace(part, "")
    return PasswordProblem.CONTAINS_NAME if len(rest) < _REST_LEAST else None
