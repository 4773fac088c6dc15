"""Reasons are stored, so their names are part of the data."""

from enum import StrEnum

import pytest

from tests.core.values import MINUTE, NOW
from twofold.core.effects import Change
from twofold.core.reasons import Reason
from twofold.core.refusals import No, Refusal
from twofold.core.standing import Word
from twofold.core.weakenings import Weaker


@pytest.mark.parametrize("reasons", [No, Reason, Word, Weaker, Change])
def test_a_reason_is_stored_under_its_own_name(reasons: type[StrEnum]) -> None:
    assert [reason.value for reason in reasons] == [reason.name.lower() for reason in reasons]


def test_a_refusal_carries_what_its_sentence_needs() -> None:
    assert Refusal(No.CLOCK, at=NOW - 4 * MINUTE, other_at=NOW) != Refusal(No.CLOCK)
    assert Refusal(No.WRONG) == Refusal(No.WRONG, at=None, other_at=None, left=None)
