"""What is held: removed and turned off after fresh proof, never while it is required; choosing to be asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.flows.codes_kit import hold_phone
from tests.flows.profile_kit import (
    LATER,
    a_visit,
    allow,
    choose,
    enter,
    hold,
    mail,
    renew,
    require,
    require_nothing,
    stands,
    why_not,
)
from twofold.core.ids import EnrolmentId
from twofold.core.refusals import No
from twofold.core.standing import Word
from twofold.flows import keep, methods, security
from twofold.flows.codes import renew as renew_codes
from twofold.flows.outcomes import Done, Gone, NeedsProof

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber


@pytest.fixture
def app(here: World, ana: Subscriber) -> Enrolment:
    held = hold(here, ana.id)
    choose(here, ana.id)
    return held


@pytest.mark.security("SE9")
def test_turning_off_ends_other_sessions_trust_and_codes(here: World, ana: Subscriber, app: Enrolment) -> None:
    elsewhere = enter(here, ana.email, app)
    me = enter(here, ana.email, app)
    renew_codes(here.services, a_visit(here), me)
    assert [one for one in here.services.browsers.of_person(here.account.id, ana.id) if one.trust]

    assert methods.turn_off(here.services, a_visit(here), me) == Done()

    assert stands(here, me)
    assert not stands(here, elsewhere)
    assert not [one for one in here.services.browsers.of_person(here.account.id, ana.id) if one.trust]
    assert here.services.recovery_codes.left(here.account.id, ana.id).left == 0
    assert here.services.enrolments.held(here.account.id, ana.id) == ()
    assert not here.person(ana.id).chosen
    assert "freeze_url" in mail(here, "two_factor_turned_off").params
    enter(here, ana.email)


@pytest.mark.behaviour("B55")
def test_without_fresh_proof_nothing_is_removed(here: World, ana: Subscriber, app: Enrolment) -> None:
    me = enter(here, ana.email, app)
    here.clock.move(LATER)

    assert methods.turn_off(here.services, a_visit(here), me) == NeedsProof(by_passcode=True)
    assert methods.remove(here.services, a_visit(here), me, app.id) == NeedsProof(by_passcode=True)
    assert methods.turn_off(here.services, a_visit(here), renew(here, me, app)) == Done()


def test_while_it_is_required_nothing_turns_it_off(here: World, ana: Subscriber, app: Enrolment) -> None:
    require(here)
    me = enter(here, ana.email, app)

    assert why_not(methods.turn_off(here.services, a_visit(here), me)) is No.NOT_ALLOWED
    assert why_not(methods.remove(here.services, a_visit(here), me, app.id)) is No.NOT_ALLOWED
    assert len(here.services.enrolments.held(here.account.id, ana.id)) == 1


def test_a_requirement_that_began_after_the_page_was_opened_counts(
    here: World, ana: Subscriber, app: Enrolment
) -> None:
    me = enter(here, ana.email, app)
    require(here)

    assert why_not(methods.turn_off(here.services, a_visit(here), me)) is No.NOT_ALLOWED


def test_one_of_two_can_go_while_it_is_required_and_the_other_stays(
    here: World, ana: Subscriber, app: Enrolment
) -> None:
    second = hold(here, ana.id, label="second")
    require(here)
    me = enter(here, ana.email, app)

    assert methods.remove(here.services, a_visit(here), me, second.id) == Done()
    assert mail(here, "factor_removed").params["removed"] == [{"kind": "totp", "thing": "", "label": "second"}]
    assert why_not(methods.remove(here.services, a_visit(here), me, app.id)) is No.NOT_ALLOWED


def test_removing_the_last_one_turns_off(here: World, ana: Subscriber, app: Enrolment) -> None:
    me = enter(here, ana.email, app)

    assert methods.remove(here.services, a_visit(here), me, app.id) == Done()
    assert not here.person(ana.id).chosen
    assert "two_factor.turned_off" in here.kinds()


@pytest.mark.security("SI6")
def test_what_somebody_else_holds_is_not_there(here: World, ana: Subscriber, app: Enrolment) -> None:
    other = here.add_person("ben@acme.example")
    theirs = hold(here, other.id, label="theirs")
    me = enter(here, ana.email, app)
    visit = a_visit(here)

    assert methods.remove(here.services, visit, me, theirs.id) == Gone()
    assert methods.rename(here.services, visit, me, theirs.id, label="mine") == Gone()
    assert methods.prefer(here.services, visit, me, theirs.id) == Gone()
    assert methods.remove(here.services, visit, me, EnrolmentId("")) == Gone()
    assert [one.label for one in here.services.enrolments.held(here.account.id, other.id)] == ["theirs"]


def test_names_are_one_line_and_preferring_asks_first(here: World, ana: Subscriber, app: Enrolment) -> None:
    second = hold(here, ana.id, label="second")
    me = enter(here, ana.email, app)
    visit = a_visit(here)

    assert methods.rename(here.services, visit, me, second.id, label="  Blue\nphone \x07 ") == Done()
    assert methods.rename(here.services, visit, me, second.id, label=" ") == Done()
    assert methods.prefer(here.services, visit, me, second.id) == Done()

    first, *_ = here.services.enrolments.held(here.account.id, ana.id)
    assert (first.id, first.label) == (second.id, "Blue phone")


@pytest.mark.behaviour("B50")
def test_what_policy_allows_no_longer_is_not_asked_first(here: World, ana: Subscriber, app: Enrolment) -> None:
    phone = hold_phone(here, ana)
    allow(here, "totp")
    me = enter(here, ana.email, app)
    visit = a_visit(here)

    assert why_not(methods.prefer(here.services, visit, me, phone.id)) is No.NOT_ALLOWED
    assert methods.prefer(here.services, visit, me, app.id) == Done()


def test_keep_asking_outlives_the_requirement(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id)
    require(here)
    me = enter(here, ana.email, app)

    assert keep.keep_asking(here.services, a_visit(here), me, True) == Done()
    require_nothing(here)
    me = enter(here, ana.email, app)
    assert security.look(here.services, a_visit(here), me).standing.word is Word.ON_BY_CHOICE


def test_only_turning_off_takes_the_choice_back(here: World, ana: Subscriber, app: Enrolment) -> None:
    me = enter(here, ana.email, app)

    assert why_not(keep.keep_asking(here.services, a_visit(here), me, False)) is No.NOT_ALLOWED
    assert here.person(ana.id).chosen


def test_nobody_chooses_what_they_do_not_hold(here: World, ana: Subscriber) -> None:
    me = enter(here, ana.email)

    assert keep.keep_asking(here.services, a_visit(here), me, False) == Done()
    assert why_not(keep.keep_asking(here.services, a_visit(here), me, True)) is No.NOT_ALLOWED


def test_turning_a_dormant_factor_on_again_is_proved_with_it(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id)
    me = enter(here, ana.email)

    assert keep.keep_asking(here.services, a_visit(here), me, True) == NeedsProof(by_passcode=True)
    assert keep.keep_asking(here.services, a_visit(here), renew(here, me, app), True) == Done()


def test_every_sign_in_is_a_choice_of_ones_own(here: World, ana: Subscriber) -> None:
    me = enter(here, ana.email)

    assert keep.ask_every_time(here.services, a_visit(here), me, True) == Done()
    assert here.person(ana.id).every_sign_in
    assert keep.ask_every_time(here.services, a_visit(here), me, False) == Done()
    assert not here.person(ana.id).every_sign_in
