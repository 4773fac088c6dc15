"""Codes that are sent: when one may be, and which one counts."""

from collections import Counter
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import DAY, HOUR, MINUTE, NOW, SECOND
from twofold.core import sent_codes
from twofold.core.json import JsonObject, MalformedJson
from twofold.core.refusals import No, Refusal
from twofold.core.sent_codes import (
    EMAIL,
    NONE_SENT,
    Capped,
    MaySend,
    NotBefore,
    Ready,
    Sent,
    SentCodes,
)

FIRST, SECOND_CODE = Sent("aa", NOW - 2 * MINUTE), Sent("bb", NOW - MINUTE)
BOTH = (FIRST, SECOND_CODE)


def test_the_numbers() -> None:
    assert (EMAIL.digits, EMAIL.life, EMAIL.tries) == (8, 5 * MINUTE, 5)
    assert (EMAIL.first_resend_after, EMAIL.resend_after) == (30 * SECOND, 60 * SECOND)
    assert (EMAIL.an_hour, EMAIL.a_day) == (5, 10)


@given(st.binary(min_size=24, max_size=24), st.sampled_from([6, 8]))
def test_a_code_has_its_digits(random: bytes, digits: int) -> None:
    code = sent_codes.make_code(random, digits)
    assert len(code) == digits
    assert int(code) == int.from_bytes(random, "big") % 10**digits


def test_codes_are_spread_evenly() -> None:
    codes = Counter(sent_codes.make_code(number.to_bytes(24, "big"), 1) for number in range(1000))
    assert set(codes.values()) == {100}


def test_too_little_entropy_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="random bytes"):
        sent_codes.make_code(b"12345678", 8)


@pytest.mark.parametrize(
    ("ages", "answer"),
    [
        ([], Ready()),
        ([29 * SECOND], NotBefore(NOW + SECOND)),
        ([30 * SECOND], Ready()),
        ([5 * MINUTE, 59 * SECOND], NotBefore(NOW + SECOND)),
        ([5 * MINUTE, 60 * SECOND], Ready()),
        ([61 * MINUTE, 30 * SECOND], Ready()),
        ([50 * MINUTE, 40 * MINUTE, 30 * MINUTE, 20 * MINUTE, 10 * MINUTE], Capped(NOW + 10 * MINUTE)),
        ([60 * MINUTE, 40 * MINUTE, 30 * MINUTE, 20 * MINUTE, 10 * MINUTE], Ready()),
        ([hours * HOUR for hours in range(20, 10, -1)], Capped(NOW + 4 * HOUR)),
        ([hours * HOUR for hours in range(24, 14, -1)], Ready()),
    ],
)
def test_when_a_code_may_be_sent(ages: list[timedelta], answer: MaySend) -> None:
    assert sent_codes.may_send([NOW - age for age in ages], EMAIL, now=NOW) == answer


@given(st.lists(st.integers(0, 5000), max_size=200))
def test_no_more_is_sent_than_the_limits_allow(gaps: list[int]) -> None:
    now, sent = NOW, list[datetime]()
    for gap in gaps:
        now += gap * SECOND
        if sent_codes.may_send(sent, EMAIL, now=now) == Ready():
            sent.append(now)
    for most, within in ((EMAIL.an_hour, HOUR), (EMAIL.a_day, DAY)):
        for index in range(most, len(sent)):
            assert sent[index] - sent[index - most] >= within


@pytest.mark.parametrize(
    ("codes", "typed", "answer"),
    [
        (SentCodes(BOTH, 1), "bb", None),
        (SentCodes(BOTH, 5), "bb", None),
        (SentCodes(BOTH, 6), "bb", Refusal(No.TOO_MANY_TRIES)),
        (SentCodes(BOTH, 6), "aa", Refusal(No.TOO_MANY_TRIES)),
        (SentCodes(BOTH, 1), "aa", Refusal(No.SUPERSEDED, at=FIRST.sent_at, other_at=SECOND_CODE.sent_at)),
        (SentCodes(BOTH, 1), "cc", Refusal(No.WRONG, left=4)),
        (SentCodes(BOTH, 5), "cc", Refusal(No.WRONG, left=0)),
        (SentCodes((Sent("aa", NOW - 5 * MINUTE),), 1), "aa", Refusal(No.EXPIRED, at=NOW - 5 * MINUTE)),
        (SentCodes((Sent("aa", NOW - 5 * MINUTE + SECOND),), 1), "aa", None),
        (
            SentCodes((Sent("aa", NOW - HOUR), SECOND_CODE), 1),
            "aa",
            Refusal(No.SUPERSEDED, at=NOW - HOUR, other_at=SECOND_CODE.sent_at),
        ),
        (SentCodes((Sent("bb", NOW - HOUR), SECOND_CODE), 1), "bb", None),
        (SentCodes((), 1), "aa", Refusal(No.WRONG, left=4)),
    ],
)
def test_which_code_counts(codes: SentCodes, typed: str, answer: Refusal | None) -> None:
    assert sent_codes.check(codes, typed, EMAIL, now=NOW) == answer


