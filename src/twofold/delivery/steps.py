"""One part of long work, in two steps: what is read and judged takes its time, what is written is short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from twofold.flows.person_change import alone_with

if TYPE_CHECKING:
    from collections.abc import Callable
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


def in_two(look: _Looking[_T], tell: _Telling[_T]) -> Callable[[Needs, Job], None]:
    """Return what looks first, and tells in one transaction with the end of the job: whoever lost the lease, nobody."""

    def do(needs: Needs, job: Job) -> None:
        services, now = needs.services, needs.clock.now()
        account = needs.accounts.by_id(job.account)
        if account is None:
            needs.jobs.done(job, at=now)
            return
        found = look(services, account, job.body, now=now)
        with needs.transactions.begin():
            if job.person_id is not None:
                # Whoever changes or erases somebody is alone with them before they drop the jobs about them.
                alone_with(services, job.account, job.person_id)
            if needs.jobs.done(job, at=now):
                tell(services, account, job.body, found, now=now)

    return do
