"""What the worker does while a requirement is rolled out: parts of work that take long, and what is told later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.delivery.steps import in_two
from twofold.flows import (
    approval_mails,
    called_off,
    dormant_told,
    exemption_ends,
    own_rule_told,
    set_up_told,
    telling_many,
    ways_told,
    weaker_together,
)
from twofold.ports.jobs import (
    EXEMPTION_ENDS,
    LOOK_TOGETHER,
    REMIND_APPROVAL,
    TELL_CALLED_OFF,
    TELL_DORMANT,
    TELL_OWN_RULE,
    TELL_SET_UP,
    TELL_THE_REST,
    TELL_WAYS,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from twofold.delivery.needs import Needs
    from twofold.store.jobs import Job


def _remind(needs: Needs, job: Job) -> None:
    """Remind whoever may agree to a request, in one transaction with the end of the job."""
    now = needs.clock.now()
    account = needs.accounts.by_id(job.account)
    with needs.transactions.begin():
        if needs.jobs.done(job, at=now) and account is not None:
            approval_mails.remind(needs.services, account, job.body, now=now)


PARTS: Final[Mapping[str, Callable[[Needs, Job], None]]] = {
    EXEMPTION_ENDS: in_two(exemption_ends.look, exemption_ends.tell),
    LOOK_TOGETHER: in_two(weaker_together.look, weaker_together.tell_part),
    REMIND_APPROVAL: _remind,
    TELL_CALLED_OFF: in_two(called_off.look, called_off.tell_part),
    TELL_DORMANT: in_two(dormant_told.look, dormant_told.tell_part),
    TELL_OWN_RULE: in_two(own_rule_told.look, own_rule_told.tell_of_it),
    TELL_SET_UP: in_two(set_up_told.look, set_up_told.tell_part),
    TELL_THE_REST: in_two(telling_many.look, telling_many.tell_rest),
    TELL_WAYS: in_two(ways_told.look, ways_told.tell_part),
}
"""What is done for each kind of job."""
