"""The worker tells somebody of what holds for them while an admin changes that, or removes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from tests.databases import NEEDS_POSTGRESQL
from tests.races.test_one_order import Held, held, meet
from tests.store.building import RING
from twofold.core.groups import Extra
from twofold.core.wanted import Requirement
from twofold.delivery import roll_out
from twofold.flows import called_off, exemptions, own_rule_told
from twofold.flows.person_change import alone_with
from twofold.ports.jobs import EXEMPTION_ENDS, TELL_OWN_RULE
from twofold.store import rows
from twofold.store.jobs import JobStore
from twofold.store.sealing import Sealer
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.kit import Desk, Somebody

__all__ = ["held"]

DONE = 200

WRITES = range(1, 30)


def worker(desk: Desk, kind: str) -> Callable[[], int]:
    """Return what does the next job of a kind, as the worker does; whatever is due before it is left lying."""
    rows.write("UPDATE job SET run_at = 0 WHERE account = %s AND kind = %s", (desk.account.id, kind))
    jobs = JobStore(Sealer(lambda: RING, SystemEntropy()))
    job = jobs.lease_next(desk.clock.now(), timedelta(minutes=2))
    while job is not None and job.kind != kind:
        job = jobs.lease_next(desk.clock.now(), timedelta(minutes=2))
    assert job is not None
    leased, services = job, desk.services
    needs: Any = SimpleNamespace(
        services=services,
        accounts=services.accounts,
        clock=desk.clock,
        jobs=jobs,
        transactions=services.transactions,
    )

    def do() -> int:
        roll_out.PARTS[kind](needs, leased)
        return DONE

    return do


def write(desk: Desk, ann: Somebody, *, days: int) -> Callable[[], int]:
    """Return the act of requiring a second factor of Ann in some days."""
    services, account, now = desk.services, desk.account, desk.clock.now()

    def do() -> int:
        with services.transactions.begin():
            alone_with(services, account.id, ann.id)
            old = services.people.by_id(account.id, ann.id)
            assert old is not None
            new = replace(old, own_rule=Extra(required=Requirement(starts_at=now + timedelta(days=days))))
            assert services.people.replace(account.id, old, new)
            own_rule_told.put(services, account, old, replace(new, version=old.version + 1), now=now)
        return DONE

    return do


def exempted(desk: Desk, email: str) -> Somebody:
    """Add somebody whose own rule asks them, and who is exempt for a month."""
    services, account, now = desk.services, desk.account, desk.clock.now()
    until = now + timedelta(days=30)
    ann, ada = desk.add(email), desk.add(f"ada-of-{email}")
    asked = Extra(required=Requirement(starts_at=now - timedelta(days=1)))
    desk.change(ann, exempt_until=until, exempt_because="x", own_rule=asked)
    with services.transactions.begin():
        exemptions.put_warnings(services, account.id, until=until, by=ada.id, now=now, person=ann.id)
    return ann


@NEEDS_POSTGRESQL
@pytest.mark.security("SB5")
def test_whoever_saves_another_rule_is_not_taken_back(desk_on_postgresql: Desk, held: Held) -> None:
    desk = desk_on_postgresql
    for at in WRITES:
        ann = desk.add(f"ann{at}@acme.example")
        assert write(desk, ann, days=3)() == DONE
        got_there, answers = meet(held, worker(desk, TELL_OWN_RULE), write(desk, ann, days=5), at)
        assert set(answers) == {DONE}, f"held at write {at}: {answers}"
        if not got_there:
            break
    assert at > 1, "it was never held"


@NEEDS_POSTGRESQL
@pytest.mark.security("SB5")
def test_whoever_removes_somebody_is_not_taken_back(desk_on_postgresql: Desk, held: Held) -> None:
    desk = desk_on_postgresql
    services, account = desk.services, desk.account
    for at in WRITES:
        ann = exempted(desk, f"ann{at}@acme.example")

        def remove(ann: Somebody = ann) -> int:
            with services.transactions.begin():
                alone_with(services, account.id, ann.id)
                services.people.remove(account.id, ann.id)
            return DONE

        got_there, answers = meet(held, worker(desk, EXEMPTION_ENDS), remove, at)
        assert set(answers) == {DONE}, f"held at write {at}: {answers}"
        if not got_there:
            break
    assert at > 1, "it was never held"


@NEEDS_POSTGRESQL
def test_nobody_is_told_of_the_end_of_what_was_ended_meanwhile(desk_on_postgresql: Desk, held: Held) -> None:
    desk = desk_on_postgresql
    services, account, now = desk.services, desk.account, desk.clock.now()
    ann = exempted(desk, "ann@acme.example")

    def end() -> int:
        with services.transactions.begin():
            alone_with(services, account.id, ann.id)
            old = services.people.by_id(account.id, ann.id)
            assert old is not None
            asked = replace(old, exempt_until=None, exempt_because="")
            assert services.people.replace(account.id, old, asked)
            called_off.learn(services, account, asked, services.policy.current(account.id).rules, now=now)
        return DONE

    _, answers = meet(held, end, worker(desk, EXEMPTION_ENDS), 1)

    assert answers == [DONE, DONE]
    assert not desk.mails("exemption_ends", to=ann.email)
