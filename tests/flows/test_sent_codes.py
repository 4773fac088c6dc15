"""Signing in by a sent code: sent once, counted as every answer is, used once, and exchanged for another way."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PASSWORD, World
from tests.flows.codes_kit import (
    ANOTHER,
    NUMBER,
    claim,
    codes,
    hold_mailbox,
    hold_phone,
    wrong,
)
from tests.flows.profile_kit import a_visit, hold, require
from twofold.core.refusals import No, Refusal
from twofold.core.throttle import Lane
from twofold.flows import recovery_set, second_factor, sign_in
from twofold.flows.outcomes import Admitted, Ended
from twofold.flows.ways import Way
from twofold.ports.outbox import SendState

if TYPE_CHECKING:
    from twofold.ports.people import Subscriber

MINUTE = timedelta(minutes=1)
HALF = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _required(here: World) -> None:
    require(here)


def spent(here: World, ana: Subscriber) -> int:
    """Count the tries that stand against the person from browsers nobody knows."""
    value, _ = here.services.counters.load(here.account.id, Lane.UNKNOWN_BROWSERS.value, ana.id)
    at = value.get("at", [])
    return len(at) if isinstance(at, list) else 0


def test_the_right_password_sends_the_code_at_once_and_the_code_opens(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)

    ana_ = claim(here, ana)

    (message,) = here.outbox.messages
    assert (message.channel, message.to, message.template) == ("sms", NUMBER, "passcode")
    assert message.expires_at == here.clock.now() + 5 * MINUTE
    view = ana_.look()
    assert (view.kind, view.ways) == ("sms", (Way(kind="sms", labels=("•••• 4567",), things=("",)),))
    assert view.challenge is not None
    assert view.shown == view.challenge.shown
    assert view.shown["to"] == "•••• 4567"
    assert "message" not in view.shown
    assert view.challenge.sending is SendState.WAITING
    assert view.challenge.again == Refusal(No.TOO_SOON, at=here.clock.now() + HALF)
    (code,) = codes(here)
    outcome = ana_.type(code, "sms")
    assert isinstance(outcome, Admitted)
    assert outcome.session.evidence.amr == ("mfa", "pwd", "sms")
    assert spent(here, ana) == 0


def test_nothing_is_sent_for_a_wrong_password_or_to_a_stranger(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    for email, password in ((ana.email, "no password of hers"), ("nobody@acme.example", PASSWORD)):
        sign_in.present_password(here.services, a_visit(here), email=email, password=password, next_url="")
    assert here.outbox.messages == []


def test_where_no_code_is_sent_none_is_sent_again(here: World, ana: Subscriber) -> None:
    hold(here, ana.id)
    assert claim(here, ana).send_again() is No.NOT_ALLOWED


def test_without_an_open_attempt_nothing_is_sent(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    visit = a_visit(here)
    assert second_factor.choose(here.services, visit, "none", "sms") == Ended()
    assert second_factor.send_again(here.services, visit, "none") == Ended()
    ana_ = claim(here, ana)
    here.clock.move(timedelta(minutes=11))
    assert second_factor.send_again(here.services, visit, ana_.token) == Ended()
    assert len(here.outbox.messages) == 1


def test_a_wrong_code_says_how_often_more_and_five_end_it(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    (code,) = codes(here)
    for left in (4, 3, 2, 1, 0):
        assert ana_.refused(wrong(code)) == Refusal(No.WRONG, left=left)
        here.clock.move(timedelta(seconds=20))
    assert spent(here, ana) == 5
    assert ana_.refused(code).no is No.TOO_MANY_TRIES


@pytest.mark.security("SC4")
def test_a_new_code_a_new_attempt_and_another_way_do_not_begin_the_count_anew(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    hold_mailbox(here, ana)
    ana_ = claim(here, ana)
    for _ in range(2):
        ana_.refused(wrong(codes(here)[-1]))
        here.clock.move(MINUTE)
    assert ana_.send_again() is None
    assert ana_.refused(wrong(codes(here)[-1])) == Refusal(No.WRONG, left=2)
    here.clock.move(MINUTE)
    ana_.choose("email")
    ana_.refused(wrong(codes(here, ana.email)[-1]), "email")
    here.clock.move(MINUTE)
    again = claim(here, ana)
    assert again.refused("000000").no is No.WRONG
    assert spent(here, ana) == 5
    here.clock.move(timedelta(seconds=1))
    assert again.refused(codes(here)[-1]).no is No.WAITING


def test_a_superseded_code_costs_nothing(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    first_at = here.clock.now()
    second_at = here.clock.move(HALF)
    assert ana_.send_again() is None
    old, new = codes(here)

    for _ in range(7):
        assert ana_.refused(old) == Refusal(No.SUPERSEDED, at=first_at, other_at=second_at)

    assert spent(here, ana) == 0
    assert isinstance(ana_.type(new), Admitted)


@pytest.mark.behaviour("B03")
def test_an_expired_code_is_named_and_a_new_one_opens(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    sent_at = here.clock.now()
    here.clock.move(5 * MINUTE)
    assert ana_.refused(codes(here)[0]) == Refusal(No.EXPIRED, at=sent_at)
    here.clock.move(timedelta(seconds=1))
    assert ana_.send_again() is None
    assert isinstance(ana_.type(codes(here)[1]), Admitted)


def test_a_code_that_expired_takes_its_tries_along(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    assert ana_.refused(wrong(codes(here)[0])).left == 4
    here.clock.move(5 * MINUTE)
    assert ana_.send_again() is None
    assert ana_.refused(wrong(codes(here)[1])).left == 4


@pytest.mark.security("SA2")
def test_a_code_is_worth_nothing_a_second_time_and_in_another_attempt(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    one, other = claim(here, ana), claim(here, ana)
    (code,) = codes(here)
    # The other attempt has no code of its own: the first one's was sent a moment ago.
    assert other.look().shown == {}
    assert other.refused(code).no is No.EXPIRED
    here.clock.move(timedelta(seconds=1))
    assert isinstance(one.type(code), Admitted)
    assert one.type(code) == Ended()


def test_whoever_gives_the_password_again_in_the_same_browser_goes_on_with_the_code_they_have(
    here: World, ana: Subscriber
) -> None:
    hold_phone(here, ana)
    first = claim(here, ana)
    code = codes(here)[0]
    first.refused(wrong(code))
    here.clock.move(timedelta(seconds=5))

    second = claim(here, ana, again=first.token)

    assert len(codes(here)) == 1
    assert second.look().shown["to"] == "•••• 4567"
    assert second.refused(wrong(code)).left == 3
    here.clock.move(timedelta(seconds=5))
    assert isinstance(second.type(code), Admitted)


def test_a_code_that_is_too_old_does_not_go_on_and_nobody_elses_does(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    bo = here.add_person("bo@acme.example", name="Bo")
    hold_phone(here, bo, ANOTHER)
    first = claim(here, ana)
    bos = claim(here, bo, again=first.token)
    assert bos.refused(codes(here)[0]).no is No.WRONG
    here.clock.move(5 * MINUTE)
    again = claim(here, bo, again=bos.token)
    assert len(codes(here, ANOTHER)) == 2
    assert isinstance(again.type(codes(here, ANOTHER)[1]), Admitted)


def test_another_code_waits_thirty_seconds_and_then_a_minute(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    sent = 1
    for wait in (30, 60, 60):
        here.clock.move(timedelta(seconds=wait - 1))
        assert ana_.send_again() is No.TOO_SOON
        here.clock.move(timedelta(seconds=1))
        assert ana_.send_again() is None
        sent += 1
    assert len(codes(here)) == sent


def test_the_attempt_lives_on_from_the_last_sent_code(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    for _ in range(3):
        here.clock.move(timedelta(minutes=9))
        assert ana_.send_again() is None
    assert isinstance(ana_.type(codes(here)[-1]), Admitted)


def test_a_recovery_code_works_where_a_text_is_asked_for(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    made = recovery_set.make_set(here.services, here.account, ana.id, now=here.clock.now())
    outcome = claim(here, ana).type(made[0], "sms")
    assert isinstance(outcome, Admitted)
    assert outcome.by_recovery_code


@pytest.mark.behaviour("A58")
def test_the_page_knows_what_became_of_the_message(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    (message,) = here.outbox.messages
    here.outbox.set_state(here.account.id, message.id, SendState.UNDELIVERED)
    view = ana_.look()
    assert view.challenge is not None
    assert view.challenge.sending is SendState.UNDELIVERED


def test_no_event_holds_a_code_or_a_number(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    ana_.refused(wrong(codes(here)[0]))
    ana_.type(codes(here)[0])
    told = repr(here.audit.all(here.account.id))
    assert "passcode.sent" in told
    assert codes(here)[0] not in told
    assert NUMBER[1:] not in told
    assert codes(here)[0] not in repr(here.outbox.messages)


@pytest.mark.behaviour("B03")
@pytest.mark.parametrize("kind", ["sms", "email"])
def test_a_code_works_for_as_long_as_the_operator_says(here: World, ana: Subscriber, kind: str) -> None:
    codes_live = replace(here.services.numbers.codes, life=10 * MINUTE)
    longer = replace(here, services=replace(here.services, numbers=replace(here.services.numbers, codes=codes_live)))
    to = NUMBER if kind == "sms" else ana.email
    hold_phone(here, ana) if kind == "sms" else hold_mailbox(here, ana)
    ana_ = claim(longer, ana)
    here.clock.move(9 * MINUTE)
    again = claim(longer, ana)
    assert isinstance(ana_.type(codes(here, to)[0]), Admitted)
    here.clock.move(10 * MINUTE - timedelta(seconds=1))
    assert isinstance(again.type(codes(here, to)[1]), Admitted)
    here.clock.move(MINUTE)
    late = claim(longer, ana)
    sent_at = here.clock.now()
    here.clock.move(MINUTE)
    late.choose(kind)
    here.clock.move(9 * MINUTE)
    assert late.refused(codes(here, to)[2]) == Refusal(No.EXPIRED, at=sent_at)
