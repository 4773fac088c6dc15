"""Services on the default database, and the records that tests of the store put into it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.fakes import START, FakePasswords, FakeTexts
from twofold.core.assurance import PASSWORD, PASSWORD_TRAITS, Evidence, Proof, Traits
from twofold.core.groups import Extra
from twofold.core.helping import Act, State
from twofold.core.ids import (
    AttemptId,
    BrowserId,
    EnrolmentId,
    EventId,
    GroupId,
    HelpActId,
    HelpCallId,
    ImportId,
    JobId,
    LinkId,
    PersonId,
    SessionId,
)
from twofold.core.people_csv import Encoding, Head
from twofold.core.roles import Role
from twofold.core.trust import Trust
from twofold.core.wanted import Accepts
from twofold.ports.attempts import Attempt, Purpose
from twofold.ports.audit import Event
from twofold.ports.browsers import Browser, KnownBrowser
from twofold.ports.challenges import Live
from twofold.ports.enrolments import Enrolment
from twofold.ports.helping import HelpAct, HelpCall, Place
from twofold.ports.imports import Import, ImportRow, PeopleFile, RowState
from twofold.ports.links import Link
from twofold.ports.outbox import Message
from twofold.ports.people import Subscriber
from twofold.ports.services import Services
from twofold.ports.sessions import Session
from twofold.store.accounts import AccountStore
from twofold.store.announced import AnnouncementStore, StoppingStore
from twofold.store.attempts import AttemptStore
from twofold.store.audit import AuditStore
from twofold.store.browsers import BrowserStore
from twofold.store.challenges import ChallengeStore
from twofold.store.counters import CounterStore
from twofold.store.digests import KeyedDigests
from twofold.store.enrolments import EnrolmentStore
from twofold.store.groups import GroupStore
from twofold.store.help_acts import HelpActStore
from twofold.store.help_calls import HelpCallStore
from twofold.store.imports import ImportStore
from twofold.store.jobs import JobStore
from twofold.store.keys import KeyRing
from twofold.store.links import LinkStore
from twofold.store.outbox import OutboxStore
from twofold.store.people import PeopleStore
from twofold.store.policy import PolicyStore
from twofold.store.recovery_codes import RecoveryCodeStore
from twofold.store.reports import ReportStore
from twofold.store.roll_out import RollOutStore
from twofold.store.sealing import Sealer
from twofold.store.sessions import SessionStore
from twofold.store.settings import SettingStore
from twofold.store.system import SystemEntropy
from twofold.store.transactions import DatabaseTransactions

if TYPE_CHECKING:
    from tests.fakes import FakeEntropy
    from twofold.ports.clock import Clock
    from twofold.ports.entropy import Entropy

RING = KeyRing({"first": b"1" * 32})
DIGEST = "d" * 64
PROVED = Evidence((Proof(kind=PASSWORD, at=START, traits=PASSWORD_TRAITS),))
TRUST = Trust(Proof(kind="totp", at=START, traits=Traits(amr=("otp",)), enrolment_id=EnrolmentId("e" * 26)))


def sealer(ring: KeyRing = RING) -> Sealer:
    # Nonces must never repeat under one key, so this entropy is the real one.
    return Sealer(lambda: ring, SystemEntropy())


def database_services(clock: Clock, entropy: Entropy) -> Services:
    """Return services of the real repositories; only the hashing of passwords is a stand-in."""
    seals = sealer()
    return Services(
        accounts=AccountStore(),
        announced=AnnouncementStore(),
        attempts=AttemptStore(seals),
        audit=AuditStore(),
        browsers=BrowserStore(),
        challenges=ChallengeStore(seals),
        clock=clock,
        counters=CounterStore(clock),
        digests=KeyedDigests(b"\x00" * 32),
        enrolments=EnrolmentStore(seals),
        entropy=entropy,
        groups=GroupStore(),
        help_acts=HelpActStore(),
        help_calls=HelpCallStore(),
        imports=ImportStore(seals),
        jobs=JobStore(seals),
        kept=SettingStore(seals),
        links=LinkStore(),
        outbox=OutboxStore(seals, can_send=lambda _, channel: channel == "email"),
        passwords=FakePasswords(),
        people=PeopleStore(),
        policy=PolicyStore(),
        recovery_codes=RecoveryCodeStore(),
        reports=ReportStore(),
        roll_out=RollOutStore(),
        sessions=SessionStore(),
        stopping=StoppingStore(),
        texts=FakeTexts(),
        transactions=DatabaseTransactions(),
        factors={},
        mail_leaves_anyway=True,
    )


def a_person(entropy: FakeEntropy, email: str = "ana@acme.example", name: str = "Ana Silva") -> Subscriber:
    """Return somebody with something in every column."""
    return Subscriber(
        id=PersonId(entropy.new_id()),
        email=email,
        name=name,
        role=Role.AGENT,
        created_at=START,
        locale="de",
        time_zone="Europe/Vienna",
        password="$argon2id$…",
        chosen=True,
        every_sign_in=True,
        silenced=frozenset({"new_browser", "new_release"}),
        must_set_up=True,
        grace_until=START + timedelta(days=1),
        exempt_until=START + timedelta(days=2),
        exempt_because="broken phone",
        frozen_at=START + timedelta(days=3),
        proved_by_mailbox_at=START + timedelta(days=4),
        email_proved_at=START + timedelta(days=5),
        email_changed_at=START + timedelta(days=6),
        former_email="old@acme.example",
        invited_at=START + timedelta(days=7),
        codes_unsaved=True,
        enrolled_at=START + timedelta(days=8, microseconds=1),
        audience_since=START + timedelta(days=9),
        helps_since=START + timedelta(days=10),
        skipped=2,
        skipped_at=START + timedelta(days=11),
        own_rule=Extra(accepts=Accepts(kinds=frozenset({"totp"})), trust_for=timedelta(days=7)),
    )


def an_enrolment(entropy: FakeEntropy, person: PersonId, *, lookup: str | None = None) -> Enrolment:
    return Enrolment(
        id=EnrolmentId(entropy.new_id()),
        person_id=person,
        kind="totp",
        label="Ana's phone",
        state={"key": "JBSWY3DP", "last_step": 5},
        strong=False,
        confirmed_at=START,
        lookup=lookup,
    )


def an_attempt(entropy: FakeEntropy, person: PersonId) -> Attempt:
    return Attempt(
        id=AttemptId(entropy.new_id()),
        person_id=person,
        purpose=Purpose.SIGN_IN,
        evidence=PROVED,
        begun_at=START,
        last_step_at=START + timedelta(seconds=1),
        browser_id=BrowserId(entropy.new_id()),
        session_id=SessionId(entropy.new_id()),
        next_url="/profile/",
        wrong=2,
        setting_up=True,
        kept={"pending": "JBSWY3DP"},
    )


def a_session(entropy: FakeEntropy, person: PersonId, *, parent: SessionId | None = None) -> Session:
    return Session(
        id=SessionId(entropy.new_id()),
        person_id=person,
        evidence=PROVED,
        created_at=START,
        last_seen_at=START,
        browser_id=BrowserId(entropy.new_id()),
        parent_id=parent,
        audience="",
        trusted=True,
        address="192.0.2.7",
        browser_name="Firefox on Linux",
        recovery_proof_until=START + timedelta(minutes=15),
    )


def a_browser(entropy: FakeEntropy) -> Browser:
    return Browser(id=BrowserId(entropy.new_id()), current="c" * 64, previous=None, created_at=START)


def a_known_browser(browser: BrowserId, person: PersonId, *, trust: Trust | None = TRUST) -> KnownBrowser:
    return KnownBrowser(
        browser_id=browser,
        person_id=person,
        name="Firefox on Linux",
        first_used_at=START,
        last_used_at=START,
        address="192.0.2.7",
        trust=trust,
    )


def a_link(entropy: FakeEntropy, person: PersonId | None, *, purpose: str = "reset") -> Link:
    return Link(
        id=LinkId(entropy.new_id()),
        purpose=purpose,
        person_id=person,
        made_at=START,
        expires_at=START + timedelta(minutes=30),
        detail={"email": "new@acme.example"},
    )


def an_event(entropy: FakeEntropy, *, by: PersonId | None = None, to: PersonId | None = None, after: int = 0) -> Event:
    return Event(
        id=EventId(entropy.new_id()),
        at=START + timedelta(seconds=after),
        kind="second_factor.refused",
        actor="person",
        actor_id=by,
        person_id=to,
        address="192.0.2.7",
        browser="Firefox on Linux",
        detail={"because": "wrong"},
    )


def a_challenge(*, after: int = 0) -> Live:
    return Live(kept={"salt": "00"}, shown={"to": "•••• 4711"}, expires_at=START + timedelta(minutes=5, seconds=after))


def an_act(entropy: FakeEntropy, person: PersonId) -> HelpAct:
    return HelpAct(
        id=HelpActId(entropy.new_id()),
        act=Act.RESET,
        person_id=person,
        asked_by=PersonId(entropy.new_id()),
        asked_at=START,
        state=State.ASKED,
        detail={"what": "lost", "check": "video"},
        reason="The phone fell into the harbour.",
        ends_at=START + timedelta(hours=72),
    )


def a_call(entropy: FakeEntropy, person: PersonId) -> HelpCall:
    return HelpCall(
        id=HelpCallId(entropy.new_id()),
        reference="H7K-4QM",
        number="47",
        person_id=person,
        attempt_id=AttemptId(entropy.new_id()),
        place=Place.PASSCODE,
        called_at=START,
        address="192.0.2.7",
        browser="Firefox on Linux",
    )


def an_import(entropy: FakeEntropy, *, after: timedelta = timedelta()) -> Import:
    head = Head(separator=";", columns=("email", "name", "phone"), lines=1)
    return Import(
        id=ImportId(entropy.new_id()),
        asked_by=PersonId(entropy.new_id()),
        role=Role.ADMIN,
        asked_at=START + after,
        expires_at=START + after + timedelta(days=1),
        file=PeopleFile(name="people.csv", encoding=Encoding.WINDOWS_1252, head=head),
    )


def an_import_row(line: int, state: RowState = RowState.NEW) -> ImportRow:
    return ImportRow(
        line=line,
        state=state,
        email=f"p{line}@acme.example",
        name=f"Žofie {line}",
        role="Agent",
        groups="Sales",
        gives=Role.AGENT,
        into=(GroupId("g" * 26),),
        key=f"{line:064}",
    )


def a_message(entropy: FakeEntropy, person: PersonId | None = None) -> Message:
    return Message(
        id=JobId(entropy.new_id()),
        channel="email",
        to="ana@acme.example",
        template="mailbox_code",
        params={"code": "12345678"},
        locale="en",
        time_zone="Europe/Vienna",
        person_id=person,
        put_at=START,
        send_at=START + timedelta(seconds=1),
        expires_at=START + timedelta(minutes=5),
    )


def counted_up(person: Subscriber, version: int) -> Subscriber:
    return replace(person, version=version)
