"""What a sender of texts has to be told, table by table."""

from dataclasses import replace

import pytest

from twofold.core import texts
from twofold.core.texts import Provider, Sender, Unfit

GATEWAY = Sender(
    provider=Provider.HTTP,
    address="https://gateway.acme.example/send",
    headers="Authorization: Basic {basic}\nContent-Type: application/json",
    body='{"to": "{to}", "text": "{text}"}',
    user="acme",
    secret="gravel",
)
TWILIO = Sender(provider=Provider.TWILIO, user="AC1", secret="gravel", sender="+4315551234")
VONAGE = Sender(provider=Provider.VONAGE, user="abcd1234", secret="gravel", sender="ACME")


@pytest.mark.parametrize("sender", [GATEWAY, TWILIO, VONAGE])
def test_a_whole_sender_has_nothing_wrong(sender: Sender) -> None:
    assert texts.problems(sender) == {}


@pytest.mark.parametrize(
    ("sender", "field", "problem"),
    [
        (replace(GATEWAY, address=""), "address", Unfit.MISSING),
        (replace(TWILIO, user=""), "user", Unfit.MISSING),
        (replace(TWILIO, secret=""), "secret", Unfit.MISSING),
        (replace(VONAGE, sender=""), "sender", Unfit.MISSING),
        (replace(GATEWAY, body="x" * 2001), "body", Unfit.TOO_LONG),
        (replace(GATEWAY, body='{"to": "{to}", "text": "{text}"}\x07'), "body", Unfit.TOO_LONG),
        (replace(GATEWAY, headers="X: " + "y" * 2000), "headers", Unfit.TOO_LONG),
        (replace(GATEWAY, address="https://gateway.example/" + "x" * 2000), "address", Unfit.TOO_LONG),
        (replace(GATEWAY, secret="x" * 255), "secret", Unfit.TOO_LONG),
        (replace(GATEWAY, user="acme\r\nX: y"), "user", Unfit.TOO_LONG),
        (replace(GATEWAY, says="ok\n"), "says", Unfit.TOO_LONG),
        (replace(TWILIO, sender="\x07"), "sender", Unfit.TOO_LONG),
        (replace(TWILIO, sender="A name that is too long"), "sender", Unfit.NOT_A_SENDER),
        (replace(TWILIO, sender="++4315551234"), "sender", Unfit.NOT_A_SENDER),
        (replace(GATEWAY, body='{"to": "{to}", "text": "{words}"}'), "body", Unfit.UNKNOWN_PLACEHOLDER),
        (replace(GATEWAY, headers="X: {password}"), "headers", Unfit.UNKNOWN_PLACEHOLDER),
        (replace(GATEWAY, address="https://gateway.example/{nobody}"), "address", Unfit.UNKNOWN_PLACEHOLDER),
        (replace(GATEWAY, body='{"to": "{to}"}'), "body", Unfit.NO_PLACE_FOR_TEXT),
        (replace(GATEWAY, body='{"text": "{text}"}'), "body", Unfit.NO_PLACE_FOR_TEXT),
        (replace(GATEWAY, headers="no header"), "headers", Unfit.NOT_A_HEADER),
        (replace(GATEWAY, headers="X-Name: Größe"), "headers", Unfit.NOT_A_HEADER),
        (replace(GATEWAY, headers="X y: z"), "headers", Unfit.NOT_A_HEADER),
    ],
)
def test_each_thing_that_is_wrong_is_named_beside_its_field(sender: Sender, field: str, problem: Unfit) -> None:
    assert texts.problems(sender)[field] is problem


