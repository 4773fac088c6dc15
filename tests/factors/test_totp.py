"""The authenticator app as a factor: what is shown, what is accepted, and what each refusal says."""

from __future__ import annotations

import subprocess
from base64 import b32decode, b32encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import find_tool
from twofold.core.ids import EnrolmentId
from twofold.core.json import list_in, text_in
from twofold.core.refusals import No
from twofold.factors.contract import Accepted, Ceremony, Challenge, Held, Refused
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


def offered(asked: JsonObject, before: JsonObject | None = None) -> Challenge:
    """Have a key made."""
    made = Totp().offer(WHERE, (), asked, before or {}, now=NOW, entropy=Fixed())
    assert isinstance(made, Challenge)
    return made


def test_the_offer_is_what_any_app_reads() -> None:
    challenge = offered({})
    uri = urlsplit(text_in(challenge.shown, "uri"))
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == "/Acme Support:ann+x@acme.example"
    asked = parse_qs(uri.query)
    assert asked["issuer"] == ["Acme Support"]
    assert asked["secret"] == [challenge.shown["key"]]
    assert len(b32decode(text_in(challenge.kept, "key"))) == 20


def test_a_second_app_has_an_entry_of_its_own_name() -> None:
    challenge = Totp().offer(WHERE, (held(),), {}, {}, now=NOW, entropy=Fixed())
    assert isinstance(challenge, Challenge)
    assert challenge.shown["label"] == "ann+x@acme.example (2)"


@pytest.mark.parametrize("off", [-30, 0, 30])
def test_a_code_one_step_off_enrols_and_counts_as_used(off: int) -> None:
    secret: JsonObject = {"key": KEY}
    answer: JsonObject = {"passcode": code_at(NOW + timedelta(seconds=off))}
    verdict = Totp().enrol(WHERE, secret, answer, now=NOW)
    assert isinstance(verdict, Accepted)
    assert verdict.state is not None
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


@pytest.mark.security("SC1")
@pytest.mark.parametrize("period", [30, 60])
def test_a_code_that_was_refused_before_its_time_does_not_count_when_it_comes(period: int) -> None:
    ahead = timedelta(seconds=5 * period)
    state: JsonObject = {"key": KEY} if period == 30 else {"key": KEY, "period": period}
    one = Held(id=EnrolmentId("e1"), label="", state=state)

    def at(moment: datetime) -> JsonObject:
        return {"passcode": pyotp.TOTP(KEY, interval=period).at(moment)}

    late = Totp().verify(WHERE, (one,), {}, at(NOW - ahead), now=NOW)
    assert isinstance(late, Refused)
    assert (late.because.no, late.state) == (No.CLOCK, None), "it never counts again: nothing is kept of it"

    for times in (1, 2):
        early = Totp().verify(WHERE, (one,), {}, at(NOW + times * ahead), now=NOW)
        assert isinstance(early, Refused)
        assert (early.because.no, early.id) == (No.CLOCK, one.id)
        assert early.state is not None
        one = replace(one, state=early.state)
        again = Totp().verify(WHERE, (one,), {}, at(NOW + times * ahead), now=NOW)
        assert isinstance(again, Refused)
        assert (again.because.no, again.state) == (No.CLOCK, None), "it stands there already"

    for step in (-1, 0, 1):
        then = NOW + ahead + timedelta(seconds=step * period)
        comes = Totp().verify(WHERE, (one,), {}, at(NOW + ahead), now=then)
        assert isinstance(comes, Refused)
        assert comes.because.no is No.USED
    beside = at(NOW + ahead + timedelta(seconds=period))
    assert isinstance(Totp().verify(WHERE, (one,), {}, beside, now=NOW + ahead), Accepted)
    much_later = NOW + 3 * ahead
    kept = Totp().verify(WHERE, (one,), {}, at(much_later + ahead), now=much_later)
    assert isinstance(kept, Refused)
    assert kept.state is not None
    assert len(list_in(kept.state, "told")) == 1, "what is over is forgotten"


def test_of_two_apps_whose_clocks_are_off_the_first_is_named() -> None:
    other = pyotp.random_base32(32)
    answer: JsonObject = {"passcode": code_at(NOW + timedelta(minutes=4), other)}
    both = (held(number=1), held(number=2, key=other))
    verdict = Totp().verify(WHERE, both, {}, answer, now=NOW)
    assert isinstance(verdict, Refused)
    assert verdict.id == "e2"
    twice = (held(number=1, key=other), held(number=2, key=other))
    verdict = Totp().verify(WHERE, twice, {}, answer, now=NOW)
    assert isinstance(verdict, Refused)
    assert verdict.id == "e1"


