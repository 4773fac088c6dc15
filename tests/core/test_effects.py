"""The rules' table "What ends what", every cell."""

import pytest

from twofold.core.effects import Change, Ends, Fate, Which, effects_of

STAY, REVIEW, END, DEAD = Fate.STAY, Fate.SHOWN_FOR_REVIEW, Fate.END, Fate.DEAD_WHILE_SUSPENDED
# What happened; sessions; trust ends; grants; tokens; attempts and links end.
TABLE = [
    (Change.FACTOR_SET_UP, Which.OTHERS, True, STAY, STAY, True),
    (Change.FACTOR_REPLACED, Which.OTHERS, True, STAY, STAY, True),
    (Change.FACTOR_REMOVED, Which.OTHERS, True, STAY, STAY, True),
    (Change.TURNED_OFF, Which.OTHERS, True, STAY, STAY, True),
    (Change.PASSWORD_CHANGED, Which.OTHERS, True, REVIEW, REVIEW, True),
    (Change.ADDRESS_CHANGED, Which.OTHERS, True, REVIEW, REVIEW, True),
    (Change.PASSWORD_RESET, Which.OTHERS, True, END, REVIEW, True),
    (Change.RECOVERY_CODE_USED, Which.NONE, True, STAY, STAY, True),
    (Change.RESET_BY_HELPER, Which.ALL, True, END, STAY, True),
    (Change.ROLE_CHANGED, Which.ALL, True, END, STAY, True),
    (Change.SIGNED_OUT_EVERYWHERE, Which.ALL, True, END, STAY, True),
    (Change.SUSPENDED, Which.ALL, True, END, DEAD, True),
    (Change.FROZEN, Which.ALL, True, END, STAY, True),
    (Change.POLICY_CHANGED, Which.NONE, False, STAY, STAY, False),
    (Change.SIGNED_OUT, Which.THIS, False, STAY, STAY, False),
]


@pytest.mark.parametrize(("change", "sessions", "trust", "grants", "tokens", "attempts_and_links"), TABLE)
def test_what_ends_what(
    change: Change, sessions: Which, trust: bool, grants: Fate, tokens: Fate, attempts_and_links: bool
) -> None:
    assert effects_of(change) == Ends(
        sessions=sessions,
        trust=trust,
        grants=grants,
        tokens=tokens,
        attempts_and_links=attempts_and_links,
        sessions_shown_for_review=change is Change.RECOVERY_CODE_USED,
        judged_again=change is Change.POLICY_CHANGED,
    )


def test_every_change_is_in_the_table() -> None:
    assert [row[0] for row in TABLE] == list(Change)


@pytest.mark.parametrize("change", Change)
def test_only_a_change_of_policy_may_choose_to_end_sessions(change: Change) -> None:
    expected = Which.ALL if change is Change.POLICY_CHANGED else effects_of(change).sessions
    assert effects_of(change, ends_open_sessions=True).sessions is expected
