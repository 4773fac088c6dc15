"""Doing an act on somebody's sign-in, in the caller's transaction: judging and proving were done before.

One function an act, so that what is done at once and what another helper agreed to is the same.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core import recovery
from twofold.core.effects import Change
from twofold.core.helping import Act
from twofold.core.json import instant_in, int_in, text_in
from twofold.core.links import Purpose
from twofold.flows import acts_on_person, ending, exemptions, journal, links
from twofold.flows.address import tell_of_groups
from twofold.flows.doing import Doing, Given, Outcome, record, tell
from twofold.flows.journal import EMAIL
from twofold.flows.outcomes import Conflict
from twofold.flows.recovery_set import digest_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.flows.visit import Visit
    from twofold.ports.services import Services


AGREED: Final = "agreed"
"""In the detail of a link that confirms an address: whether a second helper agreed to it."""


def carry_out(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Do it. `Conflict`: somebody changed the person meanwhile, or no owner would be left."""
    return _ACTS[doing.act](services, visit, doing)


def _code(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Give one code for one sign-in; it takes nothing away. An earlier one, or a pass, is void."""
    code = recovery.make_one(services.entropy.bytes(recovery.CODE_BYTES))
    until = doing.now + services.numbers.helping.code_lives
    _put(services, visit, doing, code, until)
    record(services, visit, "help.code_given", doing)
    tell(services, visit, doing, until=until)
    return Given(act=doing.act, person=doing.person, code=code, until=until)


def _access_pass(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Give a pass that opens set-up beside the password, and nothing else."""
    made = recovery.make_pass(services.entropy.bytes(recovery.PASS_BYTES))
    until = doing.now + timedelta(seconds=int_in(doing.detail, "seconds"))
    _put(services, visit, doing, made, until)
    record(services, visit, "help.pass_given", doing)
    tell(services, visit, doing, until=until)
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
    tell(services, visit, doing)
    return Given(act=doing.act, person=doing.person)


def _end_wait(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Let codes be looked at again."""
    services.counters.forget(visit.account.id, doing.person.id)
    record(services, visit, "help.wait_ended", doing)
    tell(services, visit, doing)
    return Given(act=doing.act, person=doing.person)


def _let_in(services: Services, visit: Visit, doing: Doing) -> Outcome:
    """Let set-up wait for a while."""
    until = doing.now + timedelta(seconds=int_in(doing.detail, "seconds"))
    if not services.people.replace(visit.account.id, doing.person, replace(doing.person, grace_until=until)):
        return Conflict()
    record(services, visit, "help.let_in", doing)
    tell(services, visit, doing, until=until)
    return Given(act=doing.act, person=doing.person, until=until)


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
    record(services, visit, "password.set_by_helper", doing)
    tell(services, visit, doing)
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
    record(services, visit, "address.proposed", doing)
    tell_of_groups(services, visit, doing.me, person, replace(person, email=email), now=doing.now)
    tell(services, visit, doing)
    return Given(act=doing.act, person=person)


_ACTS: Final[Mapping[Act, Callable[[Services, Visit, Doing], Outcome]]] = {
    Act.CODE: _code,
    Act.RESET: _reset,
    Act.ACCESS_PASS: _access_pass,
    Act.END_WAIT: _end_wait,
    Act.LET_IN: _let_in,
    Act.SET_ROLE: acts_on_person.set_role,
    Act.SUSPEND: acts_on_person.suspend,
    Act.END_SUSPENSION: acts_on_person.end_suspension,
    Act.END_SESSIONS: acts_on_person.end_sessions,
    Act.REMOVE: acts_on_person.remove,
    Act.EXEMPT: _exempt,
    Act.SET_PASSWORD: _set_password,
    Act.CHANGE_ADDRESS: _change_address,
}


def _put(services: Services, visit: Visit, doing: Doing, code: str, until: datetime) -> None:
    digest = digest_of(services, doing.person.id, code)
    services.recovery_codes.put_helpers(visit.account.id, doing.person.id, digest, at=doing.now, until=until)
