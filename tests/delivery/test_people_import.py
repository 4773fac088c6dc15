"""Reading and adding the people of an import: killed anywhere and taken up again, nobody is there twice or missing."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from tests.fakes import START, FakeEntropy
from tests.store.building import an_import, an_import_row
from twofold.core.ids import JobId, PersonId
from twofold.core.roles import Role
from twofold.delivery.worker import LEASE_FOR, RETRY_AFTER, Worker
from twofold.flows import import_adding, import_reading
from twofold.ports.audit import Wanted
from twofold.ports.imports import Import, ImportState, RowState, Stopped
from twofold.ports.jobs import APPLY_IMPORT, READ_IMPORT
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.delivery.post import Post

PEOPLE = 8


class _Killed(BaseException):
    """The process was killed here: nothing of ours catches this."""


@pytest.fixture
def begun(post: Post, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Have the worker add three people at once, of an import that was confirmed."""
    monkeypatch.setattr(import_adding, "ADDED_AT_ONCE", 3)
    services = post.needs.services
    facts: dict[str, Any] = {"asked_by": asker_of(post), "role": Role.OWNER, "new": PEOPLE, "invite": True}
    one = replace(an_import(FakeEntropy("import")), state=ImportState.ADDING, **facts)
    assert services.imports.add(post.account, one)
    services.imports.add_rows(
        post.account, one.id, [replace(an_import_row(line), into=()) for line in range(2, 2 + PEOPLE)]
    )
    put(post, one, APPLY_IMPORT)
    return one


@pytest.fixture
def sent(post: Post, monkeypatch: pytest.MonkeyPatch) -> Import:
    """Have the worker judge three rows at once, of a file that was sent: seven good ones and two wrong ones."""
    monkeypatch.setattr(import_reading, "READ_AT_ONCE", 3)
    one = replace(an_import(FakeEntropy("import")), asked_by=asker_of(post), role=Role.OWNER, state=ImportState.READING)
    imports = post.needs.services.imports
    assert imports.add(post.account, one)
    lines = [f"p{number}@acme.example;P;1" for number in range(1, 6)]
    for number, part in enumerate((["email;name;phone", *lines], ["nobody;N;", "", *lines[:1], "OLGA@acme.example"])):
        imports.add_part(post.account, one.id, number, "\n".join(part))
    put(post, one, READ_IMPORT)
    return one


def asker_of(post: Post) -> PersonId:
    """Add whoever asks."""
    who = PersonId(post.needs.services.entropy.new_id())
    olga = Subscriber(id=who, email="olga@acme.example", name="Olga", role=Role.OWNER, created_at=START)
    assert post.needs.services.people.add(post.account, olga)
    return who


def put(post: Post, one: Import, kind: str) -> None:
    now = post.clock.now()
    post.needs.jobs.add(
        post.account,
        id=JobId(post.needs.services.entropy.new_id()),
        kind=kind,
        body={"import": one.id, "address": "192.0.2.7", "browser": "Firefox", "part": 0, "at": 0, "line": 0},
        run_at=now,
        put_at=now,
    )


