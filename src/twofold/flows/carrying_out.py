"""Doing an act on somebody's sign-in, in the caller's transaction: judging and proving were done before.

One function an act, so that what is done at once and what another helper agreed to is the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core import recovery
from twofold.core.effects import Change
from twofold.core.emails import mask
from twofold.core.exemptions import BY_NAME_ALONE
from twofold.core.helping import Act
from twofold.core.instants import to_micros
from twofold.core.json import instant_in, int_in, text_in
from twofold.core.links import Purpose
from twofold.core.roles import Audience, Role, audience_of
from twofold.flows import ending, exemptions, journal, links, recent_acts
from twofold.flows.address import tell_of_groups
from twofold.flows.journal import EMAIL
from twofold.flows.notices import warn
from twofold.flows.outcomes import Conflict, Gone
from twofold.flows.people import other_active_owners
from twofold.flows.recovery_set import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn, Visit
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services


AGREED: Final = "agreed"
"""In the detail of a link that confirms an address: whether a second helper agreed to it."""


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
        """Who did it, for the mail to the person: names of helpers are for team members."""
        return "" if audience_of(self.person.role) is Audience.END_USERS else self.who

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


def carry_out(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Do it. `Conflict`: somebody changed the person meanwhile, or no owner would be left."""
    return _ACTS[doing.act](services, visit, doing)


