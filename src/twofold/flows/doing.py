"""What is done to somebody's sign-in by a helper, and telling of it: in the log, to them, and to the owners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from twofold.core.emails import mask
from twofold.core.instants import to_micros
from twofold.core.roles import Role
from twofold.flows import journal
from twofold.flows.journal import EMAIL
from twofold.flows.notices import helper_for, warn
from twofold.flows.outcomes import Conflict, Gone

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.helping import Act
    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """What is done to whom by whom; `person` as they stand in this transaction.

    `detail` holds what the act needs and how it was checked; `approved_by` who agreed, where that was needed.
    """

    me: SignedIn
    person: Subscriber
    act: Act
    now: datetime
    detail: JsonObject = field(default_factory=dict)
    reason: str = ""
    approved_by: PersonId | None = None
    stored: str | None = field(default=None, repr=False)
    """The hash of a password that is set; it never stands in `detail`, which is recorded."""

    @property
    def told(self) -> JsonObject:
        """The detail of its event."""
        more: JsonObject = {"reason": self.reason} if self.reason else {}
        if self.approved_by is not None:
            more = {**more, "approved_by": self.approved_by}
        kept = {name: value for name, value in self.detail.items() if name != EMAIL}
        email = self.detail.get(EMAIL)
        # A new address stands masked in the log, which outlives its person.
        masked: JsonObject = {"to": mask(email)} if isinstance(email, str) else {}
        return {**kept, **masked, **more}

    @property
    def by(self) -> str:
        """Who did it, for the mail to the person."""
        return helper_for(self.person, self.me.person)

    @property
    def who(self) -> str:
        """Who did it, for those who answer for the account: the address of somebody who gave no name."""
        return self.me.person.name or self.me.person.email


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """It was done. `code` is to be shown once, to whoever did it; `until` is when what was given ends."""

    act: Act
    person: Subscriber
    code: str = field(default="", repr=False)
    until: datetime | None = None


Outcome = Given | Gone | Conflict


def record(services: Services, visit: Visit, kind: str, doing: Doing) -> None:
    """Record it as an event of this kind."""
    journal.record(
        services,
        visit,
        kind,
        now=doing.now,
        person=doing.person.id,
        actor=doing.me.person.id,
        detail=doing.told,
    )


def tell(services: Services, visit: Visit, doing: Doing, *, until: datetime | None = None) -> None:
    """Mail the person, and every owner where it was done to somebody who answers for the account."""
    params: JsonObject = {"act": doing.act.value, "by": doing.by}
    if until is not None:
        params = {**params, "until": to_micros(until)}
    warn(services, visit.account, doing.person, "helped", params, now=doing.now)
    if doing.person.role not in {Role.OWNER, Role.ADMIN}:
        return
    for owner in services.people.with_roles(visit.account.id, (Role.OWNER,)):
        if owner.id not in {doing.me.person.id, doing.person.id}:
            about: JsonObject = {
                "act": doing.act.value,
                "by": doing.who,
                "who": doing.person.name or doing.person.email,
                "reason": doing.reason,
            }
            journal.tell(services, visit.account, owner, "helped_told", about, now=doing.now)
