"""How well an account is protected: each setting rated, with the reason, from facts that the flows gather."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from twofold.core.assurance import Traits
from twofold.core.policy import AudienceRules, Requirement, Rules
from twofold.core.rules import default_rules
from twofold.core.sign_up import SignUp

BACKUP_EVERY = timedelta(days=30)
"""A backup older than this is as good as none to whoever joined since."""
_LONGEST_TRUST = timedelta(days=30)
_SEVERAL = 3


class Rating(StrEnum):
    """How a setting stands: mend it today, mend it when there is time, or leave it."""

    CRITICAL = "critical"
    RECOMMENDED = "recommended"
    HEALTHY = "healthy"


class Subject(StrEnum):
    """What is rated, in the order of the page."""

    TEAM = "team"
    END_USERS = "end_users"
    METHODS = "methods"
    HOW_OFTEN = "how_often"
    NEW_BROWSERS = "new_browsers"
    SESSIONS = "sessions"
    EXEMPTIONS = "exemptions"
    SIGN_UP = "sign_up"
    OWNERS = "owners"
    MAIL = "mail"
    TEXTS = "texts"
    ADDRESS = "address"
    CLOCK = "clock"
    BACKUP = "backup"
    REPORT = "report"


class Finding(StrEnum):
    """Why a setting is rated as it is."""

    NOT_REQUIRED = "not_required"
    STARTS_LATER = "starts_later"
    """From `at` on."""
    REQUIRED = "required"
    WEAK_KINDS_COUNT = "weak_kinds_count"
    """`kinds` count, which can be read by others or talked out of somebody."""
    ONLY_STRONG_KINDS = "only_strong_kinds"
    TRUST_IS_LONG = "trust_is_long"
    """For `number` days."""
    TRUST_IS_SHORT = "trust_is_short"
    NOT_CHECKED = "not_checked"
    CHECKED = "checked"
    SESSIONS_ARE_LONG = "sessions_are_long"
    """`number` minutes idle, `other` hours in all."""
    SESSIONS_ARE_SHORT = "sessions_are_short"
    SOME_EXEMPT = "some_exempt"
    """`number` team members."""
    NOBODY_EXEMPT = "nobody_exempt"
    ANYBODY_SIGNS_UP = "anybody_signs_up"
    SOME_SIGN_UP = "some_sign_up"
    """Those with an address of `number` email domains."""
    NOBODY_SIGNS_UP = "nobody_signs_up"
    ONLY_OWNER = "only_owner"
    SEVERAL_OWNERS = "several_owners"
    """`number` of them."""
    MAIL_NOT_PROVED = "mail_not_proved"
    MAIL_PROVED = "mail_proved"
    NONE_GO_OUT = "none_go_out"
    """`number` messages failed within a day, and none was taken since the last of them."""
    SOME_FAILED = "some_failed"
    """`number` messages failed within a day."""
    NONE_FAILED = "none_failed"
    NO_TEXTS = "no_texts"
    """No provider is named, and nobody is offered codes by text."""
    THIS_COMPUTER_ONLY = "this_computer_only"
    OVER_TLS = "over_tls"
    CLOCK_IS_OFF = "clock_is_off"
    CLOCK_IS_RIGHT = "clock_is_right"
    NO_BACKUP = "no_backup"
    OLD_BACKUP = "old_backup"
    """From `at`."""
    FRESH_BACKUP = "fresh_backup"
    """From `at`."""
    REPORT_DUE = "report_due"
    REPORT_MADE = "report_made"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sends:
    """How messages of one channel fared within a day; `none_since`: none was taken after the last that failed."""

    failed: int = 0
    none_since: bool = False


_NOTHING_FAILED = Sends()


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known beside the policy.

    `owners` counts those who can sign in, `exempt` the team members whose exemption stands. `traits` are those of
    every kind of second factor that could be set up. `texts` is None while no provider is named.
    """

    is_https: bool
    mail_is_proved: bool
    clock_is_off: bool
    backup_at: datetime | None
    owners: int
    exempt: int
    report_is_due: bool
    traits: Mapping[str, Traits]
    mail: Sends = _NOTHING_FAILED
    texts: Sends | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rated:
    """One subject with its rating and the reason; what `at`, `number`, `other` and `kinds` mean is the finding's."""

    subject: Subject
    rating: Rating
    finding: Finding
    at: datetime | None = None
    number: int = 0
    other: int = 0
    kinds: tuple[str, ...] = ()


