"""The people of a demo: invented, in every state that pages tell apart, and made by the product's own flows."""

from __future__ import annotations

from base64 import b32decode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.assurance import OPERATOR_LINK, OPERATOR_TRAITS, Evidence, Proof
from twofold.core.ids import AttemptId, PersonId
from twofold.core.json import text_in
from twofold.core.passcodes import hotp, time_step
from twofold.core.roles import Role
from twofold.flows import codes, demo, journal, recovery_set, set_up, signed_in
from twofold.flows.outcomes import Admitted, GoOn
from twofold.flows.visit import SignedIn, Visit
from twofold.ports.accounts import HelpText
from twofold.ports.attempts import Attempt, Purpose
from twofold.ports.outbox import SendState
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import AccountId, JobId
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.outbox import Failures, Message
    from twofold.ports.services import Services
    from twofold.ports.texts import Receipt

NAME: Final = "Acme Support"
_APP: Final = "totp"
_TEXTS: Final = "sms"
_MAIL: Final = "email"
_HERE: Final = "127.0.0.1"
_BROWSER: Final = "Firefox on Windows"
_ADDED_BEFORE: Final = timedelta(days=1)
_MINUTE: Final = timedelta(minutes=1)
_SAVED_AFTER: Final = timedelta(minutes=3)
_LEFT_AFTER: Final = timedelta(minutes=25)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the cast.

    `enrolled` says how long ago an app was set up (None: never) and `chosen` whether that was their own wish;
    `codes_left` how many of the recovery codes are on paper still. `number` and `by_mail` say where codes go besides.
    """

    name: str
    email: str
    role: Role
    password: str
    enrolled: timedelta | None = None
    chosen: bool = False
    codes_left: int = 10
    number: str = ""
    by_mail: bool = False
    must_set_up: bool = False
    exempt_for: timedelta | None = None
    exempt_because: str = ""


CAST: Final = (
    Part(
        name="Olivia Hart",
        email="olivia@acme.example",
        role=Role.OWNER,
        password="marble-teapot-sails-north",  # noqa: S106 -- a demo shows it
        enrolled=timedelta(days=45),
        chosen=True,
    ),
    Part(
        name="Adam Novak",
        email="adam@acme.example",
        role=Role.ADMIN,
        password="seven-quiet-bicycles-uphill",  # noqa: S106 -- a demo shows it
        enrolled=timedelta(days=40),
        chosen=True,
        number="+447400123456",
        by_mail=True,
    ),
    Part(
        name="Ann Lindqvist",
        email="ann@acme.example",
        role=Role.AGENT,
        password="paper-lantern-over-harbour",  # noqa: S106 -- a demo shows it
    ),
    Part(
        name="Ben Okafor",
        email="ben@acme.example",
        role=Role.AGENT,
        password="gravel-and-ginger-biscuits",  # noqa: S106 -- a demo shows it
        enrolled=timedelta(days=30),
        chosen=True,
        codes_left=2,
    ),
    Part(
        name="Cara Mendes",
        email="cara@acme.example",
        role=Role.AGENT,
        password="window-full-of-tomatoes",  # noqa: S106 -- a demo shows it
        exempt_for=timedelta(days=60),
        exempt_because="Works in the clean room, where nothing with a battery may go.",
    ),
    Part(
        name="Emil Brandt",
        email="emil@globex.example",
        role=Role.END_USER,
        password="rowing-boat-with-one-shoe",  # noqa: S106 -- a demo shows it
    ),
    Part(
        name="Fay Tanaka",
        email="fay@globex.example",
        role=Role.END_USER,
        password="velvet-piano-in-the-rain",  # noqa: S106 -- a demo shows it
        enrolled=timedelta(days=9),
    ),
    Part(
        name="Gus Moreau",
        email="gus@globex.example",
        role=Role.END_USER,
        password="cinnamon-train-to-the-sea",  # noqa: S106 -- a demo shows it
        must_set_up=True,
    ),
)


class Unmade(Exception):
    """A part could not be brought into its state, which cannot happen to a new data folder."""


def fill(services: Services) -> bool:
    """Make the account and its people, once, and finish what an earlier start left half made.

    False when there are people already who are no demo's: nothing was made.
    """
    account = services.accounts.all()[0]
    if demo.has_begun(services, account):
        return True
    if not demo.was_born(services, account):
        if services.people.page(account.id, size=1).rows:
            return False
        demo.give_birth(services, account)
    account = _furnished(services, account)
    cast: dict[PersonId, demo.Actor] = {}
    entries: list[demo.Entry] = []
    for part in CAST:
        former = services.people.by_email(account.id, part.email)
        if former is not None:
            # A start that was killed: nobody knows the key that was made then.
            services.people.remove(account.id, former.id)
        person, actor, entry = _made(services, account, part)
        cast[person] = actor
        entries += [entry] if entry else []
    return demo.begin(services, account, cast, entries)


def _furnished(services: Services, account: Account) -> Account:
    furnished = replace(
        account,
        name=NAME,
        help_team=HelpText(
            text="Ask Olivia or Adam, or come to the service desk on the second floor.",
            phone="020 7946 0101",
            hours="Monday to Friday, 8 to 18",
        ),
        help_end_users=HelpText(
            text="Call us; we know you by your customer number.",
            phone="020 7946 0100",
            hours="Monday to Friday, 9 to 17",
        ),
    )
    services.accounts.replace(account, furnished)
    return services.accounts.by_id(account.id) or furnished


def _made(services: Services, account: Account, part: Part) -> tuple[PersonId, demo.Actor, demo.Entry | None]:
    """Make one person, and lead them through the product's own set-up at the time it is said to have been."""
    now = services.clock.now()
    then = now - (part.enrolled or timedelta(days=1))
    added_at = then - _ADDED_BEFORE
    stored = services.passwords.hash(part.password)
    if stored is None:
        raise Unmade("Too many passwords are being hashed; start again.")
    person = Subscriber(
        id=PersonId(services.entropy.new_id()),
        email=part.email,
        name=part.name,
        role=part.role,
        created_at=added_at,
        email_proved_at=added_at,
        password=stored,
        chosen=part.chosen,
        must_set_up=part.must_set_up or part.enrolled is not None,
        exempt_until=now + part.exempt_for if part.exempt_for else None,
        exempt_because=part.exempt_because,
    )
    with services.transactions.begin():
        services.people.add(account.id, person)
        journal.record_by_operator(
            services, account, "person.added", now=added_at, person=person.id, detail={"role": part.role.value}
        )
    if part.enrolled is None:
        return person.id, demo.Actor(password=part.password, stored=stored), None
    visit = Visit(account=account, address=_HERE, browser_name=_BROWSER)
    paper, entry = _enrolled(services, visit, person, part, now=then)
    made_at = services.recovery_codes.left(account.id, person.id).made_at
    actor = demo.Actor(password=part.password, stored=stored, codes=paper, codes_made_at=made_at)
    return person.id, actor, entry