def _code(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Give one code for one sign-in; it takes nothing away. An earlier one, or a pass, is void."""
    code = recovery.make_one(services.entropy.bytes(recovery.CODE_BYTES))
    until = doing.now + services.numbers.helping.code_lives
    _put(services, visit, doing, code, until)
    _record(services, visit, "help.code_given", doing)
    _tell(services, visit, doing, until=until)
    return Given(act=doing.act, person=doing.person, code=code, until=until)


def _access_pass(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Give a pass that opens set-up beside the password, and nothing else."""
    made = recovery.make_pass(services.entropy.bytes(recovery.PASS_BYTES))
    until = doing.now + timedelta(seconds=int_in(doing.detail, "seconds"))
    _put(services, visit, doing, made, until)
    _record(services, visit, "help.pass_given", doing)
    _tell(services, visit, doing, until=until)
    return Given(act=doing.act, person=doing.person, code=made, until=until)


def _reset(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Take away what is set up; the next sign-in leads through set-up, after a code to the mailbox."""
    account, person = visit.account.id, doing.person
    held = services.enrolments.held(account, person.id)
    anew = replace(person, must_set_up=True, chosen=False, codes_unsaved=False, enrolled_at=None, grace_until=None)
    if not services.people.replace(account, person, anew):
        return Conflict()
    services.enrolments.remove(account, person.id, [one.id for one in held])
    services.recovery_codes.discard(account, person.id)
    services.counters.forget(account, person.id)
    ending.apply(services, account, person.id, Change.RESET_BY_HELPER, now=doing.now)
    journal.record(
        services,
        visit,
        "help.reset",
        now=doing.now,
        person=person.id,
        actor=doing.me.person.id,
        detail={**doing.told, "removed": [one.id for one in held]},
    )
    _tell(services, visit, doing)
    return Given(act=doing.act, person=doing.person)


def _end_wait(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Let codes be looked at again."""
    services.counters.forget(visit.account.id, doing.person.id)
    _record(services, visit, "help.wait_ended", doing)
    _tell(services, visit, doing)
    return Given(act=doing.act, person=doing.person)


def _let_in(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Let set-up wait for a while."""
    until = doing.now + timedelta(seconds=int_in(doing.detail, "seconds"))
    if not services.people.replace(visit.account.id, doing.person, replace(doing.person, grace_until=until)):
        return Conflict()
    _record(services, visit, "help.let_in", doing)
    _tell(services, visit, doing, until=until)
    return Given(act=doing.act, person=doing.person, until=until)


def _set_role(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Give another role; all sessions end."""
    person, role = doing.person, Role(text_in(doing.detail, "role"))
    then = _with_role(person, role, now=doing.now)
    if not _owner_stays(services, visit, person) or not services.people.replace(visit.account.id, person, then):
        return Conflict()
    if recent_acts.is_freed(services, visit.account.id, person, then, now=doing.now):
        freed: JsonObject = {"role": role.value}
        recent_acts.note(
            services, visit.account.id, Act.EXEMPT, person.id, doing.me.person.id, now=doing.now, detail=freed
        )
    ending.apply(services, visit.account.id, person.id, Change.ROLE_CHANGED, now=doing.now)
    journal.record(
        services,
        visit,
        "person.role_changed",
        now=doing.now,
        person=person.id,
        actor=doing.me.person.id,
        detail={**doing.told, "before": person.role.value, "after": role.value},
    )
    journal.tell(
        services,
        visit.account,
        person,
        "role_changed",
        {"role": role.value, "former_role": person.role.value, "by": doing.by},
        now=doing.now,
    )
    return Given(act=doing.act, person=doing.person)


def _with_role(person: Subscriber, role: Role, *, now: datetime) -> Subscriber:
    """Return the person with another role; under another audience's policy their time to set up begins anew."""
    moves = audience_of(role) is not audience_of(person.role)
    if role in BY_NAME_ALONE and person.role is not Role.OWNER:
        # What one admin may give an agent, nobody alone may give an admin, and nobody an owner.
        person = replace(person, exempt_until=None, exempt_because="")
    # Helping end users was given to this agent, and not to whoever they are next.
    return replace(person, role=role, audience_since=now if moves else person.audience_since, helps_since=None)


def _suspend(services: Services, visit: Visit, doing: Doing) -> Outcome:
    person = doing.person
    if not _owner_stays(services, visit, person) or not services.people.replace(
        visit.account.id, person, replace(person, suspended_at=doing.now)
    ):
        return Conflict()
    ending.apply(services, visit.account.id, person.id, Change.SUSPENDED, now=doing.now)
    _record(services, visit, "person.suspended", doing)
    journal.tell(services, visit.account, person, "suspended", {"by": doing.by}, now=doing.now)
    return Given(act=doing.act, person=doing.person)


def _end_suspension(services: Services, visit: Visit, doing: Doing) -> Outcome:
    person = doing.person
    if not services.people.replace(visit.account.id, person, replace(person, suspended_at=None)):
        return Conflict()
    _record(services, visit, "person.suspension_ended", doing)
    journal.tell(services, visit.account, person, "unsuspended", {"by": doing.by}, now=doing.now)
    return Given(act=doing.act, person=doing.person)


def _end_sessions(services: Services, visit: Visit, doing: Doing) -> Outcome:
    if not services.people.replace(visit.account.id, doing.person, doing.person):
        return Conflict()
    ending.apply(services, visit.account.id, doing.person.id, Change.SIGNED_OUT_EVERYWHERE, now=doing.now)
    _record(services, visit, "session.signed_out_everywhere", doing)
    return Given(act=doing.act, person=doing.person)


def _remove(services: Services, visit: Visit, doing: Doing) -> Outcome:
    person = doing.person
    if services.people.by_id(visit.account.id, person.id) != person or not _owner_stays(services, visit, person):
        return Conflict()
    journal.record(
        services,
        visit,
        "person.removed",
        now=doing.now,
        person=person.id,
        actor=doing.me.person.id,
        detail={**doing.told, "role": person.role.value},
    )
    services.people.remove(visit.account.id, person.id)
    services.counters.forget(visit.account.id, person.id)
    # After the erasure, which would take it along; the address goes with the message once it is sent.
    journal.tell(services, visit.account, person, "removed", {"by": doing.by}, now=doing.now)
    return Given(act=doing.act, person=doing.person)


def _exempt(services: Services, visit: Visit, doing: Doing) -> Outcome:
    until = instant_in(doing.detail, "until")
    # What another helper agreed to may have been put off for so long that its day is over.
    if until <= doing.now or not exemptions.write(
        services, visit, doing.me, doing.person, until=until, because=doing.reason, told=doing.told, now=doing.now
    ):
        return Conflict()
    return Given(act=doing.act, person=doing.person, until=until)


def _set_password(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Set a password: everything ends that a reset by mail ends, and 2FA stays as it was."""
    person = doing.person
    # Without a new password there is nothing to do: a request is carried out on the page where it is typed.
    if doing.stored is None or not services.people.replace(
        visit.account.id, person, replace(person, password=doing.stored)
    ):
        return Conflict()
    ending.apply(services, visit.account.id, person.id, Change.PASSWORD_RESET, now=doing.now)
    _record(services, visit, "password.set_by_helper", doing)
    _tell(services, visit, doing)
    return Given(act=doing.act, person=doing.person)


def _change_address(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Mail a link to a new address, which counts once it was confirmed from there; the present mailbox is told."""
    account, person, email = visit.account, doing.person, text_in(doing.detail, EMAIL)
    if email == person.email or services.people.by_email(account.id, email) is not None:
        return Conflict()
    purposes = (Purpose.CONFIRMATION.value,)
    services.links.end(account.id, person.id, at=doing.now, purposes=purposes)
    kept: JsonObject = {EMAIL: email, AGREED: doing.approved_by is not None}
    url = links.make(services, account, Purpose.CONFIRMATION, person.id, now=doing.now, detail=kept)
    journal.tell(services, account, person, "address_proposed", {"url": url}, now=doing.now, to=email)
    _record(services, visit, "address.proposed", doing)
    tell_of_groups(services, visit, doing.me, person, replace(person, email=email), now=doing.now)
    _tell(services, visit, doing)
    return Given(act=doing.act, person=person)


_ACTS: Final[Mapping[Act, Callable[[Services, Visit, Doing], Outcome]]] = {
    Act.CODE: _code,
    Act.RESET: _reset,
    Act.ACCESS_PASS: _access_pass,
    Act.END_WAIT: _end_wait,
    Act.LET_IN: _let_in,
    Act.SET_ROLE: _set_role,
    Act.SUSPEND: _suspend,
    Act.END_SUSPENSION: _end_suspension,
    Act.END_SESSIONS: _end_sessions,
    Act.REMOVE: _remove,
    Act.EXEMPT: _exempt,
    Act.SET_PASSWORD: _set_password,
    Act.CHANGE_ADDRESS: _change_address,
}


def _put(services: Services, visit: Visit, doing: Doing, code: str, until: datetime) -> None:
    digest = digest_of(services, doing.person.id, code)
    services.recovery_codes.put_helpers(visit.account.id, doing.person.id, digest, at=doing.now, until=until)


def _record(services: Services, visit: Visit, kind: str, doing: Doing) -> None:
    journal.record(
        services,
        visit,
        kind,
        now=doing.now,
        person=doing.person.id,
        actor=doing.me.person.id,
        detail=doing.told,
    )


def _tell(services: Services, visit: Visit, doing: Doing, *, until: datetime | None = None) -> None:
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


def _owner_stays(services: Services, visit: Visit, person: Subscriber) -> bool:
    """Make sure, in the present transaction, that taking this owner away leaves another one.

    Two owners who lower each other at the same moment both saw the other. Writing the account's row
    lets only one of them through, on databases too that let both read first.
    """
    if person.role is not Role.OWNER:
        return True
    account = services.accounts.by_id(visit.account.id)
    return (
        account is not None
        and services.accounts.replace(account, account)
        and other_active_owners(services, visit, person) > 0
    )
