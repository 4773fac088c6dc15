"""Setting up codes by text and mail: the number first, then its code; and what a new one takes the place of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.codes_kit import ANOTHER, NUMBER, claim, codes, hold_mailbox, hold_phone, wrong
from tests.flows.profile_kit import a_visit, enter, hold, passcode, renew, require
from twofold.core import emails
from twofold.core.refusals import No, Refusal
from twofold.flows import set_up, signed_in
from twofold.flows.outcomes import Admitted, Done, Ended, GoOn, Refuse, Stage
from twofold.flows.set_up import Offered, SetUpView
from twofold.ports.outbox import SendState

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.fakes import World
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.people import Subscriber

MINUTE = timedelta(minutes=1)


@dataclass
class Wizard:
    """Somebody in the wizard."""

    world: World
    visit: Visit
    token: str

    def look(self) -> SetUpView:
        view = set_up.look(self.world.services, self.visit, self.token)
        assert isinstance(view, SetUpView), view
        return view

    def offer(self, kind: str) -> Offered:
        offered = set_up.offer(self.world.services, self.visit, self.token, kind)
        assert isinstance(offered, Offered), offered
        return offered

    def advance(self, **asked: str | int) -> object:
        return set_up.advance(self.world.services, self.visit, self.token, {**asked})

    def advanced(self, **asked: str | int) -> Offered:
        offered = self.advance(**asked)
        assert isinstance(offered, Offered), offered
        return offered

    def send_again(self) -> object:
        return set_up.send_again(self.world.services, self.visit, self.token)

    def start_over(self) -> object:
        return set_up.start_over(self.world.services, self.visit, self.token)

    def confirm(self, code: str) -> object:
        return set_up.confirm(self.world.services, self.visit, self.token, {"passcode": code})

    def refused(self, code: str) -> Refusal:
        outcome = self.confirm(code)
        assert isinstance(outcome, Refuse), outcome
        return outcome.because


def begin(here: World, ana: Subscriber, me: SignedIn | None = None, *, replaces: Sequence[Enrolment] = ()) -> Wizard:
    """Begin the wizard from the profile, through the mailbox where that is asked for."""
    me = me or enter(here, ana.email)
    visit = a_visit(here)
    begun = set_up.begin_from_profile(here.services, visit, me, replaces=[one.id for one in replaces])
    assert isinstance(begun, GoOn)
    assert begun.attempt_token is not None
    wizard = Wizard(here, visit, begun.attempt_token)
    if wizard.look().mailbox is not None:
        assert set_up.send_mailbox_code(here.services, visit, wizard.token) == Done()
        code = str(here.outbox.messages[-1].params["code"])
        assert set_up.confirm_mailbox(here.services, visit, wizard.token, code) == Done()
    return wizard


def held(here: World, ana: Subscriber) -> list[tuple[str, JsonObject]]:
    return [(one.kind, one.state) for one in here.services.enrolments.held(here.account.id, ana.id)]


@pytest.mark.behaviour("A53")
def test_a_number_is_asked_for_and_proved_before_it_counts(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)

    offered = wizard.offer("sms")
    assert (offered.asks, offered.shown) == ("number", {})
    assert wizard.look().asks == "number"
    assert codes(here) == []
    # No code can confirm what has no number.
    assert wizard.confirm("123456") == GoOn(stage=Stage.SET_UP)

    offered = wizard.advanced(number="+43 664 1234567")
    assert (offered.asks, offered.shown["to"]) == ("", "+43 664 1234567")
    assert offered.challenge is not None
    assert offered.challenge.sending is SendState.WAITING
    assert held(here, ana) == []

    assert wizard.refused(wrong(codes(here)[0])).no is No.WRONG
    outcome = wizard.confirm(codes(here)[0])

    assert isinstance(outcome, Admitted)
    assert len(outcome.show_codes) == 10
    (one,) = here.services.enrolments.held(here.account.id, ana.id)
    assert (one.kind, one.state, one.label, one.strong) == ("sms", {"number": NUMBER}, "•••• 4567", False)
    assert here.person(ana.id).chosen


@pytest.mark.behaviour("B04")
@pytest.mark.parametrize(
    ("typed", "no"),
    [
        ("0664 1234567", No.NUMBER_UNREADABLE),
        ("", No.NUMBER_UNREADABLE),
        ("+43 900 123456", No.NUMBER_NOT_FOR_TEXTS),
        ("+44 7911 123456", No.COUNTRY_NOT_SERVED),
    ],
)
def test_a_number_that_will_not_do_is_refused_and_asked_for_again(
    here: World, ana: Subscriber, typed: str, no: No
) -> None:
    here.texts.countries = frozenset({"AT"})
    wizard = begin(here, ana)
    wizard.offer("sms")
    assert wizard.advance(number=typed) == Refuse(because=Refusal(no))
    assert wizard.look().asks == "number"
    # Another way is open all the same.
    assert wizard.offer("totp").kind == "totp"


def test_a_wrong_number_is_exchanged_and_its_code_is_dead(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)
    wizard.offer("sms")
    wizard.advanced(number=ANOTHER)
    old = codes(here, ANOTHER)[0]

    offered = wizard.start_over()
    assert isinstance(offered, Offered)
    assert offered.asks == "number"
    assert wizard.confirm(old) == GoOn(stage=Stage.SET_UP)
    # The next text waits, whatever number it is for.
    assert wizard.advance(number=NUMBER) == Refuse(
        because=Refusal(No.TOO_SOON, at=here.clock.now() + timedelta(seconds=30))
    )
    here.clock.move(MINUTE)
    wizard.advanced(number=NUMBER)
    assert wizard.refused(old).no is No.WRONG
    assert isinstance(wizard.confirm(codes(here)[0]), Admitted)
    assert held(here, ana) == [("sms", {"number": NUMBER})]


def test_starting_over_where_nothing_was_typed_changes_nothing(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)
    key = wizard.offer("totp").shown["key"]
    again = wizard.start_over()
    assert isinstance(again, Offered)
    assert again.shown["key"] == key


def test_another_code_goes_to_the_same_number_and_the_old_one_costs_nothing(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)
    wizard.offer("sms")
    wizard.advanced(number=NUMBER)
    first_at = here.clock.now()
    assert isinstance(wizard.send_again(), Refuse)
    second_at = here.clock.move(MINUTE)
    assert isinstance(wizard.send_again(), Offered)
    old, new = codes(here)
    for _ in range(11):
        assert wizard.refused(old) == Refusal(No.SUPERSEDED, at=first_at, other_at=second_at)
    assert isinstance(wizard.confirm(new), Admitted)


def test_a_code_is_too_old_after_five_minutes(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)
    wizard.offer("sms")
    wizard.advanced(number=NUMBER)
    sent_at = here.clock.now()
    here.clock.move(5 * MINUTE)
    assert wizard.refused(codes(here)[0]) == Refusal(No.EXPIRED, at=sent_at)


def test_two_tabs_share_one_code(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)
    wizard.offer("email")
    other = Wizard(here, wizard.visit, wizard.token)
    assert other.offer("email").shown == wizard.offer("email").shown
    assert len(codes(here, ana.email)) == 1
    assert isinstance(other.confirm(codes(here, ana.email)[0]), Admitted)


@pytest.mark.behaviour("B01")
def test_mail_is_sent_on_choosing_it_and_its_code_proves_the_address(here: World, ana: Subscriber) -> None:
    unproved = replace(here.person(ana.id), email_proved_at=None)
    assert here.services.people.replace(here.account.id, here.person(ana.id), unproved)
    wizard = begin(here, ana)

    # The mailbox was proved a moment ago; that is no reason to wait.
    offered = wizard.offer("email")
    assert (offered.asks, offered.shown["to"]) == ("", emails.mask(ana.email))
    assert isinstance(wizard.confirm(codes(here, ana.email)[0]), Admitted)

    (one,) = here.services.enrolments.held(here.account.id, ana.id)
    assert (one.kind, one.state, one.label) == ("email", {}, emails.mask(ana.email))
    assert here.person(ana.id).email_proved_at == here.clock.now()


def test_what_cannot_be_sent_is_not_among_the_ways(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)
    assert wizard.look().kinds == ("totp", "sms", "email")
    here.outbox.closed = {"sms"}
    assert wizard.look().kinds == ("totp", "email")
    assert set_up.offer(here.services, wizard.visit, wizard.token, "sms") == Refuse(because=Refusal(No.NOT_ALLOWED))


def test_a_code_that_must_wait_leaves_what_was_pending(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id)
    me = renew(here, enter(here, ana.email), app)
    begin(here, ana, me).offer("email")
    second = begin(here, ana, me)
    second.offer("totp")
    outcome = set_up.offer(here.services, second.visit, second.token, "email")
    assert isinstance(outcome, Refuse)
    assert outcome.because.no is No.TOO_SOON
    assert second.look().offered == "totp"


@pytest.mark.security("SE7")
def test_nothing_is_texted_before_the_mailbox_was_proved(here: World, ana: Subscriber) -> None:
    me = enter(here, ana.email)
    begun = set_up.begin_from_profile(here.services, a_visit(here), me)
    assert isinstance(begun, GoOn)
    wizard = Wizard(here, a_visit(here), str(begun.attempt_token))
    offered = set_up.offer(here.services, wizard.visit, wizard.token, "sms")
    assert offered == Refuse(because=Refusal(No.NEEDS_MAILBOX))
    assert wizard.advance(number=NUMBER) == GoOn(stage=Stage.SET_UP)
    assert wizard.send_again() == GoOn(stage=Stage.SET_UP)
    assert wizard.start_over() == GoOn(stage=Stage.SET_UP)
    assert here.outbox.messages == []


def test_without_an_open_attempt_nothing_goes_on(here: World) -> None:
    wizard = Wizard(here, a_visit(here), "none")
    assert wizard.advance(number=NUMBER) == Ended()
    assert wizard.send_again() == Ended()
    assert wizard.start_over() == Ended()


@pytest.mark.behaviour("A47")
def test_a_new_number_takes_the_place_of_the_old_one_which_is_dead_at_once(here: World, ana: Subscriber) -> None:
    hold_phone(here, ana, ANOTHER, preferred=True)
    require(here)
    ana_ = claim(here, ana)
    outcome = ana_.type(codes(here, ANOTHER)[0])
    assert isinstance(outcome, Admitted)
    me = outcome.session
    half_way = claim(here, ana)
    here.clock.move(MINUTE)
    half_way.send_again()
    wizard = begin(here, ana, _signed_in(here, outcome.session_token))
    wizard.offer("sms")
    assert [one.label for one in wizard.look().replaces] == ["•••• 4321"]
    wizard.advanced(number=NUMBER)
    assert isinstance(wizard.confirm(codes(here)[0]), Admitted)

    (one,) = here.services.enrolments.held(here.account.id, ana.id)
    assert (one.state, one.preferred) == ({"number": NUMBER}, True)
    # A sign-in that was waiting for the old number's code has ended, and nothing goes there any more.
    assert half_way.type(codes(here, ANOTHER)[-1]) == Ended()
    before = len(codes(here, ANOTHER))
    here.clock.move(MINUTE)
    again = claim(here, ana)
    assert len(codes(here, ANOTHER)) == before
    assert isinstance(again.type(codes(here)[-1]), Admitted)
    assert me.person_id == ana.id
    (event,) = [one for one in here.audit.all(here.account.id) if one.kind == "enrolment.replaced"]
    assert NUMBER not in repr(event)


def _signed_in(here: World, token: str) -> SignedIn:
    me = signed_in.who(here.services, a_visit(here), token)
    assert me is not None
    return me


def one_method(here: World) -> None:
    """Let policy want one method at a time."""
    current = here.services.policy.current(here.account.id)
    rules = replace(current.rules, team=replace(current.rules.team, one_method=True))
    version = replace(current, number=current.number + 1, rules=rules)
    assert here.services.policy.add(here.account.id, version)


@pytest.mark.behaviour("A49")
def test_one_method_at_a_time_lets_the_new_one_take_the_place_of_all_others(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id, preferred=True)
    hold_mailbox(here, ana)
    one_method(here)
    me = renew(here, enter(here, ana.email), app)
    wizard = begin(here, ana, me)
    wizard.offer("sms")
    assert {one.kind for one in wizard.look().replaces} == {"totp", "email"}
    wizard.advanced(number=NUMBER)
    assert isinstance(wizard.confirm(codes(here)[0]), Admitted)
    assert held(here, ana) == [("sms", {"number": NUMBER})]
    assert here.services.enrolments.held(here.account.id, ana.id)[0].preferred


@pytest.mark.behaviour("B48")
def test_without_that_rule_several_are_held_and_the_first_stays_the_preferred(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id, preferred=True)
    me = renew(here, enter(here, ana.email), app)
    wizard = begin(here, ana, me)
    wizard.offer("sms")
    assert wizard.look().replaces == ()
    wizard.advanced(number=NUMBER)
    assert isinstance(wizard.confirm(codes(here)[0]), Admitted)
    assert [kind for kind, _ in held(here, ana)] == ["totp", "sms"]


@pytest.mark.behaviour("A56")
def test_a_programmable_token_takes_the_key_of_the_wizard(here: World, ana: Subscriber) -> None:
    wizard = begin(here, ana)
    key = wizard.offer("totp").shown["key"]
    offered = wizard.advanced(algorithm="SHA256", period=60, digits=8)
    assert offered.shown["key"] == key
    assert (offered.shown["algorithm"], offered.challenge) == ("SHA256", None)
    assert wizard.offer("totp").shown == offered.shown
    refused = wizard.advance(digits=7)
    assert refused == Refuse(because=Refusal(No.NOT_ALLOWED))


def test_a_mark_of_a_password_by_mail_stays_when_mail_is_set_up_beside_something(here: World, ana: Subscriber) -> None:
    app = hold(here, ana.id)
    me = renew(here, enter(here, ana.email), app)
    wizard = begin(here, ana, me)
    marked = replace(here.person(ana.id), proved_by_mailbox_at=here.clock.now())
    assert here.services.people.replace(here.account.id, here.person(ana.id), marked)
    wizard.offer("email")
    wizard.confirm(codes(here, ana.email)[0])
    assert here.person(ana.id).proved_by_mailbox_at is not None
    assert isinstance(passcode(here, app), str)
