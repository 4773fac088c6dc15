"""What providers tell of a text, in the words that each documents."""

from __future__ import annotations

import pytest

from twofold.delivery.sms import http, twilio, vonage
from twofold.delivery.sms.house import HouseTexts
from twofold.ports.texts import Receipt
from twofold.settings import read

ARRIVED = Receipt(arrived=True)


@pytest.fixture
def texts() -> HouseTexts:
    # No provider is looked up: whoever sent the text may be another than today's.
    return HouseTexts(read(), None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "receipt"),
    [
        ({"MessageSid": "SM1", "MessageStatus": "delivered"}, ARRIVED),
        ({"MessageSid": "SM1", "MessageStatus": "read"}, ARRIVED),
        (
            {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"},
            Receipt(arrived=False, code="twilio 30003"),
        ),
        ({"MessageStatus": "failed", "ErrorCode": ""}, Receipt(arrived=False, code="twilio")),
        ({"MessageStatus": "failed", "ErrorCode": "+4315554711"}, Receipt(arrived=False, code="twilio")),
        ({"MessageStatus": "queued"}, None),
        ({"MessageStatus": "sent"}, None),
        ({"MessageStatus": "dancing"}, None),
        ({"messageId": "0C1", "status": "delivered", "err-code": "0", "msisdn": "4315554711"}, ARRIVED),
        ({"messageId": "0C1", "status": "failed", "err-code": "6"}, Receipt(arrived=False, code="vonage 6")),
        ({"messageId": "0C1", "status": "expired", "err-code": "1"}, Receipt(arrived=False, code="vonage 1")),
        ({"messageId": "0C1", "status": "rejected"}, Receipt(arrived=False, code="vonage")),
        ({"messageId": "0C1", "status": "accepted"}, None),
        ({"messageId": "0C1", "status": "buffered"}, None),
        ({"messageId": "0C1", "status": "unknown"}, None),
        ({"status": "1"}, ARRIVED),
        ({"status": "DELIVRD"}, ARRIVED),
        ({"status": "2"}, Receipt(arrived=False, code="http")),
        ({"status": "16", "reason": "ACK/0x000B"}, Receipt(arrived=False, code="http")),
        ({"status": "undelivered", "reason": "absent.42"}, Receipt(arrived=False, code="http absent.42")),
        ({"status": "4"}, None),
        ({"status": "8"}, None),
        ({"status": ""}, None),
        ({}, None),
        ({"status": "delivered" * 100}, None),
    ],
)
def test_each_providers_words(texts: HouseTexts, told: dict[str, str], receipt: Receipt | None) -> None:
    assert texts.receipt(told) == receipt


def test_no_code_is_long_enough_for_a_number() -> None:
    for number in ("4315554711", "15554711", "555-4711"):
        for found in (
            twilio.receipt({"MessageStatus": "failed", "ErrorCode": number}),
            vonage.receipt({"messageId": "0C1", "status": "failed", "err-code": number}),
            http.receipt({"status": "failed", "reason": number}),
        ):
            assert found is not None
            assert "4711" not in found.code
