"""The clock, entropy, digests, passwords, and how people's words are folded."""

from __future__ import annotations

import hashlib
import hmac
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zxcvbn import matching  # type: ignore[import-untyped]  # it ships no types

from tests.fakes import FakeEntropy, FakePasswords
from twofold.ports.keys import Match
from twofold.store.cursors import pack, pack_place, unpack, unpack_place
from twofold.store.digests import KeyedDigests
from twofold.store.passwords import Argon2Passwords
from twofold.store.system import DemoClock, SystemClock, SystemEntropy, id_from
from twofold.store.words import LONGEST_WORD, after_prefix, fold, sort_key, terms_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CROCKFORD = set("0123456789abcdefghjkmnpqrstvwxyz")
PEPPER = b"p" * 32
PHRASE = "correct horse battery"


def test_the_clock_is_in_utc() -> None:
    now = SystemClock().now()

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(minutes=1)  # noqa: TID251 -- what the clock is compared with


def test_a_demo_is_put_forward_for_every_process(tmp_path: Path) -> None:
    one, other = DemoClock(tmp_path / "ahead"), DemoClock(tmp_path / "ahead")
    assert abs(one.now() - SystemClock().now()) < timedelta(minutes=1)

    one.move(timedelta(days=30))
    one.move(timedelta(hours=1))

    ahead = timedelta(days=30, hours=1)
    for clock in (one, other):
        assert abs(clock.now() - SystemClock().now() - ahead) < timedelta(minutes=1)
    assert [path.name for path in tmp_path.iterdir()] == ["ahead"]


@pytest.mark.security("SH2")
def test_ids_and_tokens_are_long_and_never_alike() -> None:
    entropy = SystemEntropy()
    ids, tokens = {entropy.new_id() for _ in range(200)}, {entropy.token() for _ in range(200)}

    assert (len(ids), len(tokens)) == (200, 200)
    assert all(len(each) == 26 and set(each) <= CROCKFORD for each in ids)
    assert all(len(each) == 43 for each in tokens)
    assert len(entropy.bytes(20)) == 20


@given(st.binary(min_size=16, max_size=16))
def test_an_id_is_its_bits(random: bytes) -> None:
    number = 0
    for character in id_from(random):
        number = number * 32 + "0123456789abcdefghjkmnpqrstvwxyz".index(character)

    # 26 characters hold 130 bits; the last two are zero.
    assert number == int.from_bytes(random, "big") << 2


def test_a_tokens_digest_is_its_sha_256() -> None:
    assert KeyedDigests(b"k").of_token("abc") == hashlib.sha256(b"abc").hexdigest()
    assert len(KeyedDigests(b"k").of_token("\udcff")) == 64


@pytest.mark.security("SI5")
def test_keyed_digests_tell_key_purpose_and_parts_apart() -> None:
    digests = KeyedDigests(b"k" * 32)
    message = b"".join(len(part).to_bytes(8, "big") + part for part in (b"recovery", b"ab", b"c"))

    assert digests.keyed("recovery", "ab", "c") == hmac.digest(b"k" * 32, message, "sha256").hex()
    assert (
        len(
            {
                digests.keyed("recovery", "ab", "c"),
                digests.keyed("recovery", "a", "bc"),
                digests.keyed("recovery", "abc"),
                digests.keyed("recoverya", "b", "c"),
                digests.keyed("mailbox", "ab", "c"),
                KeyedDigests(b"l" * 32).keyed("recovery", "ab", "c"),
            }
        )
        == 6
    )


@pytest.fixture(scope="module")
def passwords() -> Argon2Passwords:
    return Argon2Passwords(PEPPER, SystemEntropy())


@pytest.fixture(scope="module")
def stored(passwords: Argon2Passwords) -> str:
    hashed = passwords.hash(PHRASE)
    assert hashed is not None
    return hashed


def test_a_password_is_stored_as_argon2id_with_owasps_numbers(stored: str) -> None:
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert PHRASE not in stored


