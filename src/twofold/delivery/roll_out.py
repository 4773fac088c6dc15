"""What the worker does while a requirement is rolled out: parts of work that take long, and what is told later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from twofold.flows import approval_mails, dormant_told, exemption_ends, own_rule_told, set_up_told, weaker_together
from twofold.ports.jobs import (
    EXEMPTION_ENDS,
    LOOK_TOGETHER,
    REMIND_APPROVAL,
    TELL_DORMANT,
    TELL_OWN_RULE,
    TELL_SET_UP,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.delivery.needs import Needs
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services
    from twofold.store.jobs import Job

_FoundT_co = TypeVar("_FoundT_co", covariant=True)
_FoundT_contra = TypeVar("_FoundT_contra", contravariant=True)
_T = TypeVar("_T")


class _Looking(Protocol[_FoundT_co]):
    """Reads and judges whom it is about, and writes nothing."""

    def __call__(self, services: Services, account: Account, body: JsonObject, *, now: datetime) -> _FoundT_co: ...


class _Telling(Protocol[_FoundT_contra]):
    """Puts mails for whom was found, and the job for what is left, in the caller's transaction."""

    def __call__(
        self, services: Services, account: Account, body: JsonObject, found: _FoundT_contra, /, *, now: datetime
    ) -> None: ...


def _in_two(look: _Looking[_T], tell: _Telling[_T]) -> Callable[[Needs, Job], None]:
    """Return what looks first, and tells in one transaction with the end of the job: whoever lost the lease, nobody."""

    def do(needs: Needs, job: Job) -> None:
        services, now = needs.services, needs.clock.now()
        account = needs.accounts.by_id(job.account)
        if account is None:
            needs.jobs.done(job, at=now)
            return
        found = look(services, account, job.body, now=now)
        with needs.transactions.begin():
            if needs.jobs.done(job, at=now):
                tell(services, account, job.body, found, now=now)

    return do


def _remind(needs: Needs, job: Job) -> None:
    """Remind whoever may agree to a request, in one transaction with the end of the job."""
    now = needs.clock.now()
    account = needs.accounts.by_id(job.account)
    with needs.transactions.begin():
        if needs.jobs.done(job, at=now) and account is not None:
            approval_mails.remind(needs.services, account, job.body, now=now)


PARTS: Final[Mapping[str, Callable[[Needs, Job], None]]] = {
    EXEMPTION_ENDS: _in_two(exemption_ends.look, exemption_ends.tell),
    LOOK_TOGETHER: _in_two(weaker_together.look, weaker_together.tell_part),
    REMIND_APPROVAL: _remind,
    TELL_DORMANT: _in_two(dormant_told.look, dormant_told.tell_part),
    TELL_OWN_RULE: _in_two(own_rule_told.look, own_rule_told.tell_of_it),
    TELL_SET_UP: _in_two(set_up_told.look, set_up_told.tell_part),
}
"""What is done for each kind of job."""
