"""One question over HTTP: where it may go, how long it may take, and what its failure says of the text."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING

import pytest

from tests.delivery.gateway import Gateway, running
from tests.delivery.test_mail import make_certificate
from twofold.delivery.addresses import MOST_ADDRESSES, Elsewhere, addresses_of
from twofold.delivery.senders import NotSent
from twofold.delivery.sms import wire
from twofold.delivery.sms.line import ask, reach
from twofold.delivery.sms.question import MOST, Question
from twofold.ports.outbox import Why

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    with running() as found:
        yield found


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a question have half a second."""
    monkeypatch.setattr(wire, "ANSWER_WITHIN", 0.5)


def question(address: str, *, public_only: bool = False) -> Question:
    return Question(method="POST", address=address, body=b"text=123456", public_only=public_only)


def failure(address: str, *, public_only: bool = False) -> NotSent:
    with pytest.raises(NotSent) as found:
        ask(question(address, public_only=public_only))
    return found.value


def test_nobody_there_took_nothing() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        problem = failure(address)
        assert (problem.for_good, problem.maybe_sent, problem.why) == (False, False, Why.NO_CONNECTION)
        with pytest.raises(NotSent, match="no connection"):
            reach(address, public_only=False)


def test_a_slow_one_may_have_sent_it(gateway: Gateway, soon: None) -> None:
    gateway.waits = 30
    began = time.monotonic()
    problem = failure(gateway.address)
    assert time.monotonic() - began < 5
    assert (problem.for_good, problem.maybe_sent, problem.why) == (True, True, Why.NO_ANSWER)
    assert len(gateway.asked) == 1


def test_one_that_trickles_is_not_waited_for(gateway: Gateway, soon: None) -> None:
    gateway.answers(200, b"x" * 1000).trickles = True
    began = time.monotonic()
    assert failure(gateway.address).maybe_sent
    assert time.monotonic() - began < 5


def test_headers_that_trickle_are_not_waited_for(soon: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        over = threading.Event()

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                try:
                    while not over.wait(0.1):
                        connection.sendall(b"H")
                except OSError:
                    return

        thread = threading.Thread(target=answer)
        thread.start()
        began = time.monotonic()
        problem = failure(f"http://127.0.0.1:{listening.getsockname()[1]}")
        over.set()
        thread.join()
    assert problem.maybe_sent
    assert time.monotonic() - began < 5


def test_one_that_hangs_up_may_have_sent_it(gateway: Gateway) -> None:
    gateway.hangs_up = True
    assert failure(gateway.address).maybe_sent
    assert len(gateway.asked) == 1


def test_of_an_endless_answer_only_the_beginning_is_read(gateway: Gateway) -> None:
    gateway.answers(200, b"x" * (MOST * 20))
    assert len(ask(question(gateway.address)).body) == MOST


def test_no_proxy_and_no_password_of_the_machine_is_used(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login acme password gravel\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    assert ask(question(gateway.address)).status == 200
    assert "authorization" not in gateway.asked[0].headers


@pytest.mark.parametrize("address", ["http://127.0.0.1:{port}", "http://localhost:{port}"])
def test_where_only_public_addresses_will_do_none_of_ours_is_asked(gateway: Gateway, address: str) -> None:
    address = address.format(port=gateway.address.rpartition(":")[2])
    problem = failure(address, public_only=True)
    assert (problem.for_good, problem.maybe_sent, problem.why) == (True, False, Why.NOT_PUBLIC)
    with pytest.raises(NotSent, match="network of our own"):
        reach(address, public_only=True)
    assert gateway.asked == []


@pytest.mark.parametrize(
    ("found", "is_public"),
    [
        (["93.184.215.14"], True),
        (["2606:2800:21f:cb07:6820:80da:af6b:8b2c"], True),
        (["93.184.215.14", "10.0.0.7"], False),
        (["169.254.169.254"], False),
        (["192.168.1.1"], False),
        (["100.64.0.1"], False),
        (["0.0.0.0"], False),
        (["224.0.0.1"], False),
        (["fe80::1%eth0"], False),
        (["fd00::1"], False),
        (["::1"], False),
        (["fec0::1"], False),
        (["ff0e::1"], False),
        # IPv4 inside IPv6: whoever routes it asks that address.
        (["::ffff:10.0.0.7"], False),
        (["::ffff:93.184.215.14"], True),
        (["::10.0.0.7"], False),
        (["64:ff9b::10.0.0.7"], False),
        (["64:ff9b::169.254.169.254"], False),
        (["64:ff9b::93.184.215.14"], True),
        (["64:ff9b:1::93.184.215.14"], False),
        (["2002:a00:7::1"], False),
        (["2002:7f00:1::1"], False),
        (["2001:0:53aa:64c:0:fbff:a2e7:28f1"], False),
    ],
)
def test_a_name_is_public_where_everything_it_leads_to_is(
    found: list[str], is_public: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(_host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    if is_public:
        # The very address that was looked at is connected to: a name that leads elsewhere a moment later does not help.
        assert addresses_of("gateway.acme.example", 443, public_only=True) == found
    else:
        with pytest.raises(Elsewhere):
            addresses_of("gateway.acme.example", 443, public_only=True)


def test_a_name_with_very_many_addresses_is_not_tried_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"192.0.2.{number}", 443)) for number in range(200)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: many)
    assert len(addresses_of("gateway.acme.example", 443, public_only=False)) == MOST_ADDRESSES


def test_a_name_that_leads_nowhere_took_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object, **__: object) -> object:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", fails)
    problem = failure("https://gateway.acme.example", public_only=True)
    assert (problem.for_good, problem.why) == (False, Why.NO_CONNECTION)


@pytest.mark.parametrize("address", ["https://", "ftp://127.0.0.1/"])
def test_an_address_that_cannot_be_one_is_refused(address: str) -> None:
    problem = failure(address)
    assert (problem.for_good, problem.maybe_sent) == (True, False)


def test_a_header_cannot_become_two(gateway: Gateway) -> None:
    with pytest.raises(NotSent) as found:
        ask(Question(method="GET", address=gateway.address, headers={"X-Name": "a\r\nX-Other: b"}))
    assert found.value.for_good
    assert gateway.asked == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("provider")
    make_certificate(folder)
    return folder


@pytest.fixture
def over_tls(certificate: Path) -> Iterator[Gateway]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    with running(context) as found:
        yield found


@pytest.mark.peers("openssl")
def test_a_certificate_that_nobody_vouches_for_gets_no_text(over_tls: Gateway) -> None:
    problem = failure(over_tls.address)
    assert (problem.for_good, problem.maybe_sent, problem.why) == (False, False, Why.TLS)
    with pytest.raises(NotSent, match="TLS failed"):
        reach(over_tls.address, public_only=False)
    assert over_tls.asked == []


@pytest.mark.peers("openssl")
def test_a_certificate_that_is_trusted_gets_it(
    over_tls: Gateway, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    monkeypatch.setattr(wire, "_trusted", lambda: trusted)
    assert ask(question(over_tls.address)).status == 200
    reach(over_tls.address, public_only=False)
    assert len(over_tls.asked) == 1


@pytest.mark.peers("openssl")
def test_a_certificate_of_somebody_else_gets_no_text(
    over_tls: Gateway, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate / "cert.pem"))
    monkeypatch.setattr(wire, "_trusted", lambda: trusted)
    assert failure(over_tls.address.replace("127.0.0.1", "other.localhost")).why in {Why.TLS, Why.NO_CONNECTION}
    assert over_tls.asked == []
