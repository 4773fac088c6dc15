"""Codes that a provider refused, lied about, was silent about or could not be asked to take: who is told what."""

from __future__ import annotations

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

    from tests.walks.kit import Desk, Somebody
    from twofold.core.json import JsonObject

LOG = "/admin/account/audit"


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
