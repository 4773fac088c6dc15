"""Services: one frozen struct of everything that a flow may touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from twofold.core.numbers import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from twofold.core.numbers import Numbers
    from twofold.factors.contract import SecondFactor
    from twofold.ports.accounts import Accounts
    from twofold.ports.announced import Announcements, Stoppings
    from twofold.ports.attempts import Attempts, Counters
    from twofold.ports.audit import Audit
    from twofold.ports.browsers import Browsers
    from twofold.ports.challenges import Challenges
    from twofold.ports.clock import Clock
    from twofold.ports.enrolments import Enrolments, RecoveryCodes
    from twofold.ports.entropy import Entropy
    from twofold.ports.groups import Groups
    from twofold.ports.helping import HelpActs, HelpCalls
    from twofold.ports.imports import Imports
    from twofold.ports.jobs import Jobs
    from twofold.ports.kept import KeptSettings
    from twofold.ports.keys import Digests, Passwords
    from twofold.ports.links import Links
    from twofold.ports.outbox import Outbox
    from twofold.ports.people import People
    from twofold.ports.policy import Policy
    from twofold.ports.reports import Reports
    from twofold.ports.roll_out import RollOut
    from twofold.ports.sessions import Sessions
    from twofold.ports.texts import Texts
    from twofold.ports.transactions import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The ports, and what an operator set that flows go by; the same for production and tests."""

    accounts: Accounts
    announced: Announcements
    attempts: Attempts
    audit: Audit
    browsers: Browsers
    challenges: Challenges
    clock: Clock
    counters: Counters
    digests: Digests
    enrolments: Enrolments
    entropy: Entropy
    groups: Groups
    help_acts: HelpActs
    help_calls: HelpCalls
    imports: Imports
    jobs: Jobs
    kept: KeptSettings
    links: Links
    outbox: Outbox
    passwords: Passwords
    people: People
    policy: Policy
    recovery_codes: RecoveryCodes
    reports: Reports
    roll_out: RollOut
    sessions: Sessions
    stopping: Stoppings
    texts: Texts
    transactions: Transactions
    factors: Mapping[str, SecondFactor]
    mail_leaves_anyway: bool
    """Whether mail leaves whatever an admin names: the environment names a server, or it is a demo that shows its mail.

    Asked by `flows.mail_settings.leaves` alone.
    """
    numbers: Numbers = DEFAULTS
