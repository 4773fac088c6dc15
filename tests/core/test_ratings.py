"""Ratings of a whole account: a table of facts and what they are called."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.core.values import NOW, TRAITS
from twofold.core.groups import Group
from twofold.core.ids import GroupId
from twofold.core.ratings import Around, Finding, Rated, Rating, Sends, Subject, rate, worst_first
from twofold.core.rules import AudienceRules, Rules, default_rules
from twofold.core.sign_up import SignUp
from twofold.core.wanted import Accepts, Requirement

DAY = timedelta(days=1)
BEGUN = Requirement(starts_at=NOW - DAY)
LATER = Requirement(starts_at=NOW + DAY)
BEST = Around(
    is_https=True,
    mail_is_proved=True,
    clock_is_off=False,
    backup_at=NOW - DAY,
    owners=2,
    exempt=0,
    report_is_due=False,
    traits=TRAITS,
)
C, R, H = Rating.CRITICAL, Rating.RECOMMENDED, Rating.HEALTHY


def team(**changes: object) -> Rules:
    rules = default_rules()
    return replace(rules, team=replace(rules.team, **changes))  # type: ignore[arg-type]  # fields by name


def found(rules: Rules, around: Around, subject: Subject) -> Rated:
    return next(one for one in rate(rules, around, now=NOW) if one.subject is subject)


@pytest.mark.parametrize(
    ("subject", "changes", "rating", "finding"),
    [
        (Subject.TEAM, {}, C, Finding.NOT_REQUIRED),
        (Subject.TEAM, {"required": LATER}, R, Finding.STARTS_LATER),
        (Subject.TEAM, {"required": BEGUN}, H, Finding.REQUIRED),
        (Subject.METHODS, {}, R, Finding.WEAK_KINDS_COUNT),
        (Subject.METHODS, {"accepts": Accepts(needs_strong=True)}, H, Finding.ONLY_STRONG_KINDS),
        (Subject.METHODS, {"accepts": Accepts(kinds=frozenset({"totp"}))}, H, Finding.ONLY_STRONG_KINDS),
        (Subject.HOW_OFTEN, {}, H, Finding.TRUST_IS_SHORT),
        (Subject.HOW_OFTEN, {"trust_for": 31 * DAY}, R, Finding.TRUST_IS_LONG),
        (Subject.HOW_OFTEN, {"trust_for": timedelta(0)}, H, Finding.TRUST_IS_SHORT),
        (Subject.NEW_BROWSERS, {}, R, Finding.NOT_CHECKED),
        (Subject.NEW_BROWSERS, {"checks_new_browsers": True}, H, Finding.CHECKED),
        (Subject.NEW_BROWSERS, {"required": BEGUN}, H, Finding.CHECKED),
        (Subject.NEW_BROWSERS, {"required": LATER}, R, Finding.NOT_CHECKED),
        (Subject.SESSIONS, {}, H, Finding.SESSIONS_ARE_SHORT),
        (Subject.SESSIONS, {"idle_for": timedelta(minutes=61)}, R, Finding.SESSIONS_ARE_LONG),
        (Subject.SESSIONS, {"session_for": timedelta(hours=13)}, R, Finding.SESSIONS_ARE_LONG),
    ],
)
def test_what_the_policy_says_of_the_team(
    subject: Subject, changes: dict[str, object], rating: Rating, finding: Finding
) -> None:
    one = found(team(**changes), BEST, subject)

    assert (one.rating, one.finding) == (rating, finding)


@pytest.mark.parametrize(
    ("sign_up", "rating", "finding", "number"),
    [
        (SignUp(), H, Finding.NOBODY_SIGNS_UP, 0),
        (SignUp(domains=("acme.example",)), H, Finding.NOBODY_SIGNS_UP, 0),
        (SignUp(is_open=True), R, Finding.ANYBODY_SIGNS_UP, 0),
        (SignUp(is_open=True, domains=("acme.example", "b.example")), H, Finding.SOME_SIGN_UP, 2),
    ],
)
def test_who_may_sign_up(sign_up: SignUp, rating: Rating, finding: Finding, number: int) -> None:
    one = found(replace(default_rules(), sign_up=sign_up), BEST, Subject.SIGN_UP)

    assert (one.rating, one.finding, one.number) == (rating, finding, number)


@pytest.mark.parametrize(
    ("subject", "changes", "rating", "finding"),
    [
        (Subject.OWNERS, {}, H, Finding.SEVERAL_OWNERS),
        (Subject.OWNERS, {"owners": 1}, C, Finding.ONLY_OWNER),
        (Subject.OWNERS, {"owners": 0}, C, Finding.ONLY_OWNER),
        (Subject.MAIL, {}, H, Finding.MAIL_PROVED),
        (Subject.MAIL, {"mail_is_proved": False}, C, Finding.MAIL_NOT_PROVED),
        (Subject.MAIL, {"mail": Sends(failed=1, none_since=True)}, R, Finding.SOME_FAILED),
        (Subject.MAIL, {"mail": Sends(failed=3, none_since=True)}, C, Finding.NONE_GO_OUT),
        (Subject.MAIL, {"mail": Sends(failed=3), "mail_is_proved": False}, C, Finding.MAIL_NOT_PROVED),
        (Subject.TEXTS, {}, H, Finding.NO_TEXTS),
        (Subject.TEXTS, {"texts": Sends()}, H, Finding.NONE_FAILED),
        (Subject.TEXTS, {"texts": Sends(failed=2, none_since=True)}, R, Finding.SOME_FAILED),
        (Subject.TEXTS, {"texts": Sends(failed=30)}, R, Finding.SOME_FAILED),
        (Subject.TEXTS, {"texts": Sends(failed=3, none_since=True)}, C, Finding.NONE_GO_OUT),
        (Subject.ADDRESS, {}, H, Finding.OVER_TLS),
        (Subject.ADDRESS, {"is_https": False}, R, Finding.THIS_COMPUTER_ONLY),
        (Subject.CLOCK, {}, H, Finding.CLOCK_IS_RIGHT),
        (Subject.CLOCK, {"clock_is_off": True}, C, Finding.CLOCK_IS_OFF),
        (Subject.BACKUP, {}, H, Finding.FRESH_BACKUP),
        (Subject.BACKUP, {"backup_at": None}, C, Finding.NO_BACKUP),
        (Subject.BACKUP, {"backup_at": NOW - 30 * DAY}, H, Finding.FRESH_BACKUP),
        (Subject.BACKUP, {"backup_at": NOW - 31 * DAY}, R, Finding.OLD_BACKUP),
        (Subject.REPORT, {}, H, Finding.REPORT_MADE),
        (Subject.REPORT, {"report_is_due": True}, R, Finding.REPORT_DUE),
    ],
)
def test_what_is_around_the_policy(
    subject: Subject, changes: dict[str, object], rating: Rating, finding: Finding
) -> None:
    one = found(default_rules(), replace(BEST, **changes), subject)  # type: ignore[arg-type]  # fields by name

    assert (one.rating, one.finding) == (rating, finding)


def test_end_users_are_recommended_and_never_critical() -> None:
    assert found(default_rules(), BEST, Subject.END_USERS).rating is Rating.RECOMMENDED
    rules = default_rules()
    required: AudienceRules = replace(rules.end_users, required=BEGUN)
    assert found(replace(rules, end_users=required), BEST, Subject.END_USERS).rating is Rating.HEALTHY


def test_exemptions_matter_while_there_is_something_to_be_exempt_from() -> None:
    around = replace(BEST, exempt=3)
    group = Group(name="Night shift")
    asking = replace(group, extra=replace(group.extra, required=BEGUN))

    unneeded = found(default_rules(), around, Subject.EXEMPTIONS)
    assert (unneeded.rating, unneeded.finding, unneeded.number) == (Rating.HEALTHY, Finding.SOME_EXEMPT, 3)
    assert found(team(required=BEGUN), BEST, Subject.EXEMPTIONS).rating is Rating.HEALTHY
    assert found(team(required=BEGUN), around, Subject.EXEMPTIONS).number == 3
    rules = replace(default_rules(), groups={GroupId("g" * 26): asking})
    assert found(rules, around, Subject.EXEMPTIONS).finding is Finding.SOME_EXEMPT


def test_findings_carry_their_numbers() -> None:
    assert found(team(required=LATER), BEST, Subject.TEAM).at == NOW + DAY
    assert found(default_rules(), BEST, Subject.METHODS).kinds == ("email",)
    sessions = found(default_rules(), BEST, Subject.SESSIONS)
    assert (sessions.number, sessions.other) == (60, 12)
    assert found(default_rules(), BEST, Subject.BACKUP).at == NOW - DAY


def test_everything_is_rated_once_and_the_worst_comes_first() -> None:
    rated = rate(default_rules(), BEST, now=NOW)

    assert [one.subject for one in rated] == list(Subject)
    assert [one.rating for one in worst_first(rated)] == sorted((one.rating for one in rated), key=list(Rating).index)