def test_a_new_code_keeps_the_count_of_tries() -> None:
    codes = sent_codes.add(NONE_SENT, "aa", now=NOW)
    for _ in range(5):
        codes = sent_codes.spend(codes)
    codes = sent_codes.spend(sent_codes.add(codes, "bb", now=NOW + MINUTE))
    assert sent_codes.check(codes, "bb", EMAIL, now=NOW + MINUTE) == Refusal(No.TOO_MANY_TRIES)


def test_a_superseded_code_costs_nothing() -> None:
    codes = SentCodes(BOTH, 3)
    assert sent_codes.give_back(sent_codes.spend(codes)) == codes
    assert sent_codes.give_back(SentCodes(BOTH, 0)) == SentCodes(BOTH, 0)


def test_sent_codes_survive_json() -> None:
    codes = SentCodes(BOTH, 3)
    assert SentCodes.from_json(codes.to_json()) == codes
    wrongs: list[JsonObject] = [
        {**codes.to_json(), "more": 1},
        {"codes": [{"digest": "aa", "sent_at": 1, "more": 1}], "tries": 0},
    ]
    for wrong in wrongs:
        with pytest.raises(MalformedJson):
            SentCodes.from_json(wrong)


def test_texted_codes_are_shorter() -> None:
    assert (sent_codes.SMS.digits, sent_codes.SMS.life, sent_codes.SMS.tries) == (6, 5 * MINUTE, 5)


def test_only_codes_for_the_same_thing_are_waited_for_and_all_are_capped() -> None:
    for_another = [NOW - 5 * SECOND]
    assert sent_codes.may_send(for_another, EMAIL, now=NOW) == NotBefore(NOW + 25 * SECOND)
    assert sent_codes.may_send(for_another, EMAIL, now=NOW, alike=[]) == Ready()
    assert sent_codes.may_send(for_another, EMAIL, now=NOW, alike=for_another) == NotBefore(NOW + 25 * SECOND)
    an_hours = [NOW - minutes * MINUTE for minutes in (50, 40, 30, 20, 10)]
    assert sent_codes.may_send(an_hours, EMAIL, now=NOW, alike=[]) == Capped(NOW + 10 * MINUTE)
    a_days = [NOW - hours * HOUR for hours in range(23, 3, -2)]
    assert sent_codes.may_send(a_days, EMAIL, now=NOW, alike=[]) == Capped(NOW + HOUR)


def issued(before: JsonObject, at: datetime, seed: int, to: str = "+436641234567") -> sent_codes.Issued:
    random = bytes((seed * 31 + position * 7) % 256 for position in range(2 * sent_codes.ENTROPY_BYTES))
    return sent_codes.issue(before, to, sent_codes.SMS, now=at, random=random)


def test_what_is_kept_of_a_code_knows_it_and_does_not_hold_it() -> None:
    one = issued({}, NOW, 1)
    assert (len(one.code), one.kept["to"]) == (6, "+436641234567")
    assert one.code not in str(one.kept)
    assert one.code not in repr(one)
    assert sent_codes.judge(one.kept, one.code, life=5 * MINUTE, now=NOW) is None
    assert sent_codes.judge(one.kept, "", life=5 * MINUTE, now=NOW) == Refusal(No.WRONG)
    assert sent_codes.judge(one.kept, one.code, life=5 * MINUTE, now=NOW + 5 * MINUTE) == Refusal(No.EXPIRED, at=NOW)


def test_an_older_code_is_recognised_unless_it_went_elsewhere() -> None:
    first = issued({}, NOW, 1)
    second = issued(first.kept, NOW + MINUTE, 2)
    superseded = Refusal(No.SUPERSEDED, at=NOW, other_at=NOW + MINUTE)
    assert sent_codes.judge(second.kept, first.code, life=5 * MINUTE, now=NOW + MINUTE) == superseded
    assert sent_codes.judge(second.kept, second.code, life=5 * MINUTE, now=NOW + MINUTE) is None
    elsewhere = issued(first.kept, NOW + MINUTE, 3, to="+436647654321")
    assert sent_codes.judge(elsewhere.kept, first.code, life=5 * MINUTE, now=NOW + MINUTE) == Refusal(No.WRONG)
