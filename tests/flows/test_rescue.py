"""The operator's way in: what is in the way, what a rescue opens, and what its link leads to."""

from __future__ import annotations

from base64 import b32decode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.fakes import PASSWORD, World
from tests.flows.profile_kit import a_visit, enter, hold, passcode, require, stands
from twofold.core import throttle
from twofold.core.passcodes import hotp, time_step
from twofold.core.passwords import PasswordProblem
from twofold.core.refusals import No
from twofold.core.roles import Role
from twofold.core.throttle import LANES, Lane
from twofold.flows import mail_settings, rescue, second_factor, set_up, sign_in
from twofold.flows.barriers import Barrier, barriers_of
from twofold.flows.explain import explain
from twofold.flows.outcomes import Admitted, Gone, GoOn, Refuse, Stage
from twofold.flows.password import Unfit
from twofold.flows.rescue import Rescued, RescueView

if TYPE_CHECKING:
    from twofold.ports.people import Subscriber

NEW_PASSWORD = "gravel otter lamp"


@pytest.fixture
def owner(here: World) -> Subscriber:
    return here.add_person("ann@acme.example", role=Role.OWNER, name="Ann")


def rescued(here: World, person: Subscriber) -> Rescued:
    outcome = rescue.rescue(here.services, here.account, person.id)
    assert isinstance(outcome, Rescued)
    return outcome


def token_of(outcome: Rescued) -> str:
    return outcome.url.partition("?link=")[2]


def names(here: World, person: Subscriber) -> list[Barrier]:
    found = barriers_of(here.services, here.account, here.person(person.id), now=here.clock.now())
    return [one.barrier for one in found]


def changed(here: World, person: Subscriber, **facts: object) -> Subscriber:
    old = here.person(person.id)
    new = replace(old, **facts)  # type: ignore[arg-type]  # fields by name
    assert here.services.people.replace(here.account.id, old, new)
    return here.person(person.id)


def count_wrong(here: World, person: Subscriber, lane: Lane, times: int, *, apart: timedelta = timedelta()) -> None:
    """Count wrong answers in one lane; time passes between them."""
    tries = throttle.EMPTY
    for _ in range(times):
        here.clock.move(apart)
        tries = throttle.spend(tries, LANES[lane], now=here.clock.now())
    assert here.services.counters.replace(here.account.id, lane.value, person.id, tries.to_json(), version=0)


# --- what is in the way --------------------------------------------------------------------------


def test_nothing_is_in_the_way_of_somebody_who_knows_their_password(here: World, owner: Subscriber) -> None:
    assert names(here, owner) == []


@pytest.mark.parametrize(
    ("facts", "barrier"),
    [
        ({"suspended_at": "now"}, Barrier.SUSPENDED),
        ({"frozen_at": "now"}, Barrier.FROZEN),
        ({"password": None}, Barrier.NO_PASSWORD),
        ({"must_set_up": True}, Barrier.MUST_SET_UP),
        ({"chosen": True}, Barrier.NOTHING_HELD),
        ({"proved_by_mailbox_at": "now"}, Barrier.PROVED_BY_MAILBOX),
    ],
)
def test_each_fact_of_a_person_that_stands_in_the_way_is_named(
    here: World, owner: Subscriber, facts: dict[str, object], barrier: Barrier
) -> None:
    changed(here, owner, **{name: here.clock.now() if value == "now" else value for name, value in facts.items()})
    assert names(here, owner) == [barrier]


def test_a_requirement_without_grace_stands_in_the_way_of_the_empty_handed(here: World, owner: Subscriber) -> None:
    require(here)
    assert names(here, owner) == [Barrier.NOTHING_HELD]
    hold(here, owner.id)
    assert names(here, owner) == [Barrier.NO_RECOVERY_CODES]


