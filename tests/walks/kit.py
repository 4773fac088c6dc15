"""A help desk for tests of whole walks: people with passwords and apps, a clock moved by hand, mail that is read.

The fixture `desk` makes one: the product's own services on a SQLite file, with another clock.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyotp
from django.db import connection

from tests.walks.browser import Browser
from twofold.core import policy
from twofold.core.ids import EnrolmentId, PersonId
from twofold.core.roles import Role
from twofold.delivery import people_import, roll_out
from twofold.delivery.counts import count_some
from twofold.delivery.needs import Needs
from twofold.delivery.report import make_part
from twofold.delivery.words import Words
from twofold.flows import recovery_set
from twofold.ports.audit import Wanted
from twofold.ports.enrolments import Enrolment
from twofold.ports.jobs import COUNT_PEOPLE, MAKE_REPORT
from twofold.ports.people import Subscriber
from twofold.ports.policy import PolicyVersion
from twofold.services import build_services, install
from twofold.settings import settings
from twofold.store import passwords
from twofold.store.counters import CounterStore
from twofold.store.outbox import MESSAGE, message_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.fakes import FakeClock
    from twofold.core.json import JsonObject
    from twofold.core.policy import AudienceRules, Rules
    from twofold.ports.accounts import Account
    from twofold.ports.audit import Event
    from twofold.ports.outbox import Message
    from twofold.ports.services import Services

PASSWORD = "correct horse battery"
HOUSE_HOST = "localhost:8420"


class App:
    """Somebody's authenticator app: knows a key and the test's clock."""

    def __init__(self, key: str, clock: FakeClock) -> None:
        self.key = key
        self._clock = clock

    def code(self, *, ahead: timedelta = timedelta()) -> str:
        """Return what the app shows now, or on a phone whose clock is `ahead`."""
        return pyotp.TOTP(self.key).at(self._clock.now() + ahead)

    def next_code(self) -> str:
        """Wait for the next code, which certainly was not used, and return it."""
        self._clock.move(timedelta(seconds=30))
        return self.code()

    def wrong_code(self) -> str:
        """Return a code that is wrong here, and far from those of other times."""
        right = {self.code(ahead=steps * timedelta(seconds=30)) for steps in range(-12, 13)}
        return next(f"{number:06d}" for number in range(1000) if f"{number:06d}" not in right)


@dataclass
class Somebody:
    """One person as a test knows them: with password, app and recovery codes in the clear."""

    id: PersonId
    email: str
    password: str
    app: App
    """Shows codes of nothing until something is enrolled."""
    recovery_codes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Mail:
    """One message that left: `params` is what the flow said, `subject` and `text` the words that people read."""

    message: Message
    words: Words

    @property
    def to(self) -> str:
        return self.message.to

    @property
    def template(self) -> str:
        return self.message.template

    @property
    def params(self) -> JsonObject:
        return self.message.params

    @property
    def subject(self) -> str:
        return self.words.of(self.message).subject

    @property
    def text(self) -> str:
        return self.words.of(self.message).text


_HASHES: dict[tuple[object, ...], str | None] = {}


class Desk:
    """One help desk with everything that a test may want to do to it from outside the pages."""

    def __init__(self, services: Services, account: Account, clock: FakeClock) -> None:
        self.services = services
        self.account = account
        self.clock = clock
        self._words = Words()
        self._mails: list[Mail] = []

    # --- people -----------------------------------------------------------------------------------

    def add(
        self,
        email: str,
        role: Role = Role.AGENT,
        *,
        password: str = PASSWORD,
        app: bool = False,
        codes_too: bool = True,
        **facts: object,
    ) -> Somebody:
        """Add a person; with `app` they hold an authenticator app, and recovery codes unless told otherwise.

        `facts` are fields of Subscriber (chosen=True, must_set_up=True, suspended_at=…).
        """
        person = Subscriber(
            id=PersonId(self.services.entropy.new_id()),
            email=email,
            name=email.partition("@")[0].capitalize(),
            role=role,
            created_at=self.clock.now() - timedelta(days=365),
            password=self._hashed(password),
            email_proved_at=self.clock.now() - timedelta(days=365),
        )
        person = replace(person, **facts)  # type: ignore[arg-type]  # a test names fields of the record
        assert self.services.people.add(self.account.id, person)
        somebody = Somebody(person.id, email, password, App(base64.b32encode(b"\0" * 20).decode(), self.clock))
        if app:
            self.give_app(somebody, codes_too=codes_too)
        return somebody

    def _hashed(self, password: str) -> str | None:
        """Hash as the product does, each password once a process: most people of most tests have the same one."""
        # Of another room, which hashes at the full cost, it would be one to be hashed anew at the sign-in.
        key = (vars(self.services.passwords).get("_pepper"), passwords.MEMORY_KIB, passwords.PASSES, password)
        if key not in _HASHES:
            _HASHES[key] = self.services.passwords.hash(password)
        return _HASHES[key]

    def give_app(self, somebody: Somebody, *, codes_too: bool = True) -> None:
        """Enrol an app for a person, as if they had set it up a year ago."""
        key = base64.b32encode(self.services.entropy.bytes(20)).decode()
        long_ago = self.clock.now() - timedelta(days=1)
        with self.services.transactions.begin():
            self.services.transactions.alone(self.account.id, somebody.id)
            self.services.enrolments.add(
                self.account.id,
                Enrolment(
                    id=EnrolmentId(self.services.entropy.new_id()),
                    person_id=somebody.id,
                    kind="totp",
                    label=somebody.email,
                    state={"key": key},
                    strong=True,
                    confirmed_at=long_ago,
                    last_used_at=long_ago,
                    preferred=True,
                ),
            )
            if codes_too:
                made = recovery_set.make_set(self.services, self.account, somebody.id, now=self.clock.now())
                somebody.recovery_codes = list(made)
        somebody.app = App(key, self.clock)

    def person(self, somebody: Somebody) -> Subscriber:
        """Return the person's row as it stands."""
        found = self.services.people.by_id(self.account.id, somebody.id)
        assert found is not None
        return found

    def change(self, somebody: Somebody, **facts: object) -> None:
        """Change fields of the person's row."""
        old = self.person(somebody)
        new = replace(old, **facts)  # type: ignore[arg-type]  # a test names fields of the record
        assert self.services.people.replace(self.account.id, old, new)

    def held(self, somebody: Somebody) -> tuple[Enrolment, ...]:
        """Return what the person holds."""
        return self.services.enrolments.held(self.account.id, somebody.id)

    # --- policy -----------------------------------------------------------------------------------

    def rules(self, change: Callable[[Rules], Rules]) -> None:
        """Save a policy made from the present one."""
        before = self.services.policy.current(self.account.id)
        saved = PolicyVersion(
            number=before.number + 1, rules=change(before.rules), saved_at=self.clock.now(), saved_by=None
        )
        assert self.services.policy.add(self.account.id, saved)

    def require(
        self,
        *,
        team: bool = True,
        end_users: bool = False,
        grace_for: timedelta = timedelta(),
        skips: int | None = None,
    ) -> None:
        """Require two-factor authentication from now on, of these audiences and of no others."""
        wanted = policy.Requirement(starts_at=self.clock.now(), grace_for=grace_for, skips=skips)
        self.rules(
            lambda rules: replace(
                rules,
                team=replace(rules.team, required=wanted if team else None),
                end_users=replace(rules.end_users, required=wanted if end_users else None),
            )
        )

    def for_both(self, change: Callable[[AudienceRules], AudienceRules]) -> None:
        """Change the rules of both audiences alike."""
        self.rules(lambda rules: replace(rules, team=change(rules.team), end_users=change(rules.end_users)))

    # --- time -------------------------------------------------------------------------------------

    def forward(self, **span: float) -> datetime:
        """Move the clock, by days=31 for example."""
        return self.clock.move(timedelta(**span))

    def restart(self) -> None:
        """Throw away what the process keeps, as a restart of the server does; what is stored stays."""
        fresh = replace(build_services(settings()), clock=self.clock, counters=CounterStore(self.clock))
        install(fresh)
        self.services = fresh

    # --- what can be seen from outside --------------------------------------------------------------

    def mails(self, template: str = "", *, to: str = "") -> list[Mail]:
        """Deliver what waits, and return everything that left so far, oldest first."""
        jobs = self.services.jobs
        while (job := jobs.lease_next(self.clock.now(), timedelta(minutes=2))) is not None:  # type: ignore[attr-defined]  # the worker's side of the store
            if job.kind == MAKE_REPORT:
                make_part(self.worker_needs(), job)
                continue
            if job.kind in people_import.PARTS:
                people_import.PARTS[job.kind](self.worker_needs(), job)
                continue
            if job.kind == COUNT_PEOPLE:
                count_some(self.worker_needs(), job)
                continue
            if job.kind in roll_out.PARTS:
                roll_out.PARTS[job.kind](self.worker_needs(), job)
                continue
            if job.kind == MESSAGE:
                self._mails.append(Mail(message_of(job), self._words))
            jobs.done(job, at=self.clock.now())  # type: ignore[attr-defined]  # the worker's side of the store
        return [
            mail for mail in self._mails if (not template or mail.template == template) and mail.to == (to or mail.to)
        ]

    def worker_needs(self) -> Needs:
        """Return what the worker touches, to be run by a test itself."""
        here = self.services
        return Needs(
            settings=settings(),
            accounts=here.accounts,
            clock=here.clock,
            digests=here.digests,
            entropy=here.entropy,
            jobs=here.jobs,  # type: ignore[arg-type]  # the worker's side of the store
            kept=here.kept,
            outbox=here.outbox,
            services=here,
            transactions=here.transactions,
            words=self._words,
        )

    def events(self, kind: str = "", *, of: Somebody | None = None) -> list[Event]:
        """Return the audit log, oldest first: of one kind, of one person, or all."""
        found = self.services.audit.search(self.account.id, Wanted(), most=1000).events
        return [
            event
            for event in reversed(found)
            if (not kind or event.kind == kind) and (of is None or event.person_id == of.id)
        ]

    def sessions(self, somebody: Somebody) -> int:
        """Count the person's open sessions."""
        return len(self.services.sessions.of_person(self.account.id, somebody.id))

    # --- browsers ---------------------------------------------------------------------------------

    def browser(self, *, address: str = "127.0.0.1", origin: str = "") -> Browser:
        """Return a browser that was never here."""
        return Browser(origin or self.account.base_url, address=address)

    def present_password(self, browser: Browser, somebody: Somebody, *, password: str = "", to: str = "") -> None:
        """Open the first page and send email and password."""
        browser.get(f"/sign-in?next={to}" if to else "/sign-in")
        browser.submit({"email": somebody.email, "password": password or somebody.password})

    def sign_in(
        self, somebody: Somebody, browser: Browser | None = None, *, trust: bool | None = None, to: str = ""
    ) -> Browser:
        """Sign in with password and, where it is asked for, the next passcode; the box as it stands or as told."""
        browser = browser or self.browser()
        self.present_password(browser, somebody, to=to)
        if browser.page.path == "/sign-in/passcode":
            fields: dict[str, object] = {"passcode": somebody.app.next_code()}
            if trust is not None:
                fields["trust_device"] = "1" if trust else None
            browser.submit(fields)
        assert is_signed_in(browser), f"not signed in: {browser.page.url} {browser.page.text}"
        return browser

    def set_up(self, somebody: Somebody, browser: Browser) -> None:
        """Go through the set-up that the browser was led to, from its first page to the last; codes are noted."""
        browser.submit(press="go=set_up")
        if browser.page.path == "/sign-in/set-up/mailbox":
            code = str(self.mails("mailbox_code", to=somebody.email)[-1].params["code"])
            browser.submit({"mailbox_code": code})
        browser.submit({"thing": "app"})
        browser.submit()
        self.connect(somebody, browser)
        somebody.recovery_codes = codes_on(browser)
        browser.submit(having="saved")
        browser.submit()

    def connect(self, somebody: Somebody, browser: Browser) -> None:
        """Put the key that the page shows into the person's app, and type its first code."""
        somebody.app = App(key_on(browser), self.clock)
        browser.submit({"passcode": somebody.app.code()})


def stored_bytes() -> bytes:
    """Return everything that the database's files hold, as somebody reads them who took the disk."""
    name = Path(str(connection.settings_dict["NAME"]))
    return b"".join(path.read_bytes() for path in sorted(name.parent.glob(f"{name.name}*")))


def is_signed_in(browser: Browser) -> bool:
    """Say whether the browser's session opens the start page; what the browser shows stays as it was."""
    shown = browser.page
    try:
        return browser.get("/", follow=False).status == 200
    finally:
        browser.page = shown


def key_on(browser: Browser) -> str:
    """Return the key that the page shows beside the QR code, typed off as a person would."""
    _, _, after = browser.page.html.partition('id="key"')
    groups = after.partition("</p>")[0].split("<span>")[1:]
    return "".join(group.partition("</span>")[0] for group in groups)


def codes_on(browser: Browser) -> list[str]:
    """Return the recovery codes that the page shows."""
    return [each.partition("</code>")[0] for each in browser.page.html.split("<code>")[1:]]