@pytest.mark.parametrize(
    ("address", "problem"),
    [
        ("https://gateway.acme.example", None),
        ("https://gateway.acme.example:8443/a/b?c={to}", None),
        ("https://10.0.0.7/send", None),
        ("http://127.0.0.1:13013/cgi-bin/sendsms?to={to}", None),
        ("http://localhost:13013/", None),
        ("http://[::1]:13013/", None),
        ("http://gateway.acme.example/", Unfit.PLAIN_HTTP),
        ("http://127.0.0.1.evil.example/", Unfit.PLAIN_HTTP),
        ("http://10.0.0.7/", Unfit.PLAIN_HTTP),
        ("https://acme:gravel@gateway.acme.example/", Unfit.NOT_AN_ADDRESS),
        ("https://localhost@gateway.acme.example/", Unfit.NOT_AN_ADDRESS),
        ("https://{to}.gateway.acme.example/", Unfit.NOT_AN_ADDRESS),
        ("https://gateway.acme.example/#part", Unfit.NOT_AN_ADDRESS),
        ("https://gateway.acme.example/a b", Unfit.NOT_AN_ADDRESS),
        ("https://gateway.acme.example/größe", Unfit.NOT_AN_ADDRESS),
        ("https://gateway.acme.example/\n", Unfit.NOT_AN_ADDRESS),
        ("https://gateway.acme.example:port/", Unfit.NOT_AN_ADDRESS),
        ("https://gateway.acme.example:99999/", Unfit.NOT_AN_ADDRESS),
        ("https://[gateway/", Unfit.NOT_AN_ADDRESS),
        ("https://", Unfit.NOT_AN_ADDRESS),
        ("ftp://gateway.acme.example/", Unfit.NOT_AN_ADDRESS),
        ("file:///etc/passwd", Unfit.NOT_AN_ADDRESS),
        ("gateway.acme.example", Unfit.NOT_AN_ADDRESS),
    ],
)
def test_texts_go_over_tls_or_to_this_machine(address: str, problem: Unfit | None) -> None:
    assert texts.problems(replace(GATEWAY, address=address)).get("address") is problem


def test_a_provider_has_an_address_of_its_own_which_may_be_another() -> None:
    assert texts.address_of(TWILIO) == "https://api.twilio.com"
    assert texts.address_of(replace(TWILIO, address="https://api.dublin.ie1.twilio.com/")) == (
        "https://api.dublin.ie1.twilio.com"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"provider": Provider.TWILIO},
        {"address": "https://gateway.evil.example/send"},
        {"address": "https://gateway.acme.example/other"},
        {"method": "GET"},
        {"headers": "X: {secret}"},
        {"body": '{"to": "{to}", "text": "{text} {secret}"}'},
        {"user": "eve"},
    ],
)
def test_a_secret_goes_no_other_way_than_the_one_it_was_typed_for(change: dict[str, str]) -> None:
    assert not texts.is_same_secret(GATEWAY, replace(GATEWAY, **change))  # type: ignore[arg-type]  # a field each


def test_who_sends_and_what_is_answered_may_change_without_the_secret() -> None:
    assert texts.is_same_secret(GATEWAY, replace(GATEWAY, sender="ACME", says="ok", secret="other"))
    assert texts.is_same_secret(TWILIO, replace(TWILIO, address="https://api.twilio.com/"))


def test_what_a_value_holds_is_no_placeholder() -> None:
    assert texts.filled("{text} {to} {other}", {"text": "{to}", "to": "+431"}) == "{to} +431 {other}"
    assert texts.placeholders('{"to": "{to}", "a": {"b": "{text}"}}') == ["to", "text"]


def test_headers_are_lines() -> None:
    assert texts.header_lines("A: b\n\n  C :  d: e \n") == [("A", "b"), ("C", "d: e")]


@pytest.mark.parametrize(
    ("text", "regions"),
    [
        ("", frozenset()),
        ("AT", frozenset({"AT"})),
        (" at, de ,", frozenset({"AT", "DE"})),
        ("Austria", None),
        ("AT;DE", None),
        ("*", None),
    ],
)
def test_regions_have_two_letters(text: str, regions: frozenset[str] | None) -> None:
    assert texts.regions_of(text) == regions


@pytest.mark.parametrize(
    ("text", "is_gsm"),
    [
        ("ACME: your code is 123456.\n@help.acme.example #123456", True),
        ("Größe: 5 € {}[]", True),
        ("Ваш код", False),
        ("“code”", False),
        ("ç", False),
    ],
)
def test_the_gsm_alphabet(text: str, is_gsm: bool) -> None:
    assert texts.is_gsm(text) is is_gsm


def test_a_number_shows_its_last_digits_only() -> None:
    assert texts.mask("+4315554711") == "•••• 4711"