def test_the_most_helpful_refusal_of_several_apps_is_given() -> None:
    used = int(NOW.timestamp()) // 30
    both = (held(number=1, key=pyotp.random_base32(32)), held(used, number=2))
    verdict = Totp().verify(WHERE, both, {}, {"passcode": code_at(NOW)}, now=NOW)
    assert isinstance(verdict, Refused)
    assert verdict.because.no is No.USED


def test_the_challenge_names_the_entries() -> None:
    challenge = Totp().challenge(WHERE, (held(),), {}, now=NOW, entropy=Fixed())
    assert challenge.shown == {"labels": [""], "things": [""]}
    assert challenge.kept == {}


@given(st.integers(3, 16).map(lambda n: n * 5).flatmap(lambda n: st.binary(min_size=n, max_size=n)), st.booleans())
def test_keys_of_any_length_are_read_as_the_library_reads_them(key: bytes, small: bool) -> None:
    text = b32encode(key).decode()
    held = Held(id=EnrolmentId("e"), label="", state={"key": text.lower() if small else text})
    verdict = Totp().verify(WHERE, (held,), {}, {"passcode": pyotp.TOTP(text).at(NOW)}, now=NOW)
    assert isinstance(verdict, Accepted)


@pytest.mark.peers("oathtool")
@pytest.mark.parametrize(("algorithm", "period", "digits"), [*product(("SHA1", "SHA256"), (30, 60), (6, 8))])
def test_a_token_computes_what_is_accepted(algorithm: str, period: int, digits: int) -> None:
    made = offered({"algorithm": algorithm, "period": period, "digits": digits})
    program = find_tool("oathtool")
    assert program is not None

    def shown_by_the_token(at: datetime) -> str:
        done = subprocess.run(
            [
                *(program, f"--totp={algorithm.lower()}", f"--time-step-size={period}s", f"--digits={digits}"),
                *(f"--now={at:%Y-%m-%d %H:%M:%S} UTC", text_in(made.shown, "hex")),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    first = Totp().enrol(WHERE, made.kept, {"passcode": shown_by_the_token(NOW)}, now=NOW)

    assert isinstance(first, Accepted)
    assert first.state is not None
    token = (Held(id=EnrolmentId("e"), label="", state=first.state),)
    later = NOW + timedelta(seconds=period)
    assert isinstance(Totp().verify(WHERE, token, {}, {"passcode": shown_by_the_token(NOW)}, now=later), Refused)
    assert isinstance(Totp().verify(WHERE, token, {}, {"passcode": shown_by_the_token(later)}, now=later), Accepted)


def test_what_a_token_computes_with_stands_in_the_code_and_beside_the_key() -> None:
    made = offered({"algorithm": "SHA256", "period": 60, "digits": 8})
    asked = parse_qs(urlsplit(text_in(made.shown, "uri")).query)
    assert (asked["algorithm"], asked["period"], asked["digits"]) == (["SHA256"], ["60"], ["8"])
    assert (made.shown["algorithm"], made.shown["period"], made.shown["digits"]) == ("SHA256", 60, 8)
    assert bytes.fromhex(text_in(made.shown, "hex")) == b32decode(text_in(made.shown, "key"))
    assert set(made.kept) == {"key", "algorithm", "period", "digits"}
    # What every app does needs no note.
    assert set(offered({}).kept) == {"key"}


def test_the_key_stays_the_same_when_a_token_needs_it_otherwise() -> None:
    first = offered({})
    second = offered({"digits": 8}, before=first.kept)
    assert second.shown["key"] == first.shown["key"]
    assert offered({}, before=second.kept).kept == first.kept


@pytest.mark.parametrize(
    "asked",
    [{"algorithm": "MD5"}, {"algorithm": "SHA512"}, {"period": 45}, {"period": "60"}, {"digits": 7}, {"digits": 8.0}],
)
def test_what_no_token_of_ours_computes_with_is_refused(asked: JsonObject) -> None:
    made = Totp().offer(WHERE, (), asked, {}, now=NOW, entropy=Fixed())
    assert isinstance(made, Refused)
    assert made.because.no is No.NOT_ALLOWED


def test_the_app_needs_no_challenge_and_several_may_be_held() -> None:
    factor = Totp()
    assert (factor.makes_challenge, factor.channel, factor.only_one) == (False, "", False)
