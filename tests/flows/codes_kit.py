"""A person of a world who gets codes by text and mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.fakes import PASSWORD
from tests.flows.profile_kit import a_visit
from twofold.core import emails
from twofold.core.ids import EnrolmentId
from twofold.flows import second_factor, sign_in
from twofold.flows.outcomes import GoOn, Refuse
from twofold.flows.second_factor import PasscodeView
from twofold.ports.enrolments import Enrolment

if TYPE_CHECKING:
    from tests.fakes import World
    from twofold.core.refusals import No, Refusal
    from twofold.flows.outcomes import SignInOutcome
    from twofold.flows.visit import Visit
    from twofold.ports.outbox import Message
    from twofold.ports.people import Subscriber

NUMBER = "+436641234567"
ANOTHER = "+436647654321"


def hold_phone(world: World, person: Subscriber, number: str = NUMBER, *, preferred: bool = False) -> Enrolment:
    """Store a confirmed number."""
    return _hold(world, person, "sms", {"number": number}, label=f"•••• {number[-4:]}", preferred=preferred)


def hold_mailbox(world: World, person: Subscriber, *, preferred: bool = False) -> Enrolment:
    """Store that codes by mail were confirmed."""
    return _hold(world, person, "email", {}, label=emails.mask(person.email), preferred=preferred)


def _hold(
    world: World, person: Subscriber, kind: str, state: dict[str, str], *, label: str, preferred: bool
) -> Enrolment:
    enrolment = Enrolment(
        id=EnrolmentId(world.entropy.new_id()),
        person_id=person.id,
        kind=kind,
        label=label,
        state={**state},
        strong=False,
        confirmed_at=world.clock.now(),
        preferred=preferred,
    )
    assert world.services.enrolments.add(world.account.id, enrolment)
    return enrolment


def codes(world: World, to: str = NUMBER) -> list[str]:
    """Return the codes that were sent to a number or an address, oldest first."""
    return [code_in(message) for message in world.outbox.to(to) if message.template == "passcode"]


def code_in(message: Message) -> str:
    code = message.params["code"]
    assert isinstance(code, str)
    return code


def wrong(code: str) -> str:
    """Return another code of that length."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


@dataclass
class Claimant:
    """Somebody between password and passcode."""

    world: World
    person: Subscriber
    visit: Visit
    token: str

    def look(self) -> PasscodeView:
        view = second_factor.look(self.world.services, self.visit, self.token)
        assert isinstance(view, PasscodeView), view
        return view

    def type(self, code: str, kind: str = "") -> SignInOutcome:
        return second_factor.present_second_factor(
            self.world.services,
            self.visit,
            attempt_token=self.token,
            kind=kind,
            answer={"passcode": code},
            trust_device=False,
        )

    def refused(self, code: str, kind: str = "") -> Refusal:
        """Type a code that is refused, and return why."""
        outcome = self.type(code, kind)
        assert isinstance(outcome, Refuse), outcome
        return outcome.because

    def choose(self, kind: str) -> object:
        return second_factor.choose(self.world.services, self.visit, self.token, kind)

    def send_again(self) -> No | None:
        """Ask for another code; return why there is none, or None when it was sent."""
        outcome = second_factor.send_again(self.world.services, self.visit, self.token)
        return outcome.because.no if isinstance(outcome, Refuse) else None


def claim(world: World, person: Subscriber, *, again: str = "") -> Claimant:
    """Give the right password; `again` is the secret of an attempt that is open in the same browser."""
    visit = a_visit(world)
    outcome = sign_in.present_password(
        world.services, visit, email=person.email, password=PASSWORD, next_url="", attempt_token=again
    )
    assert isinstance(outcome, GoOn), outcome
    assert outcome.attempt_token is not None
    return Claimant(world, person, visit, outcome.attempt_token)
