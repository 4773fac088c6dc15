"""The people of a demo: invented, in every state that pages tell apart, and made by the product's own flows."""

from __future__ import annotations

from base64 import b32decode
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from twofold.commands import demo_past
from twofold.core.assurance import OPERATOR_LINK, OPERATOR_TRAITS, PASSWORD, PASSWORD_TRAITS, Evidence, Proof
from twofold.core.ids import AttemptId, PersonId
from twofold.core.json import text_in
from twofold.core.passcodes import hotp, time_step
from twofold.core.roles import Role
from twofold.flows import codes, demo, journal, recover, second_factor, set_up, signed_in
from twofold.flows.outcomes import Admitted, GoOn
from twofold.flows.visit import SignedIn, Visit
from twofold.ports.accounts import HelpText
from twofold.ports.attempts import Attempt, Purpose
from twofold.ports.people import Subscriber

if TYPE_CHECKING:
    from twofold.core.json import JsonObject
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

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
_USED_EVERY: Final = timedelta(days=3)
_HELPED_BEFORE: Final = timedelta(days=5)
"""Longer ago than what keeps one helper from doing something of another sort to the same person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of the cast.

    `enrolled` says how long ago an app was set up (None: never) and `chosen` whether that was their own wish;
    `codes_left` how many of the recovery codes are on paper still. `number` and `by_mail` say where codes go besides.
    The admin exempted somebody, or reset what they had set up, a few days ago: with `exempt_because`, `reset_because`.
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
    reset_because: str = ""
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
        enrolled=timedelta(days=20),
        reset_because="Lost the phone on the train.",
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
    helper: SignedIn | None = None
    for part in CAST:
        former = services.people.by_email(account.id, part.email)
        if former is not None:
            # A start that was killed: nobody knows the key that was made then.
            services.people.remove(account.id, former.id)
        made = _made(services, account, part)
        helper = made.me if part.role is Role.ADMIN else helper
        made = _helped(services, account, part, made, helper)
        cast[made.id] = made.actor
        entries += [made.entry] if made.entry else []
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """Somebody who was made; `me` is who they were when they had set up, `entry` what the phone has of it."""

    id: PersonId
    actor: demo.Actor
    entry: demo.Entry | None = None
    me: SignedIn | None = None


def _helped(services: Services, account: Account, part: Part, made: _Made, helper: SignedIn | None) -> _Made:
    """Let the admin have done to somebody what their part says, with all that tells of it."""
    if not part.reset_because and part.exempt_for is None:
        return made
    now, visit = services.clock.now(), Visit(account=account, address=_HERE, browser_name=_BROWSER)
    at = now - _HELPED_BEFORE
    if helper is None:
        raise Unmade(f"There is nobody yet who could help {part.email}.")
    if part.exempt_for is not None:
        until, because = now + part.exempt_for, part.exempt_because
        done = demo_past.exempt(services, visit, helper, made.id, at=at, until=until, reason=because)
    else:
        done = demo_past.reset(services, visit, helper, made.id, at=at, reason=part.reset_because)
        # The phone is the one that was lost, and the codes on paper are worth nothing.
        made = replace(made, actor=replace(made.actor, codes=(), codes_made_at=None), entry=None)
    if not done:
        raise Unmade(f"{part.email} was not helped.")
    return made


def _made(services: Services, account: Account, part: Part) -> _Made:
    """Make one person, and lead them through the product's own set-up at the time it is said to have been."""
    now = services.clock.now()
    then = now - (part.enrolled or (timedelta(days=1) if part.exempt_for is None else _HELPED_BEFORE))
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
        must_set_up=part.enrolled is not None,
    )
    with services.transactions.begin():
        services.people.add(account.id, person)
        journal.record_by_operator(
            services, account, "person.added", now=added_at, person=person.id, detail={"role": part.role.value}
        )
    if part.enrolled is None:
        return _Made(id=person.id, actor=demo.Actor(password=part.password, stored=stored))
    visit = Visit(account=account, address=_HERE, browser_name=_BROWSER)
    paper, entry, me = _enrolled(services, visit, person, part, now=then)
    made_at = services.recovery_codes.left(account.id, person.id).made_at
    actor = demo.Actor(password=part.password, stored=stored, codes=paper, codes_made_at=made_at)
    return _Made(id=person.id, actor=actor, entry=entry, me=me)


def _enrolled(
    services: Services, visit: Visit, person: Subscriber, part: Part, *, now: datetime
) -> tuple[tuple[str, ...], demo.Entry, SignedIn]:
    """Set an app up as the wizard does, from an attempt that the operator vouches for, and use up recovery codes."""
    services = demo_past.as_of(services, now)
    token = _begun(services, visit, person, Proof(kind=OPERATOR_LINK, at=now, traits=OPERATOR_TRAITS))
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
        me, visit = _with_another(demo_past.as_of(services, now + _MINUTE), visit, me, _TEXTS, {"number": part.number})
    if part.by_mail:
        me, visit = _with_another(demo_past.as_of(services, now + 2 * _MINUTE), visit, me, _MAIL, {})
    codes.saved(demo_past.as_of(services, now + _SAVED_AFTER), visit, me)
    signed_in.sign_out(demo_past.as_of(services, now + _LEFT_AFTER), visit, me)
    for number, code in enumerate(admitted.show_codes[part.codes_left :], start=1):
        _used(demo_past.as_of(services, now + number * _USED_EVERY), visit, person, code)
    return admitted.show_codes[: part.codes_left], entry, me


def _begun(services: Services, visit: Visit, person: Subscriber, proof: Proof) -> str:
    """Begin a sign-in of somebody of whom this much is proved; return what the browser holds."""
    token = services.entropy.token()
    with services.transactions.begin():
        services.attempts.begin(
            visit.account.id,
            Attempt(
                id=AttemptId(services.entropy.new_id()),
                person_id=person.id,
                purpose=Purpose.SIGN_IN,
                evidence=Evidence((proof,)),
                begun_at=proof.at,
                last_step_at=proof.at,
                setting_up=proof.kind == OPERATOR_LINK,
            ),
            token_digest=services.digests.of_token(token),
        )
    return token


def _used(services: Services, visit: Visit, person: Subscriber, code: str) -> None:
    """Sign in with a recovery code, the phone being elsewhere that day, and out again."""
    token = _begun(services, visit, person, Proof(kind=PASSWORD, at=services.clock.now(), traits=PASSWORD_TRAITS))
    admitted = second_factor.present_second_factor(
        services, visit, attempt_token=token, kind=_APP, answer={"passcode": code}, trust_device=False
    )
    if not isinstance(admitted, Admitted):
        raise Unmade(f"{person.email} was not let in.")
    policy = services.policy.current(visit.account.id)
    me = SignedIn(session=admitted.session, person=admitted.person, policy=policy)
    recover.elsewhere(services, visit, me)
    signed_in.sign_out(demo_past.as_of(services, services.clock.now() + _LEFT_AFTER), visit, me)


def _with_another(
    services: Services, visit: Visit, me: SignedIn, kind: str, asked: JsonObject
) -> tuple[SignedIn, Visit]:
    """Set up a further way as the wizard does, with the code that is sent for it; return what the browser has then."""
    sent = demo_past.Delivered()
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
