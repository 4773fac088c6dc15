"""The worker: each message once, late ones again, void ones never."""

from __future__ import annotations

import stat
import threading
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connections
from structlog.testing import capture_logs

from twofold.core.ids import JobId
from twofold.core.json import MalformedJson
from twofold.delivery.senders import NotSent
from twofold.delivery.worker import LEASE_FOR, RETRY_AFTER, WALK_EVERY, Worker
from twofold.ports.jobs import APPLY_IMPORT, MAKE_REPORT, TELL_SET_UP
from twofold.ports.outbox import SendState, Why
from twofold.store.jobs import PARKED_FOR, JobStore
from twofold.store.keys import HouseKeys
from twofold.store.outbox import OutboxStore
from twofold.store.sealing import Sealer
from twofold.store.system import SystemEntropy

if TYPE_CHECKING:
    from datetime import datetime

    from tests.delivery.post import Post
    from twofold.delivery.words import Letter


class Watched:
    """A sender that remembers, and fails as often as a test wants."""

    def __init__(self, *fails: NotSent) -> None:
        self.sent: list[str] = []
        self._fails = list(fails)

    def send(self, letter: Letter, *, to: str, message_id: str, at: datetime) -> str:
        if self._fails:
            raise self._fails.pop(0)
        self.sent.append(message_id)
        return "watched"

    def close(self) -> None:
        pass

    def tidy(self, *, now: datetime, keep_for: timedelta) -> int:
        return 0


@pytest.fixture
def watched(post: Post, monkeypatch: pytest.MonkeyPatch) -> Watched:
    sender = Watched()
    monkeypatch.setattr(post.worker, "_files", sender)
    return sender


def test_without_a_server_a_message_becomes_a_private_file(post: Post, umask: None) -> None:
    message = post.put()
    post.work()
    [file] = post.files()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(post.folder.stat().st_mode) == 0o700
    assert file.read_text().startswith(
        "To: ann@acme.example\nSubject: Test mail from Acme Support\nDate: 2026-05-04T08:"
    )
    assert "12345678" in file.read_text()
    assert post.state(message) is SendState.HANDED_OVER


def test_the_log_names_the_file_and_nothing_that_is_in_it(post: Post) -> None:
    with capture_logs() as lines:
        post.put()
        post.work()
    [file] = post.files()
    assert str(file) in str(lines)
    for hidden in ("12345678", "ann@acme.example", "Test mail"):
        assert hidden not in str(lines)


def test_bodies_are_erased_once_they_were_sent_or_given_up(post: Post) -> None:
    post.put()
    post.put("nobody_wrote_this")
    post.put(expires_at=post.clock.now())
    assert all(post.bodies())
    post.work()
    assert not any(post.bodies())


def test_a_message_is_sent_once_and_not_before_its_time(post: Post, watched: Watched) -> None:
    later = post.put(send_at=post.clock.now() + timedelta(minutes=5))
    post.work()
    assert watched.sent == []
    post.after(timedelta(minutes=5))
    post.after(timedelta(days=1))
    assert watched.sent == [later]


def test_an_expired_code_is_not_sent(post: Post, watched: Watched) -> None:
    message = post.put(expires_at=post.clock.now() + timedelta(minutes=5))
    post.clock.move(timedelta(minutes=5))
    post.work()
    assert watched.sent == []
    assert post.state(message) is SendState.FAILED


def test_what_fails_is_tried_again_ever_later_and_at_last_given_up(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post.worker, "_files", Watched(*[NotSent("no connection")] * 100))
    message = post.put()
    post.work()
    for pause in RETRY_AFTER:
        assert post.state(message) is SendState.TRIED_AGAIN
        post.after(pause - timedelta(seconds=1))
        assert post.state(message) is SendState.TRIED_AGAIN
        post.after(timedelta(seconds=1))
    assert post.state(message) is SendState.FAILED
    assert not any(post.bodies())
    assert sum(RETRY_AFTER, timedelta()) < timedelta(hours=24)


def test_what_fails_once_arrives_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    sender = Watched(NotSent("greylisted"))
    monkeypatch.setattr(post.worker, "_files", sender)
    message = post.put()
    post.work()
    post.after(RETRY_AFTER[0])
    assert sender.sent == [message]
    assert post.state(message) is SendState.HANDED_OVER


def test_what_a_server_refuses_for_good_is_not_tried_again(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post.worker, "_files", Watched(NotSent("recipient refused (550)", for_good=True)))
    message = post.put()
    post.work()
    assert post.state(message) is SendState.FAILED


