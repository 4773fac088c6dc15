"""The numbers that an operator may set in place of those in core/throttle.py."""

from __future__ import annotations

from datetime import timedelta

import pytest

from twofold import limits
from twofold.core.links import LIVES, Purpose
from twofold.core.numbers import DEFAULTS
from twofold.core.sent_codes import EMAIL
from twofold.core.throttle import LANES, Lane, Window
from twofold.settings import SettingsProblem, read
from twofold.settings_numbers import numbers_of, rules_of


def test_without_settings_the_numbers_are_those_of_the_rules() -> None:
    assert rules_of(read()) == LANES


def test_so_are_all_other_numbers() -> None:
    assert numbers_of(read()) == DEFAULTS


def test_the_other_numbers_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "SIGN_IN_MINUTES": "5/20",
        "SET_UP_MINUTES": "20 / 90".replace(" ", ""),
        "FRESH_MINUTES": "3",
        "FRESH_AFTER_RECOVERY_MINUTES": "10",
        "LINK_MINUTES": "60",
        "INVITATION_DAYS": "14",
        "LIMIT_ADDRESS_SECOND_FACTORS": "60/30m",
        "LIMIT_ADDRESS_PASSWORDS": "200/1h",
        "TRUSTED_NETWORKS": "192.0.2.0/24, 2001:db8::/32",
        "HELPER_CODE_HOURS": "8",
        "APPROVAL_REMINDER_HOURS": "1/2/48",
        "LIMIT_HELP_CALLS": "2/1h",
        "LIMIT_HELP_CALL_MAILS": "5/1h 50/1d",
        "LIMIT_AGENT_HELPS": "3/1h 10/1d",
        "LIMIT_SIGN_UPS_A_DAY": "50",
        "LIMIT_ADDRESS_SIGN_UPS": "5/1h",
    }
    for name, value in given.items():
        monkeypatch.setenv(f"TWOFOLD_{name}", value)
    found = numbers_of(read())
    assert (found.sign_in.step_for, found.sign_in.whole_for) == (timedelta(minutes=5), timedelta(minutes=20))
    assert (found.set_up.step_for, found.set_up.whole_for) == (timedelta(minutes=20), timedelta(minutes=90))
    assert (found.fresh.fresh_for, found.fresh.after_recovery_for) == (timedelta(minutes=3), timedelta(minutes=10))
    assert found.link_lives[Purpose.PASSWORD_RESET] == timedelta(hours=1)
    assert found.link_lives[Purpose.INVITATION] == timedelta(days=14)
    assert found.link_lives[Purpose.FREEZE] == LIVES[Purpose.FREEZE], "what freezes lives as long as it must"
    assert found.for_address(found.address_second_factors, "198.51.100.7").most == 60
    assert found.for_address(found.address_second_factors, "192.0.2.7").most == 600
    assert found.for_address(found.address_passwords, "2001:db8::1").most == 2000
    assert found.for_address(found.address_passwords, "nonsense").most == 200
    assert found.helping.code_lives == timedelta(hours=8)
    assert found.helping.reminders == tuple(timedelta(hours=hours) for hours in (1, 2, 48))
    assert found.helping.calls == (Window(2, timedelta(hours=1)),)
    assert [window.most for window in found.helping.call_mails] == [5, 50]
    assert [window.most for window in found.helping.agents] == [3, 10]
    assert found.link_lives[Purpose.SIGN_UP] == timedelta(hours=1)
    assert found.sign_ups.a_day == 50
    assert (found.sign_ups.of_address.most, found.sign_ups.of_address.within) == (5, timedelta(hours=1))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SIGN_IN_MINUTES", "30/10"),
        ("SET_UP_MINUTES", "10"),
        ("SIGN_IN_MINUTES", "0/10"),
        ("LIMIT_ADDRESS_PASSWORDS", "5/1m 9/1h"),
        ("TRUSTED_NETWORKS", "everywhere"),
        ("INVITATION_DAYS", "31"),
        ("APPROVAL_REMINDER_HOURS", "20/4"),
        ("APPROVAL_REMINDER_HOURS", "4/72"),
        ("APPROVAL_REMINDER_HOURS", "soon"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"TWOFOLD_{name}", value)
    with pytest.raises(SettingsProblem, match=f"TWOFOLD_{name}"):
        read()


def test_a_number_that_is_set_stands_and_the_others_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_LIMIT_SECOND_FACTORS", "3/10m, 10/2d")
    monkeypatch.setenv("TWOFOLD_LIMIT_HARD_STOP", "50")
    found = rules_of(read())
    for lane in (Lane.UNKNOWN_BROWSERS, Lane.KNOWN_BROWSER):
        assert found[lane].windows == (Window(3, timedelta(minutes=10)), Window(10, timedelta(days=2)))
        assert found[lane].hard_stop == 50
        assert found[lane].waits == LANES[lane].waits
    for lane in set(Lane) - {Lane.UNKNOWN_BROWSERS, Lane.KNOWN_BROWSER}:
        assert found[lane] == LANES[lane]


@pytest.mark.parametrize("text", ["5/15m", "5/15m 20/1h 50/24h", "1/1s", "9999/7d"])
def test_what_is_written_is_read_back(text: str) -> None:
    assert limits.windows(limits.shown(limits.windows(text))) == limits.windows(text)


@pytest.mark.parametrize("text", ["5", "0/15m", "5/0m", "5/15", "many/1h", "5/8d", "-5/1h", "5/1h;", "\u0665/1h", " "])
def test_nonsense_is_refused_with_how_to_write_it(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_LIMIT_PASSWORDS", text)
    with pytest.raises(SettingsProblem, match=r"TWOFOLD_LIMIT_PASSWORDS .* like 5/15m"):
        read()


@pytest.mark.parametrize("text", ["9", "101", "none"])
def test_the_hard_stop_stays_within_what_the_standard_allows(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_LIMIT_HARD_STOP", text)
    with pytest.raises(SettingsProblem, match="TWOFOLD_LIMIT_HARD_STOP"):
        read()


def test_sent_codes_are_limited_as_the_rules_say_or_as_somebody_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert numbers_of(read()).codes == EMAIL
    for name, value in (
        ("CODE_MINUTES", 10),
        ("LIMIT_CODES_AN_HOUR", 3),
        ("LIMIT_CODES_A_DAY", 4),
        ("LIMIT_TEXTS_TO_NUMBER", 6),
    ):
        monkeypatch.setenv(f"TWOFOLD_{name}", str(value))
    found = numbers_of(read()).codes
    assert (found.life, found.an_hour, found.a_day, found.to_number) == (timedelta(minutes=10), 3, 4, 6)
    assert (found.tries, found.digits, found.resend_after) == (EMAIL.tries, EMAIL.digits, EMAIL.resend_after)


@pytest.mark.behaviour("B03")
@pytest.mark.parametrize("minutes", ["0", "11", "5m"])
def test_a_code_never_works_for_more_than_ten_minutes(minutes: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOFOLD_CODE_MINUTES", minutes)
    with pytest.raises(SettingsProblem, match="TWOFOLD_CODE_MINUTES"):
        read()