def _enrolled(
    services: Services, visit: Visit, person: Subscriber, part: Part, *, now: datetime
) -> tuple[tuple[str, ...], demo.Entry]:
    """Set an app up as the wizard does, from an attempt that the operator vouches for, and use up recovery codes."""
    services = _at(services, now)
    token = services.entropy.token()
    with services.transactions.begin():
        services.attempts.begin(
            visit.account.id,
            Attempt(
                id=AttemptId(services.entropy.new_id()),
                person_id=person.id,
                purpose=Purpose.SIGN_IN,
                evidence=Evidence((Proof(kind=OPERATOR_LINK, at=now, traits=OPERATOR_TRAITS),)),
                begun_at=now,
                last_step_at=now,
                setting_up=True,
            ),
            token_digest=services.digests.of_token(token),
        )
    offered = set_up.offer(services, visit, token, _APP)
    if not isinstance(offered, set_up.Offered):
        raise Unmade(f"{person.email} was offered nothing.")
    entry = demo.Entry(
        issuer=text_in(offered.shown, "issuer"),
        label=text_in(offered.shown, "label"),
        key=text_in(offered.shown, "key"),
    )
    admitted = set_up.confirm(services, visit, token, {"passcode": hotp(b32decode(entry.key), time_step(now))})
    if not isinstance(admitted, Admitted):
        raise Unmade(f"{person.email} was not set up.")
    policy = services.policy.current(visit.account.id)
    me = SignedIn(session=admitted.session, person=admitted.person, policy=policy)
    visit = replace(visit, browser_cookie=admitted.browser_cookie or "")
    if part.number:
        me, visit = _with_another(_at(services, now + _MINUTE), visit, me, _TEXTS, {"number": part.number})
    if part.by_mail:
        me, visit = _with_another(_at(services, now + 2 * _MINUTE), visit, me, _MAIL, {})
    codes.saved(_at(services, now + _SAVED_AFTER), visit, me)
    signed_in.sign_out(_at(services, now + _LEFT_AFTER), visit, me)
    for code in admitted.show_codes[part.codes_left :]:
        digest = recovery_set.digest_of(services, person.id, code)
        services.recovery_codes.spend(visit.account.id, person.id, digest, at=now)
    return admitted.show_codes[: part.codes_left], entry


def _with_another(
    services: Services, visit: Visit, me: SignedIn, kind: str, asked: JsonObject
) -> tuple[SignedIn, Visit]:
    """Set up a further way as the wizard does, with the code that is sent for it; return what the browser has then."""
    sent = _Delivered()
    services = replace(services, outbox=sent)
    begun = set_up.begin_from_profile(services, visit, me)
    token = begun.attempt_token if isinstance(begun, GoOn) else None
    set_up.offer(services, visit, token or "", kind)
    if asked:
        set_up.advance(services, visit, token or "", asked)
    admitted = set_up.confirm(services, visit, token or "", {"passcode": sent.code})
    if not isinstance(admitted, Admitted):
        raise Unmade(f"{me.person.email} was not set up for {kind}.")
    again = replace(visit, browser_cookie=admitted.browser_cookie or visit.browser_cookie)
    return SignedIn(session=admitted.session, person=admitted.person, policy=me.policy), again


def _at(services: Services, then: datetime) -> Services:
    """Return the services as they were then."""
    return replace(services, clock=_Standing(then), outbox=_Delivered())


class _Standing:
    """A clock that stands at the moment that is told of."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return that moment."""
        return self._at


class _Delivered:
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

    def note_receipt(self, account: AccountId, message: JobId, receipt: Receipt) -> None:
        """Forget what was told."""
