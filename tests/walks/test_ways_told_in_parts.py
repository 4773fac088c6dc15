"""Whoever is told of ways that count no more is told in parts, each once, whatever happens meanwhile."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.walks import codes
from tests.walks.test_told_in_parts import Killed, done_meanwhile, work
from twofold.core.policy import Accepts
from twofold.delivery.worker import LEASE_FOR
from twofold.flows import ways_told
from twofold.flows.ways_told import COUNT_AGAIN, STOP
from twofold.ports.announced import Stopping
from twofold.ports.jobs import TELL_WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.kit import Desk, Somebody
    from twofold.core.rules import Rules

PEOPLE: Final = 7
APP_ONLY: Final = frozenset({"totp"})


@pytest.fixture
def people(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Somebody]:
    """Have everybody of a team asked, and holding texts alone; three are told at a time."""
    monkeypatch.setattr(ways_told, "CHUNK", 3)
    codes.texts_go_to(desk, "AT")
    people = [desk.add(f"p{number}@acme.example") for number in range(PEOPLE)]
    for one in people:
        codes.give_phone(desk, one)
    desk.require()
    return people


def save(desk: Desk, kinds: frozenset[str] | None) -> None:
    """Save which ways count, as a page does, and put what tells of it."""
    until = desk.clock.now() + timedelta(days=14)
    accepts = Accepts(kinds=kinds, old_ones_prove_until=None if kinds is None else until)

    def change(rules: Rules) -> Rules:
        return replace(rules, team=replace(rules.team, accepts=accepts))

    old = desk.services.policy.current(desk.account.id)
    desk.rules(change)
    new = desk.services.policy.current(desk.account.id)
    ways_told.put_for(desk.services, desk.account, old, new, now=desk.clock.now())


def everybody(people: list[Somebody]) -> list[str]:
    return sorted(one.email for one in people)


def told(desk: Desk, template: str) -> list[str]:
    return sorted(mail.to for mail in desk.mails(template))


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.parametrize(
    "place", [("reports", "walk"), ("jobs", "done"), ("stopping", "keep"), ("outbox", "put"), ("jobs", "add")]
)
def test_killed_anywhere_nobody_is_told_twice(
    desk: Desk, people: list[Somebody], monkeypatch: pytest.MonkeyPatch, place: tuple[str, str], call: int
) -> None:
    save(desk, APP_ONLY)
    port, method = place
    kind = type(getattr(desk.services, port))
    real: Callable[..., Any] = getattr(kind, method)
    calls = 0

    def dies(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise Killed
        return real(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(kind, method, dies)
        with suppress(Killed):
            work(desk)
    desk.clock.move(LEASE_FOR + timedelta(seconds=1))
    assert told(desk, STOP) == everybody(people)


def test_another_policy_meanwhile_costs_nobody_their_mail(desk: Desk, people: list[Somebody]) -> None:
    save(desk, APP_ONLY)
    done_meanwhile(desk, TELL_WAYS, lambda: desk.rules(lambda rules: rules))
    assert told(desk, STOP) == everybody(people)


def test_whoever_was_told_meanwhile_is_not_told_again(desk: Desk, people: list[Somebody]) -> None:
    save(desk, APP_ONLY)
    until = desk.services.policy.current(desk.account.id).rules.team.accepts.old_ones_prove_until
    first = min(one.id for one in people)

    def tell_them() -> None:
        with desk.services.transactions.begin():
            desk.services.stopping.keep(desk.account.id, first, Stopping(ways={"sms": until}))

    done_meanwhile(desk, TELL_WAYS, tell_them)
    assert told(desk, STOP) == everybody([one for one in people if one.id != first])


def test_what_is_taken_back_half_way_is_told_to_those_who_heard_of_it(desk: Desk, people: list[Somebody]) -> None:
    save(desk, APP_ONLY)
    jobs: Any = desk.services.jobs
    job = jobs.lease_next(desk.clock.now(), LEASE_FOR)
    part = ways_told.look(desk.services, desk.account, job.body, now=desk.clock.now())
    with desk.services.transactions.begin():
        assert jobs.done(job, at=desk.clock.now())
        ways_told.tell_part(desk.services, desk.account, job.body, part, now=desk.clock.now())
    save(desk, None)
    heard = told(desk, STOP)
    assert len(heard) == 3
    assert told(desk, COUNT_AGAIN) == heard
    assert {*heard} < {*everybody(people)}


def test_people_in_several_lists_are_told_once(desk: Desk, people: list[Somebody]) -> None:
    save(desk, APP_ONLY)
    ids = [one.id for one in people]
    with desk.services.transactions.begin():
        ways_told.put_for_some(desk.services, desk.account.id, ids, now=desk.clock.now())
        ways_told.put_for_some(desk.services, desk.account.id, [], now=desk.clock.now())
    assert told(desk, STOP) == everybody(people)
