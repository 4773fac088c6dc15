"""What is stored is read back whole, or refused whole."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.core.values import NOW, proof
from twofold.core import json
from twofold.core.assurance import Evidence, Proof, Traits
from twofold.core.ids import EnrolmentId
from twofold.core.instants import EPOCH, from_micros, to_micros
from twofold.core.json import JsonObject, JsonValue, MalformedJson

_INSTANTS = st.datetimes(timezones=st.just(UTC))
_TEXTS = st.text(max_size=20)


@given(_INSTANTS)
def test_an_instant_survives_as_microseconds(at: datetime) -> None:
    assert from_micros(to_micros(at)) == at


def test_the_epoch_is_zero() -> None:
    assert to_micros(EPOCH) == 0


def test_readers_return_what_is_there() -> None:
    value: JsonObject = {"o": {}, "l": [1], "t": "x", "f": False, "i": 7, "at": 1_000_000, "none": None}
    assert json.object_in(value, "o") == {}
    assert json.list_in(value, "l") == [1]
    assert json.text_in(value, "t") == "x"
    assert json.flag_in(value, "f") is False
    assert json.int_in(value, "i") == 7
    assert json.instant_in(value, "at") == EPOCH + timedelta(seconds=1)
    assert json.span_in(value, "at") == timedelta(seconds=1)
    assert json.optional(json.int_in, value, "none") is None
    assert json.optional(json.int_in, value, "missing") is None
    assert json.optional(json.int_in, value, "i") == 7
    assert json.instant_or_null(None) is None
    assert json.instant_or_null(EPOCH) == 0
    json.refuse_unknown(value, {*value, "more"})


@pytest.mark.parametrize("wrong", [None, 1.5, True, "1", 1, [], {}])
def test_readers_refuse_every_other_type(wrong: JsonValue) -> None:
    readers = {
        dict: json.object_in,
        list: json.list_in,
        str: json.text_in,
        bool: json.flag_in,
        int: json.int_in,
    }
    for right, read in readers.items():
        if type(wrong) is not right:
            with pytest.raises(MalformedJson, match="key"):
                read({"key": wrong}, "key")


def test_instants_and_spans_outside_the_calendar_are_refused() -> None:
    with pytest.raises(MalformedJson, match="calendar"):
        json.instant_in({"at": 10**30}, "at")
    with pytest.raises(MalformedJson, match="span"):
        json.span_in({"for": 10**30}, "for")


def test_an_unknown_key_is_refused_by_name() -> None:
    with pytest.raises(MalformedJson, match="unknown keys: b, c"):
        json.refuse_unknown({"c": 1, "a": 1, "b": 1}, {"a"})


_TRAITS = st.builds(
    Traits,
    amr=st.lists(_TEXTS, max_size=3).map(tuple),
    phishing_resistant=st.booleans(),
    strong=st.booleans(),
    mailed=st.booleans(),
)
_PROOFS = st.builds(
    Proof,
    kind=_TEXTS,
    at=_INSTANTS,
    traits=_TRAITS,
    enrolment_id=st.none() | _TEXTS.map(EnrolmentId),
)


@given(st.lists(_PROOFS, max_size=4))
def test_evidence_survives_json(proofs: list[Proof]) -> None:
    evidence = Evidence(tuple(proofs))
    assert Evidence.from_json(evidence.to_json()) == evidence


def test_a_proof_says_what_is_so_and_is_read_where_it_said_more() -> None:
    bare = Proof(kind="password", at=NOW, traits=Traits(amr=("pwd",)))
    said: JsonObject = {"phishing_resistant": False, "strong": False, "mailed": False, "enrolment_id": None}

    assert bare.to_json().keys() == {"kind", "at", "amr"}
    assert Proof.from_json({**bare.to_json(), **said}) == bare
    for name in ("phishing_resistant", "strong", "mailed"):
        with pytest.raises(MalformedJson):
            Proof.from_json({**bare.to_json(), name: None})


def test_evidence_with_an_unknown_key_is_refused() -> None:
    written = Evidence((proof(),)).to_json()
    with pytest.raises(MalformedJson):
        Evidence.from_json({**written, "more": 1})
    with pytest.raises(MalformedJson):
        Proof.from_json({**proof().to_json(), "more": 1})
    assert Evidence.from_json(written).proofs[0].at == NOW


def test_what_stands_in_a_list_is_read_as_strictly() -> None:
    assert json.as_object({"a": 1}, "item") == {"a": 1}
    with pytest.raises(MalformedJson, match="item is not an object"):
        json.as_object("text", "item")
