"""How long things live: sessions, attempts, links and fresh proof, each with a moved clock."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.core.values import DAY, FIRST, HOUR, MINUTE, NOW, SECOND, evidence, proof
from twofold.core import attempts, freshness, links, sessions
from twofold.core.assurance import ADMIN_CODE, MAILBOX, RECOVERY_CODE, Evidence, Proof
from twofold.core.attempts import Ended, Running
from twofold.core.freshness import Asks
from twofold.core.links import Gone, Good, LinkState, Purpose
from twofold.core.policy import Requirement, default_rules
from twofold.core.sessions import Idle, Life, Limits, Live, Over

TEAM = Limits(default_rules().team.idle_for, default_rules().team.session_for)


@pytest.mark.parametrize(
    ("age", "unseen", "life"),
    [
        (0 * HOUR, 0 * HOUR, Live(NOW + HOUR)),
        (HOUR, 59 * MINUTE, Live(NOW + MINUTE)),
        (HOUR, 60 * MINUTE, Idle()),
        (2 * HOUR, 61 * MINUTE, Idle()),
        (12 * HOUR - SECOND, 0 * HOUR, Live(NOW + SECOND)),
        (12 * HOUR, 0 * HOUR, Over()),
        (13 * HOUR, 2 * HOUR, Over()),
    ],
)
def test_a_session_ends_idle_or_over(age: timedelta, unseen: timedelta, life: Life) -> None:
    assert sessions.is_live(created_at=NOW - age, last_seen_at=NOW - unseen, limits=TEAM, now=NOW) == life


@pytest.mark.parametrize(("unseen", "due"), [(59 * SECOND, False), (60 * SECOND, True), (HOUR, True)])
def test_the_use_of_a_session_is_written_once_a_minute(unseen: timedelta, due: bool) -> None:
    assert sessions.last_seen_due(NOW - unseen, NOW) == due


ASKS_EVERYBODY = Requirement(starts_at=NOW, ends_open_sessions=True)


@pytest.mark.parametrize(
    ("required", "created_at", "ended"),
    [
        (ASKS_EVERYBODY, NOW - DAY, True),
        (ASKS_EVERYBODY, NOW, False),
        (replace(ASKS_EVERYBODY, starts_at=NOW + SECOND), NOW - DAY, False),
        (replace(ASKS_EVERYBODY, ends_open_sessions=False), NOW - DAY, False),
        (None, NOW - DAY, False),
    ],
)
def test_a_start_may_end_the_sessions_before_it(
    required: Requirement | None, created_at: datetime, ended: bool
) -> None:
    assert sessions.is_ended_by_start(required, created_at=created_at, exempt_until=None, now=NOW) == ended


@pytest.mark.parametrize(("exempt_until", "ended"), [(NOW + SECOND, False), (NOW, True)])
def test_a_start_ends_no_session_of_somebody_exempt(exempt_until: datetime, ended: bool) -> None:
    assert sessions.is_ended_by_start(ASKS_EVERYBODY, created_at=NOW - DAY, exempt_until=exempt_until, now=NOW) == ended


@pytest.mark.parametrize(
    ("is_set_up", "age", "idle", "left"),
    [
        (False, 0 * MINUTE, 0 * MINUTE, 10 * MINUTE),
        (False, 9 * MINUTE, 9 * MINUTE, MINUTE),
        (False, 10 * MINUTE, 10 * MINUTE, None),
        (False, 25 * MINUTE, MINUTE, 5 * MINUTE),
        (False, 30 * MINUTE, 0 * MINUTE, None),
        (True, 30 * MINUTE, 0 * MINUTE, 30 * MINUTE),
        (True, 30 * MINUTE, 30 * MINUTE, None),
        (True, 59 * MINUTE, 0 * MINUTE, MINUTE),
        (True, 60 * MINUTE, 0 * MINUTE, None),
    ],
)
def test_an_attempt_runs_out(is_set_up: bool, age: timedelta, idle: timedelta, left: timedelta | None) -> None:
    state = attempts.state(begun_at=NOW - age, last_step_at=NOW - idle, is_set_up=is_set_up, now=NOW)
    expected = Ended() if left is None else Running(NOW + left)
    assert state == expected
    assert attempts.WARNED_BEFORE == MINUTE


LIVES = {
    Purpose.CONFIRMATION: 30 * MINUTE,
    Purpose.PASSWORD_RESET: 30 * MINUTE,
    Purpose.INVITATION: 7 * DAY,
    Purpose.SIGN_UP: 30 * MINUTE,
    Purpose.SET_UP_NOW: 7 * DAY,
    Purpose.FREEZE: 7 * DAY,
    Purpose.OWNER: 30 * MINUTE,
    Purpose.RESCUE: 15 * MINUTE,
    Purpose.STOP_HELP: 7 * DAY,
}


@pytest.mark.parametrize("purpose", Purpose)
def test_every_link_has_its_life(purpose: Purpose) -> None:
    assert links.ends_at(purpose, made_at=NOW) == NOW + LIVES[purpose]


@pytest.mark.parametrize(("freezes_for", "lives"), [(72 * HOUR, 7 * DAY), (30 * DAY, 30 * DAY)])
def test_a_link_that_freezes_lives_as_long_as_what_it_freezes(freezes_for: timedelta, lives: timedelta) -> None:
    assert links.ends_at(Purpose.FREEZE, made_at=NOW, freezes_until=NOW + freezes_for) == NOW + lives


@pytest.mark.parametrize(
    ("wanted_for", "lives"), [(None, 7 * DAY), (-DAY, 7 * DAY), (20 * DAY, 20 * DAY), (31 * DAY, 30 * DAY)]
)
def test_a_link_to_set_up_lives_until_the_day_it_is_wanted_by(wanted_for: timedelta | None, lives: timedelta) -> None:
    wanted_by = None if wanted_for is None else NOW + wanted_for
    assert links.set_up_ends_at(made_at=NOW, wanted_by=wanted_by) == NOW + lives
    short = {**links.LIVES, Purpose.SET_UP_NOW: DAY}
    assert links.set_up_ends_at(made_at=NOW, wanted_by=wanted_by, lives=short) == NOW + max(
        DAY, min(wanted_for or DAY, 30 * DAY)
    )


@pytest.mark.parametrize(
    ("until", "used_at", "state"),
    [
        (NOW + SECOND, None, Good(NOW + SECOND)),
        (NOW, None, Gone(was_used=False)),
        (NOW + DAY, NOW - DAY, Gone(was_used=True)),
        (NOW - DAY, NOW - DAY, Gone(was_used=True)),
    ],
)
def test_a_link_works_once_and_in_time(until: datetime, used_at: datetime | None, state: LinkState) -> None:
    assert links.state(until=until, used_at=used_at, now=NOW) == state


# --- Fresh proof --------------------------------------------------------------------------------


def aged(age: timedelta, *kinds: str) -> Evidence:
    password = replace(FIRST, at=NOW - age)
    return Evidence((password, *(proof(kind, NOW - age) for kind in kinds)))


JUST_NOW, FIVE, FIFTEEN = 5 * MINUTE - SECOND, 5 * MINUTE, 15 * MINUTE


@pytest.mark.parametrize(
    ("given", "holds", "extra", "fresh"),
    [
        (aged(JUST_NOW), False, False, True),
        (aged(FIVE), False, False, False),
        (aged(JUST_NOW), True, False, False),
        (aged(JUST_NOW, MAILBOX), True, False, False),
        (aged(JUST_NOW, "totp"), True, False, True),
        (aged(FIVE, "totp"), True, False, False),
        (aged(FIVE, "totp"), True, True, False),
        (aged(JUST_NOW, "totp"), False, False, True),
        (aged(JUST_NOW, RECOVERY_CODE), True, False, True),
        (aged(JUST_NOW, ADMIN_CODE), True, False, True),
        (aged(FIVE, RECOVERY_CODE), True, False, False),
        (aged(FIVE, RECOVERY_CODE), True, True, True),
        (aged(FIFTEEN - SECOND, RECOVERY_CODE), False, True, True),
        (aged(FIFTEEN, RECOVERY_CODE), True, True, False),
        (aged(FIVE, ADMIN_CODE), True, True, False),
        (aged(FIVE, "totp").with_proof(proof()), True, False, True),
        (aged(-MINUTE, "totp"), True, False, False),
        (Evidence(), True, False, False),
        (Evidence(), False, False, False),
    ],
)
def test_what_is_fresh_proof(given: Evidence, holds: bool, extra: bool, fresh: bool) -> None:
    assert freshness.is_fresh(given, has_confirmed_factor=holds, now=NOW, recovery_extra=extra) == fresh


def test_fresh_proof_says_until_when() -> None:
    two: Proof = proof(at=NOW - MINUTE)
    given = evidence().with_proof(proof(at=NOW - 2 * MINUTE)).with_proof(two)
    assert freshness.fresh_until(given, has_confirmed_factor=True, now=NOW) == NOW + 4 * MINUTE


@pytest.mark.parametrize(("holds", "asks"), [(True, Asks.SECOND_FACTOR), (False, Asks.PASSWORD)])
def test_what_fresh_proof_asks_for(holds: bool, asks: Asks) -> None:
    assert freshness.what_it_asks(has_confirmed_factor=holds) is asks
