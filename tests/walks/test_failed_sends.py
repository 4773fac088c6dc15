"""Codes that a provider refused, lied about, was silent about or could not be asked to take: who is told what."""

from __future__ import annotations

import html
import json
import re
from typing import TYPE_CHECKING

import pytest

from tests.delivery.gateway import Gateway, running
from tests.walks import codes
from tests.walks.codes import at_the_passcode, turn_to
from tests.walks.kit import is_signed_in
from twofold.core.instants import to_micros
from twofold.core.roles import Role
from twofold.delivery.sms import wire
from twofold.delivery.worker import Worker
from twofold.flows import receipts
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.walks.browser import Page
    from tests.walks.kit import Desk, Somebody
    from twofold.core.json import JsonObject

LOG = "/admin/account/audit"
SECURITY = "/admin/account/security"


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running() as found:
        yield found.answers(200, b"OK 1")


@pytest.fixture
def una(desk: Desk, gateway: Gateway) -> Somebody:
    """Return an agent with a number and a mailbox, in an account with a gateway of its own."""
    go_through(desk, gateway.address)
    una = desk.add("una@acme.example", chosen=True)
    codes.give_phone(desk, una, preferred=True)
    codes.give_mailbox(desk, una)
    return una


def go_through(desk: Desk, address: str) -> None:
    """Let texts go through a gateway, as an owner says on the page of text messages."""
    _, version = desk.services.kept.load(desk.account.id, "sms")
    value: JsonObject = {
        "provider": "http",
        "address": f"{address}/send?to={{to}}&text={{text}}",
        "method": "GET",
        "headers": "",
        "body": "",
        "user": "",
        "secret": "",
        "sender": "Acme",
        "says": "OK",
        "countries": ["AT"],
        "budget_a_day": 200,
    }
    assert desk.services.kept.replace(desk.account.id, "sms", value, version=version)


def work(desk: Desk) -> None:
    """Let the worker do what is due now."""
    worker = Worker(desk.worker_needs())
    for _ in range(20):
        if not worker.step():
            return


