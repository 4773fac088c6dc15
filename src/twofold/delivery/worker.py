"""The worker: takes what is due from the job table, sends it, and tidies up.

Several may run at once: a job is leased by compare-and-set, and whoever loses its lease does not mark it done. A job is
done at least once; a mail that was sent twice carries the same Message-ID. Texts are the exception: nobody can tell two
of them apart, and each costs money, so one that may have been sent is not sent again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import structlog
from django.db import DatabaseError, connections
from django.template import TemplateDoesNotExist

from twofold import __version__
from twofold.core.json import MalformedJson
from twofold.delivery import people_import, report, roll_out
from twofold.delivery.counts import count_some
from twofold.delivery.files import Files
from twofold.delivery.mail import Smtp
from twofold.delivery.senders import KEPT, NotSent, mail_is_public_only, server_of
from twofold.delivery.sms.post import Post
from twofold.delivery.turns import Turns
from twofold.flows import codes_failed, counts, releases, report_reminder, retention, set_up_told
from twofold.ports.jobs import COUNT_PEOPLE, MAKE_REPORT
from twofold.ports.outbox import Why
from twofold.store.housekeeping import Hand, sweep, walk
from twofold.store.jobs import SMS, Queue
from twofold.store.outbox import MESSAGE, because, message_of
from twofold.store.sealing import Unsealable

if TYPE_CHECKING:
    import threading
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.delivery.needs import Needs
    from twofold.delivery.senders import Sender, Server
    from twofold.ports.outbox import Message
    from twofold.store.jobs import Job

POLL_EVERY: Final = 0.5
"""Seconds between two looks at the table while nothing is due; a look goes by index through the accounts that wait."""
LEASE_FOR: Final = timedelta(minutes=2)
"""Longer than one talk with a mail server may last; a worker that died loses its job after this."""
RETRY_AFTER: Final = tuple(timedelta(minutes=minutes) for minutes in (0.5, 1, 2, 5, 10, 20, 40, 60, 120, 240, 480))
"""The pause after each failed try; after the last, some 16 hours in all, a message is given up."""
TEXT_AGAIN_AFTER: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 60, 60, 60))
"""The same for texts that were certainly not taken: their codes live for minutes."""
TEXT_TAKES: Final = timedelta(seconds=30)
"""What a code has at least to live when its text is begun: a provider may take 20 seconds, and somebody reads it."""
SWEEP_EVERY: Final = timedelta(minutes=10)
WALK_EVERY: Final = timedelta(hours=6)
"""From the beginning of a walk through the tables that have no index by age to that of the next."""
KEEP_FILES_FOR: Final = timedelta(days=30)
_AFTER_TROUBLE: Final = 5.0

log = structlog.get_logger("twofold.delivery")


class Worker:
    """Does what is due of a queue, one job after the other, taking turns with others that share `turns`.

    `helps`: it works only while another one is held up.
    """

    def __init__(
        self, needs: Needs, queue: Queue = Queue.ALL, turns: Turns | None = None, *, helps: bool = False
    ) -> None:
        self._needs = needs
        self._queue = queue
        self._turns = turns or Turns()
        self._helps = helps
        self._files = Files(needs.settings.mail_path)
        self._texts = Post(needs, self._files)
        self._smtp: tuple[tuple[Server, bool], Smtp] | None = None
        self._swept_at: datetime | None = None
        self._hand: Hand | None = None
        self._walked_at: datetime | None = None

    def run(self, stopping: threading.Event) -> None:
        """Work until told to stop. Trouble with the database is waited out, not died of."""
        while not stopping.is_set():
            try:
                if (self._helps and not self._turns.are_held_up) or not self.step():
                    self._rest()
                    stopping.wait(POLL_EVERY)
            except DatabaseError as problem:
                log.error("database trouble", problem=type(problem).__name__)  # noqa: TRY400 -- its text may hold values
                connections.close_all()
                stopping.wait(_AFTER_TROUBLE)
            except Unsealable as problem:
                # Nothing of ours was at fault, and it is said once: `doctor` and the Admin Center go on saying it.
                log.error("job does not open with the keys that are here", problem=str(problem))  # noqa: TRY400
            except Exception as problem:  # noqa: BLE001 -- whatever one job holds, the others are not to wait for it
                # It is tried again when its lease has run out, and given up in the end.
                log.error("job failed", problem=type(problem).__name__)  # noqa: TRY400 -- its text may hold values
        self._rest()

    def step(self) -> bool:
        """Do one job, or the tidying that is due; False when there is nothing that could not wait a little."""
        now = self._needs.clock.now()
        job = self._turns.lease(self._needs.jobs, now, LEASE_FOR, self._queue)
        if job is None:
            return self._tidy(now)
        try:
            self._do(job, now)
        finally:
            self._turns.over(job)
        return True

    def _do(self, job: Job, now: datetime) -> None:
        if job.expires_at is not None and job.expires_at <= now:
            self._give_up(job, Why.TOO_LATE, "its time is over")
        elif job.tries > len(RETRY_AFTER) + 1:
            # A try that never came back: whoever made it was killed by it, over and over.
            self._give_up(job, Why.BROKEN_OFF, "too many tries")
        elif job.kind == MESSAGE:
            self._send(job, message_of(job))
        elif job.kind == MAKE_REPORT:
            report.make_part(self._needs, job)
        elif job.kind == COUNT_PEOPLE:
            count_some(self._needs, job)
        elif job.kind in people_import.PARTS:
            people_import.PARTS[job.kind](self._needs, job)
        elif job.kind in roll_out.PARTS:
            roll_out.PARTS[job.kind](self._needs, job)
        else:
            self._give_up(job, Why.OTHER, "of an unknown kind")

    def _send(self, job: Job, message: Message) -> None:
        needs = self._needs
        if message.channel == SMS and job.was_broken_off:
            self._give_up(job, Why.BROKEN_OFF, "may have been sent: whoever sent it was stopped in the middle")
            return
        if message.channel == SMS and _comes_too_late(job, needs.clock.now()):
            # Its turn goes to one that is still of use.
            self._give_up(job, Why.TOO_LATE, "its time would be over before anybody could type it")
            return
        try:
            letter = needs.words.of(message)
            if message.channel == SMS:
                told = self._texts.send(job, message, letter)
            else:
                sender = self._sender_for(job.account)
                told = sender.send(letter, to=message.to, message_id=str(message.id), at=message.put_at)
        except TemplateDoesNotExist:
            self._give_up(job, Why.NO_WORDS, f"no words for {message.template}")
        except NotSent as problem:
            self._try_again(job, message, problem)
        else:
            needs.jobs.done(job, at=needs.clock.now())
            log.info("message handed over", job=str(job.id), template=message.template, to=told)

    def _try_again(self, job: Job, message: Message, problem: NotSent) -> None:
        now = self._needs.clock.now()
        pauses = TEXT_AGAIN_AFTER if message.channel == SMS else RETRY_AFTER
        retry_at = None if problem.for_good or job.tries > len(pauses) else now + pauses[job.tries - 1]
        if (
            retry_at is None
            or (job.expires_at is not None and retry_at >= job.expires_at)
            or (message.channel == SMS and _comes_too_late(job, retry_at))
        ):
            # Waiting on would only keep from the person that nothing comes.
            self._give_up(job, problem.why, str(problem), problem.code)
            return
        self._needs.jobs.failed(job, retry_at=retry_at, at=now, because=because(problem.why, problem.code))
        log.warning("message not sent yet", job=str(job.id), because=str(problem), tries=job.tries)

    def _give_up(self, job: Job, why: Why, said: str, code: str = "") -> None:
        try:
            if job.kind == MAKE_REPORT:
                report.give_up(self._needs, job)
            if job.kind in people_import.PARTS:
                people_import.give_up(self._needs, job)
        except MalformedJson:
            # It does not say what it was about, so there is nothing to note it with.
            log.error("job cannot be read", job=str(job.id), kind=job.kind)  # noqa: TRY400 -- as above
        needs, now = self._needs, self._needs.clock.now()
        account = needs.accounts.by_id(job.account) if job.kind == MESSAGE else None
        with needs.transactions.begin():
            is_ours = needs.jobs.failed(job, retry_at=None, at=now, because=because(why, code))
            if is_ours and account is not None and job.person_id is not None:
                codes_failed.note(
                    needs.services, account, job.person_id, job.body, put_at=job.put_at, why=why, code=code, now=now
                )
        log.error("given up", job=str(job.id), kind=job.kind, because=said, tries=job.tries)

    def _sender_for(self, account: AccountId) -> Sender:
        """Return where this account's mail goes; the last server's connection is kept while it is the same."""
        if self._needs.settings.is_demo:
            # Its people are invented, and somebody may own the addresses: nothing leaves the machine.
            return self._files
        kept, _ = self._needs.kept.load(account, KEPT)
        server = server_of(self._needs.settings, kept)
        if server is None:
            return self._files
        public_only = mail_is_public_only(self._needs.settings, len(self._needs.accounts.all()))
        if self._smtp is None or self._smtp[0] != (server, public_only):
            self._rest()
            self._smtp = ((server, public_only), Smtp(server, public_only=public_only))
        return self._smtp[1]

    def _rest(self) -> None:
        if self._smtp is not None:
            self._smtp[1].close()

    def _tidy(self, now: datetime) -> bool:
        if self._queue not in {Queue.ALL, Queue.WORK}:
            # One of those that share a process is enough.
            return False
        if self._swept_at is None or now >= self._swept_at + SWEEP_EVERY:
            return self._sweep(now)
        if self._hand is None and (self._walked_at is None or now >= self._walked_at + WALK_EVERY):
            self._hand, self._walked_at = Hand(), now
        if self._hand is not None:
            # One chunk a look, not one after the other: nobody who signs in is to wait for this.
            self._hand = walk(self._hand, now)
        return False

    def _sweep(self, now: datetime) -> bool:
        """Remove some of what has ended; True while there may be more, so that mail comes in between."""
        if sweep(now):
            return True
        accounts = self._needs.accounts.all()
        if any(retention.let_grow_old(self._needs.services, account) for account in accounts):
            return True
        for account in accounts:
            releases.announce(self._needs.services, account, __version__)
            report_reminder.remind(self._needs.services, account)
            counts.begin_where_due(self._needs.services, account.id)
            set_up_told.remind_where_due(self._needs.services, account)
        # A demo's files are what its inbox shows, and its clock leaps.
        if not self._needs.settings.is_demo:
            self._files.tidy(now=now, keep_for=KEEP_FILES_FOR)
        self._swept_at = now
        return False


def _comes_too_late(job: Job, at: datetime) -> bool:
    """Say whether the text of a code, begun at that time, would come when nobody can use it any more."""
    return job.expires_at is not None and job.expires_at < at + TEXT_TAKES