@pytest.mark.parametrize("lane", [Lane.UNKNOWN_BROWSERS, Lane.KNOWN_BROWSER, Lane.RECOVERY, Lane.PASSWORD_DAY])
def test_a_shut_lane_is_named_with_the_time_it_opens(here: World, owner: Subscriber, lane: Lane) -> None:
    most = max(window.most for window in LANES[lane].windows)
    count_wrong(here, owner, lane, most)
    [found] = barriers_of(here.services, here.account, owner, now=here.clock.now())
    assert (found.barrier, found.detail) == (Barrier.WAITING, lane.value)
    assert found.at is not None
    assert found.at > here.clock.now()


def test_a_hard_stop_is_named(here: World, owner: Subscriber) -> None:
    most = LANES[Lane.UNKNOWN_BROWSERS].hard_stop
    assert most is not None
    count_wrong(here, owner, Lane.UNKNOWN_BROWSERS, most, apart=timedelta(hours=1))
    assert Barrier.LOCKED in names(here, owner)


def test_mail_that_does_not_leave_is_named(here: World, owner: Subscriber) -> None:
    here = replace(here, services=replace(here.services, mail_leaves_anyway=False))
    assert names(here, owner) == [Barrier.NO_MAIL]
    assert here.services.kept.replace(here.account.id, mail_settings.MAIL, {"host": "smtp.acme.example"}, version=0)
    assert names(here, owner) == []


# --- explain -------------------------------------------------------------------------------------


def test_explain_writes_nothing_and_knows_every_browser(here: World, owner: Subscriber) -> None:
    changed(here, owner, chosen=True)
    app = hold(here, owner.id)
    enter(here, owner.email, app)
    before = here.kinds()
    found = explain(here.services, here.account, " Ann@ACME.example")
    assert found is not None
    assert here.kinds() == before
    assert found.person.id == owner.id
    assert found.standing.asked
    assert [one.id for one in found.held] == [app.id]
    assert type(found.step).__name__ == "AskSecondFactor"
    assert [(known.name, type(step).__name__) for known, step in found.browsers] == [("Firefox on Linux", "Admit")]


@pytest.mark.parametrize("email", ["nobody@acme.example", "not an address", ""])
def test_explain_of_nobody_is_nothing(here: World, email: str) -> None:
    assert explain(here.services, here.account, email) is None


# --- rescue --------------------------------------------------------------------------------------


@pytest.mark.behaviour("A63")
def test_a_rescue_opens_what_it_can_records_it_and_mails_every_owner(here: World, owner: Subscriber) -> None:
    other = here.add_person("bob@acme.example", role=Role.OWNER, name="Bob")
    admin = here.add_person("cat@acme.example", role=Role.ADMIN, name="Cat")
    changed(here, owner, suspended_at=here.clock.now())
    count_wrong(here, owner, Lane.UNKNOWN_BROWSERS, 1)
    outcome = rescued(here, owner)
    assert here.person(owner.id).suspended_at is None
    assert names(here, owner) == []
    assert here.kinds() == ["person.rescued"]
    [event] = here.audit.all(here.account.id)
    assert (event.actor, event.person_id) == ("operator", owner.id)
    assert event.detail == {"opened": ["suspended", "waiting"]}
    told = {message.to: message for message in here.outbox.messages}
    assert set(told) == {owner.email, other.email}
    assert admin.email not in told
    for message in here.outbox.messages:
        assert message.template == "rescued"
        assert token_of(outcome) not in str(message.params)
        assert outcome.code not in str(message.params)
    assert outcome.url_until - here.clock.now() == timedelta(minutes=15)
    assert outcome.code not in repr(outcome)
    assert outcome.url not in repr(outcome)


def test_a_rescue_takes_nothing_away_before_its_link_is_opened(here: World, owner: Subscriber) -> None:
    app = hold(here, owner.id)
    changed(here, owner, chosen=True)
    me = enter(here, owner.email, app)
    rescued(here, owner)
    assert stands(here, me)
    assert [one.id for one in here.services.enrolments.held(here.account.id, owner.id)] == [app.id]
    enter(here, owner.email, app)


