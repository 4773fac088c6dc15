"""Codes by text as a factor: which numbers are taken, what is sent and shown, and which code counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from twofold.core.ids import EnrolmentId
from twofold.core.instants import to_micros
from twofold.core.refusals import No, Refusal
from twofold.factors.contract import Accepted, Ceremony, Challenge, Held, Refused
from twofold.factors.sms import Sms, read_number

if TYPE_CHECKING:
    from twofold.core.json import JsonObject

NOW = datetime(2026, 11, 21, 10, 42, 5, tzinfo=UTC)
WHERE = Ceremony(
    account_name="Acme Support",
    origin="https://help.acme.example",
    rp_id="help.acme.example",
    person_label="ann@acme.example",
    email="ann@acme.example",
    email_proved=True,
    countries=frozenset({"AT", "DE"}),
)
NUMBER = "+436641234567"
MINUTE = timedelta(minutes=1)


class Counting:
    """Entropy that differs at every call."""

    def __init__(self) -> None:
        self._calls = 0

    def bytes(self, count: int) -> bytes:
        """Return bytes that depend on the call."""
        self._calls += 1
        return bytes((self._calls * 7 + position * 13) % 256 for position in range(count))


def held(number: str = NUMBER) -> Held:
    """Return an enrolment as the factor sees it."""
    return Held(id=EnrolmentId("e1"), label="", state={"number": number})


def texted(
    now: datetime = NOW, *, before: JsonObject | None = None, number: str = NUMBER, entropy: Counting | None = None
) -> Challenge:
    """Have a code texted to the number held."""
    made = Sms().challenge(WHERE, (held(number),), before or {}, now=now, entropy=entropy or Counting())
    assert isinstance(made, Challenge)
    return made


def code_in(made: Challenge) -> str:
    """Return the code that was sent."""
    code = made.send[0].params["code"]
    assert isinstance(code, str)
    return code


def verdict(made: Challenge, code: object, *, now: datetime = NOW, of: tuple[Held, ...] = (held(),)) -> object:
    """Return the acceptance, or the refusal."""
    judged = Sms().verify(WHERE, of, made.kept, {"passcode": code}, now=now)  # type: ignore[dict-item]  # any value of JSON
    return judged if isinstance(judged, Accepted) else judged.because


@pytest.mark.parametrize(
    "typed",
    [
        "+436641234567",
        " +43 664 123 45 67 ",
        "+43 (664) 123-4567",
        "+43.664/1234567",
        "\uff0b\uff14\uff13 664 1234567",
        "+43\u00a0664\u00a01234567",
    ],
)
def test_a_number_has_one_spelling(typed: str) -> None:
    assert read_number(typed) == NUMBER


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "+",
        "06641234567",
        "436641234567",
        "00436641234567",
        "664 1234567",
        "+43",
        "+43 664 1",
        "+999 664 1234567",
        "+43 664 12345678901234567",
        "+43 664 1234567 ext. 5",
        "+43 664 1234567;ext=5",
        "tel:+436641234567",
        "+1 800 FLOWERS",
        "+43 664 1234567, +43 664 7654321",
        "+43" + " " * 40 + "6641234567",
        "ann@acme.example",
    ],
)
def test_what_is_no_number_with_a_country_is_refused(typed: str) -> None:
    assert read_number(typed) == Refusal(No.NUMBER_UNREADABLE)


@pytest.mark.parametrize(
    "typed",
    [
        "+43 900 123456",
        "+44 909 8790000",
        "+1 900 5551234",
        "+49 900 1234567",
        "+44 843 4123456",
        "+44 70 1234 5678",
        "+1 800 5551234",
        "+44 20 7946 0018",
        "+43 1 5885 8000",
        "+49 30 123456",
    ],
)
def test_numbers_that_cost_more_or_take_no_texts_are_refused(typed: str) -> None:
    assert read_number(typed) == Refusal(No.NUMBER_NOT_FOR_TEXTS)


@pytest.mark.parametrize("typed", ["+1 202 555 0123", "+44 7400 123456", "+44 56 0012 3456"])
def test_numbers_of_phones_that_take_texts_are_taken(typed: str) -> None:
    # North America does not tell fixed lines from mobile phones.
    assert read_number(typed) == typed.replace(" ", "")


def test_an_enrolment_asks_for_the_number_first_and_then_texts_to_it() -> None:
    first = Sms().offer(WHERE, (), {}, {}, now=NOW, entropy=Counting())
    assert isinstance(first, Challenge)
    assert (first.asks, first.send, first.shown, first.kept) == ("number", (), {}, {})

    made = Sms().offer(WHERE, (), {"number": "+43 664 1234567"}, first.kept, now=NOW, entropy=Counting())

    assert isinstance(made, Challenge)
    assert made.asks == ""
    assert made.until == NOW + 5 * MINUTE
    assert made.shown == {
        "to": "+43 664 1234567",
        "label": "•••• 4567",
        "digits": 6,
        "sent_at": to_micros(NOW),
        "until": to_micros(NOW + 5 * MINUTE),
    }
    (send,) = made.send
    assert (send.channel, send.to, send.template) == ("sms", NUMBER, "passcode")
    assert set(send.params) == {"code", "host", "sent_at", "until_at"}
    assert send.params["host"] == "help.acme.example"
    assert len(code_in(made)) == 6
    assert code_in(made) not in str(made.kept)
    accepted = Sms().enrol(WHERE, made.kept, {"passcode": code_in(made)}, now=NOW)
    assert accepted == Accepted(state={"number": NUMBER})


@pytest.mark.parametrize(
    ("typed", "no"),
    [
        ("0664 1234567", No.NUMBER_UNREADABLE),
        ("+43 900 123456", No.NUMBER_NOT_FOR_TEXTS),
        ("+44 7911 123456", No.COUNTRY_NOT_SERVED),
        ("+882 16 1234 5678", No.COUNTRY_NOT_SERVED),
    ],
)
def test_a_number_that_is_not_served_is_not_texted(typed: str, no: No) -> None:
    made = Sms().offer(WHERE, (), {"number": typed}, {}, now=NOW, entropy=Counting())
    assert made == Refused(because=Refusal(no))


def test_where_no_country_was_chosen_nothing_goes_anywhere_and_without_a_list_everywhere() -> None:
    nowhere, everywhere = replace(WHERE, countries=frozenset()), replace(WHERE, countries=None)
    asked: JsonObject = {"number": "+44 7911 123456"}
    assert isinstance(Sms().offer(nowhere, (), {"number": NUMBER}, {}, now=NOW, entropy=Counting()), Refused)
    assert isinstance(Sms().offer(everywhere, (), asked, {}, now=NOW, entropy=Counting()), Challenge)
    satellite: JsonObject = {"number": "+882 16 1234 5678"}
    assert isinstance(Sms().offer(everywhere, (), satellite, {}, now=NOW, entropy=Counting()), Refused)


def test_a_country_that_is_served_no_more_stops_the_codes_of_who_lives_there() -> None:
    made = Sms().challenge(WHERE, (held("+447911123456"),), {}, now=NOW, entropy=Counting())
    assert made == Refused(because=Refusal(No.COUNTRY_NOT_SERVED))


def test_a_wrong_code_does_not_enrol() -> None:
    made = texted()
    wrong = "000000" if code_in(made) != "000000" else "000001"
    judged = Sms().enrol(WHERE, made.kept, {"passcode": wrong}, now=NOW)
    assert judged == Refused(because=Refusal(No.WRONG))


@pytest.mark.parametrize("spelled", ["{0}", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", " {0}\n"])
def test_the_newest_code_counts_in_any_spelling(spelled: str) -> None:
    made = texted()
    assert verdict(made, spelled.format(code_in(made))) == Accepted(id=EnrolmentId("e1"))


@pytest.mark.behaviour("B03")
def test_a_code_is_too_old_after_five_minutes() -> None:
    made = texted()
    assert isinstance(verdict(made, code_in(made), now=NOW + 5 * MINUTE - timedelta(seconds=1)), Accepted)
    assert verdict(made, code_in(made), now=NOW + 5 * MINUTE) == Refusal(No.EXPIRED, at=NOW)


def test_a_code_that_a_newer_one_replaced_is_named() -> None:
    entropy = Counting()
    first = texted(entropy=entropy)
    second = texted(NOW + MINUTE, before=first.kept, entropy=entropy)
    now = NOW + 2 * MINUTE
    assert code_in(first) != code_in(second)
    assert verdict(second, code_in(first), now=now) == Refusal(No.SUPERSEDED, at=NOW, other_at=NOW + MINUTE)
    assert isinstance(verdict(second, code_in(second), now=now), Accepted)


def test_a_code_counts_for_the_number_alone_that_it_went_to() -> None:
    other = "+436647654321"
    made = texted()
    assert verdict(made, code_in(made), of=(held(other),)) == Refusal(No.WRONG)
    assert verdict(made, code_in(made), of=()) == Refusal(No.WRONG)
    # What was sent to the old number is nothing to the new one, not even superseded.
    entropy = Counting()
    first = texted(entropy=entropy)
    second = texted(NOW + MINUTE, before=first.kept, number=other, entropy=entropy)
    assert verdict(second, code_in(first), now=NOW + MINUTE, of=(held(other),)) == Refusal(No.WRONG)


@pytest.mark.parametrize("answer", [None, 123456, "", "abcdef", "12345"])
def test_what_is_no_code_is_wrong(answer: object) -> None:
    assert verdict(texted(), answer) == Refusal(No.WRONG)


def test_it_is_weak_and_there_is_one() -> None:
    factor = Sms()
    assert (factor.traits.strong, factor.traits.phishing_resistant, factor.traits.mailed) == (False, False, False)
    assert (factor.makes_challenge, factor.channel, factor.only_one) == (True, "sms", True)
