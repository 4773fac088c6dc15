"""Words: every message that a flow tells of has some, in one subject line and plain text."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.template import TemplateDoesNotExist

import twofold
from tests.fakes import START
from twofold.core.ids import JobId
from twofold.core.instants import to_micros
from twofold.core.texts import is_gsm
from twofold.delivery.words import TEMPLATES, Words
from twofold.ports.outbox import Message

if TYPE_CHECKING:
    from twofold.core.json import JsonObject

FLOWS = Path(twofold.__file__).parent / "flows"
NAMES = sorted(path.stem for path in (TEMPLATES / "mail").glob("[!_]*.txt"))
TEXTS = sorted(path.stem for path in (TEMPLATES / "sms").glob("[!_]*.txt"))
PARAMS: JsonObject = {
    "account": "Acme & Sons",
    "act": "reset",
    "alone": True,
    "decision": "approved",
    "name": "Ann <O'Hara>",
    "browser": "Firefox on Linux",
    "budget": 200,
    "by": "Bob",
    "changes": [{"code": "team.requirement_off", "name": "", "group": ""}],
    "code": "12345678",
    "days": 100,
    "email": "ann@acme.example",
    "end_users": 160,
    "former_role": "agent",
    "forgot_url": "https://help.acme.example/forgot-password",
    "freeze_url": "https://help.acme.example/links/freeze?link=abc",
    "former": "0.1.0",
    "from": "192.0.2.1",
    "kind": "totp",
    "label": "Phone",
    "least": 12,
    "left": 3,
    "life_minutes": 5,
    "made_at": to_micros(START),
    "mailed_until": to_micros(START),
    "more": 4,
    "most": 1000,
    "names": ["Ann"],
    "new_address": "a•••@n…",
    "number": "47",
    "people": 3,
    "percent": 80,
    "reason": "The phone is lost.",
    "reference": "H7K-4QM",
    "new": [{"kind": "sms", "thing": "", "label": "•••• 4567"}],
    "stays": [{"kind": "totp", "thing": "token", "label": "ann@acme.example"}],
    "removed": [{"kind": "totp", "thing": "", "label": "ann@acme.example"}, {"kind": "", "label": "Phone"}],
    "role": "admin",
    "sent_at": to_micros(START),
    "has": "sign_in",
    "host": "help.acme.example",
    "stop_url": "https://help.acme.example/links/stop_help?link=abc",
    "trust_days": 30,
    "text": "Bring your phone on Monday.",
    "until": to_micros(START + timedelta(hours=1)),
    "until_at": to_micros(START + timedelta(minutes=5)),
    "undid_set_up": True,
    "version": "0.2.0",
    "url_until": to_micros(START + timedelta(days=7)),
    "url": "https://help.acme.example/links/reset?link=abc&x=1",
    "ways": ["totp", "sms", "email"],
    "who": "Ann",
    "words": "able acid acorn acre",
}


def message(template: str, *, channel: str = "email", **params: object) -> Message:
    return Message(
        id=JobId("job"),
        channel=channel,
        to="ann@acme.example",
        template=template,
        params={**PARAMS, **params},  # type: ignore[dict-item]  # a test's values are JSON
        locale="en",
        time_zone="Europe/Vienna",
        person_id=None,
        put_at=START,
        send_at=START,
    )


def told_of() -> set[str]:
    """Return the names of templates in calls of the flows that put messages."""
    found = set()
    for path in FLOWS.glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func).rpartition(".")[2] in {
                "tell",
                "warn",
                "tell_all",
                "tell_helpers",
            }:
                names = [each.value for each in call.args if isinstance(each, ast.Constant)]
                found |= {name for name in names if isinstance(name, str)}
    return found


def test_everything_that_flows_tell_of_has_words() -> None:
    assert told_of()
    assert told_of() <= {*NAMES, *TEXTS}


@pytest.mark.parametrize("name", NAMES)
def test_a_message_is_one_subject_and_plain_text(name: str) -> None:
    letter = Words().of(message(name))
    assert letter.subject
    assert not letter.subject.startswith("Subject:")
    assert "\n" not in letter.subject
    for text in (letter.subject, letter.text):
        assert "&amp;" not in text
        assert "&#x27;" not in text
        assert "{{" not in text
        assert "{%" not in text
    assert letter.text.endswith("\n")
    assert not re.search(r"\n{4,}", letter.text)
    assert len(letter.text) > 40


@pytest.mark.parametrize("name", NAMES)
def test_a_name_never_adds_a_header_or_a_line_of_its_own_to_the_subject(name: str) -> None:
    letter = Words().of(message(name, account="Acme\r\nBcc: eve@evil.example", name="Ann\nEve"))
    assert "\n" not in letter.subject
    assert "\r" not in letter.subject


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_message_has_no_subject_and_fits_into_one(name: str) -> None:
    letter = Words().of(message(name, channel="sms"))
    assert letter.subject == ""
    assert letter.text == letter.text.strip()
    assert ("able acid acorn acre" if name == "four_words" else "12345678") in letter.text
    assert is_gsm(letter.text)
    assert len(letter.text) <= 160
    assert "{{" not in letter.text


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_passcode_says_until_when_it_works(channel: str) -> None:
    assert any("10:05" in line for line in Words().of(message("passcode", channel=channel)).text.splitlines())


@pytest.mark.parametrize(
    ("name", "channel"),
    [
        ("passcode", "email"),
        ("passcode", "sms"),
        ("mailbox_code", "email"),
        ("new_browser_code", "email"),
        ("address_code", "email"),
    ],
)
def test_the_last_line_of_a_code_is_what_browsers_fill_in(name: str, channel: str) -> None:
    # WICG, origin-bound one-time codes: nothing stands after it.
    assert Words().of(message(name, channel=channel)).text.splitlines()[-1] == "@help.acme.example #12345678"


def test_a_long_name_does_not_push_the_code_out_of_a_text() -> None:
    letter = Words().of(message("passcode", channel="sms", account="The " + "Very " * 20 + "Long Name"))
    assert len(letter.text) <= 160


def test_times_are_in_the_persons_zone() -> None:
    # 08:00 UTC is 10:00 in Vienna in May.
    letter = Words().of(message("factor_set_up"))
    assert "10:00" in letter.text


@pytest.mark.parametrize("name", NAMES)
def test_what_a_link_against_a_change_does_is_said_of_the_sign_in_and_not_of_everybody(name: str) -> None:
    text = " ".join(Words().of(message(name)).text.split())
    if str(PARAMS["freeze_url"]) not in text:
        return
    assert "signs everybody out" not in text
    assert "It signs out every browser of this sign-in and asks for a new password" in text
    # Nobody is asked whether they were the admin who exempted or helped them.
    assert ("If you did not expect this, open this link" in text) == (name in {"exempted", "helped"})
    assert ("Was this not you?" in text) == (name not in {"exempted", "helped"})


@pytest.mark.parametrize(("left", "said"), [(None, ""), (1, "once"), (3, "up to 3 times")])
def test_a_reminder_says_how_often_set_up_can_be_left(left: int | None, said: str) -> None:
    text = Words().of(message("set_up_reminder", left=left)).text
    assert ("Before that you can leave it" in text) == bool(said)
    assert not said or f"Before that you can leave it {said}." in text


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("factor_set_up", "A second factor was set up for your sign-in"),
        ("factor_set_up", "it also undoes a first set-up"),
        ("factor_removed", "The second factor “Phone” was removed"),
        ("two_factor_turned_off", "Your password alone opens it now."),
        ("mailbox_code", "12345678"),
        ("new_browser_code", "12345678"),
        ("address_code", "12345678"),
    ],
)
def test_a_mail_that_an_earlier_version_put_says_what_is_true(template: str, says: str) -> None:
    # Put before an upgrade, rendered after it: of these, earlier versions told nothing.
    known = {name: value for name, value in PARAMS.items() if name not in {"new", "removed", "stays", "host"}}
    text = Words().of(replace(message(template), params=known)).text
    assert says in text
    assert not re.search(r"^@|^(New|Removed)|“”|Another second", text, re.MULTILINE)


def test_a_message_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(TemplateDoesNotExist):
        Words().of(message("nobody_wrote_this"))