def killed_at(post: Post, monkeypatch: pytest.MonkeyPatch, place: tuple[str, str], call: int) -> bool:
    """Let the worker work until it is killed at a call of a port; False where it was done before."""
    port, method = place
    kind = type(getattr(post.needs.services, port))
    calls = 0
    real: Callable[..., Any] = getattr(kind, method)

    def dies(*given: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == call:
            raise _Killed
        return real(*given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(kind, method, dies)
        try:
            post.work()
        except _Killed:
            return True
    return False


def found(post: Post, one: Import) -> Import:
    there = post.needs.services.imports.by_id(post.account, one.id)
    assert there is not None
    return there


def added(post: Post) -> list[str]:
    rows = post.needs.services.people.page(post.account, size=1000).rows
    return sorted(row.email for row in rows if row.email != "olga@acme.example")


def everybody_once(post: Post, one: Import) -> bool:
    there = found(post, one)
    events = post.needs.services.audit.search(post.account, Wanted(), most=1000).events
    of_people = [event.person_id for event in events if event.kind == "person.added"]
    rows = post.needs.services.imports.rows(post.account, one.id, RowState.ADDED, most=1000)
    return (
        (there.state, there.added, there.met) == (ImportState.DONE, PEOPLE, 0)
        and added(post) == sorted(f"p{line}@acme.example" for line in range(2, 2 + PEOPLE))
        and len(of_people) == len(set(of_people)) == len(rows) == PEOPLE
        and len([event for event in events if event.kind == "import.ended"]) == 1
    )


def read_once(post: Post, one: Import) -> bool:
    there = found(post, one)
    lines = {
        state: [row.line for row in post.needs.services.imports.rows(post.account, one.id, state, most=100)]
        for state in (RowState.NEW, RowState.HERE, RowState.WRONG)
    }
    return (
        (there.state, there.of, there.done) == (ImportState.READY, 8, 8)
        and (there.new, there.here, there.wrong) == (5, 1, 2)
        and lines == {RowState.NEW: [2, 3, 4, 5, 6], RowState.HERE: [10], RowState.WRONG: [7, 9]}
        and post.needs.services.imports.part(post.account, one.id, 0) is None
    )


def test_rows_are_judged_by_parts(post: Post, sent: Import) -> None:
    seen = []
    while post.worker.step():
        there = found(post, sent)
        seen.append((there.state, there.done, there.of))
    reading = ImportState.READING
    assert seen[:4] == [(reading, 0, 8), (reading, 3, 8), (reading, 6, 8), (ImportState.READY, 8, 8)]
    assert read_once(post, sent)
    assert added(post) == []


@pytest.mark.parametrize(
    "place", [("imports", "part"), ("imports", "replace"), ("imports", "add_rows"), ("jobs", "add"), ("jobs", "done")]
)
@pytest.mark.parametrize("call", [1, 2])
def test_killed_while_reading_no_row_is_judged_twice(
    post: Post, sent: Import, monkeypatch: pytest.MonkeyPatch, place: tuple[str, str], call: int
) -> None:
    killed_at(post, monkeypatch, place, call)
    post.clock.move(LEASE_FOR + timedelta(seconds=1))
    post.work()
    assert read_once(post, sent)


def test_people_are_added_by_parts(post: Post, begun: Import) -> None:
    post.work()
    assert everybody_once(post, begun)


@pytest.mark.parametrize(
    "place",
    [
        ("imports", "rows"),
        ("imports", "replace"),
        ("people", "add"),
        ("audit", "record"),
        ("links", "add"),
        ("outbox", "put"),
        ("imports", "became"),
        ("jobs", "add"),
    ],
)
@pytest.mark.parametrize("call", [1, 4])
def test_killed_anywhere_nobody_is_there_twice(
    post: Post, begun: Import, monkeypatch: pytest.MonkeyPatch, place: tuple[str, str], call: int
) -> None:
    if killed_at(post, monkeypatch, place, call):
        # Whatever was under way is as if it had never begun.
        assert len(added(post)) == found(post, begun).added
    post.clock.move(LEASE_FOR + timedelta(seconds=1))
    post.work()
    assert everybody_once(post, begun)


def test_what_fails_over_and_over_is_given_up(post: Post, begun: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_given: object, **_named: object) -> None:
        raise _Killed

    monkeypatch.setattr(import_adding, "asker_of", dies)
    with capture_logs():
        for _ in range(len(RETRY_AFTER) + 1):
            with pytest.raises(_Killed):
                Worker(post.needs).step()
            post.clock.move(LEASE_FOR + timedelta(seconds=1))
        post.work()
    there = found(post, begun)
    assert (there.state, there.because, there.added) == (ImportState.STOPPED, Stopped.BROKEN_OFF, 0)
    assert there.finished_at == post.clock.now()


def test_jobs_of_imports_that_are_over_do_nothing(post: Post, begun: Import) -> None:
    imports = post.needs.services.imports
    assert imports.replace(post.account, begun, replace(begun, state=ImportState.CANCELLED, finished_at=START))
    put(post, begun, READ_IMPORT)
    post.work()
    assert added(post) == []
    gone = replace(begun, id=JobId("z" * 26))  # type: ignore[arg-type]  # the id of nothing
    for kind in (APPLY_IMPORT, READ_IMPORT):
        put(post, gone, kind)
    post.work()
    assert added(post) == []
