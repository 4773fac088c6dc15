"""Stand-ins for everything outside core, factors and flows: a hand-moved clock, known entropy, memory, an outbox.

`world()` puts them together. Rows live in tests/memory.py and tests/memory_signing_in.py.
"""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tests.memory import (
    Memory,
    MemoryAccounts,
    MemoryPeople,
    MemoryPolicy,
)
from tests.memory_announced import MemoryAnnouncements, MemoryStoppings
from tests.memory_audit import MemoryAudit
from tests.memory_enrolments import MemoryEnrolments, MemoryRecoveryCodes
from tests.memory_groups import MemoryGroups
from tests.memory_helping import MemoryHelpActs, MemoryHelpCalls
from tests.memory_imports import MemoryImports
from tests.memory_reports import MemoryReports
from tests.memory_roll_out import MemoryRollOut
from tests.memory_signing_in import (
    MemoryAttempts,
    MemoryBrowsers,
    MemoryChallenges,
    MemoryCounters,
    MemoryJobs,
    MemoryKept,
    MemoryLinks,
    MemorySessions,
)
from twofold.core.ids import AccountId, PersonId
from twofold.core.instants import to_micros
from twofold.core.refusals import No, Refusal
from twofold.core.roles import Role
from twofold.factors.registry import FACTORS
from twofold.ports.accounts import Account
from twofold.ports.keys import Match
from twofold.ports.outbox import Failures, Message, Noted, SendState
from twofold.ports.people import Subscriber
from twofold.ports.services import Services
from twofold.ports.texts import Receipt, TextLimits
from twofold.store.digests import KeyedDigests
from twofold.store.system import id_from

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from twofold.core.ids import JobId
    from twofold.factors.contract import SecondFactor

START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)
"""A Monday morning."""

PASSWORD = "correct horse battery"
"""What people that `World.add_person` made sign in with."""


class FakeClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = START) -> None:
        self._at = at

    def now(self) -> datetime:
        return self._at

    def move(self, by: timedelta) -> datetime:
        """Move the clock and return the new time."""
        self._at += by
        return self._at

    def set(self, at: datetime) -> None:
        self._at = at


class FakeEntropy:
    """Known bytes, different at every call; another seed gives others."""

    def __init__(self, seed: str = "seed") -> None:
        self._seed = seed
        self._calls = 0
        self._ordered = 0

    def bytes(self, count: int) -> bytes:
        self._calls += 1
        return hashlib.shake_256(f"{self._seed} {self._calls}".encode()).digest(count)

    def new_id(self) -> str:
        return id_from(self.bytes(16))

    def ordered_id(self, at: datetime) -> str:
        self._ordered += 1
        return id_from(((to_micros(at) << 10) + self._ordered).to_bytes(8, "big") + self.bytes(8))

    def token(self) -> str:
        return hashlib.sha256(self.bytes(32)).hexdigest()[:43]


class FakePasswords:
    """Hashes at once, and counts: `hashes` is how often the real one would have worked for 20 ms."""

    def __init__(self) -> None:
        self.hashes = 0
        self.busy = False
        self.old: set[str] = set()
        """Stored hashes that count as made with yesterday's parameters."""
        self.common = {"password1234", "qwertyuiop12"}

    def verify(self, typed: str, stored: str | None) -> Match:
        if len(typed) > 128:
            return Match.NO
        if self.busy:
            return Match.BUSY
        self.hashes += 1
        if stored != _hashed(typed):
            return Match.NO
        return Match.YES_BUT_OLD if stored in self.old else Match.YES

    def hash(self, typed: str) -> str | None:
        if self.busy:
            return None
        self.hashes += 1
        return _hashed(typed)

    def is_common(self, typed: str, *about: str) -> bool | None:
        if self.busy:
            return None
        return typed.casefold() in self.common | {word.casefold() for word in about}


def _hashed(typed: str) -> str:
    return "fake$" + hashlib.sha256(typed.encode()).hexdigest()


class FakeOutbox:
    """Keeps what was put; a rolled-back transaction takes it back. `closed` holds channels that cannot send."""

    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, JobId], Message] = memory.table()
        self._states: dict[tuple[AccountId, JobId], SendState] = memory.table()
        self.closed: set[str] = set()
        self.failed: list[Failures] = []
        self.taken: dict[str, datetime] = {}

    @property
    def messages(self) -> list[Message]:
        """Everything that was put, in order."""
        return list(self._rows.values())

    def to(self, email: str) -> list[Message]:
        """Return what was put for one address, in order."""
        return [message for message in self.messages if message.to == email]

    def put(self, account: AccountId, message: Message) -> None:
        self._rows[account, message.id] = copy.deepcopy(message)

    def state(self, account: AccountId, message: JobId) -> SendState | None:
        waiting = SendState.WAITING if (account, message) in self._rows else None
        return self._states.get((account, message), waiting)

    def set_state(self, account: AccountId, message: JobId, state: SendState) -> None:
        self._states[account, message] = state

    def can_send(self, account: AccountId, channel: str) -> bool:
        return channel not in self.closed

    def failures(self, account: AccountId, since: datetime) -> Sequence[Failures]:
        return self.failed

    def last_taken(self, account: AccountId, channel: str, since: datetime) -> datetime | None:
        return self.taken.get(channel)

    def note_receipt(self, account: AccountId, message: JobId, receipt: Receipt) -> Noted | None:
        self._states[account, message] = SendState.DELIVERED if receipt.arrived else SendState.UNDELIVERED
        row = self._rows.get((account, message))
        return Noted(person_id=row.person_id, put_at=row.put_at) if row else None


