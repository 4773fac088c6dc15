"""The password: changed with fresh proof, reset by mail without a sign-in, asked for by anybody without a trace."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.flows.profile_kit import LATER, a_visit, choose, enter, hold, mail, renew, stands, token_of, why_not
from twofold.core.links import Purpose
from twofold.core.passwords import PasswordProblem
from twofold.core.refusals import No
from twofold.core.throttle import Lane
from twofold.flows import links, password, sign_in
from twofold.flows.outcomes import Done, GoOn, NeedsProof, Refuse
from twofold.flows.password import ResetView, Unfit

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes import World

NEW = "seven lamps on a wall"


def test_a_change_needs_fresh_proof_ends_other_sessions_and_is_mailed(here: World) -> None:
    ana = here.add_person()
    elsewhere = enter(here, ana.email)
    me = enter(here, ana.email)
    here.clock.move(LATER)

    assert password.change(here.services, a_visit(here), me, new_password=NEW) == NeedsProof(by_passcode=False)

    me = renew(here, me)
    assert password.change(here.services, a_visit(here), me, new_password=NEW) == Done()
    assert stands(here, me)
    assert not stands(here, elsewhere)
    assert "freeze_url" in mail(here, "password_changed").params
    assert "password.changed" in here.kinds()
    enter(here, ana.email, password=NEW)


def test_whoever_holds_a_dormant_factor_proves_with_it_and_not_with_the_password(here: World) -> None:
    ana = here.add_person()
    hold(here, ana.id)
    me = enter(here, ana.email)

    assert password.change(here.services, a_visit(here), me, new_password=NEW) == NeedsProof(by_passcode=True)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("short", PasswordProblem.TOO_SHORT),
        ("x" * 129, PasswordProblem.TOO_LONG),
        ("ana.silva.2026", PasswordProblem.CONTAINS_NAME),
        ("password1234", PasswordProblem.COMMON),
    ],
)
def test_what_cannot_be_a_password_is_never_hashed(here: World, typed: str, problem: PasswordProblem) -> None:
    ana = here.add_person()
    me = enter(here, ana.email)
    before = here.passwords.hashes

    assert password.change(here.services, a_visit(here), me, new_password=typed) == Unfit(problem=problem)
    assert here.passwords.hashes == before


def test_while_too_many_hashes_wait_nothing_is_written(here: World) -> None:
    ana = here.add_person()
    me = enter(here, ana.email)
    here.passwords.busy = True

    outcome = password.change(here.services, a_visit(here), me, new_password=NEW)

    assert isinstance(outcome, Refuse)
    assert outcome.because.no is No.BUSY
    assert here.person(ana.id).password == ana.password


def test_a_reset_signs_nobody_in_and_marks_the_password_as_proved_by_mailbox(here: World) -> None:
    ana = here.add_person()
    app = hold(here, ana.id)
    choose(here, ana.id)
    me = enter(here, ana.email, app)

    token = _ask(here, ana.email)
    assert isinstance(password.look_reset(here.services, a_visit(here), token), ResetView)
    assert password.reset(here.services, a_visit(here), token=token, new_password=NEW) == Done()

    assert not stands(here, me)
    assert here.services.sessions.of_person(here.account.id, ana.id) == []
    assert here.person(ana.id).proved_by_mailbox_at == here.clock.now()
    outcome = sign_in.present_password(here.services, a_visit(here), email=ana.email, password=NEW, next_url="")
    assert isinstance(outcome, GoOn)
    assert mail(here, "password_reset").to == ana.email


def test_a_reset_link_works_once_and_for_half_an_hour(here: World) -> None:
    ana = here.add_person()
    token = _ask(here, ana.email)
    here.clock.move(timedelta(minutes=29))
    late = _ask(here, ana.email)
    assert password.reset(here.services, a_visit(here), token=token, new_password=NEW) == Done()

    again = password.reset(here.services, a_visit(here), token=token, new_password="another long phrase")
    other = password.reset(here.services, a_visit(here), token=late, new_password="another long phrase")
    assert why_not(again) is No.USED
    assert why_not(other) is No.USED

    late = _ask(here, ana.email)
    here.clock.move(timedelta(minutes=30))
    assert why_not(password.look_reset(here.services, a_visit(here), late)) is No.EXPIRED
    assert why_not(password.reset(here.services, a_visit(here), token=late, new_password=NEW)) is No.EXPIRED


def test_an_unfit_new_password_leaves_the_link_good(here: World) -> None:
    ana = here.add_person()
    token = _ask(here, ana.email)

    assert isinstance(password.reset(here.services, a_visit(here), token=token, new_password="short"), Unfit)
    assert password.reset(here.services, a_visit(here), token=token, new_password=NEW) == Done()


def test_a_link_of_another_purpose_resets_nothing(here: World) -> None:
    ana = here.add_person()
    now = here.clock.now()
    with here.services.transactions.begin():
        freezes = links.make(here.services, here.account, Purpose.FREEZE, ana.id, now=now)
        nobodys = links.make(here.services, here.account, Purpose.PASSWORD_RESET, None, now=now)

    for url in (freezes, nobodys):
        outcome = password.reset(here.services, a_visit(here), token=token_of(url), new_password=NEW)
        assert why_not(outcome) is No.ENDED
    assert here.person(ana.id).password == ana.password


def test_suspended_people_get_no_link(here: World) -> None:
    here.add_person(suspended_at=here.clock.now())

    password.forgot(here.services, a_visit(here), email="ana@acme.example")

    (message,) = here.outbox.messages
    assert message.expires_at == message.put_at
    assert message.person_id is None


def test_a_link_is_sent_five_times_an_hour_at_most(here: World) -> None:
    ana = here.add_person()
    for _ in range(8):
        password.forgot(here.services, a_visit(here), email=ana.email)
        here.clock.move(timedelta(minutes=2))

    sent = [one for one in here.outbox.messages if one.expires_at != one.put_at]
    assert len(sent) == 5


def test_a_link_is_sent_as_often_as_the_operator_lets_codes_be_sent(here: World) -> None:
    ana = here.add_person()
    few = replace(here.services.numbers.codes, an_hour=2)
    strict = replace(here.services, numbers=replace(here.services.numbers, codes=few))
    for _ in range(4):
        password.forgot(strict, a_visit(here), email=ana.email)
        here.clock.move(timedelta(minutes=2))

    sent = [one for one in here.outbox.messages if one.expires_at != one.put_at]
    assert len(sent) == 2


def test_one_network_address_does_not_fill_the_mailboxes_of_a_help_desk(here: World) -> None:
    people = [here.add_person(f"p{number}@acme.example") for number in range(32)]
    for person in people:
        password.forgot(here.services, a_visit(here), email=person.email)

    sent = [one for one in here.outbox.messages if one.expires_at != one.put_at]
    assert len(sent) == 30


def test_a_reset_forgets_wrong_passwords_and_no_wrong_codes(here: World) -> None:
    ana = here.add_person()
    for _ in range(5):
        sign_in.present_password(here.services, a_visit(here), email=ana.email, password="wrong", next_url="")
    lane = here.services.counters
    assert lane.replace(here.account.id, Lane.UNKNOWN_BROWSERS.value, ana.id, {"kept": True}, version=0)

    password.reset(here.services, a_visit(here), token=_ask(here, ana.email), new_password=NEW)

    enter(here, ana.email, password=NEW)
    assert lane.load(here.account.id, Lane.UNKNOWN_BROWSERS.value, ana.id)[0] == {"kept": True}


@pytest.mark.security("SJ1")
def test_asking_for_a_link_does_the_same_work_whoever_is_asked_about(here: World) -> None:
    now = here.clock.now()
    here.add_person("known@acme.example")
    two = here.add_person("two@acme.example", chosen=True)
    hold(here, two.id)
    here.add_person("suspended@acme.example", suspended_at=now)
    here.add_person("frozen@acme.example", frozen_at=now)
    here.add_person("provider@acme.example", password=None)
    # The first one from a network address makes its row.
    password.forgot(here.services, a_visit(here), email="first@acme.example")

    work = {
        who: _work(here, lambda who=who: password.forgot(here.services, a_visit(here), email=who))  # type: ignore[misc]
        for who in (
            "known@acme.example",
            "two@acme.example",
            "suspended@acme.example",
            "frozen@acme.example",
            "provider@acme.example",
            "nobody@acme.example",
        )
    }

    assert len(set(work.values())) == 1, work


@pytest.mark.security("SC7")
def test_spellings_of_an_address_share_one_count(here: World) -> None:
    here.add_person()
    for spelling in ("ANA@acme.example", " ana@ACME.example ", "\uff41na@acme.example", "ana@acme.example"):
        password.forgot(here.services, a_visit(here), email=spelling)

    sent = [one for one in here.outbox.messages if one.expires_at != one.put_at]
    assert [one.to for one in sent] == ["ana@acme.example"]


def _work(here: World, act: Callable[[], object]) -> tuple[tuple[str, int], ...]:
    """Count what an act does: hashes, messages, events, and rows of every table."""
    before = _counts(here)
    act()
    after = _counts(here)
    return tuple((name, after[name] - before[name]) for name in sorted(after))


def _counts(here: World) -> dict[str, int]:
    tables = {f"table {number}": len(table) for number, table in enumerate(here.memory._tables)}
    return {**tables, "hashes": here.passwords.hashes, "messages": len(here.outbox.messages)}


def _ask(here: World, email: str) -> str:
    assert password.forgot(here.services, a_visit(here), email=email) == Done()
    return token_of(mail(here, "password_forgotten").params["url"])


def test_a_change_proved_by_the_mailed_password_alone_keeps_the_mark(here: World) -> None:
    ana = here.add_person()
    password.reset(here.services, a_visit(here), token=_ask(here, ana.email), new_password=NEW)
    marked = here.person(ana.id).proved_by_mailbox_at
    me = enter(here, ana.email, password=NEW)

    assert password.change(here.services, a_visit(here), me, new_password="another long phrase") == Done()
    assert here.person(ana.id).proved_by_mailbox_at == marked
