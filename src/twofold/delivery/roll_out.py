"""What the worker does while a requirement is rolled out: parts of work that take long, and what is told later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from twofold.flows import approval_mails, exemptions, set_up_told, weaker_together
from twofold.ports.jobs import EXEMPTION_ENDS, LOOK_TOGETHER, REMIND_APPROVAL, TELL_SET_UP

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.delivery.worker import Needs
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.store.jobs import Job


class _Telling(Protocol):
    """Puts mails, and the job for what is left, in the caller's transaction."""

    def __call__(self, services: Services, account: Account, body: JsonObject, *, now: datetime) -> None: ...


def _at_once(tell: _Telling) -> Callable[[Needs, Job], None]:
    """Return what does it in one transaction with the end of the job: whoever lost the lease writes nothing."""

    def do(needs: Needs, job: Job) -> None:
        now = needs.clock.now()
        account = needs.accounts.by_id(job.account)
        with needs.transactions.begin():
            if needs.jobs.done(job, at=now) and account is not None:
                tell(needs.services, account, job.body, now=now)

    return do


PARTS: Final[Mapping[str, Callable[[Needs, Job], None]]] = {
    EXEMPTION_ENDS: _at_once(exemptions.tell_of_end),
    LOOK_TOGETHER: _at_once(weaker_together.tell_part),
    REMIND_APPROVAL: _at_once(approval_mails.remind),
    TELL_SET_UP: _at_once(set_up_told.tell_part),
}
"""What is done for each kind of job."""
