"""The first owner of an account: made by the operator's one-use link, or unattended by the operator's settings.

The link is worth nothing any more once there is an owner. A person who was made by the link but never finished setting
up is no owner yet: the next link makes them anew, so that a closed browser locks nobody out.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from twofold.core import emails
from twofold.core.assurance import OPERATOR_LINK, OPERATOR_TRAITS, PASSWORD, PASSWORD_TRAITS, Evidence, Proof
from twofold.core.ids import AttemptId, PersonId
from twofold.core.links import Purpose as LinkPurpose
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Role
from twofold.flows import appearance, journal, links, password
from twofold.flows.outcomes import Conflict, GoOn, Refuse, Stage
from twofold.flows.person_change import alone_with
from twofold.ports import accounts
from twofold.ports.attempts import Attempt, Purpose
from twofold.ports.people import LONGEST_NAME, Subscriber

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.passwords import PasswordProblem
    from twofold.flows.visit import Visit
    from twofold.ports.accounts import Account
    from twofold.ports.links import Link
    from twofold.ports.services import Services


class Unfit(StrEnum):
    """What is wrong with a field."""

    NO_NAME = "no_name"
    TOO_LONG = "too_long"
    UNKNOWN_ZONE = "unknown_zone"
    NOT_AN_ADDRESS = "not_an_address"
    ADDRESS_TAKEN = "address_taken"


@dataclass(frozen=True, slots=True)
class BadOwner:
    """What is wrong, by the name of the field; a password has its own reasons."""

    problems: dict[str, Unfit]
    password: PasswordProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpDesk:
    """What the first page asks for."""

    name: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Made:
    """The owner exists; they set up their second factor at the first sign-in."""

    person: Subscriber


def has_owner(services: Services, account: Account) -> bool:
    """Tell whether the account has an owner who can sign in, suspended ones left out."""
    return any(_is_real(person) for person in services.people.with_roles(account.id, (Role.OWNER,)))


def link(services: Services, account: Account) -> str | None:
    """Make a link for the first owner, and end the one before; None when there is an owner."""
    if has_owner(services, account):
        return None
    now = services.clock.now()
    with services.transactions.begin():
        services.links.end(account.id, None, at=now, purposes=(LinkPurpose.OWNER.value,))
        url = links.make(services, account, LinkPurpose.OWNER, None, now=now)
        journal.record_by_operator(services, account, "owner.link_made", now=now, person=None)
    return url


def look(services: Services, visit: Visit, token: str) -> Link | Refuse:
    """Read the link without using it up."""
    if has_owner(services, visit.account):
        return Refuse(because=Refusal(No.ENDED))
    return links.read(services, visit.account, LinkPurpose.OWNER, token, now=services.clock.now())


def check_help_desk(desk: HelpDesk) -> BadOwner | None:
    """Say what is wrong with the first page, or None."""
    problems: dict[str, Unfit] = {}
    if not desk.name.strip():
        problems["desk_name"] = Unfit.NO_NAME
    elif len(desk.name.strip()) > accounts.LONGEST_NAME:
        problems["desk_name"] = Unfit.TOO_LONG
    if not appearance.is_zone(desk.time_zone):
        problems["time_zone"] = Unfit.UNKNOWN_ZONE
    return BadOwner(problems) if problems else None


def begin(
    services: Services,
    visit: Visit,
    token: str,
    desk: HelpDesk,
    *,
    email: str,
    name: str,
    new_password: str,
) -> GoOn | BadOwner | Refuse | Conflict:
    """Use the link up: name the help desk, make the owner, and lead them to setting up their second factor.

    No session exists before that: the owner's own second factor comes first.
    """
    opened = look(services, visit, token)
    if isinstance(opened, Refuse):
        return opened
    bad = check_help_desk(desk)
    if bad is not None:
        return bad
    made = _prepared(services, visit.account, email=email, name=name, new_password=new_password)
    if not isinstance(made, Subscriber):
        return made
    now = services.clock.now()
    attempt_token = services.entropy.token()
    with services.transactions.begin():
        # Writing the account's row lets one through at a time, on databases too that let several read first.
        account = services.accounts.by_id(visit.account.id)
        if account is None or not services.accounts.replace(account, account):
            return Conflict()
        if has_owner(services, account):
            return Refuse(because=Refusal(No.ENDED))
        used = links.spend(services, account, LinkPurpose.OWNER, token, now=now)
        if isinstance(used, Refuse):
            return used
        _remove_unfinished(services, account)
        if not services.people.add(account.id, made):
            return Conflict()
        _name_help_desk(services, account, desk)
        services.attempts.begin(
            visit.account.id,
            Attempt(
                id=AttemptId(services.entropy.new_id()),
                person_id=made.id,
                purpose=Purpose.FIRST_OWNER,
                evidence=_evidence(now),
                begun_at=now,
                last_step_at=now,
                next_url="/admin/first-steps",
                setting_up=True,
            ),
            token_digest=services.digests.of_token(attempt_token),
        )
        journal.record(
            services,
            visit,
            "owner.made",
            now=now,
            person=made.id,
            actor=made.id,
            detail={"by": "link", "help_desk": desk.name.strip(), "time_zone": desk.time_zone},
        )
    return GoOn(stage=Stage.SET_UP, attempt_token=attempt_token)


def create(
    services: Services, account: Account, *, email: str, name: str, new_password: str
) -> Made | BadOwner | Refuse | Conflict | None:
    """Make the first owner without anybody watching; None when there is one.

    The operator vouches for the address, so it counts as proved; the second factor is set up at the first sign-in.
    """
    if has_owner(services, account):
        return None
    made = _prepared(services, account, email=email, name=name, new_password=new_password)
    if not isinstance(made, Subscriber):
        return made
    now = services.clock.now()
    made = replace(made, email_proved_at=now)
    with services.transactions.begin():
        if has_owner(services, account):
            return None
        _remove_unfinished(services, account)
        if not services.people.add(account.id, made):
            return Conflict()
        services.links.end(account.id, None, at=now, purposes=(LinkPurpose.OWNER.value,))
        journal.record_by_operator(services, account, "owner.made", now=now, person=made.id, detail={"by": "settings"})
    return Made(made)


def _remove_unfinished(services: Services, account: Account) -> None:
    for person in services.people.with_roles(account.id, (Role.OWNER,)):
        if not _is_real(person):
            alone_with(services, account.id, person.id)
            services.people.remove(account.id, person.id)


def _name_help_desk(services: Services, account: Account, desk: HelpDesk) -> None:
    present = services.accounts.by_id(account.id) or account
    services.accounts.replace(present, replace(present, name=desk.name.strip(), time_zone=desk.time_zone))


def _is_real(person: Subscriber) -> bool:
    return any((person.last_sign_in_at, person.enrolled_at, person.email_proved_at))


def _prepared(
    services: Services, account: Account, *, email: str, name: str, new_password: str
) -> Subscriber | BadOwner | Refuse:
    """Check what was typed and hash the password, outside every transaction."""
    found = emails.normalise(email)
    problems: dict[str, Unfit] = {}
    if found is None:
        problems["email"] = Unfit.NOT_AN_ADDRESS
    elif (taken := services.people.by_email(account.id, found)) is not None and (
        taken.role is not Role.OWNER or _is_real(taken)
    ):
        problems["email"] = Unfit.ADDRESS_TAKEN
    if len(name.strip()) > LONGEST_NAME:
        problems["name"] = Unfit.TOO_LONG
    problem = password.problem_of(services, account.id, new_password, email=found or "", name=name)
    if isinstance(problem, Refuse):
        return problem
    if found is None or problems or problem is not None:
        return BadOwner(problems, problem)
    stored = services.passwords.hash(new_password)
    now = services.clock.now()
    if stored is None:
        return Refuse(because=Refusal(No.BUSY, at=now))
    return Subscriber(
        id=PersonId(services.entropy.new_id()),
        email=found,
        name=name.strip(),
        role=Role.OWNER,
        created_at=now,
        password=stored,
        chosen=True,
        must_set_up=True,
    )


def _evidence(now: datetime) -> Evidence:
    return Evidence(
        (
            Proof(kind=OPERATOR_LINK, at=now, traits=OPERATOR_TRAITS),
            Proof(kind=PASSWORD, at=now, traits=PASSWORD_TRAITS),
        )
    )
