"""Nobody pumps texts: limits for each person, number, range of numbers and country, and the account's budget."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.codes_kit import NUMBER, claim, hold_mailbox, hold_phone
from tests.flows.profile_kit import require
from twofold.core.ids import AccountId, PersonId
from twofold.core.refusals import No, Refusal
from twofold.flows import sending
from twofold.flows.sending import MAILBOX, SET_UP, SIGN_IN, Parcel

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.ports.people import Subscriber

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def text(number: str = NUMBER, *, purpose: str = SIGN_IN, is_proved: bool = True) -> Parcel:
    return Parcel(channel="sms", to=number, purpose=purpose, is_proved=is_proved)


def mail(purpose: str = SIGN_IN) -> Parcel:
    return Parcel(channel="email", to="ana@acme.example", purpose=purpose)


def somebody(here: World) -> PersonId:
    return PersonId(here.entropy.new_id())


def send(here: World, person: PersonId, parcel: Parcel, *, account: AccountId | None = None) -> Refusal | None:
    """Send, after asking whether it may be: both always say the same."""
    now, account = here.clock.now(), account or here.account.id
    foreseen = sending.gate(here.services, account, person, parcel, now=now)
    with here.services.transactions.begin():
        said = sending.spend(here.services, account, person, parcel, now=now)
    assert said == foreseen
    return said


@pytest.mark.security("SC9")
@pytest.mark.behaviour("B42")
@pytest.mark.parametrize("parcel", [text(), mail()])
def test_a_person_waits_between_codes_and_gets_five_an_hour_and_ten_a_day(here: World, parcel: Parcel) -> None:
    ana, began = somebody(here), here.clock.now()
    sent = 0
    refused: set[No] = set()
    while here.clock.now() < began + DAY:
        # Asked for all the time, and from as many numbers as somebody likes.
        each = text(f"+43664{sent:07}") if parcel.channel == "sms" else parcel
        said = send(here, ana, each)
        if said is None:
            sent += 1
            if sent == 5:
                first_five_at = here.clock.now()
        else:
            refused.add(said.no)
            assert said.at is not None
            assert said.at > here.clock.now()
        here.clock.move(timedelta(seconds=30))
    assert sent == 10
    assert refused == {No.TOO_SOON, No.SENT_ENOUGH}
    assert first_five_at == began + timedelta(seconds=30 + 3 * 60)


def test_the_wait_that_is_named_is_the_wait_that_is_kept(here: World) -> None:
    ana = somebody(here)
    for _ in range(10):
        said = send(here, ana, mail())
        if said is not None:
            assert said.at is not None
            here.clock.set(said.at - timedelta(microseconds=1))
            assert send(here, ana, mail()) is not None
            here.clock.set(said.at)
            assert send(here, ana, mail()) is None


@pytest.mark.security("SC9")
def test_a_number_gets_five_texts_in_a_day_whoever_asks(here: World) -> None:
    began = here.clock.now()
    for _ in range(5):
        assert send(here, somebody(here), text()) is None
        here.clock.move(MINUTE)
    assert send(here, somebody(here), text()) == Refusal(No.SENT_ENOUGH, at=began + DAY)
    assert send(here, somebody(here), text("+436647654321")) is None
    here.clock.set(began + DAY)
    assert send(here, somebody(here), text()) is None


@pytest.mark.security("SC9")
def test_whoever_types_somebody_elses_number_does_not_shut_its_owner_out(here: World) -> None:
    thief, ana = somebody(here), somebody(here)
    began = here.clock.now()
    for _ in range(3):
        assert send(here, thief, text(purpose=SET_UP, is_proved=False)) is None
        here.clock.move(2 * MINUTE)
    refused = Refusal(No.SENT_ENOUGH, at=began + DAY)
    assert send(here, thief, text(purpose=SET_UP, is_proved=False)) == refused
    for _ in range(2):
        assert send(here, ana, text()) is None
        here.clock.move(2 * MINUTE)
    assert send(here, ana, text()) == refused


@pytest.mark.security("SC9")
def test_a_range_of_unproved_numbers_gets_fifty_and_proved_ones_are_not_counted(here: World) -> None:
    def unproved(number: int) -> Parcel:
        return text(f"+43664123{number:04}", purpose=SET_UP, is_proved=False)

    began = here.clock.now()
    for number in range(4000, 4050):
        assert send(here, somebody(here), unproved(number)) is None
    assert send(here, somebody(here), unproved(4051)) == Refusal(No.SENT_ENOUGH, at=began + DAY)
    assert send(here, somebody(here), unproved(5000)) is None
    assert send(here, somebody(here), text("+436641234052")) is None


@pytest.mark.security("SC9")
def test_the_account_has_a_budget_for_each_day_and_each_account_its_own(here: World) -> None:
    here.texts.budget = 3
    tomorrow = here.clock.now().replace(hour=0, minute=0) + DAY
    for number in range(3):
        assert send(here, somebody(here), text(f"+43664123456{number}")) is None
    assert send(here, somebody(here), text()) == Refusal(No.CANNOT_SEND, at=tomorrow)
    assert send(here, somebody(here), mail()) is None
    assert send(here, somebody(here), text(), account=AccountId(here.entropy.new_id())) is None
    here.clock.set(tomorrow - timedelta(seconds=1))
    assert send(here, somebody(here), text()) is not None
    here.clock.set(tomorrow)
    assert send(here, somebody(here), text()) is None


def test_without_a_budget_nothing_goes_out(here: World) -> None:
    here.texts.budget = 0
    said = send(here, somebody(here), text())
    assert said is not None
    assert said.no is No.CANNOT_SEND


def test_without_a_sender_nothing_goes_out(here: World) -> None:
    here.outbox.closed = {"sms"}
    assert send(here, somebody(here), text()) == Refusal(No.CANNOT_SEND)


def test_what_is_for_something_else_is_not_waited_for_and_is_capped_all_the_same(here: World) -> None:
    ana = somebody(here)
    for purpose in (MAILBOX, SIGN_IN, SET_UP):
        assert send(here, ana, mail(purpose)) is None
    assert send(here, ana, mail(SET_UP)) == Refusal(No.TOO_SOON, at=here.clock.now() + timedelta(seconds=30))
    here.clock.move(MINUTE)
    assert send(here, ana, mail(SET_UP)) is None
    assert send(here, ana, mail(MAILBOX)) is None
    assert send(here, ana, mail(SIGN_IN)) is not None


def test_what_was_counted_before_there_were_purposes_counts(here: World) -> None:
    ana, now = somebody(here), here.clock.now()
    micros = int(now.timestamp()) * 1_000_000
    here.services.counters.replace(here.account.id, "mailed_codes", ana, {"at": [micros]}, version=0)
    assert send(here, ana, mail(MAILBOX)) is not None
    assert send(here, ana, mail(SIGN_IN)) is None


@pytest.mark.security("SC9")
def test_strangers_never_cause_a_message(here: World) -> None:
    require(here)
    ana = here.add_person()
    hold_phone(here, ana)
    hold_mailbox(here, ana)
    assert here.outbox.messages == []
    # Every door at which somebody unknown can knock is tried in tests/walks/test_pumping.py.
    claim(here, ana)
    assert len(here.outbox.messages) == 1


@pytest.mark.security("SC9")
def test_many_sign_ins_at_once_send_as_few_codes_as_one(here: World) -> None:
    require(here)
    ana = here.add_person()
    hold_phone(here, ana)
    began = here.clock.now()
    while here.clock.now() < began + DAY:
        claim(here, ana).send_again()
        here.clock.move(timedelta(minutes=7))
    # The number gets no more than five, though the person could have ten.
    assert len(here.outbox.messages) == 5


def test_the_number_itself_is_not_kept(here: World) -> None:
    send(here, somebody(here), text(is_proved=False))
    kept = repr(here.services.counters.__dict__)
    assert "texts_to_number" in kept
    assert NUMBER[1:] not in kept
    assert NUMBER[1:-3] not in kept


def test_somebody_who_is_erased_leaves_no_count(here: World) -> None:
    ana: Subscriber = here.add_person()
    send(here, ana.id, text())
    here.services.people.remove(here.account.id, ana.id)
    assert here.services.counters.load(here.account.id, "texted_codes", ana.id) == ({}, 0)
