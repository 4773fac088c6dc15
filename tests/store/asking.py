"""What pages ask the store for, a subject each: for the plans of its statements (test_plans.py)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import START
from tests.store.building import (
    a_call,
    an_act,
    an_event,
    an_import,
    an_import_row,
)
from tests.store.filling import ACCOUNT, id_of
from twofold.core.helping import Act
from twofold.core.ids import PersonId
from twofold.ports.audit import Wanted
from twofold.ports.imports import Became, ImportState, RowState
from twofold.store.cursors import pack_moment

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.ports.services import Services


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
