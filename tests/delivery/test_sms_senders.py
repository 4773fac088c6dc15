"""Twilio, Vonage and any gateway: what they are asked, as they document it, and what each answer means."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.delivery.gateway import Gateway, running
from twofold.core.texts import Provider, Sender
from twofold.delivery.senders import NotSent
from twofold.delivery.sms.contract import Text
from twofold.delivery.sms.registry import KINDS
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.json import JsonValue

TEXT = Text(
    to="+4315554711",
    words="ACME: your code is 123456 & no other.\n@help.acme.example #123456",
    id="0123456789abcdefghjkmnpqrs",
    callback="https://help.acme.example/hooks/sms/0123456789abcdefghjkmnpqrs/00ff",
    lives_for=timedelta(minutes=5),
)
TAKEN: dict[Provider, tuple[int, JsonValue | bytes]] = {
    Provider.TWILIO: (201, {"sid": "SM0123456789abcdef", "status": "queued", "error_code": None}),
    Provider.VONAGE: (200, {"message-count": "1", "messages": [{"status": "0", "message-id": "0C000000217B7F02"}]}),
    Provider.HTTP: (202, b"0: Accepted for delivery"),
}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running() as found:
        yield found


def sender_at(gateway: Gateway, provider: Provider) -> Sender:
    common = Sender(
        provider=provider, user="AC0123", secret="gravel otter", sender="+43155500", address=gateway.address
    )
    if provider is not Provider.HTTP:
        return common
    return replace(common, address=f"{gateway.address}/send", body="to={to}&text={text}")


def send(gateway: Gateway, provider: Provider, text: Text = TEXT, /, **fields: str) -> str:
    sender = replace(sender_at(gateway, provider), **fields)  # type: ignore[arg-type]  # a test names fields that are texts
    return KINDS[provider].build(sender, public_only=False).send(text)


def refusal(gateway: Gateway, provider: Provider, **fields: str) -> NotSent:
    with pytest.raises(NotSent) as found:
        send(gateway, provider, TEXT, **fields)
    for hidden in ("4711", "15554711", "123456", "gravel", "otter"):
        assert hidden not in str(found.value)
        assert hidden not in found.value.code
    return found.value


def test_twilio_is_asked_as_it_documents(gateway: Gateway) -> None:
    gateway.answers(*TAKEN[Provider.TWILIO])
    assert send(gateway, Provider.TWILIO) == "twilio SM0123456789abcdef"
    [asked] = gateway.asked
    assert (asked.method, asked.target) == ("POST", "/2010-04-01/Accounts/AC0123/Messages.json")
    assert asked.basic == "AC0123:gravel otter"
    assert asked.form == {
        "To": TEXT.to,
        "From": "+43155500",
        "Body": TEXT.words,
        "StatusCallback": TEXT.callback,
        "ValidityPeriod": "300",
    }


def test_twilio_with_an_api_key_and_a_messaging_service(gateway: Gateway) -> None:
    gateway.answers(201, {"sid": "SM1", "status": "accepted", "error_code": None})
    service = "MG" + "0" * 32
    send(gateway, Provider.TWILIO, replace(TEXT, lives_for=None), user="AC0123/SK9876", sender=service)
    [asked] = gateway.asked
    assert asked.path == "/2010-04-01/Accounts/AC0123/Messages.json"
    assert asked.basic == "SK9876:gravel otter"
    assert asked.form["MessagingServiceSid"] == service
    assert "From" not in asked.form
    assert "ValidityPeriod" not in asked.form


def test_vonage_is_asked_as_it_documents(gateway: Gateway) -> None:
    gateway.answers(*TAKEN[Provider.VONAGE])
    assert send(gateway, Provider.VONAGE, user="abcd1234") == "vonage 0C000000217B7F02"
    [asked] = gateway.asked
    assert (asked.method, asked.target) == ("POST", "/sms/json")
    assert asked.basic == "abcd1234:gravel otter"
    assert asked.form == {
        "to": "4315554711",
        "from": "43155500",
        "text": TEXT.words,
        "type": "text",
        "callback": TEXT.callback,
        "client-ref": TEXT.id,
        "ttl": "300000",
    }


def test_vonage_is_told_when_a_text_needs_more_than_the_gsm_alphabet(gateway: Gateway) -> None:
    gateway.answers(*TAKEN[Provider.VONAGE])
    send(gateway, Provider.VONAGE, replace(TEXT, words="Ваш код 123456", lives_for=timedelta(seconds=1)))
    assert gateway.asked[0].form["type"] == "unicode"
    assert gateway.asked[0].form["ttl"] == "20000"


def test_a_gateway_is_asked_by_its_address_alone(gateway: Gateway) -> None:
    gateway.answers(202, b"0: Accepted for delivery")
    address = (
        f"{gateway.address}/cgi-bin/sendsms?username={{user}}&password={{secret}}&from={{from}}&to={{to}}&text={{text}}"
        "&coding={coding}&validity={minutes}&dlr-mask=19&dlr-url={receipt}%3Fstatus%3D%25d"
    )
    assert send(gateway, Provider.HTTP, address=address, method="GET", body="", user="a b&c") == "http 202"
    [asked] = gateway.asked
    assert asked.method == "GET"
    assert asked.body == b""
    assert asked.query == {
        "username": "a b&c",
        "password": "gravel otter",
        "from": "+43155500",
        "to": TEXT.to,
        "text": TEXT.words,
        "coding": "0",
        "validity": "5",
        "dlr-mask": "19",
        "dlr-url": f"{TEXT.callback}?status=%d",
    }


def test_a_gateway_is_asked_by_a_form(gateway: Gateway) -> None:
    send(gateway, Provider.HTTP, body="to={number}&text={text}&id={id}")
    [asked] = gateway.asked
    assert asked.method == "POST"
    assert asked.form == {"to": "4315554711", "text": TEXT.words, "id": TEXT.id}


def test_a_gateway_is_asked_by_json_with_headers(gateway: Gateway) -> None:
    words = 'ACME "help": {to} \\ 123456\nnext'
    headers = "Authorization: Basic {basic}\nContent-Type: application/json; charset=utf-8"
    body = '{"messages": [{"to": "{to}", "text": "{text}"}], "from": "{from}"}'
    send(gateway, Provider.HTTP, replace(TEXT, words=words), headers=headers, body=body, method="PUT")
    [asked] = gateway.asked
    assert asked.method == "PUT"
    assert asked.basic == "AC0123:gravel otter"
    assert asked.headers["content-type"] == "application/json; charset=utf-8"
    assert json.loads(asked.body) == {"messages": [{"to": TEXT.to, "text": words}], "from": "+43155500"}


@pytest.mark.parametrize(
    ("kind", "written"), [("text/xml", "<t>a &lt; &quot;b&quot; &amp; Ä</t>"), ("text/plain", '<t>a < "b" & Ä</t>')]
)
def test_a_gateway_is_asked_in_the_form_that_its_headers_name(gateway: Gateway, kind: str, written: str) -> None:
    text = replace(TEXT, words='a < "b" & Ä')
    send(gateway, Provider.HTTP, text, headers=f"Content-Type: {kind}", body="<t>{text}</t>")
    assert gateway.asked[0].body.decode() == written


EVERYBODY = pytest.mark.parametrize("provider", list(Provider))


@EVERYBODY
def test_what_was_taken_comes_back_with_a_reference(gateway: Gateway, provider: Provider) -> None:
    gateway.answers(*TAKEN[provider])
    assert send(gateway, provider).startswith(provider.value)
    assert len(gateway.asked) == 1


@EVERYBODY
@pytest.mark.parametrize("status", [429, 503])
def test_whoever_has_no_time_took_nothing(gateway: Gateway, provider: Provider, status: int) -> None:
    problem = refusal(gateway.answers(status, b"later"), provider)
    assert (problem.for_good, problem.maybe_sent, problem.why) == (False, False, Why.BUSY)


@EVERYBODY
@pytest.mark.parametrize("status", [500, 502, 504])
def test_whoever_broke_down_may_have_sent_it(gateway: Gateway, provider: Provider, status: int) -> None:
    problem = refusal(gateway.answers(status, b"<html>"), provider)
    assert (problem.for_good, problem.maybe_sent, problem.why) == (True, True, Why.NO_ANSWER)
    assert problem.code == f"http {status}"


@EVERYBODY
@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 404])
def test_whoever_says_no_is_believed_and_never_followed(gateway: Gateway, provider: Provider, status: int) -> None:
    with running() as elsewhere:
        problem = refusal(gateway.answers(status, b"no", Location=elsewhere.address), provider)
        assert elsewhere.asked == []
    assert (problem.for_good, problem.maybe_sent, problem.why) == (True, False, Why.REFUSED)
    assert problem.code == f"http {status}"
    assert len(gateway.asked) == 1


def test_twilios_own_code_is_kept(gateway: Gateway) -> None:
    told: JsonValue = {
        "code": 21211,
        "message": "The 'To' number +4315554711 is not valid",
        "more_info": "…",
        "status": 400,
    }
    problem = refusal(gateway.answers(400, told), Provider.TWILIO)
    assert (str(problem), problem.code) == ("refused (twilio 21211)", "twilio 21211")


@pytest.mark.parametrize(
    ("status", "code", "for_good", "maybe_sent", "why"),
    [
        ("1", "vonage 1", False, False, Why.BUSY),
        ("10", "vonage 10", False, False, Why.BUSY),
        ("4", "vonage 4", True, False, Why.REFUSED),
        ("5", "vonage 5", True, True, Why.NO_ANSWER),
        ("29", "vonage 29", True, False, Why.REFUSED),
    ],
)
def test_vonage_says_no_with_a_status_of_success(
    gateway: Gateway, status: str, code: str, for_good: bool, maybe_sent: bool, why: Why
) -> None:
    told: JsonValue = {"message-count": "1", "messages": [{"status": status, "error-text": "no +4315554711"}]}
    problem = refusal(gateway.answers(200, told), Provider.VONAGE)
    assert (problem.code, problem.for_good, problem.maybe_sent, problem.why) == (code, for_good, maybe_sent, why)


def test_a_part_that_is_on_its_way_is_not_sent_again(gateway: Gateway) -> None:
    told: JsonValue = {"messages": [{"status": "0", "message-id": "0C1"}, {"status": "1"}]}
    assert refusal(gateway.answers(200, told), Provider.VONAGE).maybe_sent


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        (Provider.TWILIO, {"sid": "SM1", "status": "failed", "error_code": 30008}),
        (Provider.TWILIO, {"sid": "SM1", "status": "undelivered", "error_code": None}),
    ],
)
def test_a_lie_is_seen_through(gateway: Gateway, provider: Provider, told: JsonValue) -> None:
    problem = refusal(gateway.answers(201, told), provider)
    assert (problem.for_good, problem.maybe_sent, problem.why) == (True, False, Why.REFUSED)


def test_a_gateway_that_always_says_200_is_told_what_yes_looks_like(gateway: Gateway) -> None:
    gateway.answers(200, b"ERR 42 no credit")
    assert send(gateway, Provider.HTTP) == "http 200"
    problem = refusal(gateway, Provider.HTTP, says="OK")
    assert (problem.for_good, problem.maybe_sent, problem.why) == (True, False, Why.REFUSED)
    gateway.answers(200, b"OK 4711")
    assert send(gateway, Provider.HTTP, says="OK") == "http 200"


GARBAGE = [
    b"",
    b"<html>It works!</html>",
    b"\xff\xfe\x00",
    b"[]",
    b"null",
    b"{}",
    b"[" * 50_000,
    b'{"sid": 7, "status": "queued"}',
    b'{"sid": "SM1", "status": "dancing"}',
    b'{"messages": {}}',
    b'{"messages": []}',
    b'{"messages": [7]}',
    b'{"messages": [{"status": 0}]}',
    b'{"messages": [{"status": "queued"}]}',
    b'{"messages": ["0"], "a": ' + b"1" * 100_000 + b"}",
]


@pytest.mark.parametrize("provider", [Provider.TWILIO, Provider.VONAGE])
@pytest.mark.parametrize("body", GARBAGE, ids=range(len(GARBAGE)))
def test_what_cannot_be_read_may_have_been_a_yes(gateway: Gateway, provider: Provider, body: bytes) -> None:
    problem = refusal(gateway.answers(200, body), provider)
    assert (problem.for_good, problem.maybe_sent, problem.why) == (True, True, Why.NO_ANSWER)


@pytest.mark.parametrize(
    ("provider", "status", "told", "asks"),
    [
        (Provider.TWILIO, 200, {"status": "active"}, "/2010-04-01/Accounts/AC0123.json"),
        (Provider.VONAGE, 200, {"value": 3.14}, "/account/get-balance"),
    ],
)
def test_a_check_asks_whether_it_is_known_and_sends_nothing(
    gateway: Gateway, provider: Provider, status: int, told: JsonValue, asks: str
) -> None:
    provider_here = KINDS[provider].build(sender_at(gateway, provider), public_only=False)
    gateway.answers(status, told)
    assert provider_here.check() == "knows the account"
    assert [(asked.method, asked.target, asked.basic) for asked in gateway.asked] == [
        ("GET", asks, "AC0123:gravel otter")
    ]
    for wrong in ((401, {"code": 20003}), (200, {"status": "suspended"}), (200, b"<html>")):
        gateway.answers(*wrong)
        with pytest.raises(NotSent):
            provider_here.check()


@pytest.mark.parametrize(("provider", "fields"), [(Provider.HTTP, {}), (Provider.TWILIO, {"user": "AC0123/SK9876"})])
def test_where_nothing_can_be_asked_a_check_only_connects(
    gateway: Gateway, provider: Provider, fields: dict[str, str]
) -> None:
    sender = replace(sender_at(gateway, provider), **fields)  # type: ignore[arg-type]  # fields that are texts
    assert "test text" in KINDS[provider].build(sender, public_only=False).check()
    assert gateway.asked == []
