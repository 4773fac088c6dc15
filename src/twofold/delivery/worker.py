"""The worker: takes what is due from the job table, sends it, and tidies up.

Several may run at once: a job is leased by compare-and-set, and whoever loses its lease does not mark it done. A job is
done at least once; a mail that was sent twice carries the same Message-ID.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import DatabaseError, connections
from django.template import TemplateDoesNotExist

from twofold.delivery.dormant import tell_dormant
from twofold.delivery.files import Files
from twofold.delivery.mail import Smtp
from twofold.delivery.senders import KEPT, NotSent, server_of
from twofold.ports.jobs import TELL_DORMANT
from twofold.store.housekeeping import sweep
from twofold.store.outbox import MESSAGE, message_of
from twofold.store.sealing import Unsealable

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.delivery.senders import Sender, Server
    from twofold.delivery.words import Words
    from twofold.ports.accounts import Accounts
    from twofold.ports.clock import Clock
    from twofold.ports.entropy import Entropy
    from twofold.ports.kept import KeptSettings
    from twofold.ports.outbox import Message, Outbox
    from twofold.ports.transactions import Transactions
    from twofold.settings import Settings
    from twofold.store.jobs import Job, JobStore

POLL_EVERY: Final = 0.5
"""Seconds between two looks at the table while nothing is due; a look is one indexed query."""
LEASE_FOR: Final = timedelta(minutes=2)
"""Longer than a mail server may take over one message; a worker that died loses its job after this."""
RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (0.5, 1, 2, 5, 10, 20, 40, 60, 120, 240, 480))
"""The pause after each failed try; after the last, some 16 hours in all, a message is given up."""
SWEEP_EVERY: Final = timedelta(minutes=10)
KEEP_FILES_FOR: Final = timedelta(days=30)
_AFTER_TROUBLE: Final = 5.0

log = structlog.get_logger("twofold.delivery")


@dataclass(frozen=True, kw_only=True)
class Needs:
    """What the worker touches."""

    settings: Settings
    accounts: Accounts
    clock: Clock
    entropy: Entropy
    jobs: JobStore
    kept: KeptSettings
    outbox: Outbox
    transactions: Transactions
    words: Words


class Worker:
    """Does what is due, one job after the other."""

    def __init__(self, needs: Needs) -> None:
        self._needs = needs
        self._files = Files(needs.settings.mail_path)
        self._smtp: tuple[Server, Smtp] | None = None
        self._swept_at: datetime | None = None

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop. Trouble with the database is waited out, not died of."""
        while not stopping.is_set():
            try:
                if not self.step():
                    self._rest()
                    stopping.wait(POLL_EVERY)
            except DatabaseError as problem:
                log.error("database trouble", problem=type(problem).__name__)  # noqa: TRY400 -- its text may hold values
                connections.close_all()
                stopping.wait(_AFTER_TROUBLE)
            except Unsealable as problem:
                log.error("job does not open", problem=str(problem))  # noqa: TRY400 -- nothing of ours was at fault
        self._rest()

    def step(self) -> bool:
        """Do one job, or the sweeping that is due; False when there was nothing to do."""
        now = self._needs.clock.now()
        job = self._needs.jobs.lease_next(now, LEASE_FOR)
        if job is None:
            return self._sweep(now)
        if job.expires_at is not None and job.expires_at <= now:
            self._give_up(job, "its time is over")
        elif job.tries > len(RETRY_AFTER) + 1:
            # A try that never came back: whoever made it was killed by it, over and over.
            self._give_up(job, "too many tries")
        elif job.kind == MESSAGE:
            self._send(job, message_of(job))
        elif job.kind == TELL_DORMANT:
            tell_dormant(self._needs, job, now=now)
        else:
            self._give_up(job, "of an unknown kind")
        return True

    def _send(self, job: Job, message: Message) -> None:
        needs = self._needs
        sender = self._sender_for(job.account)
        try:
            letter = needs.words.of(message)
            told = sender.send(letter, to=message.to, message_id=str(message.id), at=message.put_at)
        except TemplateDoesNotExist:
            self._give_up(job, f"no words for {message.template}")
        except NotSent as problem:
            self._try_again(job, problem)
        else:
            needs.jobs.done(job, at=needs.clock.now())
            log.info("message handed over", job=str(job.id), template=message.template, to=told)

    def _try_again(self, job: Job, problem: NotSent) -> None:
        now = self._needs.clock.now()
        retry_at = None if problem.for_good or job.tries > len(RETRY_AFTER) else now + RETRY_AFTER[job.tries - 1]
        if retry_at is None:
            self._give_up(job, str(problem))
            return
        self._needs.jobs.failed(job, retry_at=retry_at, at=now)
        log.warning("message not sent yet", job=str(job.id), because=str(problem), tries=job.tries)

    def _give_up(self, job: Job, because: str) -> None:
        self._needs.jobs.failed(job, retry_at=None, at=self._needs.clock.now())
        log.error("given up", job=str(job.id), kind=job.kind, because=because, tries=job.tries)

    def _sender_for(self, account: AccountId) -> Sender:
        """Return where this account's mail goes; the last server's connection is kept while it is the same."""
        if self._needs.settings.is_demo:
            # Its people are invented, and somebody may own the addresses: nothing leaves the machine.
            return self._files
        kept, _ = self._needs.kept.load(account, KEPT)
        server = server_of(self._needs.settings, kept)
        if server is None:
            return self._files
        if self._smtp is None or self._smtp[0] != server:
            self._rest()
            self._smtp = (server, Smtp(server))
        return self._smtp[1]

    def _rest(self) -> None:
        if self._smtp is not None:
            self._smtp[1].close()

    def _sweep(self, now: datetime) -> bool:
        """Remove some of what has ended; True while there may be more, so that mail comes in between."""
        if self._swept_at is not None and now < self._swept_at + SWEEP_EVERY:
            return False
        if sweep(now):
            return True
        # A demo's files are what its inbox shows, and its clock leaps.
        if not self._needs.settings.is_demo:
            self._files.tidy(now=now, keep_for=KEEP_FILES_FOR)
        self._swept_at = now
        return False
