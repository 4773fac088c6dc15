"""Colours that can be read, and pictures that are nothing else."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.core import appearance
from twofold.core.appearance import LogoProblem

TEXT_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3."""
_COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def _png(width: int = 1, height: int = 1, *, body: bytes = b"\0\0\0\0") -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(body)) + _chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("typed", "found"),
    [("", ""), ("#5D2F53", "#5d2f53"), (" 5d2f53 ", "#5d2f53"), ("#fff", None), ("red", None), ("#5d2f5g", None)],
)
def test_a_colour_is_six_hex_digits(typed: str, found: str | None) -> None:
    assert appearance.normalise_colour(typed) == found


def test_contrast_is_that_of_wcag() -> None:
    assert appearance.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert appearance.contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)
    assert appearance.contrast("#123456", "#123456") == 1


@pytest.mark.parametrize(("colour", "readable"), [("#5d2f53", True), ("#ffe100", False), ("#949494", True)])
def test_a_button_is_seen_on_a_white_page(colour: str, readable: bool) -> None:
    assert appearance.is_readable(colour) is readable


@given(_COLOURS)
def test_whatever_the_colour_its_shades_are_seen_and_the_text_on_them_is_read(colour: str) -> None:
    found = appearance.shades(colour)
    assert appearance.contrast(found.by_night, "#262026") >= appearance.CONTROL_CONTRAST
    for ground, text in ((found.by_day, found.on_by_day), (found.by_night, found.on_by_night)):
        assert appearance.contrast(ground, text) > TEXT_CONTRAST
    assert found.by_day == colour


def test_a_png_is_taken() -> None:
    assert appearance.problem_of_logo(_png()) is None
    assert appearance.problem_of_logo(_png(1024, 1024)) is None


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", LogoProblem.NOT_PNG),
        (b"GIF89a", LogoProblem.NOT_PNG),
        (b"\x89PNG\r\n\x1a\n", LogoProblem.NOT_PNG),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", LogoProblem.NOT_PNG),
        (_png()[:-1], LogoProblem.NOT_PNG),
        (_png() + b"<script>", LogoProblem.NOT_PNG),
        (_png().replace(b"IHDR", b"IHDX"), LogoProblem.NOT_PNG),
        (b"\x89PNG\r\n\x1a\n" + _chunk(b"IDAT", b""), LogoProblem.NOT_PNG),
        (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", b"12") + _chunk(b"IEND", b""), LogoProblem.NOT_PNG),
        (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", b"\0\0\0\1" * 2 + b"\0" * 5), LogoProblem.NOT_PNG),
        (
            b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", b"\0\0\0\1" * 2 + b"\0" * 5) + _chunk(b"IEND", b""),
            LogoProblem.NOT_PNG,
        ),
        (_png(0, 5), LogoProblem.NOT_PNG),
        (_png(1025, 5), LogoProblem.TOO_MANY_PIXELS),
        (b"x" * (appearance.LOGO_BYTES + 1), LogoProblem.TOO_MANY_BYTES),
    ],
)
def test_nothing_else_is(data: bytes, problem: LogoProblem) -> None:
    assert appearance.problem_of_logo(data) is problem
