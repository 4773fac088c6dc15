"""Mail as an admin sets it up: a real server, the worker, the code that came back, and what the environment says."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from aiosmtpd.controller import Controller

from tests.processes import free_port
from twofold.core.roles import Role
from twofold.delivery.worker import Worker
from twofold.settings import settings
from twofold.web.admin import mail as mail_page

if TYPE_CHECKING:
    from email.message import EmailMessage

    import pytest
    from aiosmtpd.smtp import SMTP, Envelope, Session

    from tests.walks.kit import Desk

MAIL = "/admin/account/mail"


class Inbox:
    """Keeps what arrives."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's
        assert isinstance(envelope.content, bytes)
        self.arrived.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def test_the_code_of_a_test_mail_that_went_through_the_server_is_typed_back(desk: Desk) -> None:
    inbox, port = Inbox(), free_port()
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        browser = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
        browser.get(MAIL)
        browser.submit(
            {"host": "127.0.0.1", "port": str(port), "security": "none", "sender": "help@acme.example"}, having="host"
        )
        browser.post(f"{MAIL}/test")
        assert "Type the code from it." in browser.page.text
        worker = Worker(desk.worker_needs())
        while not inbox.arrived and worker.step():
            pass
        worker._rest()
    finally:
        controller.stop()
    test_mail = inbox.arrived[-1]
    assert test_mail["To"] == "olga@acme.example"
    assert "help@acme.example" in test_mail["From"]
    code = re.search(r"\b\d{8}\b", test_mail.get_content())
    assert code is not None
    browser.submit({"test_code": code[0]}, having="test_code")
    assert "Mail arrives." in browser.page.text
    assert "1 of 6 done" in browser.get("/admin/first-steps").text


def test_a_code_is_sent_no_faster_than_it_can_arrive_and_runs_out(desk: Desk) -> None:
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(olga)
    browser.get(MAIL)
    browser.submit({"host": "smtp.acme.example"}, having="host")
    browser.post(f"{MAIL}/test")
    assert browser.post(f"{MAIL}/test").status == 429
    assert len(desk.mails("mail_test")) == 1
    first = str(desk.mails("mail_test")[-1].params["code"])
    desk.forward(seconds=31)
    browser.post(f"{MAIL}/test")
    assert "Use the one we sent at" in browser.post(f"{MAIL}/test/confirm", {"test_code": first}).text
    newest = str(desk.mails("mail_test")[-1].params["code"])
    desk.forward(minutes=6)
    assert browser.post(f"{MAIL}/test/confirm", {"test_code": newest}).status == 400
    for typed in ("", "12", "x" * 200):
        assert browser.post(f"{MAIL}/test/confirm", {"test_code": typed}).status == 400
    assert "0 of 6 done" in browser.get("/admin/first-steps").text


def test_what_the_environment_says_is_only_shown(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    told = settings().model_copy(update={"smtp_host": "smtp.house.example"})
    monkeypatch.setattr(mail_page, "settings", lambda: told)
    browser = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    page = browser.get(MAIL)
    assert "smtp.house.example" in page.text
    assert not any(form.has("host") for form in page.forms)
    assert browser.post(MAIL, {"host": "smtp.evil.example", "port": "25"}).status == 403
    assert desk.services.kept.load(desk.account.id, "mail") == ({}, 0)
    assert browser.post(f"{MAIL}/test").status == 200