def test_only_the_right_password_with_the_right_pepper_fits(passwords: Argon2Passwords, stored: str) -> None:
    other = Argon2Passwords(b"q" * 32, SystemEntropy())

    assert passwords.verify(PHRASE, stored) is Match.YES
    assert passwords.verify(PHRASE + " ", stored) is Match.NO
    assert passwords.verify(PHRASE.upper(), stored) is Match.NO
    assert passwords.verify("", stored) is Match.NO
    assert passwords.verify(PHRASE, None) is Match.NO
    assert passwords.verify(PHRASE, "$argon2id$damaged") is Match.NO
    assert other.verify(PHRASE, stored) is Match.NO


def test_composed_and_decomposed_letters_are_one_password(passwords: Argon2Passwords) -> None:
    hashed = passwords.hash("Zürich im Frühling")

    assert passwords.verify("Zürich im Frühling", hashed) is Match.YES


def test_a_hash_with_older_numbers_is_to_be_made_anew(passwords: Argon2Passwords) -> None:
    from argon2 import PasswordHasher  # noqa: PLC0415 -- the one test that speaks with the library

    secret = passwords._peppered(PHRASE)
    assert secret is not None
    weak = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(secret)

    assert passwords.verify(PHRASE, weak) is Match.YES_BUT_OLD


