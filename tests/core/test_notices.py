"""Which notices people get, and which of them they may do without."""

import pytest

from twofold.core.notices import (
    FOR_HELPERS,
    OF_MAIL,
    SILENCEABLE,
    Notice,
    is_sent,
    is_wanted,
    silenced_after,
    switches_of,
)
from twofold.core.roles import Role

OF_ONESELF = frozenset(
    {
        Notice.FACTOR_SET_UP,
        Notice.FACTOR_REMOVED,
        Notice.RECOVERY_USED,
        Notice.PASSWORD_CHANGED,
        Notice.ADDRESS_CHANGED,
        Notice.TOO_MANY_WRONG,
        Notice.POLICY_WEAKENED,
    }
)


@pytest.mark.parametrize("notice", Notice)
def test_what_warns_of_somebody_elses_doing_cannot_be_silenced(notice: Notice) -> None:
    may = notice not in OF_ONESELF
    assert (notice in SILENCEABLE) == may
    assert is_wanted(notice, frozenset())
    assert is_wanted(notice, frozenset({notice.value})) != may


@pytest.mark.parametrize("role", Role)
def test_each_role_sees_the_notices_that_it_gets(role: Role) -> None:
    shown = {one.notice for one in switches_of(role, frozenset())}
    assert shown == (set(Notice) if role in {Role.OWNER, Role.ADMIN} else set(Notice) - FOR_HELPERS)
    assert all(one.is_on for one in switches_of(role, frozenset()))


def test_a_switch_that_is_off_shows_so() -> None:
    shown = {one.notice: one for one in switches_of(Role.AGENT, frozenset({"new_browser", "password_changed"}))}
    assert not shown[Notice.NEW_BROWSER].is_on
    assert shown[Notice.PASSWORD_CHANGED].is_on
    assert not shown[Notice.PASSWORD_CHANGED].may_silence


def test_saving_silences_what_was_not_ticked_and_nothing_else() -> None:
    before = frozenset({"new_release", "new_browser"})
    assert silenced_after(Role.AGENT, before, frozenset({"new_browser"})) == {"new_release", "exemption_given"}
    assert silenced_after(Role.AGENT, frozenset(), frozenset({"new_browser", "exemption_given"})) == frozenset()
    assert silenced_after(Role.OWNER, before, frozenset(SILENCEABLE)) == frozenset()


def test_a_mail_that_is_no_notice_is_always_sent() -> None:
    everything = frozenset(notice.value for notice in Notice)
    assert is_sent("passcode", everything)
    assert not is_sent("new_browser", everything)
    assert is_sent("new_browser", frozenset({"new_release"}))
    assert set(OF_MAIL.values()) == SILENCEABLE
