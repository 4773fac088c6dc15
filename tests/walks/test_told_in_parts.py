"""Mails to many are put in parts: looked for before the transaction, and what changed meanwhile is not overlooked."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.walks.group_kit import PAGE
from twofold.core.groups import Group
from twofold.core.ids import GroupId
from twofold.core.roles import Role
from twofold.delivery import roll_out
from twofold.delivery.worker import LEASE_FOR
from twofold.flows import exemption_ends, notices, set_up_told, telling_many
from twofold.flows.set_up_told import WANTED, announce
from twofold.ports.jobs import EXEMPTION_ENDS, TELL_SET_UP, TELL_THE_REST
from twofold.store.outbox import MESSAGE
from twofold.store.rows import many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.core.json import JsonObject
    from twofold.core.rules import Rules

PEOPLE: Final = 7
WEAKENED: Final[JsonObject] = {"by": "Olga", "changes": [], "because": "", "url": "http://localhost/"}
CLEAN: Final = GroupId("c" * 26)


class Killed(BaseException):
    """The process was killed here: nothing of ours catches this."""


@pytest.fixture
def people(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> list[Somebody]:
    """Have everybody of a team asked for a second factor, and told of it three at a time."""
    monkeypatch.setattr(set_up_told, "CHUNK", 3)
    people = [desk.add(f"p{number}@acme.example") for number in range(PEOPLE)]
    desk.require()
    announced(desk)
    return people


def announced(desk: Desk) -> None:
    rules = desk.services.policy.current(desk.account.id).rules
    announce(desk.services, desk.account, rules, WANTED, {}, now=desk.clock.now())


def work(desk: Desk) -> None:
    """Do the parts that are due. What they put is leased with them, and comes out again when that is over."""
    jobs: Any = desk.services.jobs
    while (job := jobs.lease_next(desk.clock.now(), LEASE_FOR)) is not None:
        if job.kind in roll_out.PARTS:
            roll_out.PARTS[job.kind](desk.worker_needs(), job)


def done_meanwhile(desk: Desk, kind: str, happens: Callable[[], object]) -> None:
    """Do the next job of a kind, and have this happen between looking and telling."""

    class _Late:
        @contextmanager
        def begin(self, *, lasting: bool = True) -> Iterator[None]:
            happens()
            with desk.services.transactions.begin(lasting=lasting):
                yield

    jobs: Any = desk.services.jobs
    job = jobs.lease_next(desk.clock.now(), LEASE_FOR)
    while job.kind == MESSAGE:
        assert jobs.done(job, at=desk.clock.now())
        job = jobs.lease_next(desk.clock.now(), LEASE_FOR)
    assert job.kind == kind
    needs: Any = replace(desk.worker_needs(), transactions=_Late())  # type: ignore[arg-type]  # what the parts use
    roll_out.PARTS[kind](needs, job)


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.parametrize(
    "place", [("reports", "walk"), ("jobs", "done"), ("people", "names"), ("outbox", "put"), ("jobs", "add")]
)
def test_killed_anywhere_nobody_is_told_twice(
    desk: Desk, people: list[Somebody], monkeypatch: pytest.MonkeyPatch, place: tuple[str, str], call: int
) -> None:
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
    assert sorted(mail.to for mail in desk.mails(WANTED)) == sorted(one.email for one in people)


def test_a_requirement_that_ends_meanwhile_is_told_of_to_nobody(desk: Desk, people: list[Somebody]) -> None:
    done_meanwhile(desk, TELL_SET_UP, lambda: desk.require(team=False))
    assert people
    assert not desk.mails(WANTED)


def test_another_policy_meanwhile_costs_nobody_their_mail(desk: Desk, people: list[Somebody]) -> None:
    done_meanwhile(desk, TELL_SET_UP, lambda: desk.rules(lambda rules: rules))
    assert sorted(mail.to for mail in desk.mails(WANTED)) == sorted(one.email for one in people)


def test_whoever_is_erased_meanwhile_is_not_written_to(desk: Desk, people: list[Somebody]) -> None:
    first = min(people, key=lambda one: one.id)
    done_meanwhile(desk, TELL_SET_UP, lambda: desk.services.people.remove(desk.account.id, first.id))
    assert sorted(mail.to for mail in desk.mails(WANTED)) == sorted(one.email for one in people if one is not first)


def test_the_link_goes_to_the_address_that_counts_now(desk: Desk, people: list[Somebody]) -> None:
    first = min(people, key=lambda one: one.id)
    done_meanwhile(desk, TELL_SET_UP, lambda: desk.change(first, email="new@acme.example"))
    told = {mail.to for mail in desk.mails(WANTED)}
    assert "new@acme.example" in told
    assert first.email not in told


@pytest.mark.parametrize("is_over", [True, False])
def test_a_groups_exemption_that_changes_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, browser: Browser, *, is_over: bool
) -> None:
    monkeypatch.setattr(exemption_ends, "CHUNK", 3)
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    desk.rules(lambda rules: replace(rules, groups={CLEAN: Group(name="Clean", domains=frozenset({"clean.example"}))}))
    desk.require()
    people = [desk.add(f"p{number}@clean.example") for number in range(4)]
    owner = desk.sign_in(olive, browser)
    owner.get(f"{PAGE}/{CLEAN}/exempt")
    until = (desk.clock.now() + timedelta(days=20)).date().isoformat()
    owner.submit({"until": until, "reason": "No phones in there"}, having="until")
    desk.mails()
    desk.forward(days=14)

    done_meanwhile(desk, EXEMPTION_ENDS, lambda: desk.rules(_ended if is_over else lambda rules: rules))
    assert sorted(mail.to for mail in desk.mails("exemption_ends")) == (
        [] if is_over else [one.email for one in people]
    )
    assert len(desk.mails("exemption_ends_told")) == (0 if is_over else 1)


def _ended(rules: Rules) -> Rules:
    group = rules.groups[CLEAN]
    return replace(rules, groups={CLEAN: replace(group, extra=replace(group.extra, exempt_until=None))})


def test_of_a_notice_to_many_the_rest_goes_where_it_would_have_gone(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling_many, "AT_ONCE", 2)
    helpers = [desk.add(f"h{number}@acme.example", Role.ADMIN, locale="de") for number in range(PEOPLE)]
    now, to = desk.clock.now(), sorted(one.email for one in helpers)
    with desk.services.transactions.begin():
        notices.tell_helpers(desk.services, desk.account, "policy_weakened", WEAKENED, now=now)
    assert waiting(desk) == [TELL_THE_REST, MESSAGE, MESSAGE]

    # Nothing that happens before the worker comes keeps it from them, but that they are erased.
    desk.change(helpers[3], suspended_at=now)
    desk.change(helpers[4], email="elsewhere@acme.example")
    desk.change(helpers[5], role=Role.AGENT)
    desk.services.people.remove(desk.account.id, helpers[6].id)
    mails = desk.mails("policy_weakened")
    assert sorted(mail.to for mail in mails) == to[:6]
    assert {mail.message.locale for mail in mails} == {"de"}


def test_of_a_notice_to_many_each_is_told_once_where_the_worker_is_killed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling_many, "AT_ONCE", 2)
    helpers = [desk.add(f"h{number}@acme.example", Role.ADMIN) for number in range(PEOPLE)]
    until = desk.clock.now() + timedelta(hours=1)
    with desk.services.transactions.begin():
        everybody = desk.services.people.with_roles(desk.account.id, [Role.ADMIN])
        telling_many.tell_all(
            desk.services, desk.account, everybody, "policy_weakened", WEAKENED, now=desk.clock.now(), expires_at=until
        )

    def dies(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(type(desk.services.jobs), "add", dies)
        with suppress(Killed):
            work(desk)
    desk.forward(minutes=3)
    mails = desk.mails("policy_weakened")
    assert sorted(mail.to for mail in mails) == sorted(one.email for one in helpers)
    assert {mail.message.expires_at for mail in mails} == {until}


def waiting(desk: Desk) -> list[str]:
    """Return the kinds of what waits for the worker."""
    return sorted((kind for (kind,) in many("SELECT kind FROM job WHERE state = %s", ("waiting",))), reverse=True)
