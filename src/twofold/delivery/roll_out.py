"""What the worker does while a requirement is rolled out: parts of work that take long, and what is told later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.flows import approval_mails, exemptions, set_up_told, weaker_together
from twofold.ports.jobs import EXEMPTION_ENDS, LOOK_TOGETHER, REMIND_APPROVAL, TELL_SET_UP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twofold.delivery.worker import Needs
    from twofold.store.jobs import Job


def _exemption_ends(needs: Needs, job: Job) -> None:
    """Put the mails in one transaction with the end of the job: whoever lost the lease writes nothing."""
    now = needs.clock.now()
    account = needs.accounts.by_id(job.account)
    with needs.transactions.begin():
        if needs.jobs.done(job, at=now) and account is not None:
            exemptions.tell_of_end(needs.services, account, job.body, now=now)


def _tell_set_up(needs: Needs, job: Job) -> None:
    """Put the mails of one chunk, and the job for the next one, in one transaction with the end of this one."""
    now = needs.clock.now()
    account = needs.accounts.by_id(job.account)
    with needs.transactions.begin():
        if needs.jobs.done(job, at=now) and account is not None:
            set_up_told.tell_part(needs.services, account, job.body, now=now)


def _remind_approval(needs: Needs, job: Job) -> None:
    """Put the mails in one transaction with the end of the job."""
    now = needs.clock.now()
    account = needs.accounts.by_id(job.account)
    with needs.transactions.begin():
        if needs.jobs.done(job, at=now) and account is not None:
            approval_mails.remind(needs.services, account, job.body, now=now)


def _look_together(needs: Needs, job: Job) -> None:
    """Look at one chunk, and put the job for the next one or the mails, in one transaction with the end of this one."""
    now = needs.clock.now()
    account = needs.accounts.by_id(job.account)
    with needs.transactions.begin():
        if needs.jobs.done(job, at=now) and account is not None:
            weaker_together.tell_part(needs.services, account, job.body, now=now)


PARTS: Final[Mapping[str, Callable[[Needs, Job], None]]] = {
    EXEMPTION_ENDS: _exemption_ends,
    LOOK_TOGETHER: _look_together,
    REMIND_APPROVAL: _remind_approval,
    TELL_SET_UP: _tell_set_up,
}
"""What is done for each kind of job."""
