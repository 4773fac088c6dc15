"""What pages ask the store for, a subject each: for the plans of its statements (test_plans.py)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import START
from tests.store.building import (
    a_browser,
    a_call,
    a_known_browser,
    a_session,
    an_act,
    an_attempt,
    an_event,
    an_import,
    an_import_row,
)
from tests.store.filling import ACCOUNT, id_of
from twofold.core.helping import Act
from twofold.core.ids import PersonId
from twofold.core.roles import Audience
from twofold.core.rules import default_rules
from twofold.flows import shut_out
from twofold.ports.audit import Wanted
from twofold.ports.imports import Became, ImportState, RowState
from twofold.store.cursors import pack_moment

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.ports.services import Services


def shut_out_of_many(services: Services, entropy: FakeEntropy) -> None:
    """Page through those whom the worker kept of a large audience: nobody else is read."""
    kept = shut_out.ShutOut(9000, tuple(PersonId(id_of(number)) for number in range(1, shut_out.KEPT_MOST + 1)))
    listed = shut_out.listed(
        services, ACCOUNT, Audience.END_USERS, default_rules(), now=START, behind=id_of(3), kept=kept
    )
    assert sum(one.looked_at for one in listed) == shut_out.KEPT_MOST - 3


def imports(services: Services, entropy: FakeEntropy) -> None:
    one = an_import(entropy, after=timedelta(days=5000))
    assert services.imports.add(ACCOUNT, one)
    assert services.imports.replace(ACCOUNT, one, replace(one, state=ImportState.READY))
    services.imports.add_part(ACCOUNT, one.id, 0, "email")
    assert services.imports.part(ACCOUNT, one.id, 0) == "email"
    services.imports.forget_file(ACCOUNT, one.id)
    rows = [an_import_row(number) for number in range(2, 300)]
    services.imports.add_rows(ACCOUNT, one.id, rows)
    assert len(services.imports.first_lines(ACCOUNT, one.id, [str(row.key) for row in rows])) == len(rows)
    first = services.imports.rows(ACCOUNT, one.id, RowState.NEW, most=50)
    services.imports.rows(ACCOUNT, one.id, RowState.NEW, behind=first[-1].line, most=50)
    services.imports.rows(ACCOUNT, one.id, RowState.NEW, before=first[-1].line, most=50)
    services.imports.became(ACCOUNT, one.id, [Became(row.line, RowState.ADDED, PersonId(id_of(1))) for row in first])
    services.imports.uninvited(ACCOUNT, one.id, most=100)
    assert len(services.imports.known(ACCOUNT, [f"p{number}@acme.example" for number in range(1, 500)])) == 499
    services.imports.by_id(ACCOUNT, one.id)
    services.imports.newest(ACCOUNT, size=1)
    services.imports.newest(ACCOUNT, after=pack_moment(5, one.id), size=1)
    ended = replace(one, finished_at=START, version=1)
    assert services.imports.replace(ACCOUNT, ended, ended)


def audit_log(services: Services, entropy: FakeEntropy) -> None:
    who, other = PersonId(entropy.new_id()), PersonId(entropy.new_id())
    services.audit.record(ACCOUNT, an_event(entropy, to=who, by=other))
    whole = Wanted(
        person=who, actor=other, kind="x", address="192.0.2.7", since=START, until=START + timedelta(minutes=1)
    )
    for wanted in (
        Wanted(),
        Wanted(person=who),
        Wanted(actor=other),
        Wanted(kind="second_factor.refused"),
        Wanted(kind=""),
        Wanted(address="192.0.2.7"),
        Wanted(since=START, until=START + timedelta(microseconds=50)),
        Wanted(address="192.0.2.7", kind="x"),
        whole,
    ):
        older = services.audit.search(ACCOUNT, wanted).older
        services.audit.search(ACCOUNT, wanted, before=older)
        _, following = services.audit.chunk(ACCOUNT, wanted, most=100)
        services.audit.chunk(ACCOUNT, wanted, after=following, most=100)
    some = [PersonId(id_of(number)) for number in range(1, 201)]
    assert len(services.audit.newest_of(ACCOUNT, some)) == 200
    assert not services.audit.newest_of(ACCOUNT, some, kind="exemption.given")
    services.audit.ends(ACCOUNT)
    services.audit.horizon(ACCOUNT)
    services.people.names(ACCOUNT, [PersonId(id_of(number)) for number in range(1, 1001)])
    services.people.by_ids(ACCOUNT, [PersonId(id_of(number)) for number in range(1, 1001)])


def helping(services: Services, entropy: FakeEntropy) -> None:
    act, call = an_act(entropy, PersonId(entropy.new_id())), a_call(entropy, PersonId(entropy.new_id()))
    services.help_acts.add(ACCOUNT, act)
    services.help_acts.by_id(ACCOUNT, act.id)
    assert services.help_acts.replace(ACCOUNT, act, act)
    first = services.help_acts.open_page(ACCOUNT, now=START)
    assert first.after
    services.help_acts.open_page(ACCOUNT, now=START, after=first.after)
    assert services.help_acts.count_open(ACCOUNT, now=START, most=1001) == 1001
    services.help_acts.open_about(ACCOUNT, act.person_id, now=START)
    services.help_acts.sorts_done(ACCOUNT, act.asked_by, act.person_id, since=START)
    services.help_acts.times_done(ACCOUNT, act.person_id, act.act)
    services.help_acts.done_to(ACCOUNT, act.asked_by, [Act.CODE, Act.SET_PASSWORD], since=START)
    services.help_calls.add(ACCOUNT, call)
    services.help_calls.by_id(ACCOUNT, call.id)
    services.help_calls.of_attempt(ACCOUNT, call.attempt_id)
    for end_users in (False, True):
        calls = services.help_calls.open_page(ACCOUNT, since=START, end_users=end_users)
        assert calls.after
        services.help_calls.open_page(ACCOUNT, since=START, end_users=end_users, after=calls.after)
        assert services.help_calls.count_open(ACCOUNT, since=START, end_users=end_users, most=1001) == 1001
    services.help_calls.open_ones(ACCOUNT, call.person_id, since=START)
    assert services.help_calls.close(ACCOUNT, call.id, by=act.asked_by, at=START)


def attempts(services: Services, entropy: FakeEntropy) -> None:
    attempt = an_attempt(entropy, PersonId(entropy.new_id()))
    services.attempts.begin(ACCOUNT, attempt, token_digest="plan")
    services.attempts.by_token(ACCOUNT, "plan")
    services.attempts.with_person(ACCOUNT, "plan")
    assert services.attempts.replace(ACCOUNT, attempt, attempt)
    assert services.attempts.close(ACCOUNT, replace(attempt, version=1), at=START)
    services.attempts.end_all(ACCOUNT, attempt.person_id, at=START)
    subject = entropy.new_id()
    services.counters.load_all(ACCOUNT, [("a", subject), ("b", subject), ("address_password", "192.0.2.1")])
    assert services.counters.replace(ACCOUNT, "a", subject, {}, version=0)
    assert services.counters.replace(ACCOUNT, "a", subject, {}, version=1)
    services.counters.forget(ACCOUNT, subject)


def sessions(services: Services, entropy: FakeEntropy) -> None:
    session = a_session(entropy, PersonId(entropy.new_id()))
    who = session.person_id
    services.sessions.add(ACCOUNT, session, token_digest="plan")
    services.sessions.by_token(ACCOUNT, "plan")
    assert services.sessions.replace(ACCOUNT, session, session)
    services.sessions.seen(ACCOUNT, session.id, START + timedelta(hours=1))
    services.sessions.of_person(ACCOUNT, who)
    assert services.sessions.is_open(ACCOUNT, who, session.id)
    services.sessions.end_of_browser(ACCOUNT, who, a_browser(entropy).id, at=START, but=session.id)
    assert services.sessions.end(ACCOUNT, who, session.id, at=START)
    services.sessions.end_all(ACCOUNT, who, at=START)


def browsers(services: Services, entropy: FakeEntropy) -> None:
    browser, who = a_browser(entropy), PersonId(entropy.new_id())
    services.browsers.add(ACCOUNT, browser)
    services.browsers.find(ACCOUNT, browser.id)
    services.browsers.remember(ACCOUNT, a_known_browser(browser.id, who), most=10)
    assert services.browsers.known(ACCOUNT, browser.id, who)
    services.browsers.others_trust(ACCOUNT, browser.id, who)
    assert services.browsers.rotate(ACCOUNT, browser, current="2" * 64, previous=None)
    services.browsers.of_person(ACCOUNT, who)
    assert services.browsers.end_trust(ACCOUNT, who) == 1
    assert services.browsers.rename(ACCOUNT, who, browser.id, "x")
    services.browsers.end_series(ACCOUNT, browser.id)
