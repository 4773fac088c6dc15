"""Recovery codes: their form, their digests, and when more are due."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.core import recovery
from twofold.core.ids import PersonId
from twofold.core.typed import CROCKFORD

KEY = b"k" * 32
ANN, BOB = PersonId("ann"), PersonId("bob")


@given(st.binary(min_size=recovery.ENTROPY_BYTES, max_size=recovery.ENTROPY_BYTES))
def test_a_set_has_ten_codes_in_four_groups(random: bytes) -> None:
    codes = recovery.make(random)
    assert len(codes) == recovery.COUNT == 10
    for code in codes:
        assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code)
        assert recovery.normalise(code) == code.replace("-", "")


@given(st.binary(min_size=10, max_size=10))
def test_a_code_holds_every_one_of_its_80_bits(random: bytes) -> None:
    number = 0
    for character in recovery.make_one(random).replace("-", ""):
        number = number * 32 + CROCKFORD.index(character)
    assert number.to_bytes(10, "big") == random


@given(st.binary(min_size=recovery.PASS_BYTES, max_size=recovery.PASS_BYTES))
def test_an_access_pass_has_12_characters_and_60_bits(random: bytes) -> None:
    made = recovery.make_pass(random)
    assert re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){2}[0-9A-HJKMNP-TV-Z]{4}", made)
    assert recovery.normalise(made) == made.replace("-", "")
    number = 0
    for character in recovery.normalise(made):
        number = number * 32 + CROCKFORD.index(character)
    assert number == int.from_bytes(random, "big") % 2**60


@pytest.mark.parametrize("length", [0, 7, 9])
def test_a_pass_takes_its_own_entropy(length: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        recovery.make_pass(bytes(length))


@pytest.mark.parametrize("length", [0, 9, 11, 99, 101])
def test_too_little_or_too_much_entropy_is_a_mistake(length: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        recovery.make(bytes(length))
    with pytest.raises(ValueError, match="random bytes"):
        recovery.make_one(bytes(length))


@pytest.mark.parametrize(("left", "due"), [(10, False), (4, False), (3, True), (0, True)])
def test_three_left_are_too_few(left: int, due: bool) -> None:
    assert recovery.reminder_due(left) == due
