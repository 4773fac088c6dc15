"""The authenticator app as a factor: what is shown, what is accepted, and what each refusal says."""

from __future__ import annotations

from base64 import b32decode, b32encode
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twofold.core.ids import EnrolmentId
from twofold.core.json import text_in
from twofold.core.refusals import No
from twofold.factors.contract import Accepted, Ceremony, Held, Refused
from twofold.factors.totp import Totp

if TYPE_CHECKING:
    from twofold.core.json import JsonObject

NOW = datetime(2026, 11, 21, 10, 42, 5, tzinfo=UTC)
WHERE = Ceremony(
    account_name="Acme: Support",
    origin="https://help.acme.example",
    rp_id="help.acme.example",
    person_label="ann+x@acme.example",
)
KEY = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


class Fixed:
    """Entropy that a test can foresee."""

    def bytes(self, count: int) -> bytes:
        """Return counted bytes."""
        return bytes(range(count))


def code_at(at: datetime, key: str = KEY) -> str:
    """Return what an app with this key shows at an instant, by an independent implementation."""
    return pyotp.TOTP(key).at(at)


def held(last_step: int | None = None, *, key: str = KEY, number: int = 1) -> Held:
    """Return an enrolment as the factor sees it."""
    state: JsonObject = {"key": key} if last_step is None else {"key": key, "last_step": last_step}
    return Held(id=EnrolmentId(f"e{number}"), label="", state=state)


def test_the_offer_is_what_any_app_reads() -> None:
    challenge = Totp().offer(WHERE, (), {}, {}, now=NOW, entropy=Fixed())
    uri = urlsplit(text_in(challenge.shown, "uri"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Acme Support:ann+x@acme.example"
    asked = parse_qs(uri.query)
    assert asked["issuer"] == ["Acme Support"]
    assert asked["secret"] == [challenge.shown["key"]]
    assert len(b32decode(text_in(challenge.kept, "key"))) == 20


def test_a_second_app_has_an_entry_of_its_own_name() -> None:
    challenge = Totp().offer(WHERE, (held(),), {}, {}, now=NOW, entropy=Fixed())
    assert challenge.shown["label"] == "ann+x@acme.example (2)"


@pytest.mark.parametrize("off", [-30, 0, 30])
def test_a_code_one_step_off_enrols_and_counts_as_used(off: int) -> None:
    secret: JsonObject = {"key": KEY}
    answer: JsonObject = {"passcode": code_at(NOW + timedelta(seconds=off))}
    verdict = Totp().enrol(WHERE, secret, answer, now=NOW)
    assert isinstance(verdict, Accepted)
    again = Totp().verify(WHERE, (Held(id=EnrolmentId("e"), label="", state=verdict.state),), {}, answer, now=NOW)
    assert isinstance(again, Refused)
    assert again.because.no is No.USED


def test_a_wrong_code_does_not_enrol() -> None:
    verdict = Totp().enrol(WHERE, {"key": KEY}, {"passcode": "000000"}, now=NOW)
    assert isinstance(verdict, Refused)
    assert verdict.because.no is No.WRONG


@pytest.mark.parametrize("answer", [{}, {"passcode": 123456}, {"passcode": ""}, {"passcode": None}])
def test_what_is_no_text_is_wrong(answer: JsonObject) -> None:
    verdict = Totp().verify(WHERE, (held(),), {}, answer, now=NOW)
    assert isinstance(verdict, Refused)
    assert verdict.because.no is No.WRONG


def test_either_of_two_apps_is_accepted_and_named() -> None:
    other = pyotp.random_base32(32)
    both = (held(number=1), held(number=2, key=other))
    verdict = Totp().verify(WHERE, both, {}, {"passcode": code_at(NOW, other)}, now=NOW)
    assert isinstance(verdict, Accepted)
    assert verdict.id == "e2"


def test_the_clock_is_named_with_both_times() -> None:
    early = NOW - timedelta(minutes=4)
    verdict = Totp().verify(WHERE, (held(),), {}, {"passcode": code_at(early)}, now=NOW)
    assert isinstance(verdict, Refused)
    assert verdict.because.no is No.CLOCK
    assert verdict.because.at is not None
    assert abs(verdict.because.at - early) < timedelta(seconds=30)
    assert verdict.because.other_at == NOW


def test_the_most_helpful_refusal_of_several_apps_is_given() -> None:
    used = int(NOW.timestamp()) // 30
    both = (held(number=1, key=pyotp.random_base32(32)), held(used, number=2))
    verdict = Totp().verify(WHERE, both, {}, {"passcode": code_at(NOW)}, now=NOW)
    assert isinstance(verdict, Refused)
    assert verdict.because.no is No.USED


def test_the_challenge_names_the_entries() -> None:
    challenge = Totp().challenge(WHERE, (held(),), {}, now=NOW, entropy=Fixed())
    assert challenge.shown == {"labels": [""]}
    assert challenge.kept == {}


@given(st.integers(3, 16).map(lambda n: n * 5).flatmap(lambda n: st.binary(min_size=n, max_size=n)), st.booleans())
def test_keys_of_any_length_are_read_as_the_library_reads_them(key: bytes, small: bool) -> None:
    text = b32encode(key).decode()
    held = Held(id=EnrolmentId("e"), label="", state={"key": text.lower() if small else text})
    verdict = Totp().verify(WHERE, (held,), {}, {"passcode": pyotp.TOTP(text).at(NOW)}, now=NOW)
    assert isinstance(verdict, Accepted)
