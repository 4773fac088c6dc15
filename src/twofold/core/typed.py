"""What a person typed into the one field for codes, in any spelling, as the digits or characters that were meant."""

import unicodedata
from enum import StrEnum
from typing import Final

MAX_TYPED: Final = 128
"""Longer input is no code; it is refused before anything looks at it."""
CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_LENGTH: Final = 16
"""Characters of a recovery code and of a code from an admin: 80 bits."""
PASS_LENGTH: Final = 12
"""Characters of an access pass: 60 bits."""
PASSCODE_LENGTHS: Final = range(6, 9)
_LENGTHS: Final = (CODE_LENGTH, PASS_LENGTH)

# Look-alikes as Crockford reads them; U stays out, it is no look-alike.
_CROCKFORD_FROM = {character: character for character in CROCKFORD} | {"O": "0", "I": "1", "L": "1"}
# Z: spaces of every width. Pd: dashes. Cf: soft hyphens, zero-width characters and marks of direction from a clipboard.
_DROPPED = frozenset({"Zs", "Zl", "Zp", "Pd", "Cf"})
_MINUS = "\N{MINUS SIGN}"


class Shape(StrEnum):
    """What a typed text can be; the shape decides which lane it is counted in."""

    PASSCODE = "passcode"
    RECOVERY_CODE = "recovery_code"
    ACCESS_PASS = "access_pass"  # noqa: S105 -- the name of a shape, not a secret
    UNREADABLE = "unreadable"


def digits_of(text: str) -> str:
    """Return the ASCII digits that were meant, without spaces and dashes of any kind; "" if anything else was typed.

    Digits of other scripts and widths count as what they are, so that one code has one spelling before it is compared.
    """
    if len(text) > MAX_TYPED:
        return ""
    if text.isascii() and text.isdecimal():
        return text
    squeezed = _squeeze(text)
    if not squeezed.isdecimal():
        return ""
    return "".join(str(unicodedata.decimal(character)) for character in squeezed)


def code_of(text: str) -> str:
    """Return the Crockford characters that were meant (O as 0, I and L as 1), or "" if it is neither code nor pass."""
    if len(text) > MAX_TYPED:
        return ""
    squeezed = _squeeze(text).upper()
    if len(squeezed) not in _LENGTHS:
        return ""
    read = [_CROCKFORD_FROM.get(character, "") for character in squeezed]
    return "".join(read) if all(read) else ""


def shape_of(text: str) -> Shape:
    """Say what a typed text can be. A code from an admin has the shape of a recovery code."""
    if len(digits_of(text)) in PASSCODE_LENGTHS:
        return Shape.PASSCODE
    match len(code_of(text)):
        case n if n == CODE_LENGTH:
            return Shape.RECOVERY_CODE
        case n if n == PASS_LENGTH:
            return Shape.ACCESS_PASS
        case _:
            return Shape.UNREADABLE


def _squeeze(text: str) -> str:
    """Return the text in compatibility form (full-width letters become plain), without spaces and dashes."""
    return "".join(
        character
        for character in unicodedata.normalize("NFKC", text)
        if not (character.isspace() or character == _MINUS or unicodedata.category(character) in _DROPPED)
    )