class _Counting:
    """Argon2's hasher, counted, and held up while `go` is not set."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.done = 0
        self.go = threading.Event()
        self._lock = threading.Lock()

    def __call__(self) -> str:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        assert self.go.wait(10)
        with self._lock:
            self.running -= 1
            self.done += 1
        return "hash"


@pytest.mark.security("SC10")
def test_what_is_too_long_is_never_hashed(
    passwords: Argon2Passwords, stored: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counting = _Counting()
    monkeypatch.setattr(passwords, "_bounded", lambda _: counting())

    for typed in ("x" * 129, "x" * 1_000_000, "ü" * 129):
        assert passwords.verify(typed, stored) is Match.NO
        assert passwords.verify(typed, None) is Match.NO
        with pytest.raises(ValueError, match="never hashed"):
            passwords.hash(typed)
    assert counting.done == 0


def test_the_longest_password_is_hashed(passwords: Argon2Passwords) -> None:
    hashed = passwords.hash("ü" * 128)

    assert passwords.verify("ü" * 128, hashed) is Match.YES


@pytest.mark.security("SC10")
def test_so_many_hash_at_once_so_many_wait_and_the_rest_are_told() -> None:
    passwords, counting = Argon2Passwords(PEPPER, FakeEntropy(), at_once=2, waiting=3), _Counting()
    answers: list[str | None] = []

    def ask() -> None:
        try:
            answers.append(passwords._bounded(counting))
        except Exception:  # noqa: BLE001 -- private to the module
            answers.append(None)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    _until(lambda: len(answers) == 3)
    assert answers == [None, None, None]
    assert counting.most == 2

    assert passwords.verify(PHRASE, None) is Match.BUSY
    assert passwords.hash(PHRASE) is None
    counting.go.set()
    for thread in threads:
        thread.join()
    assert (answers.count("hash"), counting.most) == (5, 2)
    assert passwords.verify(PHRASE, None) is Match.NO


def _until(is_true: Callable[[], bool]) -> None:
    for _ in range(1000):
        if is_true():
            return
        time.sleep(0.01)
    pytest.fail("never happened")


@pytest.mark.parametrize(
    ("typed", "about", "common"),
    [
        ("password1234", (), True),
        ("qwertyuiop[]", (), True),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", (), True),
        ("abababababab", (), True),
        ("acme-support", ("acme-support",), True),
        ("anasilvaanasilva", ("Ana Silva", "ana@acme.example"), True),
        ("", (), True),
        (PHRASE, (), False),
        ("ein Zug nach Graz um neun", (), False),
        ("x7$Kq!mZ2#vLp9", (), False),
        ("tangerine lorry " * 20, (), False),
        ("p4$$w0rd1234", (), True),
        ("4@8({[<3691!|7$50%+2", (), False),
    ],
)
def test_what_a_guesser_tries_early_is_common(
    passwords: Argon2Passwords, typed: str, about: tuple[str, ...], common: bool
) -> None:
    assert passwords.is_common(typed, *about) is common


@pytest.mark.security("SC10")
def test_no_password_takes_long_to_be_judged(passwords: Argon2Passwords) -> None:
    """What zxcvbn looks up grows with every sign that may be several letters: thousands of times for one of these."""
    looked_up = 0

    class Counted(dict[str, int]):
        def __contains__(self, word: object) -> bool:
            nonlocal looked_up
            looked_up += 1
            return super().__contains__(word)

    def looks(typed: str) -> int:
        nonlocal looked_up
        looked_up = 0
        with patch.dict(matching.RANKED_DICTIONARIES, {"surnames": Counted(matching.RANKED_DICTIONARIES["surnames"])}):
            assert passwords.is_common(typed) is not None
        return looked_up

    ordinary = looks("a horse, a battery and a staple that is correct in every way")
    assert ordinary > 100
    for worst in ("4@8({[<3691!|7$50%+2" + "a1" * 26, "({[<1!|7" * 9, "4@8({[<3691!|7$50%+2" * 3):
        assert looks(worst) < 100 * ordinary


@pytest.mark.security("SC10")
def test_whoever_chooses_a_password_takes_no_place_of_whoever_signs_in() -> None:
    passwords = Argon2Passwords(PEPPER, FakeEntropy(), at_once=1, waiting=0)
    stored = passwords.hash(PHRASE)
    answers: list[bool | None] = []
    judging = threading.Event()
    go_on = threading.Event()

    def slowly(*_: object, **__: object) -> dict[str, int]:
        judging.set()
        assert go_on.wait(10)
        return {"score": 4}

    with patch("twofold.store.passwords.zxcvbn", slowly):
        threads = [threading.Thread(target=lambda: answers.append(passwords.is_common(PHRASE))) for _ in range(20)]
        for thread in threads:
            thread.start()
        assert judging.wait(10)
        _until(lambda: answers == [None] * 12)
        assert passwords.verify(PHRASE, stored) is Match.YES
        go_on.set()
        for thread in threads:
            thread.join(10)
    assert answers == [None] * 12 + [False] * 8


def test_the_stand_in_answers_like_the_real_one(passwords: Argon2Passwords) -> None:
    fake = FakePasswords()
    hashed = fake.hash(PHRASE)

    assert fake.verify(PHRASE, hashed) is Match.YES
    assert fake.verify("other", hashed) is Match.NO
    assert fake.verify(PHRASE, None) is Match.NO
    assert fake.verify("x" * 129, hashed) is Match.NO
    assert fake.hashes == 4
    fake.busy = True
    assert fake.verify(PHRASE, hashed) is Match.BUSY
    assert fake.hash(PHRASE) is None


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ÅSA Müller", "asa muller"),
        ("Ｃｈｅｎ", "chen"),  # noqa: RUF001 -- full width
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("陳大文", "陳大文"),
        ("ﬁle", "file"),
    ],
)
def test_text_is_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(min_size=1), st.text())
def test_every_beginning_lies_in_its_range(prefix: str, rest: str) -> None:
    low, word = prefix.encode("utf-8", "replace"), (prefix + rest).encode("utf-8", "replace")

    assert low <= word < after_prefix(low)


def test_words_and_terms_are_cut_alike() -> None:
    long = "x" * 300

    assert words_of(long, "") == {b"x" * LONGEST_WORD}
    assert terms_of(long) == [b"x" * LONGEST_WORD]
    assert len(terms_of("a b c d e f g h")) == 6
    assert sort_key("", "bo@acme.example") == b"bo@acme.example"
    assert sort_key("  Ana   Silva ", "") == b"ana silva"


@given(st.lists(st.text(st.characters(exclude_characters="\n\0", codec="utf-8")), min_size=1, max_size=3))
def test_a_cursor_is_read_as_it_was_made(parts: list[str]) -> None:
    assert unpack(pack(*parts), len(parts)) == tuple(parts)
    assert unpack(pack(*parts), len(parts) + 1) is None


@given(st.text())
def test_a_strange_cursor_is_none(cursor: str) -> None:
    unpack_place(cursor)
    assert unpack(cursor + "\0", 2) is None
    assert unpack_place(pack("zz", "id")) is None
    assert unpack(pack("a\0", "b"), 2) is None
    assert unpack_place(pack_place(b"\xff", "id")) == (b"\xff", "id")


def test_settings_can_be_read_without_django() -> None:
    code = "import sys, twofold.store.sqlite; sys.exit('django' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
