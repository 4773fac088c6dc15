"""What is told of the time before a demo began: the services as they were then, and what a helper did."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from twofold.core.helping import Act, Check, What
from twofold.core.instants import to_micros
from twofold.flows import approvals
from twofold.flows.carrying_out import carry_out
from twofold.flows.doing import Doing, Given
from twofold.flows.person_change import alone_with
from twofold.ports.outbox import SendState

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId, JobId, PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.outbox import Failures, Message
    from twofold.ports.services import Services
    from twofold.ports.texts import Receipt


def reset(services: Services, visit: Visit, helper: SignedIn, person: PersonId, *, at: datetime, reason: str) -> bool:
    """Take away what somebody had set up, as a helper does whom they called; False: that could not be done."""
    detail: JsonObject = {"what": What.LOST.value, "check": Check.CALLED_BACK.value}
    return _done(services, visit, helper, person, Act.RESET, at=at, reason=reason, detail=detail)


def exempt(
    services: Services, visit: Visit, helper: SignedIn, person: PersonId, *, at: datetime, until: datetime, reason: str
) -> bool:
    """Exempt somebody until then, as a helper does; False: that could not be done."""
    detail: JsonObject = {"until": to_micros(until)}
    return _done(services, visit, helper, person, Act.EXEMPT, at=at, reason=reason, detail=detail)


def _done(
    services: Services,
    visit: Visit,
    helper: SignedIn,
    person_id: PersonId,
    act: Act,
    *,
    at: datetime,
    reason: str,
    detail: JsonObject,
) -> bool:
    services = as_of(services, at)
    with services.transactions.begin():
        alone_with(services, visit.account.id, person_id)
        person = services.people.by_id(visit.account.id, person_id)
        if person is None:
            return False
        doing = Doing(me=helper, person=person, act=act, now=at, detail=detail, reason=reason)
        if not isinstance(carry_out(services, visit, doing), Given):
            return False
        approvals.note_done(services, visit, doing)
    return True


def as_of(services: Services, then: datetime) -> Services:
    """Return the services as they were then."""
    return replace(services, clock=_Standing(then), outbox=Delivered())


class _Standing:
    """A clock that stands at the moment that is told of."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return that moment."""
        return self._at


class Delivered:
    """An outbox of long ago: what it was given has been delivered and read, and is in nobody's inbox."""

    def __init__(self) -> None:
        self.code = ""
        """The last one that was in a message."""

    def put(self, account: AccountId, message: Message) -> None:  # noqa: ARG002 -- the port's interface
        """Read the message, and throw it away."""
        self.code = str(message.params.get("code", ""))

    def state(self, account: AccountId, message: JobId) -> SendState | None:  # noqa: ARG002 -- the port's interface
        """Say that it was handed over."""
        return SendState.HANDED_OVER

    def can_send(self, account: AccountId, channel: str) -> bool:  # noqa: ARG002 -- the port's interface
        """Say that mail leaves."""
        return True

    def failures(self, account: AccountId, since: datetime) -> Sequence[Failures]:  # noqa: ARG002 -- the port's interface
        """Say that nothing failed."""
        return ()

    def last_taken(self, account: AccountId, channel: str, since: datetime) -> None:
        """Say that nothing was sent."""

    def note_receipt(self, account: AccountId, message: JobId, receipt: Receipt) -> None:
        """Forget what was told."""