def test_a_frozen_sign_in_stays_frozen_until_the_link_gave_it_a_new_password(here: World, owner: Subscriber) -> None:
    changed(here, owner, frozen_at=here.clock.now())
    outcome = rescued(here, owner)
    assert here.person(owner.id).frozen_at is not None
    followed = rescue.follow(here.services, a_visit(here), token_of(outcome), new_password="")
    assert followed == Unfit(problem=PasswordProblem.TOO_SHORT)
    assert isinstance(rescue.follow(here.services, a_visit(here), token_of(outcome), new_password=NEW_PASSWORD), GoOn)
    assert here.person(owner.id).frozen_at is None


def test_the_code_of_a_rescue_is_good_for_one_sign_in_beside_the_password(here: World, owner: Subscriber) -> None:
    changed(here, owner, chosen=True)
    hold(here, owner.id)
    code = rescued(here, owner).code
    outcomes = []
    for _ in range(2):
        begun = sign_in.present_password(
            here.services, a_visit(here), email=owner.email, password=PASSWORD, next_url=""
        )
        assert isinstance(begun, GoOn)
        assert begun.attempt_token is not None
        outcomes.append(
            second_factor.present_second_factor(
                here.services,
                a_visit(here),
                attempt_token=begun.attempt_token,
                kind="",
                answer={"passcode": code},
                trust_device=False,
            )
        )
    first, second = outcomes
    assert isinstance(first, Admitted)
    assert isinstance(second, Refuse)
    assert second.because.no is No.USED_RECOVERY_CODE


def test_the_code_of_a_rescue_ends_after_a_day(here: World, owner: Subscriber) -> None:
    changed(here, owner, chosen=True)
    hold(here, owner.id)
    outcome = rescued(here, owner)
    here.clock.set(outcome.code_until)
    begun = sign_in.present_password(here.services, a_visit(here), email=owner.email, password=PASSWORD, next_url="")
    assert isinstance(begun, GoOn)
    assert begun.attempt_token is not None
    refused = second_factor.present_second_factor(
        here.services,
        a_visit(here),
        attempt_token=begun.attempt_token,
        kind="",
        answer={"passcode": outcome.code},
        trust_device=False,
    )
    assert isinstance(refused, Refuse)


def test_a_second_rescue_ends_the_link_of_the_first(here: World, owner: Subscriber) -> None:
    first, second = rescued(here, owner), rescued(here, owner)
    assert isinstance(rescue.look(here.services, a_visit(here), token_of(first)), Refuse)
    assert isinstance(rescue.look(here.services, a_visit(here), token_of(second)), RescueView)


def test_nobody_is_rescued_twice_over(here: World, owner: Subscriber) -> None:
    here.services.people.remove(here.account.id, owner.id)
    assert isinstance(rescue.rescue(here.services, here.account, owner.id), Gone)
    assert here.kinds() == []


# --- the link ------------------------------------------------------------------------------------


def test_the_link_leads_through_a_new_password_and_set_up_to_a_session(here: World, owner: Subscriber) -> None:
    changed(here, owner, chosen=True)
    old = hold(here, owner.id, label="Lost")
    me = enter(here, owner.email, old)
    visit = a_visit(here)
    followed = rescue.follow(here.services, visit, token_of(rescued(here, owner)), new_password=NEW_PASSWORD)
    assert isinstance(followed, GoOn)
    assert followed.stage is Stage.SET_UP
    assert followed.attempt_token is not None
    assert not stands(here, me)
    assert here.services.enrolments.held(here.account.id, owner.id) == ()
    assert here.services.browsers.of_person(here.account.id, owner.id)[0].trust is None
    view = set_up.look(here.services, visit, followed.attempt_token)
    assert isinstance(view, set_up.SetUpView)
    # The operator vouches for the mailbox.
    assert view.mailbox is None
    offered = set_up.offer(here.services, visit, followed.attempt_token, "totp")
    assert isinstance(offered, set_up.Offered)
    key = str(offered.shown["key"])
    admitted = set_up.confirm(here.services, visit, followed.attempt_token, {"passcode": _code(here, key)})
    assert isinstance(admitted, Admitted)
    assert admitted.show_codes
    person = here.person(owner.id)
    assert not person.must_set_up
    assert person.password != owner.password


