"""Four words as a check of who it is: sent to something on file that is not what was lost, read back, typed in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.helping import REASON, code_on, help_page, post_help, words_for
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody


def send(helper: Browser, somebody: Somebody, what: str, channel: str = "email") -> Page:
    return helper.post(f"{help_page(somebody)}/words", {"what": what, "channel": channel, "send": "1"})


def type_in(helper: Browser, somebody: Somebody, words: str, what: str = "lost") -> Page:
    return post_help(helper, somebody, what, check="four_words", words=words)


@pytest.mark.behaviour("B47")
def test_words_are_sent_read_back_and_typed_in(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    as_admin.get(help_page(ann))
    as_admin.submit({"what": "lost"}, having="what")
    as_admin.submit({"check": "four_words"}, having="check")
    assert "Send four words to a•••@a…" in as_admin.page.text
    assert ann.email not in as_admin.page.html.partition("Send four words to")[2].partition("</button>")[0]
    as_admin.submit(press="send")
    assert "Four words are on their way." in as_admin.page.text
    words = words_for(desk, ann.email)
    assert len(words.split()) == 4
    assert words not in as_admin.page.text, "the helper is never shown them"
    mail = desk.mails("four_words", to=ann.email)[0]
    assert "tell them to nobody" in mail.text
    as_admin.submit({"words": words.upper().replace(" ", ", "), "reason": REASON}, having="reason")
    assert "Reset." in as_admin.page.text
    (event,) = desk.events("help.reset", of=ann)
    assert event.detail == {
        "what": "lost",
        "check": "four_words",
        "sent_over": "email",
        "reason": REASON,
        "removed": event.detail["removed"],
    }
    assert "four words read back" in as_admin.page.text
    assert words.encode() not in str([one.detail for one in desk.events()]).encode()


def test_wrong_words_are_counted_and_right_ones_work_once(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    send(as_admin, ann, "elsewhere")
    words = words_for(desk, ann.email)
    for left in (4, 3, 2, 1, 0):
        page = type_in(as_admin, ann, "able acid acorn acre", "elsewhere")
        assert f"{left} more tr" in page.text
    assert "Send new ones" in type_in(as_admin, ann, words, "elsewhere").text
    assert not desk.events("help.code_given")
    assert len(desk.events("help.words_refused", of=ann)) == 5
    desk.forward(minutes=2)
    send(as_admin, ann, "elsewhere")
    second = words_for(desk, ann.email)
    assert code_on(type_in(as_admin, ann, second, "elsewhere"))
    assert "Send four words first" in type_in(as_admin, ann, second, "elsewhere").text


def test_words_live_for_15_minutes_in_one_session_for_one_person(
    desk: Desk, adam: Somebody, as_admin: Browser, ann: Somebody
) -> None:
    ben = desk.add("ben@acme.example", app=True, chosen=True)
    send(as_admin, ann, "lost")
    words = words_for(desk, ann.email)
    other = desk.sign_in(desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True))
    for helper, somebody in ((as_admin, ben), (other, ann)):
        assert "Send four words first" in type_in(helper, somebody, words).text
    desk.forward(minutes=15)
    as_admin.post(help_page(ann), {"what": "lost", "check": "four_words", "words": words, "reason": REASON})
    as_admin.submit({"proof_passcode": adam.app.next_code()}, having="proof_passcode")
    assert "Send four words first" in as_admin.page.text
    assert not desk.events("help.reset")


@pytest.mark.security("SE11")
def test_words_never_go_to_what_is_lost_or_new_or_gave_the_password(
    desk: Desk, as_admin: Browser, ann: Somebody
) -> None:
    for channel in ("sms", "carrier_pigeon"):
        assert send(as_admin, ann, "lost", channel).status == 403
    newt = desk.add("newt@acme.example", must_set_up=True)
    assert send(as_admin, newt, "no_mail").status == 403, "mail is what does not reach them"
    now = desk.clock.now()
    cases: list[dict[str, object]] = [
        {"email_proved_at": None},
        {"email_changed_at": now - timedelta(hours=71)},
        {"proved_by_mailbox_at": now - timedelta(hours=1)},
    ]
    for number, facts in enumerate(cases):
        somebody = desk.add(f"thief{number}@acme.example", app=True, chosen=True)
        desk.change(somebody, **facts)
        assert send(as_admin, somebody, "lost").status == 403, facts
        assert "Four words" not in as_admin.get(f"{help_page(somebody)}?what=lost").text
        assert not desk.mails("four_words", to=somebody.email)


@pytest.mark.security("SE11")
def test_words_sent_for_one_answer_do_not_count_for_another(desk: Desk, as_admin: Browser) -> None:
    newt = desk.add("newt@acme.example", must_set_up=True, app=True)
    send(as_admin, newt, "lost")
    words = words_for(desk, newt.email)
    page = post_help(as_admin, newt, "no_mail", check="four_words", words=words, how_long="3600")
    assert page.status == 400
    assert not desk.events("help.pass_given")


def test_sending_words_is_limited_like_codes_and_needs_proof(desk: Desk, as_admin: Browser, ann: Somebody) -> None:
    send(as_admin, ann, "lost")
    page = send(as_admin, ann, "lost")
    assert page.status == 400
    assert "A new code can be sent at" in page.text
    assert len(desk.mails("four_words")) == 1
    desk.forward(minutes=6)
    assert "Is it still you?" in send(as_admin, ann, "lost").text
    assert len(desk.mails("four_words")) == 1
