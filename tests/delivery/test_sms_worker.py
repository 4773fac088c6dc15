"""Texts and the worker: at most once, through whoever the account names, and never in the way of the mail."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from tests.delivery.gateway import Gateway, running
from tests.delivery.post import PHONE, Post
from twofold.core.ids import AccountId
from twofold.delivery.senders import NotSent
from twofold.delivery.sms import wire
from twofold.delivery.sms.house import KEPT
from twofold.delivery.worker import LEASE_FOR, TEXT_AGAIN_AFTER, TEXT_TAKES, Worker
from twofold.flows import receipts
from twofold.ports.accounts import Account
from twofold.ports.outbox import SendState, Why
from twofold.ports.texts import Receipt
from twofold.settings import DEMO_MARK, read
from twofold.store.jobs import Queue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from twofold.core.json import JsonObject

TWILIO: JsonObject = {"sid": "SM1", "status": "queued", "error_code": None}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running() as found:
        yield found.answers(201, TWILIO)


def kept(gateway: Gateway, **fields: object) -> JsonObject:
    return {
        "provider": "twilio",
        "address": gateway.address,
        "method": "POST",
        "headers": "",
        "body": "",
        "user": "AC1",
        "secret": "gravel otter",
        "sender": "+43155500",
        "says": "",
        "countries": ["AT"],
        "budget_a_day": 200,
        **fields,  # type: ignore[dict-item]  # a test's values are JSON
    }


@pytest.fixture
def texting(post: Post, gateway: Gateway) -> Post:
    """Return the house with a provider that its owner named."""
    assert post.needs.kept.replace(post.account, KEPT, kept(gateway), version=0)
    return post


def failures(post: Post) -> list[tuple[str, Why, str, int]]:
    since = post.clock.now() - timedelta(days=1)
    found = post.needs.outbox.failures(post.account, since)
    return [(one.channel, one.why, one.code, one.count) for one in found if one.is_over]


def tried_again(post: Post) -> list[tuple[str, Why, str, int]]:
    found = post.needs.outbox.failures(post.account, post.clock.now())
    return [(one.channel, one.why, one.code, one.count) for one in found if not one.is_over]


def test_a_text_goes_to_the_provider_that_owners_named(texting: Post, gateway: Gateway) -> None:
    message = texting.put_text(expires_at=texting.clock.now() + timedelta(minutes=5))
    with capture_logs() as lines:
        texting.work()
    [asked] = gateway.asked
    account = texting.needs.accounts.by_id(texting.account)
    assert account is not None
    assert asked.form == {
        "To": PHONE,
        "From": "+43155500",
        "Body": "Acme Support: this test text arrived. Its code is 12345678.",
        "StatusCallback": receipts.address_of(texting.needs.digests, account, message),
        "ValidityPeriod": "300",
    }
    assert texting.state(message) is SendState.HANDED_OVER
    assert texting.files() == []
    assert not any(texting.bodies())
    assert "twilio SM1" in str(lines)
    for hidden in ("4711", "12345678", "gravel"):
        assert hidden not in str(lines)


def test_what_the_environment_says_stands_over_it(texting: Post, gateway: Gateway) -> None:
    settings = read(
        data=texting.needs.settings.data,
        sms_provider="http",
        sms_address=f"{gateway.address}/by-environment?to={{to}}&text={{text}}",
    )
    here = Post(replace(texting.needs, settings=settings), texting.clock, texting.account)
    here.put_text()
    here.work()
    assert gateway.asked[0].path == "/by-environment"


def test_while_nobody_is_named_a_text_becomes_a_private_file(post: Post) -> None:
    message = post.put_text()
    post.work()
    [file] = post.files()
    lines = file.read_text().splitlines()
    assert lines[:2] == [f"To: {PHONE}", "Channel: sms"]
    assert not any(line.startswith("Subject") for line in lines)
    assert lines[-1] == "Acme Support: this test text arrived. Its code is 12345678."
    assert post.state(message) is SendState.HANDED_OVER


def test_a_demos_texts_never_leave(texting: Post, gateway: Gateway) -> None:
    (texting.needs.settings.data / DEMO_MARK).touch()
    texting.put_text()
    texting.work()
    assert len(texting.files()) == 1
    assert gateway.asked == []


@pytest.mark.parametrize("kept_instead", [{"provider": "carrier pigeon"}, {"secret": 7}, {"provider": ""}])
def test_a_setting_that_cannot_be_read_is_none(post: Post, gateway: Gateway, kept_instead: JsonObject) -> None:
    assert post.needs.kept.replace(post.account, KEPT, kept(gateway, **kept_instead), version=0)
    post.put_text()
    post.work()
    assert len(post.files()) == 1
    assert gateway.asked == []


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_certainly_not_taken_is_tried_again_while_its_code_lives(
    texting: Post, gateway: Gateway, status: int
) -> None:
    gateway.answers(status, b"later")
    message = texting.put_text(expires_at=texting.clock.now() + timedelta(minutes=5))
    texting.work()
    assert texting.state(message) is SendState.TRIED_AGAIN
    assert tried_again(texting) == [("sms", Why.BUSY, f"http {status}", 1)]
    gateway.answers(201, TWILIO)
    texting.after(TEXT_AGAIN_AFTER[0] - timedelta(seconds=1))
    assert len(gateway.asked) == 1
    texting.after(timedelta(seconds=1))
    assert len(gateway.asked) == 2
    assert texting.state(message) is SendState.HANDED_OVER
    assert failures(texting) == tried_again(texting) == []


def test_a_mail_that_waits_for_its_server_is_told_of(behind: Post) -> None:
    behind.put()
    behind.work()
    assert tried_again(behind) == [("email", Why.NO_CONNECTION, "", 1)]


def test_whoever_waits_is_told_as_soon_as_the_next_try_would_come_too_late(texting: Post, gateway: Gateway) -> None:
    gateway.answers(429, b"later")
    message = texting.put_text(expires_at=texting.clock.now() + TEXT_TAKES + timedelta(seconds=12))
    texting.work()
    texting.after(TEXT_AGAIN_AFTER[0])
    assert texting.state(message) is SendState.FAILED
    assert failures(texting) == [("sms", Why.BUSY, "http 429", 1)]


def test_a_provider_that_stays_busy_is_given_up(texting: Post, gateway: Gateway) -> None:
    gateway.answers(503, b"later")
    message = texting.put_text()
    texting.work()
    for pause in TEXT_AGAIN_AFTER:
        assert texting.state(message) is SendState.TRIED_AGAIN
        texting.after(pause)
    assert texting.state(message) is SendState.FAILED
    assert len(gateway.asked) == len(TEXT_AGAIN_AFTER) + 1


def test_a_provider_that_is_down_gets_it_later(
    texting: Post, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = wire.ask

    def down(_: object) -> None:
        raise NotSent("no connection", why=Why.NO_CONNECTION)

    monkeypatch.setattr(wire, "ask", down)
    message = texting.put_text()
    texting.work()
    assert texting.state(message) is SendState.TRIED_AGAIN
    monkeypatch.setattr(wire, "ask", real)
    texting.after(TEXT_AGAIN_AFTER[0])
    assert len(gateway.asked) == 1
    assert texting.state(message) is SendState.HANDED_OVER


def test_what_may_have_been_sent_is_never_sent_again(
    texting: Post, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "ANSWER_WITHIN", 0.3)
    gateway.waits = 30
    message = texting.put_text()
    with capture_logs() as lines:
        texting.work()
    texting.after(timedelta(days=1))
    assert len(gateway.asked) == 1
    assert texting.state(message) is SendState.UNCLEAR
    assert not any(texting.bodies())
    assert "given up" in str(lines)


@pytest.mark.parametrize(
    ("status", "told", "failed"),
    [
        (500, b"<html>", ("sms", Why.NO_ANSWER, "http 500", 1)),
        (200, b"<html>", ("sms", Why.NO_ANSWER, "twilio http 200", 1)),
        (400, {"code": 21211}, ("sms", Why.REFUSED, "twilio 21211", 1)),
        (401, {"code": 20003}, ("sms", Why.REFUSED, "twilio 20003", 1)),
        (201, {"sid": "SM1", "status": "failed", "error_code": 30008}, ("sms", Why.REFUSED, "twilio 30008", 1)),
    ],
)
def test_the_reason_is_kept_for_the_admin_and_nothing_else(
    texting: Post, gateway: Gateway, status: int, told: JsonObject | bytes, failed: tuple[str, Why, str, int]
) -> None:
    gateway.answers(status, told)
    message = texting.put_text()
    with capture_logs() as lines:
        texting.work()
    is_unclear = failed[1] is Why.NO_ANSWER
    assert texting.state(message) is (SendState.UNCLEAR if is_unclear else SendState.FAILED)
    assert len(gateway.asked) == 1
    assert failures(texting) == [failed]
    assert "4711" not in str(lines)


def test_a_text_whose_sender_was_killed_in_the_middle_is_not_sent_again(texting: Post, gateway: Gateway) -> None:
    message = texting.put_text()
    assert texting.needs.jobs.lease_next(texting.clock.now(), LEASE_FOR) is not None
    texting.after(LEASE_FOR)
    assert gateway.asked == []
    assert texting.state(message) is SendState.UNCLEAR
    assert failures(texting) == [("sms", Why.BROKEN_OFF, "", 1)]


def test_a_text_that_was_busy_first_and_broken_off_then_is_not_sent_again(texting: Post, gateway: Gateway) -> None:
    gateway.answers(429, b"later")
    message = texting.put_text()
    texting.work()
    texting.clock.move(TEXT_AGAIN_AFTER[0])
    assert texting.needs.jobs.lease_next(texting.clock.now(), LEASE_FOR) is not None
    texting.after(LEASE_FOR)
    assert len(gateway.asked) == 1
    assert texting.state(message) is SendState.UNCLEAR


def test_a_mail_whose_sender_was_killed_is_sent_again(texting: Post) -> None:
    message = texting.put()
    assert texting.needs.jobs.lease_next(texting.clock.now(), LEASE_FOR) is not None
    texting.after(LEASE_FOR)
    assert texting.state(message) is SendState.HANDED_OVER


def test_a_text_whose_time_is_over_is_not_sent(texting: Post, gateway: Gateway) -> None:
    message = texting.put_text(expires_at=texting.clock.now() + timedelta(minutes=5))
    texting.after(timedelta(minutes=5))
    assert gateway.asked == []
    assert texting.state(message) is SendState.FAILED
    assert failures(texting) == [("sms", Why.TOO_LATE, "", 1)]


def test_a_receipt_says_what_became_of_it(texting: Post) -> None:
    message = texting.put_text()
    note = texting.needs.outbox.note_receipt
    # A quick provider tells before whoever sent it could note that it was taken.
    note(texting.account, message, Receipt(arrived=False, code="twilio 30003"))
    assert texting.state(message) is SendState.UNDELIVERED
    texting.work()
    assert texting.state(message) is SendState.UNDELIVERED
    assert failures(texting) == [("sms", Why.UNDELIVERED, "twilio 30003", 1)]
    note(texting.account, message, Receipt(arrived=True))
    assert texting.state(message) is SendState.DELIVERED
    assert failures(texting) == []
    note(texting.account, message, Receipt(arrived=False, code="twilio 30003"))
    assert texting.state(message) is SendState.DELIVERED


def test_a_receipt_settles_what_nobody_knew(texting: Post, gateway: Gateway) -> None:
    gateway.answers(500, b"<html>")
    message = texting.put_text()
    texting.work()
    assert texting.state(message) is SendState.UNCLEAR
    texting.needs.outbox.note_receipt(texting.account, message, Receipt(arrived=True))
    assert texting.state(message) is SendState.DELIVERED
    assert failures(texting) == []


def test_a_text_that_nobody_could_use_in_time_gives_its_turn_away(texting: Post, gateway: Gateway) -> None:
    late = texting.put_text(expires_at=texting.clock.now() + TEXT_TAKES - timedelta(seconds=1))
    in_time = texting.put_text(expires_at=texting.clock.now() + TEXT_TAKES)
    texting.work()
    assert len(gateway.asked) == 1
    assert (texting.state(late), texting.state(in_time)) == (SendState.FAILED, SendState.HANDED_OVER)
    assert failures(texting) == [("sms", Why.TOO_LATE, "", 1)]


def test_no_receipt_touches_a_mail_or_another_accounts_text(texting: Post) -> None:
    mail, text = texting.put(), texting.put_text()
    texting.work()
    texting.needs.outbox.note_receipt(texting.account, mail, Receipt(arrived=False))
    texting.needs.outbox.note_receipt(AccountId("0" * 26), text, Receipt(arrived=False))
    assert texting.state(mail) is SendState.HANDED_OVER
    assert texting.state(text) is SendState.HANDED_OVER


def test_failures_are_counted_by_reason_for_a_day(texting: Post, gateway: Gateway) -> None:
    for code in (21211, 21211, 30034):
        gateway.answers(400, {"code": code})
        texting.put_text()
        texting.work()
    assert failures(texting) == [
        ("sms", Why.REFUSED, "twilio 21211", 2),
        ("sms", Why.REFUSED, "twilio 30034", 1),
    ]
    texting.clock.move(timedelta(days=1, seconds=1))
    assert failures(texting) == []


def test_owners_who_are_not_the_operator_send_nothing_into_our_own_networks(texting: Post, gateway: Gateway) -> None:
    other = Account(
        id=AccountId(texting.needs.entropy.new_id()),
        name="Other",
        base_url="https://other.acme.example",
        time_zone="UTC",
        locale="en",
        created_at=texting.clock.now(),
    )
    assert texting.needs.accounts.add(other)
    message = texting.put_text()
    texting.work()
    assert gateway.asked == []
    assert texting.state(message) is SendState.FAILED


def test_texts_and_mail_do_not_wait_for_each_other(texting: Post, gateway: Gateway) -> None:
    mails, texts = Worker(texting.needs, Queue.MAIL), Worker(texting.needs, Queue.TEXTS)
    mail, text = texting.put(), texting.put_text()
    while texts.step():
        pass
    assert len(gateway.asked) == 1
    assert texting.state(mail) is SendState.WAITING
    while mails.step():
        pass
    assert texting.state(mail) is SendState.HANDED_OVER
    assert texting.state(text) is SendState.HANDED_OVER


def test_several_workers_send_each_text_once(texting: Post, gateway: Gateway) -> None:
    messages = {texting.put_text() for _ in range(20)}
    threads = [threading.Thread(target=_drain, args=(Worker(texting.needs, Queue.TEXTS),)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    told = [asked.form["StatusCallback"].split("/")[5] for asked in gateway.asked]
    assert sorted(told) == sorted(messages)


def _drain(worker: Worker) -> None:
    from django.db import connections  # noqa: PLC0415 -- the thread's own

    try:
        while worker.step():
            pass
    finally:
        connections.close_all()