def _code(here: World, key: str) -> str:
    return hotp(b32decode(key), time_step(here.clock.now()))


def test_who_knows_their_password_may_keep_it(here: World, owner: Subscriber) -> None:
    token = token_of(rescued(here, owner))
    view = rescue.look(here.services, a_visit(here), token)
    assert isinstance(view, RescueView)
    assert view.may_keep_password
    assert isinstance(rescue.follow(here.services, a_visit(here), token, new_password=""), GoOn)
    assert here.person(owner.id).password == owner.password


def test_who_has_no_password_has_to_choose_one(here: World) -> None:
    invited = here.add_person("dora@acme.example", password=None)
    token = token_of(rescued(here, invited))
    view = rescue.look(here.services, a_visit(here), token)
    assert isinstance(view, RescueView)
    assert not view.may_keep_password
    assert isinstance(rescue.follow(here.services, a_visit(here), token, new_password=""), Unfit)
    assert isinstance(rescue.follow(here.services, a_visit(here), token, new_password=NEW_PASSWORD), GoOn)


def test_a_password_that_will_not_do_leaves_the_link_good(here: World, owner: Subscriber) -> None:
    token = token_of(rescued(here, owner))
    assert rescue.follow(here.services, a_visit(here), token, new_password="password1234") == Unfit(
        problem=PasswordProblem.COMMON
    )
    here.passwords.busy = True
    busy = rescue.follow(here.services, a_visit(here), token, new_password=NEW_PASSWORD)
    assert isinstance(busy, Refuse)
    assert busy.because.no is No.BUSY
    here.passwords.busy = False
    assert isinstance(rescue.look(here.services, a_visit(here), token), RescueView)


def test_the_link_works_once(here: World, owner: Subscriber) -> None:
    token = token_of(rescued(here, owner))
    assert isinstance(rescue.follow(here.services, a_visit(here), token, new_password=""), GoOn)
    again = rescue.follow(here.services, a_visit(here), token, new_password="")
    assert isinstance(again, Refuse)
    assert again.because.no is No.USED


@pytest.mark.parametrize("how", ["late", "suspended", "removed", "forged", "empty"])
def test_the_link_opens_nothing_when(here: World, owner: Subscriber, how: str) -> None:
    token = token_of(rescued(here, owner))
    match how:
        case "late":
            here.clock.move(timedelta(minutes=15))
        case "suspended":
            changed(here, owner, suspended_at=here.clock.now())
        case "removed":
            here.services.people.remove(here.account.id, owner.id)
        case "forged":
            token = token[::-1]
        case _:
            token = ""
    assert isinstance(rescue.look(here.services, a_visit(here), token), Refuse)
    assert isinstance(rescue.follow(here.services, a_visit(here), token, new_password=NEW_PASSWORD), Refuse)


def test_the_passcode_of_what_was_taken_away_opens_nothing(here: World, owner: Subscriber) -> None:
    changed(here, owner, chosen=True)
    old = hold(here, owner.id)
    rescue.follow(here.services, a_visit(here), token_of(rescued(here, owner)), new_password="")
    begun = sign_in.present_password(here.services, a_visit(here), email=owner.email, password=PASSWORD, next_url="")
    assert isinstance(begun, GoOn)
    assert begun.stage is Stage.SET_UP
    assert begun.attempt_token is not None
    outcome = second_factor.present_second_factor(
        here.services,
        a_visit(here),
        attempt_token=begun.attempt_token,
        kind="totp",
        answer={"passcode": passcode(here, old)},
        trust_device=False,
    )
    assert not isinstance(outcome, Admitted)
