"""Four words that are read aloud: how many there are, and what counts as the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.core import four_words


def test_the_words_are_256_short_ones_that_differ() -> None:
    assert len(set(four_words.LIST)) == 256
    assert all(word.isascii() and word.islower() and 2 < len(word) < 9 for word in four_words.LIST)
    assert not [one for one in four_words.LIST if f"{one}s" in four_words.LIST]


@given(st.binary(min_size=4, max_size=4))
def test_four_bytes_make_four_words_and_no_others_make_the_same(random: bytes) -> None:
    made = four_words.make(random)
    assert bytes(four_words.LIST.index(word) for word in made.split(" ")) == random
    assert four_words.normalise(made) == made


@pytest.mark.parametrize("length", [0, 3, 5])
def test_they_take_their_own_entropy(length: int) -> None:
    with pytest.raises(ValueError, match="random bytes"):
        four_words.make(bytes(length))


@pytest.mark.parametrize("typed", ["able acid acorn acre", " Able, acid;ACORN\nacre. ", "able-acid-acorn-acre"])
def test_spelling_between_the_words_does_not_matter(typed: str) -> None:
    assert four_words.normalise(typed) == "able acid acorn acre"