def rate(rules: Rules, around: Around, *, now: datetime) -> tuple[Rated, ...]:
    """Rate everything, in the order of the page."""
    return (
        _required(Subject.TEAM, rules.team.required, without=Rating.CRITICAL, now=now),
        _required(Subject.END_USERS, rules.end_users.required, without=Rating.RECOMMENDED, now=now),
        _methods(rules.team, around.traits),
        _how_often(rules.team),
        _new_browsers(rules.team, now=now),
        _sessions(rules.team),
        _exemptions(rules, around.exempt),
        _sign_up(rules.sign_up),
        _owners(around.owners),
        _mail(around),
        _texts(around.texts),
        _yes_or_no(
            Subject.ADDRESS,
            Finding.OVER_TLS,
            Finding.THIS_COMPUTER_ONLY,
            is_good=around.is_https,
            # Nobody reaches it from outside, so nobody can listen.
            otherwise=Rating.RECOMMENDED,
        ),
        _yes_or_no(Subject.CLOCK, Finding.CLOCK_IS_RIGHT, Finding.CLOCK_IS_OFF, is_good=not around.clock_is_off),
        _backup(around.backup_at, now=now),
        _yes_or_no(
            Subject.REPORT,
            Finding.REPORT_MADE,
            Finding.REPORT_DUE,
            is_good=not around.report_is_due,
            otherwise=Rating.RECOMMENDED,
        ),
    )


def worst_first(rated: Iterable[Rated]) -> tuple[Rated, ...]:
    """Return what is critical first, then what is recommended, each in the order of the page."""
    order = list(Rating)
    return tuple(sorted(rated, key=lambda one: order.index(one.rating)))


def _required(subject: Subject, required: Requirement | None, *, without: Rating, now: datetime) -> Rated:
    if required is None:
        return Rated(subject=subject, rating=without, finding=Finding.NOT_REQUIRED)
    if now < required.starts_at:
        return Rated(subject=subject, rating=Rating.RECOMMENDED, finding=Finding.STARTS_LATER, at=required.starts_at)
    return Rated(subject=subject, rating=Rating.HEALTHY, finding=Finding.REQUIRED)


def _methods(team: AudienceRules, traits: Mapping[str, Traits]) -> Rated:
    weak = tuple(kind for kind, its in traits.items() if not its.strong and team.accepts.admits(kind, its))
    if weak:
        return Rated(subject=Subject.METHODS, rating=Rating.RECOMMENDED, finding=Finding.WEAK_KINDS_COUNT, kinds=weak)
    return Rated(subject=Subject.METHODS, rating=Rating.HEALTHY, finding=Finding.ONLY_STRONG_KINDS)


def _how_often(team: AudienceRules) -> Rated:
    is_long = team.trust_for > _LONGEST_TRUST
    return Rated(
        subject=Subject.HOW_OFTEN,
        rating=Rating.RECOMMENDED if is_long else Rating.HEALTHY,
        finding=Finding.TRUST_IS_LONG if is_long else Finding.TRUST_IS_SHORT,
        number=team.trust_for.days,
    )


def _new_browsers(team: AudienceRules, *, now: datetime) -> Rated:
    """Rate what somebody needs beside a stolen password where no second factor is asked for."""
    is_required = team.required is not None and team.required.starts_at <= now
    return _yes_or_no(
        Subject.NEW_BROWSERS,
        Finding.CHECKED,
        Finding.NOT_CHECKED,
        is_good=is_required or team.checks_new_browsers,
        otherwise=Rating.RECOMMENDED,
    )


