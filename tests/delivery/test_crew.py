"""The workers of one process, in their threads: what is slow for one account or one channel holds up nobody else."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from django.db import connections

from tests.delivery.gateway import running
from tests.delivery.slow_mail import never_done
from twofold.core.ids import JobId
from twofold.delivery import worker
from twofold.delivery.crew import TEXTS, crew
from twofold.ports.outbox import SendState
from twofold.settings import read
from twofold.store.rows import many as rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pytest

    from tests.delivery.post import Post
    from twofold.delivery.needs import Needs

PATIENCE = 30


@contextmanager
def at_work(needs: Needs) -> Iterator[None]:
    """Let all workers of a process work until the test is over."""
    stopping = threading.Event()

    def run(one: worker.Worker) -> None:
        try:
            one.run(stopping)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(one,), name=name) for name, one in crew(needs).items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def comes(what: Callable[[], bool]) -> bool:
    """Wait until something holds."""
    until = time.monotonic() + PATIENCE
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def test_a_mail_server_that_never_ends_holds_up_nobody_but_its_account(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = post.beside("other")
    # Here it stands on this machine, as those of owners may not.
    monkeypatch.setattr(worker, "mail_is_public_only", lambda *_: False)
    with at_work(post.needs), never_done() as server:
        post.name_mail_server(server.port)
        stuck = [post.put() for _ in range(8)]
        assert comes(lambda: _under_way(post, stuck) == 1)
        mail = other.put()
        work = JobId(post.needs.entropy.new_id())
        now = post.clock.now()
        post.needs.jobs.add(other.account, id=work, kind="dance", body={}, put_at=now, run_at=now)
        text = post.put_text()
        assert comes(lambda: other.state(mail) is SendState.HANDED_OVER), "another account's mail"
        assert comes(lambda: other.state(work) is SendState.FAILED), "what goes to nobody outside"
        assert comes(lambda: post.state(text) is SendState.HANDED_OVER), "the same account's texts"
        assert [post.state(one) for one in stuck] == [SendState.WAITING] * len(stuck)
        assert _under_way(post, stuck) == 1


def test_several_texts_are_under_way_at_once_but_not_all_of_one_account_and_each_once(post: Post) -> None:
    other = post.beside("other")
    with running() as gateway:
        gateway.until = threading.Event()
        settings = read(
            data=post.needs.settings.data,
            sms_provider="http",
            sms_address=gateway.address,
            sms_body="to={to}&text={text}",
        )
        many = TEXTS.each + 3
        with at_work(replace(post.needs, settings=settings)):
            texts = [post.put_text() for _ in range(many)]
            assert comes(lambda: len(gateway.asked) == TEXTS.each)
            theirs = other.put_text()
            assert comes(lambda: len(gateway.asked) == TEXTS.each + 1), "the other account does not wait"
            assert _under_way(post, texts) == TEXTS.each
            gateway.until.set()
            assert comes(lambda: all(post.state(one) is SendState.HANDED_OVER for one in texts))
            assert comes(lambda: other.state(theirs) is SendState.HANDED_OVER)
        assert len(gateway.asked) == many + 1, "each of them once"


def _under_way(post: Post, messages: list[JobId]) -> int:
    """Return how many are leased at present."""
    rows = rows_of("SELECT id FROM job WHERE account = %s AND state = 'waiting' AND tries > 0", (post.account,))
    return len({str(found) for (found,) in rows} & set(messages))
