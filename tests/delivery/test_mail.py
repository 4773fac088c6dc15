"""Mail through a real SMTP server on loopback (aiosmtpd), and through servers that refuse."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from dataclasses import replace
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.delivery.slow_mail import never_done, serving
from tests.fakes import START
from tests.processes import free_port
from twofold.delivery.mail import Smtp
from twofold.delivery.senders import NotSent, Server, server_of
from twofold.delivery.words import Letter
from twofold.ports.outbox import Why
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


@pytest.mark.parametrize(
    ("after", "line"),
    [(b"", b"220-wait\r\n"), (b"", b"2"), (b"EHLO", b"250-MORE\r\n"), (b"RCPT", b"250-wait\r\n"), (b"DATA", b"3")],
)
def test_a_server_that_never_comes_to_an_end_is_hung_up_on(after: bytes, line: bytes) -> None:
    """Each of its lines comes in time, so that no wait for one line ever ends it."""
    with never_done(after=after, line=line) as server:
        smtp = Smtp(server, within=0.5)
        with pytest.raises(NotSent) as problem:
            smtp.send(LETTER, to="ann@kunde.example", message_id="job0", at=START)
        smtp.close()
    assert (problem.value.for_good, problem.value.why) == (False, Why.NO_CONNECTION)


@pytest.mark.peers("openssl")
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_one_that_never_encrypts_or_never_ends_behind_encryption_is_hung_up_on(
    security: str,
    self_signed: ssl.SSLContext,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    over = threading.Event()

    def talk(connection: socket.socket) -> None:
        if security == "starttls":
            connection.sendall(b"220 here\r\n")
            connection.recv(100)
            connection.sendall(b"250 STARTTLS\r\n")
            connection.recv(100)
            connection.sendall(b"220 go on\r\n")
            # And then says nothing of TLS.
            over.wait(30)
            return
        with self_signed.wrap_socket(connection, server_side=True) as encrypted:
            while not over.wait(0.05):
                encrypted.sendall(b"220-wait\r\n")

    folder = next(path.parent for path in tmp_path_factory.getbasetemp().glob("tls*/cert.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "cert.pem"))
    with serving(talk) as server:
        with pytest.raises(NotSent):
            Smtp(replace(server, security=security), within=0.5).check()
        over.set()


def test_of_an_endless_answer_only_the_beginning_is_read() -> None:
    with never_done(every=0, line=b"220-" + b"x" * 2000 + b"\r\n") as server:
        with pytest.raises(NotSent, match="it says too much") as problem:
            Smtp(server).check()
        assert problem.value.why is Why.NO_CONNECTION


def test_the_next_mail_on_a_kept_connection_has_its_whole_time(serve: Callable[..., Server], inbox: Inbox) -> None:
    smtp = Smtp(serve(), within=0.5)
    for number in range(3):
        smtp.send(LETTER, to="ann@kunde.example", message_id=f"job{number}", at=START)
        time.sleep(0.3)
    smtp.close()
    assert inbox.connections == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_where_only_public_addresses_will_do_none_of_ours_is_connected_to(
    serve: Callable[..., Server], inbox: Inbox, host: str
) -> None:
    open_port = replace(serve(), host=host)
    shut = replace(open_port, port=free_port())
    found = set()
    for server in (open_port, shut):
        smtp = Smtp(server, public_only=True)
        for ask in (smtp.check, lambda smtp=smtp: smtp.send(LETTER, to="ann@kunde.example", message_id="1", at=START)):
            with pytest.raises(NotSent) as problem:
                ask()
            found.add((str(problem.value), problem.value.why, problem.value.code, problem.value.for_good))
    assert found == {("the mail server is in a network of our own", Why.NOT_PUBLIC, "", False)}, "one answer for all"
    assert inbox.connections == 0


def test_the_very_address_that_was_looked_at_is_connected_to(
    serve: Callable[..., Server], inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, looked = replace(serve(), host="smtp.acme.example"), []

    def look_up(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        # Public when it is looked at; whoever looked again would be led elsewhere.
        looked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", port))]

    real = socket.create_connection
    asked: list[tuple[str, int]] = []

    def connect(address: tuple[str, int], timeout: float) -> socket.socket:
        asked.append(address)
        monkeypatch.undo()
        return real(("127.0.0.1", address[1]), timeout)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    smtp = Smtp(server, public_only=True)
    smtp.send(LETTER, to="ann@kunde.example", message_id="job0", at=START)
    smtp.close()
    assert (looked, asked) == (["smtp.acme.example"], [("93.184.215.14", server.port)])
    assert inbox.connections == 1


def test_an_open_port_without_mail_behind_it_looks_like_a_closed_one() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(talk) as server, pytest.raises(NotSent) as problem:
        Smtp(server).check()
    assert (problem.value.why, problem.value.code) == (Why.NO_CONNECTION, "")


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