def test_a_message_without_words_is_given_up(post: Post) -> None:
    message = post.put("nobody_wrote_this")
    with capture_logs() as lines:
        post.work()
    assert post.state(message) is SendState.FAILED
    assert "no words for nobody_wrote_this" in str(lines)


def test_a_job_of_an_unknown_kind_is_given_up(post: Post) -> None:
    now = post.clock.now()
    post.needs.jobs.add(
        post.account, id=JobId(post.needs.entropy.new_id()), kind="dance", body={}, put_at=now, run_at=now
    )
    post.work()
    assert not any(post.bodies())


def test_a_worker_that_dies_with_a_job_leaves_it_to_another(post: Post, watched: Watched) -> None:
    message = post.put()
    assert post.needs.jobs.lease_next(post.clock.now(), LEASE_FOR) is not None
    post.work()
    assert watched.sent == []
    post.after(LEASE_FOR)
    assert watched.sent == [message]


def test_a_job_that_kills_every_worker_is_given_up(post: Post, watched: Watched) -> None:
    message = post.put()
    for _ in range(len(RETRY_AFTER) + 1):
        assert post.needs.jobs.lease_next(post.clock.now(), LEASE_FOR) is not None
        post.clock.move(LEASE_FOR)
    post.work()
    assert watched.sent == []
    assert post.state(message) is SendState.UNCLEAR


def test_whoever_lost_the_lease_does_not_mark_the_job_done(post: Post) -> None:
    message = post.put()
    job = post.needs.jobs.lease_next(post.clock.now(), LEASE_FOR)
    assert job is not None
    post.clock.move(LEASE_FOR)
    assert post.needs.jobs.lease_next(post.clock.now(), LEASE_FOR) is not None
    assert not post.needs.jobs.done(job, at=post.clock.now())
    assert post.state(message) is SendState.WAITING


def test_several_workers_send_each_message_once(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    messages = {post.put() for _ in range(40)}
    sender = Watched()
    workers = [Worker(post.needs) for _ in range(4)]

    def drain(worker: Worker) -> None:
        monkeypatch.setattr(worker, "_files", sender)
        try:
            for _ in range(200):
                worker.step()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=drain, args=(worker,)) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(sender.sent) == sorted(messages)


def test_the_server_that_admins_named_is_used_while_the_environment_names_none(post: Post) -> None:
    post.name_mail_server(9)
    message = post.put()
    post.work()
    assert post.files() == []
    assert post.state(message) is SendState.TRIED_AGAIN


def test_while_a_server_is_set_nothing_becomes_a_file(behind: Post) -> None:
    message = behind.put()
    behind.work()
    assert behind.files() == []
    assert behind.state(message) is SendState.TRIED_AGAIN


def test_old_files_are_tidied_away(post: Post) -> None:
    post.put()
    post.work()
    post.after(timedelta(days=29))
    assert len(post.files()) == 1
    post.after(timedelta(days=2))
    assert post.files() == []


def test_what_nobody_counted_on_for_a_year_is_forgotten_by_the_next_walk(post: Post) -> None:
    counters, hour = post.needs.services.counters, timedelta(hours=1)

    def are_there() -> list[str]:
        for _ in range(10):
            post.work()
        return [subject for subject in "abc" if counters.load(post.account, "lane", subject)[1]]

    for subject in "abc":
        assert counters.replace(post.account, "lane", subject, {}, version=0)
        post.clock.move(hour)
    post.clock.move(timedelta(days=400) - 2 * hour)
    assert are_there() == ["b", "c"]
    post.clock.move(hour)
    assert are_there() == ["b", "c"]
    # Another process, or this one after a restart, begins at once.
    post.worker = Worker(post.needs)
    assert are_there() == ["c"]
    post.clock.move(WALK_EVERY - timedelta(seconds=1))
    assert are_there() == ["c"]
    post.clock.move(timedelta(seconds=1))
    assert are_there() == []


def test_a_job_that_cannot_be_read_keeps_no_other_one_waiting(post: Post, watched: Watched) -> None:
    now = post.clock.now()
    broken = JobId(post.needs.entropy.new_id())
    post.needs.jobs.add(post.account, id=broken, kind=TELL_SET_UP, body={"after": 5}, put_at=now, run_at=now)
    message = post.put()
    _run_to_the_first_rest(post)
    assert watched.sent == [message]


def _another_house() -> Sealer:
    entropy = SystemEntropy()
    ring = HouseKeys.make(entropy).ring
    return Sealer(lambda: ring, entropy)


