"""A person of a world who signs in, holds an app, and types its passcodes."""

from __future__ import annotations

from base64 import b32decode, b32encode
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import PASSWORD, World
from twofold.core.ids import EnrolmentId
from twofold.core.passcodes import hotp, time_step
from twofold.core.wanted import Requirement
from twofold.flows import prove, second_factor, sign_in, signed_in
from twofold.flows.outcomes import Admitted, GoOn, Refuse
from twofold.flows.prove import Proved
from twofold.flows.visit import SignedIn, Visit
from twofold.ports.enrolments import Enrolment
from twofold.ports.policy import PolicyVersion

if TYPE_CHECKING:
    from twofold.core.ids import PersonId
    from twofold.core.refusals import No
    from twofold.ports.outbox import Message

STEP = timedelta(seconds=30)
LATER = timedelta(minutes=6)
"""Longer than fresh proof lasts."""


def a_visit(world: World, *, address: str = "198.51.100.7", cookie: str = "") -> Visit:
    return Visit(account=world.account, address=address, browser_name="Firefox on Linux", browser_cookie=cookie)


def why_not(outcome: object) -> No:
    """Return why something was refused."""
    assert isinstance(outcome, Refuse), outcome
    return outcome.because.no


def hold(world: World, person: PersonId, *, label: str = "App", preferred: bool = False) -> Enrolment:
    """Store a confirmed app whose key is made of its label."""
    enrolment = Enrolment(
        id=EnrolmentId(world.entropy.new_id()),
        person_id=person,
        kind="totp",
        label=label,
        state={"key": b32encode(label.encode().ljust(20, b"."))[:32].decode()},
        strong=True,
        confirmed_at=world.clock.now(),
        preferred=preferred,
    )
    assert world.services.enrolments.add(world.account.id, enrolment)
    found = world.person(person)
    assert world.services.people.replace(
        world.account.id, found, replace(found, enrolled_at=found.enrolled_at or world.clock.now())
    )
    return enrolment


def choose(world: World, person: PersonId) -> None:
    """Note that the person chose to be asked."""
    found = world.person(person)
    assert world.services.people.replace(world.account.id, found, replace(found, chosen=True))


def passcode(world: World, enrolment: Enrolment) -> str:
    """Return what the app shows now, after half a minute has passed, so that no step is used twice."""
    world.clock.move(STEP)
    return hotp(b32decode(str(enrolment.state["key"])), time_step(world.clock.now()))


def enter(
    world: World, email: str, enrolment: Enrolment | None = None, *, password: str = PASSWORD, cookie: str = ""
) -> SignedIn:
    """Sign in, with a passcode where one is asked for."""
    visit = a_visit(world, cookie=cookie)
    outcome = sign_in.present_password(world.services, visit, email=email, password=password, next_url="")
    if isinstance(outcome, GoOn):
        assert enrolment is not None
        assert outcome.attempt_token is not None
        outcome = second_factor.present_second_factor(
            world.services,
            visit,
            attempt_token=outcome.attempt_token,
            kind="",
            answer={"passcode": passcode(world, enrolment)},
            trust_device=True,
        )
    assert isinstance(outcome, Admitted), outcome
    me = signed_in.who(world.services, visit, outcome.session_token)
    assert me is not None
    return me


def renew(world: World, me: SignedIn, enrolment: Enrolment | None = None) -> SignedIn:
    """Give fresh proof."""
    visit = a_visit(world)
    if enrolment is None:
        proved = prove.prove(world.services, visit, me, password=PASSWORD)
    else:
        proved = prove.prove(world.services, visit, me, passcode=passcode(world, enrolment))
    assert isinstance(proved, Proved), proved
    return proved.me


def stands(world: World, me: SignedIn) -> bool:
    """Tell whether a session is still open."""
    open_ones = world.services.sessions.of_person(world.account.id, me.person.id)
    return any(one.id == me.session.id for one in open_ones)


def require(world: World) -> None:
    """Require 2FA of both audiences from now on."""
    now = world.clock.now()
    current = world.services.policy.current(world.account.id)
    required = Requirement(starts_at=now)
    rules = replace(
        current.rules,
        team=replace(current.rules.team, required=required),
        end_users=replace(current.rules.end_users, required=required),
    )
    version = PolicyVersion(number=current.number + 1, rules=rules, saved_at=now, saved_by=None)
    assert world.services.policy.add(world.account.id, version)


def allow(world: World, *kinds: str) -> None:
    """Let policy accept these kinds alone."""
    current = world.services.policy.current(world.account.id)
    accepts = replace(current.rules.team.accepts, kinds=frozenset(kinds))
    rules = replace(current.rules, team=replace(current.rules.team, accepts=accepts))
    version = replace(current, number=current.number + 1, rules=rules)
    assert world.services.policy.add(world.account.id, version)


def require_nothing(world: World) -> None:
    """End every requirement."""
    current = world.services.policy.current(world.account.id)
    rules = replace(
        current.rules,
        team=replace(current.rules.team, required=None),
        end_users=replace(current.rules.end_users, required=None),
    )
    version = PolicyVersion(number=current.number + 1, rules=rules, saved_at=world.clock.now(), saved_by=None)
    assert world.services.policy.add(world.account.id, version)


def mail(world: World, template: str) -> Message:
    """Return the newest mail made of a template."""
    found = [message for message in world.outbox.messages if message.template == template]
    assert found, template
    return found[-1]


def token_of(url: object) -> str:
    """Return the secret in a link."""
    return str(url).partition("?link=")[2]
