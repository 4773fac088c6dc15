"""Codes by mail as a factor: they go to the address on file, and count for that address alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.factors.test_sms import Counting, code_in
from twofold.core.ids import EnrolmentId
from twofold.core.instants import to_micros
from twofold.core.refusals import No, Refusal
from twofold.factors.contract import Accepted, Ceremony, Challenge, Held, Refused
from twofold.factors.email import Email

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
)
HELD = Held(id=EnrolmentId("e1"), label="", state={})
MINUTE = timedelta(minutes=1)


def mailed(now: datetime = NOW, *, before: JsonObject | None = None, entropy: Counting | None = None) -> Challenge:
    """Have a code mailed."""
    made = Email().challenge(WHERE, (HELD,), before or {}, now=now, entropy=entropy or Counting())
    assert isinstance(made, Challenge)
    return made


def test_a_code_goes_to_the_address_on_file() -> None:
    made = mailed()
    (send,) = made.send
    assert (send.channel, send.to, send.template) == ("email", "ann@acme.example", "passcode")
    assert len(code_in(made)) == 8
    assert made.shown == {
        "to": "a•••@a…",
        "label": "a•••@a…",
        "digits": 8,
        "sent_at": to_micros(NOW),
        "until": to_micros(NOW + 5 * MINUTE),
    }
    assert made.until == NOW + 5 * MINUTE


def test_typing_it_enrols_whether_the_address_was_proved_before_or_not() -> None:
    where = replace(WHERE, email_proved=False)
    made = Email().offer(where, (), {}, {}, now=NOW, entropy=Counting())
    assert isinstance(made, Challenge)
    assert made.asks == ""
    accepted = Email().enrol(where, made.kept, {"passcode": code_in(made)}, now=NOW)
    assert accepted == Accepted()


def test_nothing_is_mailed_to_an_address_that_nobody_proved() -> None:
    made = Email().challenge(replace(WHERE, email_proved=False), (HELD,), {}, now=NOW, entropy=Counting())
    assert made == Refused(because=Refusal(No.NEEDS_MAILBOX))


@pytest.mark.behaviour("B03")
def test_the_newest_code_counts_for_five_minutes() -> None:
    entropy = Counting()
    first = mailed(entropy=entropy)
    second = mailed(NOW + MINUTE, before=first.kept, entropy=entropy)

    def judged(made: Challenge, code: str, *, after: timedelta) -> object:
        verdict = Email().verify(WHERE, (HELD,), made.kept, {"passcode": code}, now=NOW + after)
        return verdict if isinstance(verdict, Accepted) else verdict.because

    assert judged(second, code_in(second), after=2 * MINUTE) == Accepted(id=EnrolmentId("e1"))
    assert judged(second, code_in(second), after=6 * MINUTE) == Refusal(No.EXPIRED, at=NOW + MINUTE)
    assert judged(second, code_in(first), after=2 * MINUTE) == Refusal(No.SUPERSEDED, at=NOW, other_at=NOW + MINUTE)
    assert judged(second, "1", after=2 * MINUTE) == Refusal(No.WRONG)


@pytest.mark.parametrize("passcode", [None, 12345678])
def test_what_is_no_text_is_wrong(passcode: int | None) -> None:
    verdict = Email().verify(WHERE, (HELD,), mailed().kept, {"passcode": passcode}, now=NOW)
    assert verdict == Refused(because=Refusal(No.WRONG))


def test_a_code_is_worth_nothing_once_the_address_is_another() -> None:
    made = mailed()
    answer: JsonObject = {"passcode": code_in(made)}
    elsewhere = replace(WHERE, email="ann@other.example")
    assert Email().verify(elsewhere, (HELD,), made.kept, answer, now=NOW) == Refused(because=Refusal(No.WRONG))
    assert Email().enrol(elsewhere, made.kept, answer, now=NOW) == Refused(because=Refusal(No.WRONG))
    # And once it is not held any more.
    assert Email().verify(WHERE, (), made.kept, answer, now=NOW) == Refused(because=Refusal(No.WRONG))


def test_it_is_weak_and_mailed_and_there_is_one() -> None:
    factor = Email()
    assert (factor.traits.strong, factor.traits.phishing_resistant, factor.traits.mailed) == (False, False, True)
    assert (factor.makes_challenge, factor.channel, factor.only_one) == (True, "email", True)