class FakeTexts:
    """Texts go to `countries`, `budget` a day; a provider tells what became of one by the words arrived and lost."""

    def __init__(self) -> None:
        self.countries: frozenset[str] | None = None
        self.budget = 200

    def limits(self, account: AccountId) -> TextLimits:
        return TextLimits(countries=self.countries, budget_a_day=self.budget)

    def number(self, account: AccountId, typed: str) -> str | Refusal:
        return typed if typed.startswith("+") else Refusal(No.NUMBER_UNREADABLE)

    def receipt(self, told: Mapping[str, str]) -> Receipt | None:
        known = {"arrived": Receipt(arrived=True), "lost": Receipt(arrived=False, code="fake 1")}
        return known.get(told.get("status", ""))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Services made of stand-ins, the stand-ins themselves, and one account."""

    services: Services
    account: Account
    memory: Memory
    clock: FakeClock
    entropy: FakeEntropy
    passwords: FakePasswords
    outbox: FakeOutbox
    texts: FakeTexts
    audit: MemoryAudit
    jobs: MemoryJobs
    people: dict[str, Subscriber] = field(default_factory=dict)

    def add_person(
        self, email: str = "ana@acme.example", *, role: Role = Role.AGENT, name: str = "Ana Silva", **more: object
    ) -> Subscriber:
        """Store somebody whose password is PASSWORD and whose address is proved; `more` are other columns."""
        person = Subscriber(
            id=PersonId(self.entropy.new_id()),
            email=email,
            name=name,
            role=role,
            created_at=self.clock.now(),
            password=_hashed(PASSWORD),
            email_proved_at=self.clock.now(),
        )
        person = replace(person, **more)  # type: ignore[arg-type]  # columns by name
        assert self.services.people.add(self.account.id, person)
        return person

    def person(self, person: PersonId) -> Subscriber:
        """Return somebody as they are stored now."""
        found = self.services.people.by_id(self.account.id, person)
        assert found is not None
        return found

    def kinds(self) -> list[str]:
        """Return the kinds of all events, oldest first."""
        return [event.kind for event in reversed(self.audit.all(self.account.id))]


def an_account(entropy: FakeEntropy, *, base_url: str = "https://help.acme.example") -> Account:
    """Return an account that is not stored yet."""
    return Account(
        id=AccountId(entropy.new_id()),
        name="ACME",
        base_url=base_url,
        time_zone="Europe/Vienna",
        locale="en",
        created_at=START,
    )


def world(
    *,
    seed: str = "seed",
    factors: Mapping[str, SecondFactor] = FACTORS,
) -> World:
    """Return new services of stand-ins, with one account and nobody in it."""
    memory, clock, entropy = Memory(), FakeClock(), FakeEntropy(seed)
    passwords, outbox, audit, texts = FakePasswords(), FakeOutbox(memory), MemoryAudit(memory), FakeTexts()
    counters, enrolments, jobs = MemoryCounters(memory), MemoryEnrolments(memory), MemoryJobs(memory)
    groups = MemoryGroups(memory)
    people = MemoryPeople(memory, counters.rows, enrolments.rows, groups.rows)
    codes, browsers, sessions = MemoryRecoveryCodes(memory), MemoryBrowsers(memory), MemorySessions(memory)
    services = Services(
        accounts=MemoryAccounts(memory),
        announced=MemoryAnnouncements(memory),
        attempts=MemoryAttempts(memory, people, enrolments),
        audit=audit,
        browsers=browsers,
        challenges=MemoryChallenges(memory),
        clock=clock,
        counters=counters,
        digests=KeyedDigests(b"\x00" * 32),
        enrolments=enrolments,
        entropy=entropy,
        groups=groups,
        help_acts=MemoryHelpActs(memory),
        help_calls=MemoryHelpCalls(memory, people),
        jobs=jobs,
        imports=MemoryImports(memory, people),
        kept=MemoryKept(memory),
        links=MemoryLinks(memory),
        outbox=outbox,
        passwords=passwords,
        people=people,
        policy=MemoryPolicy(memory),
        recovery_codes=codes,
        reports=MemoryReports(memory, people, enrolments, codes, browsers, groups),
        roll_out=MemoryRollOut(people, sessions),
        sessions=sessions,
        stopping=MemoryStoppings(memory),
        texts=texts,
        transactions=memory,
        factors=factors,
        mail_leaves_anyway=True,
    )
    account = an_account(entropy)
    assert services.accounts.add(account)
    return World(
        services=services,
        account=account,
        memory=memory,
        clock=clock,
        entropy=entropy,
        passwords=passwords,
        outbox=outbox,
        texts=texts,
        audit=audit,
        jobs=jobs,
    )
