"""Challenges that are made before there is an answer, such as sent codes: made, shown, and used once.

One lives for each scope (an attempt at sign-in, a session for fresh proof) and kind, so that two tabs share it. A new
one voids the one before and keeps the count of tries while that one lived.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId
from twofold.core.refusals import No, Refusal
from twofold.core.roles import audience_of
from twofold.core.sent_codes import Limits
from twofold.factors.contract import SMS, Refused
from twofold.flows import code_watch, sending
from twofold.flows.journal import record, tell
from twofold.flows.outcomes import Done, Refuse
from twofold.flows.person_change import alone_with
from twofold.flows.sending import Parcel
from twofold.flows.standing_of import as_factor_sees, ceremony
from twofold.flows.tries import ROUNDS
from twofold.ports.challenges import Live

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import PersonId
    from twofold.core.json import JsonObject
    from twofold.factors.contract import Ceremony, Challenge, SecondFactor, Send
    from twofold.flows.visit import Visit
    from twofold.ports.enrolments import Enrolment
    from twofold.ports.outbox import SendState
    from twofold.ports.people import Subscriber
    from twofold.ports.services import Services

TRIES: Final = Limits().tries
"""Answers that are looked at, over a code and those that replaced it while it lived."""
MESSAGE: Final = "message"
"""Under what `shown` names the message in the outbox; pages ask for its state and show no more of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeView:
    """What a page shows of a challenge that is made by POST.

    `shown` is what its factor shows of the live one ({}: none was made, or it was used): `to`, the masked number or
    address, `sent_at` and `until` (instants as microseconds), `digits`. `sending` is how far its message got (None:
    nothing is known of it), and `watch` where a page asks for that again ("": nothing was sent). `again` says why
    another cannot be sent now (None: it can).
    """

    shown: JsonObject = field(repr=False)
    sending: SendState | None
    again: Refusal | None
    watch: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Asking somebody for a code of one kind, at one moment, within a scope: an attempt or a session.

    `actor` is the person where they are signed in (None: a claimant).
    """

    services: Services
    visit: Visit
    person: Subscriber
    held: Sequence[Enrolment]
    factor: SecondFactor
    scope: str
    now: datetime
    actor: PersonId | None = None

    def look(self) -> ChallengeView:
        """Return what a page shows of the live challenge. Writes nothing."""
        live = self._load()
        shown = live.shown if live else {}
        next_one = self._make(live)
        return view_of(self.services, self.visit, self.person, shown, next_one, purpose=sending.SIGN_IN, now=self.now)

    def begin(self) -> Done | Refuse:
        """Make a challenge unless one is live: whoever comes back to a way finds the code that was sent."""
        live = self._load()
        if live is not None and self.now < live.expires_at:
            return Done()
        return self._send(live)

    def send(self) -> Done | Refuse:
        """Make a challenge and put its messages into the outbox, if the limits on sending allow it."""
        return self._send(self._load())

    def _load(self) -> Live | None:
        return self.services.challenges.load(self.visit.account.id, self.scope, self.factor.kind)

    def _make(self, live: Live | None) -> Challenge | Refused:
        return self.factor.challenge(
            where(self.services, self.visit, self.person, self.factor),
            as_factor_sees(self.held, self.factor.kind),
            live.kept if live else {},
            now=self.now,
            entropy=self.services.entropy,
        )

    def _send(self, live: Live | None) -> Done | Refuse:
        """Make a challenge in place of the `live` one."""
        services, account, now = self.services, self.visit.account.id, self.now
        made = self._make(live)
        if isinstance(made, Refused):
            return Refuse(because=made.because)
        with services.transactions.begin():
            alone_with(services, account, self.person.id)
            sent = dispatch(
                services,
                self.visit,
                self.person,
                self.factor,
                made,
                purpose=sending.SIGN_IN,
                now=now,
                actor=self.actor,
            )
            if isinstance(sent, Refusal):
                return Refuse(because=sent)
            for _ in range(ROUNDS):
                # A new code begins with no tries only where the one before could be tried no more.
                tries = live.tries if live is not None and now < live.expires_at else 0
                new = Live(
                    kept=made.kept, shown=sent, tries=tries, expires_at=made.until or now + services.numbers.codes.life
                )
                version = live.version if live else 0
                if services.challenges.replace(
                    account, self.scope, self.factor.kind, self.person.id, new, version=version
                ):
                    return Done()
                # Meanwhile an answer was counted on the one before, or used it up.
                live = self._load()
        return Refuse(because=Refusal(No.BUSY, at=now))


def view_of(
    services: Services,
    visit: Visit,
    person: Subscriber,
    shown: JsonObject,
    next_one: Challenge | Refused,
    *,
    purpose: str,
    now: datetime,
) -> ChallengeView:
    """Say of what is shown how far its message got, and whether the next one could be sent. Writes nothing."""
    account = visit.account.id
    noted = shown.get(MESSAGE)
    message = JobId(noted) if isinstance(noted, str) else None
    return ChallengeView(
        shown={name: value for name, value in shown.items() if name != MESSAGE},
        sending=services.outbox.state(account, message) if message else None,
        again=_barrier(services, visit, person, next_one, purpose=purpose, now=now),
        watch=code_watch.path_of(services.digests, account, message) if message else "",
    )


def _barrier(
    services: Services, visit: Visit, person: Subscriber, next_one: Challenge | Refused, *, purpose: str, now: datetime
) -> Refusal | None:
    if isinstance(next_one, Refused):
        return next_one.because
    for each in next_one.send:
        shut = sending.gate(services, visit.account.id, person.id, _parcel(person, each, purpose), now=now)
        if shut is not None:
            return shut
    return None


def _parcel(person: Subscriber, each: Send, purpose: str) -> Parcel:
    return Parcel(
        channel=each.channel,
        to=each.to,
        purpose=purpose,
        is_proved=purpose != sending.SET_UP,
        audience=audience_of(person.role),
    )


def dispatch(
    services: Services,
    visit: Visit,
    person: Subscriber,
    factor: SecondFactor,
    made: Challenge,
    *,
    purpose: str,
    now: datetime,
    actor: PersonId | None = None,
) -> JsonObject | Refusal:
    """Count and put the messages of a challenge into the outbox, in the caller's transaction.

    Returns what is shown of it, with the message noted; or why it must not be sent, and then nothing was put.
    """
    shown = made.shown
    for each in made.send:
        shut = sending.spend(services, visit.account.id, person.id, _parcel(person, each, purpose), now=now)
        if shut is not None:
            return shut
        message = tell(
            services,
            visit.account,
            person,
            each.template,
            each.params,
            now=now,
            to=each.to,
            expires_at=made.until,
            channel=each.channel,
        )
        shown = {**shown, MESSAGE: message}
        detail: JsonObject = {"kind": factor.kind, "channel": each.channel, "for": purpose}
        record(services, visit, "passcode.sent", now=now, person=person.id, actor=actor, detail=detail)
    return shown


def move(
    services: Services, visit: Visit, person: Subscriber, factor: SecondFactor, old: str, new: str, *, now: datetime
) -> None:
    """Let a live challenge go on in another scope: somebody began again in the same browser, and holds its code."""
    account = visit.account.id
    with services.transactions.begin():
        live = services.challenges.load(account, old, factor.kind)
        if live is None or now >= live.expires_at:
            return
        if services.challenges.drop(account, old, factor.kind, version=live.version):
            services.challenges.replace(account, new, factor.kind, person.id, live, version=0)


def where(services: Services, visit: Visit, person: Subscriber, factor: SecondFactor) -> Ceremony:
    """Say what a factor may know of the house and the person; where texts go is read for those that send them."""
    countries = services.texts.limits(visit.account.id).countries if factor.channel == SMS else None
    return ceremony(services, visit.account, person, countries)


def answerable(services: Services, visit: Visit, factor: SecondFactor, scope: str) -> Live | Refusal:
    """Return the challenge that an answer would be judged against, or why none is looked at."""
    live = services.challenges.load(visit.account.id, scope, factor.kind)
    if live is None:
        # None was sent, or it was used.
        return Refusal(No.EXPIRED)
    return Refusal(No.TOO_MANY_TRIES) if live.tries >= TRIES else live


def count(
    services: Services, visit: Visit, person: Subscriber, factor: SecondFactor, scope: str, answered: Live
) -> int:
    """Count a refused answer, in the caller's transaction that is alone with the person; return how many that makes."""
    account = visit.account.id
    live: Live | None = answered
    for _ in range(ROUNDS):
        if live is None:
            break
        tried = replace(live, tries=live.tries + 1)
        if services.challenges.replace(account, scope, factor.kind, person.id, tried, version=live.version):
            return tried.tries
        # Meanwhile a newer code took its place, with its tries.
        live = services.challenges.load(account, scope, factor.kind)
    return TRIES


def use(services: Services, visit: Visit, factor: SecondFactor, scope: str, answered: Live) -> bool:
    """Use a challenge up that was answered, in the caller's transaction: True for exactly one of several."""
    account = visit.account.id
    live: Live | None = answered
    for _ in range(ROUNDS):
        # Other tries may have been counted since; a newer code, or none, is another matter.
        if live is None or live.kept != answered.kept:
            return False
        if services.challenges.drop(account, scope, factor.kind, version=live.version):
            return True
        live = services.challenges.load(account, scope, factor.kind)
    return False