def refuse(gateway: Gateway, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if how == "refused":
        gateway.answers(400, b"no")
    elif how == "lied":
        gateway.answers(200, b"ERR 7")
    else:
        monkeypatch.setattr(wire, "ANSWER_WITHIN", 0.3)
        gateway.waits = 30


@pytest.mark.behaviour("B44")
@pytest.mark.parametrize(
    ("how", "kind", "why", "code", "said"),
    [
        ("refused", "passcode.not_sent", Why.REFUSED, "http 400", "A code could not be sent."),
        ("lied", "passcode.not_sent", Why.REFUSED, "http 200", "A code could not be sent."),
        ("silent", "passcode.unclear", Why.NO_ANSWER, "", "Nobody knows whether a code was sent"),
    ],
)
def test_the_log_says_what_became_of_a_text_and_whose_it_was(
    desk: Desk,
    una: Somebody,
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    kind: str,
    why: Why,
    code: str,
    said: str,
) -> None:
    refuse(gateway, how, monkeypatch)
    browser = at_the_passcode(desk, una)
    [put] = desk.events("passcode.sent", of=una)
    assert put.detail["for"] == "sign_in"
    work(desk)
    [event] = [one for one in desk.events(of=una) if one.kind.startswith("passcode.") and one.kind != "passcode.sent"]
    assert (event.kind, event.actor) == (kind, "system")
    assert event.detail == {"channel": "sms", "put_at": to_micros(put.at), "because": why.value, "code": code}
    owner = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    log = owner.get(LOG)
    assert said in log.text
    assert "A code was put for sending." in log.text
    assert "somebody who is signing in" in log.text
    assert "somebody not signed in" not in log.text
    assert "A code was sent." not in log.text
    turn_to(browser, "email")
    browser.submit({"passcode": codes.code(desk, una.email)})
    assert is_signed_in(browser)
    lately = browser.get("/profile/security")
    assert said in lately.text
    for page in (log, lately):
        assert "1234567" not in page.html


def test_a_text_that_was_taken_and_did_not_arrive_is_in_the_log_once(desk: Desk, una: Somebody) -> None:
    at_the_passcode(desk, una)
    [text] = codes.sent(desk)
    path = receipts.address_of(desk.services.digests, desk.account, text.message.id).removeprefix(desk.account.base_url)
    for _ in range(2):
        assert desk.browser().get(f"{path}?status=failed&reason=27").status == 204
    [event] = desk.events("sms.undelivered")
    assert (event.actor, event.person_id, event.detail["code"]) == ("system", una.id, "http 27")
    assert desk.browser().get(f"{path}?status=delivered").status == 204
    assert len(desk.events("sms.undelivered")) == 1


def test_a_mailed_code_that_nobody_took_is_in_the_log_as_well(desk: Desk, una: Somebody) -> None:
    browser = at_the_passcode(desk, una)
    turn_to(browser, "email")
    desk.forward(minutes=6)
    work(desk)
    kinds = {(one.kind, one.detail["channel"], one.detail["because"]) for one in desk.events("passcode.not_sent")}
    assert kinds == {("passcode.not_sent", "sms", "too_late"), ("passcode.not_sent", "email", "too_late")}


def test_a_code_for_set_up_from_the_profile_is_credited_to_whoever_is_signed_in(desk: Desk, una: Somebody) -> None:
    browser = at_the_passcode(desk, una)
    browser.submit({"passcode": codes.code(desk)})
    [claimed] = desk.events("passcode.sent", of=una)
    assert (claimed.actor, claimed.actor_id) == ("claimant", None)
    desk.forward(minutes=1)
    codes.begin_from_profile(browser)
    codes.to_choices(desk, browser, una)
    browser.submit({"thing": "texts"})
    browser.submit({"number": codes.ANOTHER})
    set_up = desk.events("passcode.sent", of=una)[-1]
    assert (set_up.detail["for"], set_up.actor, set_up.actor_id) == ("set_up", "person", una.id)
    desk.forward(minutes=10)
    browser.get("/profile/security")
    browser.post("/profile/security/recovery-codes")
    proof = desk.events("passcode.sent", of=una)[-1]
    assert (proof.detail["for"], proof.actor_id) == ("sign_in", una.id)


def watched(page: Page) -> tuple[str, dict[str, list[object]]]:
    """Return where a page asks how far its code got, and what it would say to each answer."""
    found = re.search(r' data-watch="([^"]+)" aria-live="polite"', page.html)
    assert found is not None, page.html
    told = json.loads(html.unescape(found[1]))
    assert 0 < told["seconds"] <= 5 * 60 + 15
    assert "twofold/sent.js" in page.html
    return told["path"], told["said"]


@pytest.mark.behaviour("A58")
@pytest.mark.parametrize(
    ("how", "state", "said", "advice"),
    [
        ("refused", "failed", "could not be sent at", "Send a new code, or try another way."),
        ("lied", "failed", "could not be sent at", "Send a new code, or try another way."),
        ("silent", "unclear", "We do not know whether", "If it does not come, send a new code, or try another way."),
        ("down", "tried_again", "could not be sent yet", "If it does not come, send a new code, or try another way."),
    ],
)
def test_the_open_page_hears_what_became_of_its_code_and_says_what_to_do(
    desk: Desk,
    una: Somebody,
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
    how: str,
    state: str,
    said: str,
    advice: str,
) -> None:
    if how == "down":
        go_through(desk, "http://127.0.0.1:9")
    else:
        refuse(gateway, how, monkeypatch)
    browser = at_the_passcode(desk, una)
    path, sentences = watched(browser.page)
    assert browser.get(path).html == "waiting\n"
    work(desk)
    # Whoever asks shows nothing of themselves: no sign-in is read, and none kept alive.
    answer = desk.browser().get(path)
    assert answer.html == f"{state}\n"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    sentence, is_failure = sentences[state]
    assert is_failure is True
    assert said in str(sentence)
    assert str(sentence).endswith(advice)
    # Without scripts a reload says the same.
    page = browser.get("/sign-in/passcode")
    assert str(sentence) in page.text
    assert "on its way" not in page.text
    assert 'name="again"' in page.html


def test_only_the_page_that_waits_is_given_the_address(desk: Desk, una: Somebody) -> None:
    browser = at_the_passcode(desk, una)
    path, sentences = watched(browser.page)
    [text] = codes.sent(desk)
    assert codes.code(desk) not in json.dumps(sentences)
    assert "1234567" not in json.dumps(sentences)
    _, _, mac = path.rpartition("/")
    for wrong in (f"{path[:-1]}{'0' if mac[-1] != '0' else '1'}", path.replace(text.message.id, "0" * 26)):
        assert browser.get(wrong).status == 404
    # Who may look may not tell.
    assert browser.get(f"/hooks/sms/{text.message.id}/{mac}?status=failed").status == 404
    assert browser.post(path).status in {403, 405}
    assert desk.browser().get(path).html == "handed_over\n"


@pytest.mark.behaviour("A58")
def test_nothing_is_advised_that_the_page_does_not_offer(desk: Desk, una: Somebody, gateway: Gateway) -> None:
    gateway.answers(400, b"no")
    vic = desk.add("vic@globex.example", Role.END_USER, chosen=True)
    codes.give_phone(desk, vic, codes.ANOTHER)
    browser = at_the_passcode(desk, vic)
    for _ in range(4):
        work(desk)
        page = browser.get("/sign-in/passcode")
        assert "could not be sent at" in page.text
        assert "Send a new code." in page.text
        assert "another way" not in page.text
        desk.forward(seconds=61)
        browser.get("/sign-in/passcode")
        browser.submit(press="again")
    work(desk)
    page = browser.get("/sign-in/passcode")
    assert "could not be sent at" in page.text
    assert "So many codes were sent lately that the next one has to wait until" in page.text
    assert "ew code" not in page.text
    page = browser.get("/sign-in/cannot-get-a-code")
    assert "So many codes were sent lately that the next one has to wait until" in page.text
    assert "ew code" not in page.text
    assert 'name="again"' not in page.html


@pytest.mark.behaviour("A58")
@pytest.mark.parametrize(
    ("how", "heading", "cause"),
    [
        ("refused", "What happened", "The text never left us, so it is not your phone."),
        ("silent", "What happened", "so it may still come"),
        ("down", "What happened", "We try again by ourselves."),
        ("taken", "What it mostly is", "A text can take a minute or two. Send a new code only after that"),
        ("waits", "What it mostly is", "A text can take a minute or two. Send a new code only after that"),
    ],
)
def test_the_causes_fit_what_is_known_of_the_text(
    desk: Desk, una: Somebody, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, how: str, heading: str, cause: str
) -> None:
    if how == "down":
        go_through(desk, "http://127.0.0.1:9")
    elif how in {"refused", "silent"}:
        refuse(gateway, how, monkeypatch)
    browser = at_the_passcode(desk, una)
    if how != "waits":
        work(desk)
    page = browser.get("/sign-in/cannot-get-a-code")
    assert heading in page.text
    assert cause in page.text
    assert ("no signal" in page.text) == (how in {"silent", "taken"})


def test_where_nothing_was_sent_no_cause_is_guessed(desk: Desk, una: Somebody) -> None:
    codes.texts_go_to(desk, "DE")
    browser = at_the_passcode(desk, una)
    page = browser.get("/sign-in/cannot-get-a-code")
    assert "Nothing was sent yet." in page.text
    assert "We send no texts to that country" in page.text or "No texts are sent to that country." in page.text
    assert "What it mostly is" not in page.text


@pytest.mark.behaviour("A58")
def test_pages_of_somebody_signed_in_hear_it_too(desk: Desk, una: Somebody, gateway: Gateway) -> None:
    browser = at_the_passcode(desk, una)
    browser.submit({"passcode": codes.code(desk)})
    desk.forward(minutes=10)
    gateway.answers(400, b"no")
    browser.get("/profile/security")
    page = browser.post("/profile/security/recovery-codes")
    path, sentences = watched(page)
    work(desk)
    assert browser.get(path).html == "failed\n"
    assert str(sentences["failed"][0]).endswith("A recovery code works here, too.")


@pytest.mark.behaviour("B45")
def test_failing_texts_are_rated_with_their_cause_and_called_works_no_more(
    desk: Desk, una: Somebody, gateway: Gateway
) -> None:
    owner = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    assert "None failed in the last 24 hours." in owner.get(SECURITY).text
    gateway.answers(400, b"no")
    browser = at_the_passcode(desk, una)
    work(desk)
    page = owner.get(SECURITY)
    assert "1 message of the last 24 hours did not go out" in section(page, "recommended")
    for _ in range(2):
        desk.forward(seconds=61)
        browser.get("/sign-in/passcode")
        browser.submit(press="again")
        work(desk)
    page = owner.get(SECURITY)
    told = section(page, "critical")
    assert "3 messages of the last 24 hours did not go out" in told
    assert "Mostly: the provider refused it: 400. None was taken since." in told
    assert "Text: the provider refused it: 400" in page.text
    gateway.answers(200, b"OK 1")
    desk.forward(seconds=61)
    browser.get("/sign-in/passcode")
    browser.submit(press="again")
    work(desk)
    page = owner.get(SECURITY)
    assert "3 messages of the last 24 hours" in section(page, "recommended")
    assert "1234567" not in page.html


def section(page: Page, name: str) -> str:
    """Return what stands under one rating."""
    found = re.search(rf'<section class="sheet" id="{name}".*?</section>', page.html, re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(found[0])).split()) if found else ""
