"""What people type, in any spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import wide
from twofold.core.typed import CROCKFORD, MAX_TYPED, Shape, code_of, digits_of, shape_of

CODE = "7Q2M4KXA9T0B1C3D"
SEPARATORS = " \t\n\r\u00a0\u2003\u3000\u202f-\u2010\u2011\u2013\u2014\u2212\uff0d\u00ad\u200b\ufeff\u200e"


@pytest.mark.parametrize(
    ("typed", "digits"),
    [
        ("123456", "123456"),
        ("012345", "012345"),
        ("123 456\n", "123456"),
        (wide("123") + "\u3000" + wide("456"), "123456"),
        ("١٢٣٤٥٦", "123456"),
        ("123\u2212456", "123456"),
        ("", ""),
        (" - ", ""),
        ("12345a", ""),
        ("123,456", ""),
        ("12345²x", ""),
        ("①23456", "123456"),
        ("½23456", ""),
        ("123\x00456", ""),
        ("1" * MAX_TYPED, "1" * MAX_TYPED),
        ("1" * (MAX_TYPED + 1), ""),
    ],
)
def test_digits_are_what_was_meant(typed: str, digits: str) -> None:
    assert digits_of(typed) == digits


@given(st.text("0123456789", min_size=6, max_size=8), st.data())
def test_separators_anywhere_change_nothing(digits: str, data: st.DataObject) -> None:
    spaced = "".join(digit + data.draw(st.text(SEPARATORS, max_size=3)) for digit in digits)
    assert digits_of(spaced) == digits
    assert shape_of(spaced) is Shape.PASSCODE


@given(st.text(max_size=200))
def test_only_ascii_digits_come_out(text: str) -> None:
    found = digits_of(text)
    assert found == "" or (found.isascii() and found.isdecimal())
    assert digits_of(found) == found


@given(st.text(CROCKFORD, min_size=16, max_size=16), st.data())
def test_a_code_is_read_in_any_spelling(code: str, data: st.DataObject) -> None:
    spellings = {"0": "0oO", "1": "1iIlL"}
    typed = "".join(
        data.draw(st.sampled_from(spellings.get(character, character + character.lower())))
        + data.draw(st.text(SEPARATORS, max_size=2))
        for character in code
    )
    assert code_of(typed) == code
    assert shape_of(typed) is Shape.RECOVERY_CODE


@given(st.text(max_size=200))
def test_only_crockford_comes_out(text: str) -> None:
    found = code_of(text)
    assert found == "" or (len(found) in {12, 16} and set(found) <= set(CROCKFORD))


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (CODE, CODE),
        ("7q2m-4kxa-9t0b-1c3d", CODE),
        ("7Q2M 4KXA 9TOB IC3D", CODE),
        (wide("7Q2M") + "4KXA9T0BlC3D", CODE),
        (CODE[:-1], ""),
        (CODE + "X", ""),
        (CODE[:-1] + "U", ""),
        (CODE[:-1] + "é", ""),
        (CODE + " " * MAX_TYPED, ""),
        ("", ""),
    ],
)
def test_codes_are_what_was_meant(typed: str, code: str) -> None:
    assert code_of(typed) == code


@pytest.mark.parametrize(
    ("typed", "shape"),
    [
        ("123456", Shape.PASSCODE),
        ("1234 5678", Shape.PASSCODE),
        ("12345", Shape.UNREADABLE),
        ("123456789", Shape.UNREADABLE),
        ("1234567890123456", Shape.RECOVERY_CODE),
        (CODE, Shape.RECOVERY_CODE),
        ("7q2m-4kxa-9tob", Shape.ACCESS_PASS),
        ("123456789012", Shape.ACCESS_PASS),
        ("7Q2M4KXA9T0", Shape.UNREADABLE),
        ("7Q2M4KXA9T0U", Shape.UNREADABLE),
        ("password", Shape.UNREADABLE),
        ("", Shape.UNREADABLE),
        ("1" * 1_000_000, Shape.UNREADABLE),
    ],
)
def test_the_shape_decides_what_it_is(typed: str, shape: Shape) -> None:
    assert shape_of(typed) is shape
