"""Sealed columns: what was sealed for one place opens there and nowhere else, before, while and after keys rotate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.apps import apps
from django.db import connection, models
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import FakeEntropy
from tests.store.building import a_message, an_attempt, an_enrolment, sealer
from twofold.core.ids import PersonId
from twofold.core.json import MalformedJson
from twofold.store.attempts import AttemptStore
from twofold.store.canary import KeysDoNotFit, check_keys
from twofold.store.enrolments import EnrolmentStore
from twofold.store.keys import HouseKeys, KeyRing
from twofold.store.resealing import COLUMNS, reseal
from twofold.store.sealing import Sealer, Unsealable
from twofold.store.settings import SettingStore
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from tests.databases import DatabaseSettings
    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.services import Services

OLD = KeyRing({"first": b"1" * 32})
BOTH = KeyRing({"first": b"1" * 32, "second": b"2" * 32})
NEW = KeyRing({"second": b"2" * 32})
PLACE = {"account": "a", "table": "enrolment", "column": "state", "row": "r"}
VALUE: JsonObject = {"key": "JBSWY3DP", "number": 5, "nothing": None, "name": "Ünïcode"}

words = st.text(min_size=1, max_size=8).filter(lambda word: "\n" not in word)
places = st.fixed_dictionaries({"account": words, "table": words, "column": words, "row": words})
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(value=st.dictionaries(st.text(), json_values, max_size=4), place=places)
def test_a_value_comes_back_where_it_was_sealed(value: JsonObject, place: dict[str, str]) -> None:
    assert sealer().open(sealer().seal(value, **place), **place) == value


@given(place=places, other=places)
def test_a_moved_value_does_not_open(place: dict[str, str], other: dict[str, str]) -> None:
    sealed = sealer().seal(VALUE, **place)
    for part in place:
        moved = {**place, part: other[part]}
        if moved != place:
            with pytest.raises(Unsealable):
                sealer().open(sealed, **moved)


@given(position=st.integers(min_value=0), flip=st.integers(1, 255), cut=st.integers(min_value=0))
def test_a_damaged_value_does_not_open(position: int, flip: int, cut: int) -> None:
    sealed = sealer().seal(VALUE, **PLACE)
    damaged = bytearray(sealed)
    damaged[position % len(sealed)] ^= flip
    for bad in (bytes(damaged), sealed[: cut % len(sealed)]):
        with pytest.raises(Unsealable):
            sealer().open(bad, **PLACE)


def test_no_two_sealed_values_are_alike() -> None:
    assert len({sealer().seal(VALUE, **PLACE) for _ in range(100)}) == 100


def test_a_newer_key_seals_and_the_older_ones_still_open() -> None:
    old = Sealer(lambda: OLD, SystemEntropy()).seal(VALUE, **PLACE)
    both, new = Sealer(lambda: BOTH, SystemEntropy()), Sealer(lambda: NEW, SystemEntropy())

    assert both.open(old, **PLACE) == VALUE
    assert not both.is_current(old)
    assert both.is_current(both.seal(VALUE, **PLACE))
    assert new.open(both.seal(VALUE, **PLACE), **PLACE) == VALUE
    with pytest.raises(Unsealable, match="not in the ring"):
        new.open(old, **PLACE)


def test_every_sealed_column_rotates() -> None:
    sealed = {
        (model._meta.db_table, field.name)
        for model in apps.get_app_config("store").get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.BinaryField)
    }
    # A picture that everybody sees, two columns that are bytes only for their order, and the lines of a report, which
    # say what other tables hold openly, and for a day.
    open_ones = {("account", "logo"), ("person", "sort_name"), ("person_word", "word"), ("report_part", "body")}

    assert {(column.table, column.column) for column in COLUMNS} == sealed - open_ones


def _forget_sealed_rows() -> None:
    """Remove what other tests sealed with other keys."""
    with connection.cursor() as cursor:
        for column in COLUMNS:
            cursor.execute(f"DELETE FROM {column.table}")  # noqa: S608 -- our own tables


def test_rotation_in_chunks_seals_everything_anew(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    _forget_sealed_rows()
    person = PersonId(entropy.new_id())
    enrolments = [an_enrolment(entropy, person) for _ in range(7)]
    attempt, message = an_attempt(entropy, person), a_message(entropy)
    for enrolment in enrolments:
        services.enrolments.add(account, enrolment)
    services.attempts.begin(account, attempt, token_digest="1" * 64)
    services.outbox.put(account, message)
    services.kept.replace(account, "smtp", {"password": "x"}, version=0)
    check_keys(sealer(OLD))
    both = sealer(BOTH)

    cursor, chunks = reseal(both, most=3), 1
    while cursor:
        cursor, chunks = reseal(both, cursor, most=3), chunks + 1

    assert chunks >= 7
    after = sealer(NEW)
    held = EnrolmentStore(after).held(account, person)
    assert sorted(held, key=lambda one: one.id) == sorted(enrolments, key=lambda one: one.id)
    assert AttemptStore(after).by_token(account, "1" * 64) == attempt
    assert SettingStore(after).load(account, "smtp") == ({"password": "x"}, 1)
    check_keys(after)
    with pytest.raises(KeysDoNotFit):
        check_keys(sealer(OLD))
    _forget_sealed_rows()


def test_rotation_leaves_current_and_erased_values_alone(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    _forget_sealed_rows()
    services.enrolments.add(account, an_enrolment(entropy, PersonId(entropy.new_id())))
    services.outbox.put(account, a_message(entropy))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE job SET body = %s", [b""])
        cursor.execute("SELECT state FROM enrolment")
        before = [bytes(row[0]) for row in cursor.fetchall()]

    cursor_text = reseal(sealer(OLD))
    while cursor_text:
        cursor_text = reseal(sealer(OLD), cursor_text)

    with connection.cursor() as cursor:
        cursor.execute("SELECT state FROM enrolment")
        assert [bytes(row[0]) for row in cursor.fetchall()] == before
    _forget_sealed_rows()


def test_the_canary_tells_whether_the_keys_fit(database: DatabaseSettings) -> None:
    _forget_sealed_rows()
    check_keys(sealer(OLD))
    check_keys(sealer(OLD))
    check_keys(sealer(BOTH))

    with pytest.raises(KeysDoNotFit):
        check_keys(sealer(KeyRing({"first": b"x" * 32})))
    _forget_sealed_rows()


def test_house_keys_are_read_as_they_were_written() -> None:
    keys = HouseKeys.make(FakeEntropy())
    rotated = keys.with_new_key(FakeEntropy("later"))

    assert HouseKeys.from_json(keys.to_json()) == keys
    assert HouseKeys.from_json(rotated.to_json()) == rotated
    assert list(rotated.ring.keys)[:-1] == list(keys.ring.keys)
    assert rotated.ring.current != keys.ring.current
    assert (rotated.digests, rotated.pepper) == (keys.digests, keys.pepper)
    assert list(rotated.with_current_only().ring.keys) == [rotated.ring.current]
    assert "JBSWY" not in repr(keys)
    assert len({keys.digests, keys.pepper, *keys.ring.keys.values()}) == 3


@pytest.mark.parametrize(
    "damage",
    [
        {"digests": "short"},
        {"digests": "MTIz"},
        {"pepper": None},
        {"pepper": "!" * 44},
        {"ring": []},
        {"ring": [{"id": "x", "key": "MTIz"}]},
        {"ring": [{"id": "", "key": "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="}]},
        {"ring": [{"id": "é", "key": "MTExMTExMTExMTExMTExMTExMTExMTExMTExMTExMTE="}]},
        {"more": 1},
    ],
)
def test_damaged_house_keys_are_refused_without_quoting_any(damage: JsonObject) -> None:
    value = {**HouseKeys.make(FakeEntropy()).to_json(), **damage}

    with pytest.raises(MalformedJson) as caught:
        HouseKeys.from_json(value)
    assert "MT" not in str(caught.value)


def test_nothing_secret_is_readable_in_the_rows(
    services: Services, database: DatabaseSettings, account: AccountId, entropy: FakeEntropy
) -> None:
    services.enrolments.add(account, an_enrolment(entropy, PersonId(entropy.new_id())))
    services.attempts.begin(account, an_attempt(entropy, PersonId(entropy.new_id())), token_digest="1" * 64)
    services.outbox.put(account, a_message(entropy))

    for table in ("enrolment", "attempt", "job"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table} WHERE account = %s", [account])  # noqa: S608 -- our own tables
            for row in cursor.fetchall():
                readable = b" ".join(
                    str(value).encode() if isinstance(value, str) else bytes(value)
                    for value in row
                    if isinstance(value, str | bytes | memoryview)
                )
                assert b"JBSWY3DP" not in readable
                assert b"12345678" not in readable
                assert b"ana@acme.example" not in readable