def _sessions(team: AudienceRules) -> Rated:
    defaults = default_rules().team
    is_long = team.idle_for > defaults.idle_for or team.session_for > defaults.session_for
    return Rated(
        subject=Subject.SESSIONS,
        rating=Rating.RECOMMENDED if is_long else Rating.HEALTHY,
        finding=Finding.SESSIONS_ARE_LONG if is_long else Finding.SESSIONS_ARE_SHORT,
        number=team.idle_for // timedelta(minutes=1),
        other=team.session_for // timedelta(hours=1),
    )


def _sign_up(sign_up: SignUp) -> Rated:
    """Rate who makes a sign-in by themselves: an end user's, after the address was proved."""
    if not sign_up.is_open:
        return Rated(subject=Subject.SIGN_UP, rating=Rating.HEALTHY, finding=Finding.NOBODY_SIGNS_UP)
    number = len(sign_up.domains)
    return Rated(
        subject=Subject.SIGN_UP,
        rating=Rating.HEALTHY if number else Rating.RECOMMENDED,
        finding=Finding.SOME_SIGN_UP if number else Finding.ANYBODY_SIGNS_UP,
        number=number,
    )


def _owners(owners: int) -> Rated:
    if owners > 1:
        return Rated(subject=Subject.OWNERS, rating=Rating.HEALTHY, finding=Finding.SEVERAL_OWNERS, number=owners)
    return Rated(subject=Subject.OWNERS, rating=Rating.CRITICAL, finding=Finding.ONLY_OWNER)


def _mail(around: Around) -> Rated:
    if around.mail_is_proved and around.mail.failed:
        return _failed(Subject.MAIL, around.mail)
    return _yes_or_no(Subject.MAIL, Finding.MAIL_PROVED, Finding.MAIL_NOT_PROVED, is_good=around.mail_is_proved)


def _texts(texts: Sends | None) -> Rated:
    if texts is None:
        return Rated(subject=Subject.TEXTS, rating=Rating.HEALTHY, finding=Finding.NO_TEXTS)
    if texts.failed:
        return _failed(Subject.TEXTS, texts)
    return Rated(subject=Subject.TEXTS, rating=Rating.HEALTHY, finding=Finding.NONE_FAILED)


def _failed(subject: Subject, sends: Sends) -> Rated:
    """Rate failed messages: one may be a wrong number, several and none since are a channel that does not work."""
    if sends.none_since and sends.failed >= _SEVERAL:
        return Rated(subject=subject, rating=Rating.CRITICAL, finding=Finding.NONE_GO_OUT, number=sends.failed)
    return Rated(subject=subject, rating=Rating.RECOMMENDED, finding=Finding.SOME_FAILED, number=sends.failed)


def _backup(made_at: datetime | None, *, now: datetime) -> Rated:
    if made_at is None:
        return Rated(subject=Subject.BACKUP, rating=Rating.CRITICAL, finding=Finding.NO_BACKUP)
    is_old = made_at + BACKUP_EVERY < now
    return Rated(
        subject=Subject.BACKUP,
        rating=Rating.RECOMMENDED if is_old else Rating.HEALTHY,
        finding=Finding.OLD_BACKUP if is_old else Finding.FRESH_BACKUP,
        at=made_at,
    )


def _exemptions(rules: Rules, exempt: int) -> Rated:
    """Rate exemptions while there is something to be exempt from."""
    if not exempt:
        return Rated(subject=Subject.EXEMPTIONS, rating=Rating.HEALTHY, finding=Finding.NOBODY_EXEMPT)
    wanted = (rules.team.required, *(group.extra.required for group in rules.groups.values()))
    rating = Rating.HEALTHY if all(one is None for one in wanted) else Rating.RECOMMENDED
    return Rated(subject=Subject.EXEMPTIONS, rating=rating, finding=Finding.SOME_EXEMPT, number=exempt)


def _yes_or_no(
    subject: Subject, good: Finding, bad: Finding, *, is_good: bool, otherwise: Rating = Rating.CRITICAL
) -> Rated:
    return Rated(subject=subject, rating=Rating.HEALTHY if is_good else otherwise, finding=good if is_good else bad)
