"""The texts that matter, word for word, and that no code is without its sentence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from twofold.core.reasons import Because, Reason
from twofold.core.refusals import No, Refusal
from twofold.core.wanted import Accepts
from twofold.web import moments, words
from twofold.web.kinds.registry import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 5, 4, 9, 42, tzinfo=UTC)
AT = datetime(2026, 5, 4, 9, 38, tzinfo=UTC)


@pytest.fixture(autouse=True)
def in_london() -> Iterator[None]:
    # One hour ahead of UTC in May.
    with timezone.override(ZoneInfo("Europe/London")):
        yield


@pytest.mark.parametrize(
    ("refused", "sentence"),
    [
        (Refusal(No.WRONG), "That code is not right. Type the one your app shows now."),
        (Refusal(No.USED), "That code was already used. Wait for the next one (up to 30 seconds)."),
        (
            Refusal(No.CLOCK, at=AT, other_at=NOW),
            (
                "That code fits 10:38; here it is 10:42. Set the phone's clock to automatic; "
                "if colleagues see this too, tell your admin."
            ),
        ),
        (
            Refusal(No.USED_RECOVERY_CODE, at=datetime(2026, 5, 3, 12, tzinfo=UTC)),
            "That code was used on 3 May. Take the next one.",
        ),
        (
            Refusal(No.SUPERSEDED, at=datetime(2026, 5, 4, 9, 41, tzinfo=UTC), other_at=NOW + timedelta(minutes=1)),
            "That code is from 10:41. Use the one we sent at 10:43.",
        ),
        (
            Refusal(No.WAITING, at=datetime(2026, 5, 4, 10, 22, tzinfo=UTC)),
            "Too many wrong codes. You can try again at 11:22. A recovery code works now.",
        ),
        (Refusal(No.WAITING, at=NOW + timedelta(seconds=1)), "Wait 1 second, then type a code again."),
        (Refusal(No.WAITING, at=NOW + timedelta(seconds=59)), "Wait 59 seconds, then type a code again."),
        (Refusal(No.ENDED), "This sign-in ran out. Nothing is lost; start again."),
    ],
)
def test_the_texts_that_matter(refused: Refusal, sentence: str) -> None:
    assert words.refusal(refused, now=NOW, kind=KINDS["totp"]) == sentence


@pytest.mark.parametrize("no", list(No))
def test_every_refusal_has_a_sentence(no: No) -> None:
    refused = Refusal(no, at=NOW + timedelta(minutes=5), other_at=NOW, left=2)
    for say in (words.refusal, words.sign_in_refusal, words.mailbox_refusal):
        assert say(refused, now=NOW).endswith(".")


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_in_the_table(reason: Reason) -> None:
    because = Because(reason, at=NOW, detail="Google", accepts=Accepts(kinds=frozenset({"totp"})))
    sentence = words.reason(because, account_name="Acme", now=NOW)
    assert sentence.endswith(".") or words.REASONS[reason] == ""
    assert "%" not in sentence


@pytest.mark.parametrize(
    ("accepts", "trust_for", "sentence"),
    [
        (Accepts(kinds=frozenset({"totp"})), None, "Only this counts (decided for you alone): Authenticator app."),
        (None, timedelta(0), "A code is asked for at every sign-in (decided for you alone)."),
        (
            Accepts(kinds=frozenset({"email", "totp"}), old_ones_count=True),
            timedelta(days=7),
            (
                "Whatever is set up from now on must be of these (decided for you alone): "
                "Authenticator app, Codes by mail. "
                "A trusted computer is asked once in 7 days (decided for you alone)."
            ),
        ),
        (
            Accepts(kinds=frozenset({"totp", "gone"}), needs_strong=True),
            None,
            "Only this counts (decided for you alone): Authenticator app, gone; strong ways.",
        ),
        (
            Accepts(needs_phishing_resistant=True, needs_strong=True),
            None,
            "Only this counts (decided for you alone): what is of no use on a false sign-in page.",
        ),
    ],
)
def test_a_rule_for_one_says_what_it_limits(
    accepts: Accepts | None, trust_for: timedelta | None, sentence: str
) -> None:
    because = Because(Reason.METHODS_OF_PERSON, accepts=accepts, trust_for=trust_for)
    assert words.reason(because, account_name="Acme", now=NOW) == sentence
    of_group = replace(because, reason=Reason.METHODS_OF_GROUP, detail="Night")
    told = words.reason(of_group, account_name="Acme", now=NOW)
    assert told == sentence.replace("decided for you alone", "decided for the group “Night”")


def test_nobody_learns_from_the_first_page_which_of_the_two_was_wrong() -> None:
    told = {
        words.sign_in_refusal(Refusal(no), now=NOW) for no in (No.WRONG, No.TOO_LONG, No.NOT_ALLOWED, No.UNREADABLE)
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    ("ahead", "words_"),
    [
        (timedelta(seconds=4), "10:42:04"),
        (timedelta(seconds=4.2), "10:42:05"),
        (timedelta(seconds=61), "10:44"),
        (timedelta(hours=1), "11:42"),
        (timedelta(days=1), "5 May, 10:42"),
        (timedelta(days=300), "28 February 2027, 09:42"),
    ],
)
def test_instants_ahead_are_never_too_early(ahead: timedelta, words_: str) -> None:
    assert moments.soon(NOW + ahead, now=NOW) == words_


@pytest.mark.parametrize(
    ("ends_at", "last_day"),
    [
        (datetime(2026, 5, 6, 23, 0, tzinfo=UTC), "6 May"),
        (datetime(2026, 5, 6, 22, 59, tzinfo=UTC), "6 May"),
        (datetime(2026, 5, 6, 23, 1, tzinfo=UTC), "7 May"),
    ],
)
def test_what_ends_at_midnight_ends_with_the_day_before(ends_at: datetime, last_day: str) -> None:
    assert moments.last_day(ends_at, now=NOW) == last_day
