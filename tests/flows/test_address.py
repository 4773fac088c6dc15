"""A new address counts after fresh proof and a code typed from it; the former mailbox hears of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.profile_kit import LATER, a_visit, enter, hold, mail, renew, stands, token_of, why_not
from twofold.core.refusals import No
from twofold.flows import address, freeze, password
from twofold.flows.freeze import Frozen
from twofold.flows.outcomes import Done, NeedsProof
from twofold.flows.visit import SignedIn

if TYPE_CHECKING:
    from tests.fakes import World

OLD = "ana@acme.example"
NEW = "ana.silva@acme.example"
MINUTE = timedelta(minutes=1)


@pytest.mark.security("SE12")
def test_an_address_counts_only_after_proof_and_the_code_from_its_mailbox(here: World) -> None:
    ana = here.add_person(OLD)
    elsewhere = enter(here, OLD)
    me = enter(here, OLD)
    here.clock.move(LATER)

    assert address.ask(here.services, a_visit(here), me, email=NEW) == NeedsProof(by_passcode=False)
    assert here.outbox.to(NEW) == []

    me = renew(here, me)
    assert address.ask(here.services, a_visit(here), me, email=NEW) == Done()
    assert here.person(ana.id).email == OLD
    assert why_not(address.confirm(here.services, a_visit(here), me, typed="00000000")) is No.WRONG
    assert address.confirm(here.services, a_visit(here), me, typed=_code(here)) == Done()

    changed = here.person(ana.id)
    assert (changed.email, changed.former_email) == (NEW, OLD)
    assert changed.email_changed_at == changed.email_proved_at == here.clock.now()
    assert stands(here, me)
    assert not stands(here, elsewhere)
    assert mail(here, "address_changed").to == OLD
    assert address.look(here.services, a_visit(here), me) is None


@pytest.mark.security("SE12")
def test_the_former_mailbox_freezes_and_gets_the_sign_in_back(here: World) -> None:
    ana = here.add_person(OLD)
    thief = enter(here, OLD)
    _move(here, thief, NEW)
    password.forgot(here.services, a_visit(here), email=NEW)
    thiefs = token_of(mail(here, "password_forgotten").params["url"])

    here.clock.move(timedelta(hours=71))
    outcome = freeze.freeze(here.services, a_visit(here), token_of(mail(here, "address_changed").params["freeze_url"]))
    assert isinstance(outcome, Frozen)
    assert outcome.sent_to == OLD
    assert not stands(here, thief)
    assert (
        why_not(password.reset(here.services, a_visit(here), token=thiefs, new_password="a thief's own words"))
        is not None
    )

    # Whoever holds the new mailbox asks again: the link goes to the former one.
    password.forgot(here.services, a_visit(here), email=NEW)
    assert mail(here, "password_forgotten").to == OLD

    # The link of the first mail ran out; the former mailbox asks for another one itself.
    here.clock.move(timedelta(minutes=31))
    password.forgot(here.services, a_visit(here), email=OLD)
    token = token_of(mail(here, "password_forgotten").params["url"])
    assert password.reset(here.services, a_visit(here), token=token, new_password="ana chose this anew") == Done()
    back = here.person(ana.id)
    assert (back.email, back.former_email, back.frozen_at) == (OLD, "", None)
    enter(here, OLD, password="ana chose this anew")


def test_a_former_address_that_froze_nothing_is_nobodys(here: World) -> None:
    here.add_person(OLD)
    _move(here, enter(here, OLD), NEW)

    password.forgot(here.services, a_visit(here), email=OLD)

    message = mail(here, "password_forgotten")
    assert (message.person_id, message.expires_at) == (None, message.put_at)


def test_after_72_hours_the_former_mailbox_gets_nothing_back(here: World) -> None:
    ana = here.add_person(OLD)
    _move(here, enter(here, OLD), NEW)

    here.clock.move(timedelta(hours=72))
    outcome = freeze.freeze(here.services, a_visit(here), token_of(mail(here, "address_changed").params["freeze_url"]))

    assert isinstance(outcome, Frozen)
    assert outcome.sent_to == NEW
    assert here.person(ana.id).email == NEW


@pytest.mark.security("SE12")
def test_a_second_change_does_not_shut_the_first_mailbox_out(here: World) -> None:
    ana = here.add_person(OLD)
    me = enter(here, OLD)
    _move(here, me, NEW)
    here.clock.move(2 * MINUTE)
    _move(here, me, "third@acme.example")

    assert here.person(ana.id).former_email == OLD


def test_the_code_of_another_session_is_not_taken(here: World) -> None:
    here.add_person(OLD)
    me, other = enter(here, OLD), enter(here, OLD)
    address.ask(here.services, a_visit(here), me, email=NEW)

    assert address.look(here.services, a_visit(here), other) is None
    assert why_not(address.confirm(here.services, a_visit(here), other, typed=_code(here))) is No.EXPIRED


def test_whether_an_address_is_taken_is_never_told(here: World) -> None:
    here.add_person(OLD)
    here.add_person(NEW)
    me = enter(here, OLD)

    assert address.ask(here.services, a_visit(here), me, email=NEW) == Done()
    assert address.look(here.services, a_visit(here), me) is not None
    assert [one.template for one in here.outbox.to(NEW)] == ["address_taken"]


def test_an_address_that_was_taken_meanwhile_stays_whose_it_is(here: World) -> None:
    ana = here.add_person(OLD)
    me = enter(here, OLD)
    address.ask(here.services, a_visit(here), me, email=NEW)
    here.add_person(NEW)

    assert why_not(address.confirm(here.services, a_visit(here), me, typed=_code(here))) is No.STALE
    assert here.person(ana.id).email == OLD


@pytest.mark.parametrize(
    ("typed", "no"),
    [("no address", No.UNREADABLE), ("a@b@c.example", No.UNREADABLE), (" ANA@acme.example", No.NOT_ALLOWED)],
)
def test_what_is_no_new_address_is_refused(here: World, typed: str, no: No) -> None:
    here.add_person(OLD)
    me = enter(here, OLD)

    assert why_not(address.ask(here.services, a_visit(here), me, email=typed)) is no


def test_five_wrong_codes_end_it_and_a_new_code_keeps_the_count(here: World) -> None:
    here.add_person(OLD)
    me = enter(here, OLD)
    address.ask(here.services, a_visit(here), me, email=NEW)
    for _ in range(4):
        address.confirm(here.services, a_visit(here), me, typed="00000000")
    here.clock.move(MINUTE)
    assert address.resend(here.services, a_visit(here), me) == Done()

    assert why_not(address.confirm(here.services, a_visit(here), me, typed="00000000")) is No.WRONG
    assert why_not(address.confirm(here.services, a_visit(here), me, typed=_code(here))) is No.TOO_MANY_TRIES
    assert address.look(here.services, a_visit(here), me) is None


def test_a_superseded_code_says_so_and_costs_nothing(here: World) -> None:
    here.add_person(OLD)
    me = enter(here, OLD)
    address.ask(here.services, a_visit(here), me, email=NEW)
    first = _code(here)
    here.clock.move(MINUTE)
    address.resend(here.services, a_visit(here), me)

    for _ in range(6):
        assert why_not(address.confirm(here.services, a_visit(here), me, typed=first)) is No.SUPERSEDED
    assert address.confirm(here.services, a_visit(here), me, typed=_code(here)) == Done()


def test_a_code_is_good_for_five_minutes_and_the_change_for_thirty(here: World) -> None:
    here.add_person(OLD)
    me = enter(here, OLD)
    address.ask(here.services, a_visit(here), me, email=NEW)

    here.clock.move(5 * MINUTE)
    assert why_not(address.confirm(here.services, a_visit(here), me, typed=_code(here))) is No.EXPIRED
    assert address.resend(here.services, a_visit(here), me) == Done()
    here.clock.move(25 * MINUTE)
    assert address.look(here.services, a_visit(here), me) is None
    assert why_not(address.resend(here.services, a_visit(here), me)) is No.EXPIRED


def test_codes_are_sent_slowly(here: World) -> None:
    here.add_person(OLD)
    me = enter(here, OLD)
    address.ask(here.services, a_visit(here), me, email=NEW)

    assert why_not(address.resend(here.services, a_visit(here), me)) is No.WAITING
    here.clock.move(timedelta(seconds=30))
    view = address.look(here.services, a_visit(here), me)
    assert view is not None
    assert view.resend_at <= here.clock.now()


def test_the_old_address_can_be_kept(here: World) -> None:
    here.add_person(OLD)
    me = enter(here, OLD)
    address.ask(here.services, a_visit(here), me, email=NEW)

    address.give_up(here.services, a_visit(here), me)

    assert address.look(here.services, a_visit(here), me) is None
    assert why_not(address.confirm(here.services, a_visit(here), me, typed=_code(here))) is No.EXPIRED


def test_who_holds_a_factor_proves_with_it(here: World) -> None:
    ana = here.add_person(OLD)
    hold(here, ana.id)
    me = enter(here, OLD)

    assert address.ask(here.services, a_visit(here), me, email=NEW) == NeedsProof(by_passcode=True)


def _move(here: World, me: SignedIn, email: str) -> None:
    me = SignedIn(session=me.session, person=here.person(me.person.id), policy=me.policy)
    assert address.ask(here.services, a_visit(here), me, email=email) == Done()
    assert address.confirm(here.services, a_visit(here), me, typed=_code(here)) == Done()


def _code(here: World) -> str:
    return str(mail(here, "address_code").params["code"])
