"""Mail through a real SMTP server on loopback (aiosmtpd), and through servers that refuse."""

from __future__ import annotations

import socket
import ssl
import subprocess
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.fakes import START
from tests.processes import free_port
from twofold.delivery.mail import Smtp
from twofold.delivery.senders import NotSent, Server, server_of
from twofold.delivery.words import Letter
from twofold.settings import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

    from twofold.core.json import JsonObject

Anything: TypeAlias = Any
"""aiosmtpd's own options, handed on."""
LETTER = Letter("Grüße aus Wien", "Ihr Code:\n\n    12345678\n\nhttps://help.acme.example/links/reset?link=abc=def\n")


class Inbox:
    """Keeps what arrives; answers a recipient with another line where a test says so."""

    def __init__(self) -> None:
        self.arrived: list[EmailMessage] = []
        self.connections = 0
        self.to_recipient = "250 OK"
        self.to_data = "250 OK"

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's names
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.to_data.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.arrived.append(message_from_bytes(envelope.content, policy=policy.default))
        return self.to_data


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def serve(inbox: Inbox) -> Iterator[Callable[..., Server]]:
    """Start a server with aiosmtpd's own options, and return how to reach it."""
    running = []

    def start(security: str = "none", user: str = "", password: str = "", **options: Anything) -> Server:
        port = free_port()
        controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return Server(
            host="127.0.0.1",
            port=port,
            security=security,
            user=user,
            password=password,
            sender="Acme Support <help@acme.example>",
        )

    yield start
    for controller in running:
        controller.stop()


def send(server: Server, *, times: int = 1) -> None:
    smtp = Smtp(server)
    try:
        for number in range(times):
            smtp.send(LETTER, to="ann@kunde.example", message_id=f"job{number}", at=START)
    finally:
        smtp.close()


def test_a_mail_arrives_as_it_was_written(serve: Callable[..., Server], inbox: Inbox) -> None:
    send(serve())
    [mail] = inbox.arrived
    assert mail["Subject"] == "Grüße aus Wien"
    assert mail["From"] == "Acme Support <help@acme.example>"
    assert mail["To"] == "ann@kunde.example"
    assert mail["Message-ID"] == "<job0@acme.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Date"].datetime == START
    assert mail.get_content().replace("\r\n", "\n") == LETTER.text


def test_one_connection_serves_several_mails(serve: Callable[..., Server], inbox: Inbox) -> None:
    send(serve(), times=3)
    assert len(inbox.arrived) == 3
    assert inbox.connections == 1


@pytest.mark.parametrize(
    ("to_recipient", "to_data", "says", "for_good"),
    [
        ("550 5.1.1 nobody here", "250 OK", "recipient refused (550)", True),
        ("450 4.2.0 greylisted", "250 OK", "recipient refused (450)", False),
        ("250 OK", "554 5.7.1 looks like spam", "SMTPDataError 554", True),
        ("250 OK", "451 4.3.0 try later", "SMTPDataError 451", False),
    ],
)
def test_a_refusal_is_final_only_when_the_server_says_so_of_this_mail(
    serve: Callable[..., Server], inbox: Inbox, to_recipient: str, to_data: str, says: str, for_good: bool
) -> None:
    inbox.to_recipient, inbox.to_data = to_recipient, to_data
    with pytest.raises(NotSent) as refused:
        send(serve())
    assert str(refused.value) == says
    assert refused.value.for_good is for_good
    assert "ann@kunde.example" not in str(refused.value)


def test_after_a_refusal_the_next_mail_goes(serve: Callable[..., Server], inbox: Inbox) -> None:
    smtp = Smtp(serve())
    inbox.to_recipient = "450 4.2.0 greylisted"
    with pytest.raises(NotSent):
        smtp.send(LETTER, to="ann@kunde.example", message_id="job0", at=START)
    inbox.to_recipient = "250 OK"
    smtp.send(LETTER, to="ann@kunde.example", message_id="job0", at=START)
    smtp.close()
    assert len(inbox.arrived) == 1


def test_a_server_that_is_not_there_is_waited_for() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        server = Server(host="127.0.0.1", port=taken.getsockname()[1], security="none", sender="help@acme.example")
        with pytest.raises(NotSent, match="no connection: Connection refused") as refused:
            send(server)
        assert not refused.value.for_good
        with pytest.raises(NotSent, match="no connection"):
            Smtp(server).check()


def _knows_ann(_server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: object) -> AuthResult:
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data == LoginPassword(b"ann", b"gravel otter"), handled=False)


# It warns of what a test on loopback may do.
@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
def test_it_signs_in_where_the_server_asks(serve: Callable[..., Server], inbox: Inbox) -> None:
    options: dict[str, object] = {
        "authenticator": _knows_ann,
        "auth_required": True,
        "auth_require_tls": False,
    }
    right = serve(user="ann", password="gravel otter", **options)
    Smtp(right).check()
    send(right)
    assert len(inbox.arrived) == 1
    wrong = serve(user="ann", password="lamp", **options)
    with pytest.raises(NotSent, match="SMTPAuthenticationError 535") as refused:
        send(wrong)
    # The operator mends it; the mail waits.
    assert not refused.value.for_good
    assert "lamp" not in repr(wrong)


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def make_certificate(folder: Path) -> None:
    line = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout key.pem -out cert.pem -subj /CN=localhost -addext"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    subprocess.run([*line.split(), names], cwd=folder, check=True, capture_output=True)


@pytest.mark.peers("openssl")
def test_a_certificate_that_nobody_vouches_for_gets_no_mail(
    serve: Callable[..., Server], inbox: Inbox, self_signed: ssl.SSLContext
) -> None:
    with pytest.raises(NotSent, match="TLS failed: CERTIFICATE_VERIFY_FAILED"):
        send(serve(security="starttls", tls_context=self_signed))
    assert inbox.arrived == []


@pytest.mark.peers("openssl")
def test_a_trusted_certificate_is_used_for_starttls(
    serve: Callable[..., Server],
    inbox: Inbox,
    self_signed: ssl.SSLContext,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = next(path.parent for path in tmp_path_factory.getbasetemp().glob("tls*/cert.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))
    send(serve(security="starttls", tls_context=self_signed, require_starttls=True))
    assert len(inbox.arrived) == 1


def test_a_server_without_starttls_gets_nothing_in_the_clear(serve: Callable[..., Server], inbox: Inbox) -> None:
    with pytest.raises(NotSent):
        send(serve(security="starttls"))
    assert inbox.arrived == []


@pytest.mark.parametrize(
    ("environment", "kept", "host"),
    [
        ({}, {}, None),
        ({}, {"host": ""}, None),
        ({}, {"host": "kept.example", "port": 25, "security": "tls", "user": "", "password": "", "sender": ""}, "kept"),
        ({"smtp_host": "env.example"}, {}, "env"),
        (
            {"smtp_host": "env.example"},
            {"host": "kept.example", "port": 25, "security": "tls", "user": "", "password": "", "sender": ""},
            "env",
        ),
        ({}, {"host": "kept.example"}, None),
    ],
)
def test_the_environment_stands_over_what_admins_saved(
    environment: dict[str, object], kept: JsonObject, host: str | None
) -> None:
    found = server_of(read(**environment), kept)
    assert (found and found.host) == (host and f"{host}.example")
    assert found is None or found.sender == "no-reply@localhost"
