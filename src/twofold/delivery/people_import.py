"""Reading files of people, adding and inviting them: a part at a time, in one transaction with the end of its job.

Whoever lost the lease writes nothing, so that nobody is added twice and no row is read twice, whoever is killed when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import ImportId
from twofold.core.json import text_in
from twofold.delivery.steps import in_two
from twofold.flows import import_adding, import_inviting, import_reading
from twofold.ports.jobs import APPLY_IMPORT, INVITE_IMPORTED, READ_IMPORT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twofold.delivery.needs import Needs
    from twofold.store.jobs import Job


def _read(needs: Needs, job: Job) -> None:
    """Judge the next rows before the transaction begins, and write what they say in it."""
    services = needs.services
    found = import_reading.read(services, job.account, job.body)
    now = services.clock.now()
    with services.transactions.begin():
        if needs.jobs.done(job, at=now) and found is not None:
            import_reading.keep(services, job.account, found, now=now)


def give_up(needs: Needs, job: Job) -> None:
    """Note that an import will not go on; whoever looks at it can send the file again."""
    account = needs.services.accounts.by_id(job.account)
    if account is not None:
        flow = import_inviting if job.kind == INVITE_IMPORTED else import_adding
        flow.give_up(needs.services, account, ImportId(text_in(job.body, "import")))


PARTS: Final[Mapping[str, Callable[[Needs, Job], None]]] = {
    READ_IMPORT: _read,
    APPLY_IMPORT: in_two(import_adding.next_batch, import_adding.add),
    INVITE_IMPORTED: in_two(import_inviting.next_batch, import_inviting.invite),
}
"""What is done for each kind of job."""
