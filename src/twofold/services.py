"""The composition root: builds Services, once; nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.delivery.sms.house import HouseTexts
from twofold.factors.registry import FACTORS
from twofold.ports.services import Services
from twofold.settings import settings
from twofold.settings_numbers import numbers_of
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
from twofold.store.jobs import SMS, JobStore
from twofold.store.links import LinkStore
from twofold.store.outbox import OutboxStore
from twofold.store.passwords import Argon2Passwords
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
from twofold.wiring import KeyFile, build_clock, read_keys

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.settings import Settings


EMAIL = "email"


def build_services(settings: Settings) -> Services:
    """Return everything that a flow may touch, as these settings say. Nothing is opened yet but the keys."""
    keys = read_keys(settings)
    clock = build_clock(settings)
    entropy = SystemEntropy()
    sealer = Sealer(KeyFile(settings), entropy)
    kept = SettingStore(sealer)
    texts = HouseTexts(settings, kept)
    return Services(
        accounts=AccountStore(),
        announced=AnnouncementStore(),
        attempts=AttemptStore(sealer),
        audit=AuditStore(),
        browsers=BrowserStore(),
        challenges=ChallengeStore(sealer),
        clock=clock,
        counters=CounterStore(clock),
        digests=KeyedDigests(keys.digests),
        enrolments=EnrolmentStore(sealer),
        entropy=entropy,
        groups=GroupStore(),
        help_acts=HelpActStore(),
        help_calls=HelpCallStore(),
        imports=ImportStore(sealer),
        jobs=JobStore(sealer),
        kept=kept,
        links=LinkStore(),
        outbox=OutboxStore(sealer, can_send=lambda account, channel: _can_send(texts, account, channel)),
        passwords=Argon2Passwords(keys.pepper, entropy),
        people=PeopleStore(),
        policy=PolicyStore(),
        recovery_codes=RecoveryCodeStore(),
        reports=ReportStore(),
        roll_out=RollOutStore(),
        sessions=SessionStore(),
        stopping=StoppingStore(),
        texts=texts,
        transactions=DatabaseTransactions(),
        factors=FACTORS,
        mail_leaves_anyway=bool(settings.smtp_host) or settings.is_demo,
        numbers=numbers_of(settings),
    )


class _Here:
    """The services of this process."""

    installed: Services | None = None


def services() -> Services:
    """Return the services of this process, built at the first call."""
    if _Here.installed is None:
        _Here.installed = build_services(settings())
    return _Here.installed


def install(given: Services | None) -> None:
    """Make these the services of this process, as tests do; None: build them anew at the next call."""
    _Here.installed = given


def _can_send(texts: HouseTexts, account: AccountId, channel: str) -> bool:
    """Say yes for mail always: while no SMTP server is set, a message becomes a file, which the operator hands on.

    Whether mail leaves the server is another question: `flows.mail_settings.leaves`.
    """
    return channel == EMAIL or (channel == SMS and texts.can_send(account))
