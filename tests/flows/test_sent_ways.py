"""Several ways beside each other: which is asked for, which may be turned to, and which counts at present."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.codes_kit import (
    ANOTHER,
    Claimant,
    claim,
    codes,
    hold_mailbox,
    hold_phone,
    wrong,
)
from tests.flows.profile_kit import allow, hold, passcode, require
from twofold.core.refusals import No, Refusal
from twofold.flows import recovery_set
from twofold.flows.outcomes import Admitted, Done, GoOn, Refuse, Stage

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.ports.people import Subscriber

MINUTE = timedelta(minutes=1)
HALF = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def _required(here: World) -> None:
    require(here)


def test_nothing_is_sent_while_an_app_is_preferred(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id, preferred=True)
    hold_phone(here, ana)

    ana_ = claim(here, ana)

    assert here.outbox.messages == []
    view = ana_.look()
    assert (view.kind, view.challenge, view.shown) == ("totp", None, {"labels": ["App"], "things": [""]})
    assert [way.kind for way in view.ways] == ["totp", "sms"]
    assert isinstance(ana_.type(passcode(here, app)), Admitted)


def test_another_way_is_kept_and_its_code_is_sent_once(here: World, ana: Subscriber) -> None:
    hold(here, ana.id, preferred=True)
    hold_phone(here, ana)
    hold_mailbox(here, ana)
    ana_ = claim(here, ana)

    assert ana_.choose("sms") == Done()
    here.clock.move(MINUTE)
    assert ana_.choose("email") == Done()
    here.clock.move(MINUTE)
    # Back to the first: its code is live, in this tab and in every other one.
    assert ana_.choose("sms") == Done()

    assert [message.channel for message in here.outbox.messages] == ["sms", "email"]
    assert ana_.look().kind == "sms"
    # A page that was open longer says by itself which way it shows.
    assert isinstance(ana_.type(codes(here, ana.email)[0], "email"), Admitted)


def test_without_a_word_the_chosen_way_is_judged_and_else_the_preferred_that_counts(
    here: World, ana: Subscriber
) -> None:
    app = hold(here, ana.id, preferred=True)
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    ana_.choose("sms")
    assert isinstance(ana_.type(codes(here)[0]), Admitted)
    bo = claim(here, ana)
    assert isinstance(bo.type(passcode(here, app)), Admitted)


@pytest.mark.parametrize("kind", ["email", "", "no_kind"])
def test_nobody_turns_to_a_way_that_is_none_of_theirs(here: World, ana: Subscriber, kind: str) -> None:
    hold_phone(here, ana)
    ana_ = claim(here, ana)
    assert ana_.choose(kind) == Refuse(because=Refusal(No.NOT_ALLOWED))


def test_while_nothing_can_be_sent_the_way_is_kept_and_the_page_says_why(here: World, ana: Subscriber) -> None:
    hold(here, ana.id, preferred=True)
    hold_phone(here, ana)
    here.outbox.closed = {"sms"}
    ana_ = claim(here, ana)
    assert ana_.choose("sms") == Done()
    view = ana_.look()
    assert (view.kind, view.shown) == ("sms", {})
    assert view.challenge is not None
    assert view.challenge.again == Refusal(No.CANNOT_SEND)
    assert ana_.send_again() is No.CANNOT_SEND
    assert here.outbox.messages == []


def test_a_country_that_is_served_no_more_is_named(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    here.texts.countries = frozenset({"DE"})
    ana_ = claim(here, ana)
    view = ana_.look()
    assert view.challenge is not None
    assert view.challenge.again == Refusal(No.COUNTRY_NOT_SERVED)
    assert ana_.send_again() is No.COUNTRY_NOT_SERVED
    assert here.outbox.messages == []


def test_mail_goes_to_the_address_on_file_at_that_moment_and_only_once_it_is_proved(
    here: World, ana: Subscriber
) -> None:
    hold_mailbox(here, ana)
    ana_ = claim(here, ana)
    old = codes(here, ana.email)[0]
    moved = replace(here.person(ana.id), email="ana@new.example", email_proved_at=None)
    assert here.services.people.replace(here.account.id, here.person(ana.id), moved)
    here.clock.move(MINUTE)

    assert ana_.send_again() is No.NEEDS_MAILBOX
    assert ana_.refused(old).no is No.WRONG
    here.clock.move(MINUTE)

    proved = replace(here.person(ana.id), email_proved_at=here.clock.now())
    assert here.services.people.replace(here.account.id, here.person(ana.id), proved)
    assert ana_.send_again() is None
    assert isinstance(ana_.type(codes(here, "ana@new.example")[0]), Admitted)


def test_a_number_that_is_not_held_any_more_is_dead_at_once(here: World, ana: Subscriber) -> None:
    old = hold_phone(here, ana)
    ana_ = claim(here, ana)
    (code,) = codes(here)
    here.services.enrolments.remove(here.account.id, ana.id, [old.id])
    hold_phone(here, ana, ANOTHER)
    assert ana_.refused(code).no is No.WRONG


@pytest.mark.behaviour("A71")
def test_mailed_codes_do_not_count_after_a_password_by_mail_until_something_else_was_proved(
    here: World, ana: Subscriber
) -> None:
    hold_mailbox(here, ana, preferred=True)
    hold_phone(here, ana)
    marked = replace(here.person(ana.id), proved_by_mailbox_at=here.clock.now())
    assert here.services.people.replace(here.account.id, here.person(ana.id), marked)

    ana_ = claim(here, ana)

    view = ana_.look()
    assert (view.kind, [way.kind for way in view.ways]) == ("sms", ["sms"])
    assert ana_.choose("email") == Refuse(because=Refusal(No.NOT_ALLOWED))
    assert codes(here, ana.email) == []
    assert isinstance(ana_.type(codes(here)[0]), Admitted)
    # Something else was proved: now the mailbox counts again.
    assert [way.kind for way in claim(here, ana).look().ways] == ["email", "sms"]


@pytest.mark.behaviour("A71")
def test_somebody_with_mail_alone_is_asked_for_something_else_and_is_let_in_by_a_recovery_code(
    here: World, ana: Subscriber
) -> None:
    hold_mailbox(here, ana)
    made = recovery_set.make_set(here.services, here.account, ana.id, now=here.clock.now())
    marked = replace(here.person(ana.id), proved_by_mailbox_at=here.clock.now())
    assert here.services.people.replace(here.account.id, here.person(ana.id), marked)

    ana_ = claim(here, ana)

    view = ana_.look()
    assert (view.kind, view.ways, view.challenge) == ("", (), None)
    assert view.has_recovery_codes
    assert here.outbox.messages == []
    assert ana_.send_again() is No.NOT_ALLOWED
    assert isinstance(ana_.refused("12345678", "email"), Refusal)
    assert isinstance(ana_.type(made[0]), Admitted)


def test_a_way_that_policy_allows_no_more_is_not_offered_beside_one_that_it_does(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana, preferred=True)
    app = hold(here, ana.id)
    allow(here, "totp")
    ana_ = claim(here, ana)
    view = ana_.look()
    assert (view.kind, [way.kind for way in view.ways]) == ("totp", ["totp"])
    assert here.outbox.messages == []
    # Without a word the way that counts is judged, though another one is preferred.
    assert isinstance(ana_.type(passcode(here, app)), Admitted)


@pytest.mark.behaviour("B50")
def test_a_way_that_policy_allows_no_more_only_opens_set_up(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana)
    allow(here, "totp")
    outcome = claim(here, ana).type(codes(here)[0])
    assert outcome == GoOn(stage=Stage.SET_UP)


def test_what_is_typed_for_an_app_costs_no_code(here: World, ana: Subscriber) -> None:
    hold(here, ana.id, preferred=True)
    hold_phone(here, ana)
    ana_: Claimant = claim(here, ana)
    ana_.choose("sms")
    ana_.refused("000000", "totp")
    here.clock.move(timedelta(seconds=1))
    assert ana_.refused(wrong(codes(here)[0]), "sms").left == 4
