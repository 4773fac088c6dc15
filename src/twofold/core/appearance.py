"""The face of a help desk: whether a colour can be read, and whether a file is a picture we take.

Contrast is WCAG 2.2's: relative luminance, 4.5 to 1 for text (1.4.3), 3 to 1 for controls (1.4.11).
"""

import re
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

CONTROL_CONTRAST: Final = 3.0
LOGO_BYTES: Final = 100 * 1024
"""How many bytes a logo may have."""
LOGO_PIXELS: Final = 1024
"""How many pixels a logo may be wide or high."""

_COLOUR = re.compile(r"#[0-9a-f]{6}\Z")
_WHITE: Final = "#ffffff"
# Of white and black one always has 4.58 to 1; of white and a softer dark, not.
_BLACK: Final = "#000000"
# What buttons lie on, by day and by night; the stylesheet's --sheet.
_SHEET_BY_DAY: Final = "#ffffff"
_SHEET_BY_NIGHT: Final = "#262026"
_STEPS: Final = 20
_DARK_END: Final = 0.04045
"""Up to here sRGB is linear (WCAG 2.2, relative luminance)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shades:
    """A colour and the text on it, for light and dark pages, each "#rrggbb"."""

    by_day: str
    on_by_day: str
    by_night: str
    on_by_night: str


def normalise_colour(text: str) -> str | None:
    """Return "#rrggbb" in lower case for a colour with or without "#"; "" stays empty; None for anything else."""
    found = text.strip().lower()
    if not found:
        return ""
    found = found if found.startswith("#") else f"#{found}"
    return found if _COLOUR.match(found) else None


def contrast(one: str, other: str) -> float:
    """Return WCAG's contrast ratio of two colours "#rrggbb", from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def is_readable(colour: str) -> bool:
    """Say whether a button of this colour is seen on a white page; text on it can always be made to be read."""
    return contrast(colour, _SHEET_BY_DAY) >= CONTROL_CONTRAST


def shades(colour: str) -> Shades:
    """Return the shades for both kinds of page; for dark ones the colour is lightened until it is seen."""
    by_night = next(
        mixed
        for mixed in (_mix(colour, _WHITE, step / _STEPS) for step in range(_STEPS + 1))
        if contrast(mixed, _SHEET_BY_NIGHT) >= CONTROL_CONTRAST
    )
    return Shades(by_day=colour, on_by_day=_text_on(colour), by_night=by_night, on_by_night=_text_on(by_night))


class LogoProblem(StrEnum):
    """Why a file cannot be the logo."""

    NOT_PNG = "not_png"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"


_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_CHUNK_OVERHEAD: Final = 12
_IHDR_LENGTH: Final = 13


def problem_of_logo(data: bytes) -> LogoProblem | None:
    """Say why these bytes cannot be the logo, or None.

    A PNG (RFC 2083) is walked chunk by chunk with its checksums, and nothing may follow its end: a picture that is
    also something else is not taken.
    """
    if len(data) > LOGO_BYTES:
        return LogoProblem.TOO_MANY_BYTES
    chunks = _chunks(data)
    if chunks is None or chunks[0][0] != b"IHDR" or len(chunks[0][1]) != _IHDR_LENGTH or chunks[-1][0] != b"IEND":
        return LogoProblem.NOT_PNG
    header = chunks[0][1]
    width, height = int.from_bytes(header[:4], "big"), int.from_bytes(header[4:8], "big")
    if not width or not height or not any(name == b"IDAT" for name, _ in chunks):
        return LogoProblem.NOT_PNG
    return LogoProblem.TOO_MANY_PIXELS if max(width, height) > LOGO_PIXELS else None


def _chunks(data: bytes) -> list[tuple[bytes, bytes]] | None:
    """Return name and content of each chunk, or None when the file is not built like a PNG to its last byte."""
    if not data.startswith(_SIGNATURE):
        return None
    found: list[tuple[bytes, bytes]] = []
    at = len(_SIGNATURE)
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + length + _CHUNK_OVERHEAD
        name, content = data[at + 4 : at + 8], data[at + 8 : end - 4]
        if end > len(data) or int.from_bytes(data[end - 4 : end], "big") != zlib.crc32(name + content):
            return None
        found.append((name, content))
        at = end
    return found or None


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= _DARK_END else ((part + 0.055) / 1.055) ** 2.4


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_parts(colour), _parts(other), strict=True)
    return "#" + "".join(f"{round(one + (two - one) * share):02x}" for one, two in pairs)


def _text_on(colour: str) -> str:
    return max((_WHITE, _BLACK), key=lambda text: contrast(colour, text))
