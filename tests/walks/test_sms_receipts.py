"""What a provider tells of a text, at an address that only it was given."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from twofold.core.ids import JobId
from twofold.flows import receipts
from twofold.ports.outbox import Message, SendState
from twofold.web.hooks import MOST

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

DELIVERED = {"MessageSid": "SM1", "MessageStatus": "delivered"}
FORM = "application/x-www-form-urlencoded"


def a_text(desk: Desk) -> JobId:
    """Put a text into the outbox and have it handed over."""
    message = JobId(desk.services.entropy.new_id())
    now = desk.clock.now()
    desk.services.outbox.put(
        desk.account.id,
        Message(
            id=message,
            channel="sms",
            to="+4315554711",
            template="test",
            params={"account": desk.account.name, "code": "123456"},
            locale="en",
            time_zone="UTC",
            person_id=None,
            put_at=now,
            send_at=now,
        ),
    )
    desk.mails()
    assert state(desk, message) is SendState.HANDED_OVER
    return message


def state(desk: Desk, message: JobId) -> SendState | None:
    return desk.services.outbox.state(desk.account.id, message)


def address(desk: Desk, message: JobId) -> str:
    return receipts.address_of(desk.services.digests, desk.account, message).removeprefix(desk.account.base_url)


@pytest.mark.parametrize(
    ("body", "content_type", "becomes"),
    [
        (urlencode(DELIVERED), FORM, SendState.DELIVERED),
        (urlencode({**DELIVERED, "MessageStatus": "undelivered"}), FORM, SendState.UNDELIVERED),
        (json.dumps({"messageId": "0C1", "status": "delivered"}), "application/json", SendState.DELIVERED),
        (json.dumps({"messageId": "0C1", "status": "failed"}), "application/json", SendState.UNDELIVERED),
        (urlencode({**DELIVERED, "MessageStatus": "sent"}), FORM, SendState.HANDED_OVER),
        ("", FORM, SendState.HANDED_OVER),
        ("{", "application/json", SendState.HANDED_OVER),
        ("[]", "application/json", SendState.HANDED_OVER),
        ("[" * 10_000, "application/json", SendState.HANDED_OVER),
        ('{"messageId": "0C1", "status": 7}', "application/json", SendState.HANDED_OVER),
        ("&".join(f"a{number}=1" for number in range(200)), FORM, SendState.HANDED_OVER),
        ("\xff\xfe", FORM, SendState.HANDED_OVER),
    ],
)
def test_what_was_posted_is_taken_and_answered_without_a_word(
    desk: Desk, browser: Browser, body: str, content_type: str, becomes: SendState
) -> None:
    message = a_text(desk)
    page = browser.post_raw(address(desk, message), body.encode("latin-1"), content_type=content_type)
    assert (page.status, page.content) == (204, b"")
    assert page.set_cookies == []
    assert state(desk, message) is becomes


def test_a_gateway_that_knows_only_get_tells_in_the_address(desk: Desk, browser: Browser) -> None:
    message = a_text(desk)
    assert browser.get(f"{address(desk, message)}?status=8").status == 204
    assert state(desk, message) is SendState.HANDED_OVER
    assert browser.get(f"{address(desk, message)}?status=2").status == 204
    assert state(desk, message) is SendState.UNDELIVERED
    assert browser.get(f"{address(desk, message)}?status=1").status == 204
    assert state(desk, message) is SendState.DELIVERED


def test_an_address_that_we_did_not_make_is_not_there(desk: Desk, browser: Browser) -> None:
    message, other = a_text(desk), a_text(desk)
    right = address(desk, message)
    mac = right.rpartition("/")[2]
    for wrong in (
        f"{right[:-1]}{'0' if right[-1] != '0' else '1'}",
        right[:-1],
        f"{right}0",
        right.upper(),
        right.replace(message, other),
        f"/hooks/sms/{message}/{'0' * 32}",
        f"/hooks/sms/{mac}/{message}",
        f"/hooks/sms/{message}/",
    ):
        for page in (browser.get(f"{wrong}?status=1"), browser.post_raw(wrong, b"status=1")):
            assert page.status == 404, wrong
    assert state(desk, message) is SendState.HANDED_OVER
    assert state(desk, other) is SendState.HANDED_OVER


def test_another_help_desks_address_is_not_there(
    desk: Desk, make_desk: Callable[[str], Desk], browser: Browser
) -> None:
    other = make_desk("https://other.acme.example")
    message = a_text(other)
    assert browser.get(f"{address(other, message)}?status=1").status == 404
    assert state(other, message) is SendState.HANDED_OVER


def test_a_receipt_that_is_too_long_is_not_read(desk: Desk, browser: Browser) -> None:
    message = a_text(desk)
    page = browser.post_raw(address(desk, message), urlencode(DELIVERED).encode() + b"&a=" + b"x" * MOST)
    assert page.status == 413
    assert state(desk, message) is SendState.HANDED_OVER


def test_a_receipt_changes_nothing_but_the_receipt(desk: Desk, browser: Browser) -> None:
    message = a_text(desk)
    before = desk.events()
    browser.post_raw(address(desk, message), urlencode({**DELIVERED, "next": "/admin", "channel": "email"}).encode())
    browser.post_raw(address(desk, message), urlencode({**DELIVERED, "MessageStatus": "failed"}).encode())
    assert state(desk, message) is SendState.DELIVERED
    assert desk.events() == before
    assert browser.cookies == {}


def test_only_get_and_post_are_known(desk: Desk, browser: Browser) -> None:
    message = a_text(desk)
    browser._prepare()
    assert browser._client.put(address(desk, message)).status_code == 405