def _put_sealed_by(elsewhere: Sealer, post: Post, count: int, *, expires_at: datetime | None = None) -> list[JobId]:
    here = post.needs
    post.needs = replace(here, outbox=OutboxStore(elsewhere, can_send=lambda _account, _channel: True))
    shut = [post.put(expires_at=expires_at) for _ in range(count)]
    post.needs = here
    return shut


def test_what_waits_for_a_key_is_said_once_and_done_when_the_key_is_back(post: Post, watched: Watched) -> None:
    elsewhere, here = _another_house(), post.needs
    shut = _put_sealed_by(elsewhere, post, 20)
    message = post.put()
    with capture_logs() as lines:
        for _ in range(30):
            _run_to_the_first_rest(post)
            post.clock.move(PARKED_FOR)
    assert watched.sent == [message], "nothing else waits for it"
    assert [line["event"] for line in lines].count("job does not open with the keys that are here") == len(shut)
    (failures,) = here.outbox.failures(post.account, post.clock.now())
    assert (failures.why, failures.count, failures.is_over) == (Why.NO_KEY, len(shut), False)
    assert post.state(shut[0]) is SendState.TRIED_AGAIN

    post.worker = Worker(replace(here, jobs=JobStore(elsewhere)))
    sender = Watched()
    post.worker._files = sender  # type: ignore[assignment]  # a stand-in
    post.work()
    assert sorted(sender.sent) == sorted(shut), "all tries were before it"
    assert not here.outbox.failures(post.account, post.clock.now())


def test_what_does_not_open_ends_when_its_time_is_over(post: Post, watched: Watched) -> None:
    _run_to_the_first_rest(post)
    until = post.clock.now() + 2 * PARKED_FOR
    waits, ends = _put_sealed_by(_another_house(), post, 2, expires_at=None), []
    ends += _put_sealed_by(_another_house(), post, 3, expires_at=until)
    over = _put_sealed_by(_another_house(), post, 1, expires_at=post.clock.now())
    with capture_logs() as lines:
        for _ in range(3):
            _run_to_the_first_rest(post)
            assert [post.state(one) for one in over] == [SendState.FAILED], "at the first look already"
            assert (post.clock.now() >= until) == all(post.state(one) is SendState.FAILED for one in ends)
            post.clock.move(PARKED_FOR)
    assert [line["event"] for line in lines] == ["job does not open with the keys that are here"] * 6
    assert [post.state(one) for one in waits] == [SendState.TRIED_AGAIN] * 2
    found = post.needs.outbox.failures(post.account, until - timedelta(days=1))
    assert {(one.why, one.count, one.is_over) for one in found} == {(Why.NO_KEY, 4, True), (Why.NO_KEY, 2, False)}
    post.after(timedelta(days=31))
    assert [post.state(one) for one in (*ends, *over)] == [None] * 4, "they are removed like every other"
    assert len(post.bodies()) == len(waits)


def test_what_waits_for_a_key_holds_up_no_fresh_code(post: Post, watched: Watched) -> None:
    _put_sealed_by(_another_house(), post, 20)
    _run_to_the_first_rest(post)
    post.clock.move(2 * PARKED_FOR)
    code = post.put(send_at=post.clock.now())
    assert post.worker.step()
    assert watched.sent == [code], "at the first look, though all the others are due longer"


@pytest.mark.parametrize("kind", [MAKE_REPORT, APPLY_IMPORT])
def test_a_job_that_does_not_say_what_it_is_about_is_given_up_in_the_end(post: Post, kind: str) -> None:
    now = post.clock.now()
    broken = JobId(post.needs.entropy.new_id())
    post.needs.jobs.add(post.account, id=broken, kind=kind, body={}, put_at=now, run_at=now)
    for _ in range(len(RETRY_AFTER) + 1):
        with pytest.raises(MalformedJson):
            post.worker.step()
        post.clock.move(LEASE_FOR)
    post.work()
    post.clock.move(LEASE_FOR)
    assert post.needs.jobs.lease_next(post.clock.now(), LEASE_FOR) is None


def test_it_works_until_it_is_told_to_stop(post: Post, watched: Watched) -> None:
    message = post.put()
    _run_to_the_first_rest(post)
    assert watched.sent == [message]


def _run_to_the_first_rest(post: Post) -> None:
    stopping = threading.Event()

    def stop_soon(*_: object, **__: object) -> bool:
        stopping.set()
        return True

    stopping.wait = stop_soon  # type: ignore[method-assign]  # its first rest is its last
    post.worker.run(stopping)
