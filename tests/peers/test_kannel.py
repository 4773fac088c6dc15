"""Codes through a gateway that others wrote, to a phone that prints them: from set-up to signing in with one."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import httpx
import pytest

from tests.peers import kannel
from tests.processes import NO_TLS
from tests.runtime.product import Running, running, wait_for, word
from tests.walks.browser import Page
from twofold.core.texts import Provider, Sender
from twofold.delivery.senders import NotSent
from twofold.delivery.sms import http
from twofold.delivery.sms.contract import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.peers.kannel import Kannel

pytestmark = pytest.mark.peers("bearerbox", "smsbox", "fakesmsc")

ANN, PASSWORD = "ann@example.com", "gravel otter lamp"
PHONE = "+436641234711"
_CODE = re.compile(r"your code is (\d{6})\.")


class Visitor:
    """A browser of few words, at a server that runs."""

    def __init__(self, server: Running) -> None:
        self._client = httpx.Client(
            verify=NO_TLS, base_url=f"http://localhost:{server.port}", timeout=20, trust_env=False
        )
        self._client.headers["Origin"] = f"http://localhost:{server.port}"
        self.page = Page(0, "", b"", {}, [])

    def get(self, path: str) -> Page:
        return self._shown(self._client.get(path, follow_redirects=True))

    def submit(self, having: str, **fields: str) -> Page:
        """Fill in the form that has this field or button, and send it."""
        form = self.page.form(having)
        where = urljoin(self.page.url, form.action) if form.action else self.page.url
        answer = self._client.post(where, data={**dict(form.fields), **fields}, follow_redirects=True)
        return self._shown(answer)

    def close(self) -> None:
        self._client.close()

    def _shown(self, answer: httpx.Response) -> Page:
        path = answer.url.raw_path.decode()
        self.page = Page(answer.status_code, path, answer.content, answer.headers, [])
        assert answer.status_code == httpx.codes.OK, f"{path} {answer.status_code} {self.page.text}"
        return self.page


def environment_of(gateway: Kannel) -> dict[str, str]:
    return {
        "TWOFOLD_OWNER_EMAIL": ANN,
        "TWOFOLD_OWNER_PASSWORD": PASSWORD,
        "TWOFOLD_NAME": "ACME",
        "TWOFOLD_SMS_PROVIDER": "http",
        "TWOFOLD_SMS_METHOD": "GET",
        "TWOFOLD_SMS_ADDRESS": gateway.address,
        "TWOFOLD_SMS_USER": kannel.USER,
        "TWOFOLD_SMS_SECRET_FILE": str(gateway.secret_file),
        "TWOFOLD_SMS_FROM": "ACME",
        "TWOFOLD_SMS_COUNTRIES": "AT",
    }


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kannel]:
    with kannel.running(tmp_path_factory.mktemp("peer") / "kannel") as found:
        yield found


@pytest.fixture(scope="module")
def server(gateway: Kannel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("product") / "data", **environment_of(gateway)) as found:
        yield found


@pytest.fixture
def visitor(server: Running) -> Iterator[Visitor]:
    with closing(Visitor(server)) as found:
        yield found


def newest_code(gateway: Kannel, *, after: int) -> str:
    """Wait for the next text to the phone, and return its code."""
    wait_for(lambda: len(gateway.received(PHONE)) > after and "#" in gateway.received(PHONE)[-1])
    found = _CODE.search(gateway.received(PHONE)[-1])
    assert found is not None
    return found[1]


def mailed_code(server: Running) -> str:
    """Wait for the mail to the owner, which is a file while no mail server is set, and return its code."""
    folder = server.data / "mail"
    wait_for(lambda: folder.exists() and list(folder.glob("*.txt")) != [])
    found = re.search(r"^ {4}(\d{8})$", max(folder.glob("*.txt")).read_text(), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.mark.behaviour("A53", "A68")
@pytest.mark.security("SD10")
def test_a_phone_gets_its_codes_through_the_gateway_and_opens_the_account(
    server: Running, gateway: Kannel, visitor: Visitor
) -> None:
    visitor.get("/sign-in")
    visitor.submit("email", email=ANN, password=PASSWORD)
    visitor.submit("go", go="set_up")
    if visitor.page.path == "/sign-in/set-up/mailbox":
        visitor.submit("mailbox_code", mailbox_code=mailed_code(server))
    visitor.submit("thing", thing="texts")
    visitor.submit("number", number="+43 664 123 47 11")
    first = newest_code(gateway, after=0)
    assert gateway.received(PHONE)[0].splitlines()[-1] == f"@localhost #{first}"
    visitor.submit("passcode", passcode=first)
    assert "Keep these recovery codes" in visitor.page.text

    other = Visitor(server)
    other.get("/sign-in")
    other.submit("email", email=ANN, password=PASSWORD)
    assert other.page.path == "/sign-in/passcode"
    second = newest_code(gateway, after=1)
    # The gateway has told at our own address that the phone has it.
    wait_for(lambda: "and it arrived" in other.get("/sign-in/passcode").text)
    other.submit("passcode", passcode=second)
    assert "/sign-in/passcode" not in other.page.path
    other.close()

    for hidden in (first, second, "1234711", kannel.SECRET):
        assert hidden not in server.log
        assert hidden not in server.block


def test_letters_of_every_alphabet_arrive_whole(gateway: Kannel) -> None:
    words = "Größe €5: Ваш код 123456.\n@help.acme.example #123456"
    sender = Sender(
        provider=Provider.HTTP,
        address=gateway.address,
        method="GET",
        user=kannel.USER,
        secret=kannel.SECRET,
        sender="ACME",
    )
    number = "+436641234712"
    text = Text(to=number, words=words, id="0" * 26, callback="http://127.0.0.1:9/hooks", lives_for=None)
    assert http.build(sender, public_only=False).send(text) == "http 202"
    wait_for(lambda: gateway.received(number) != [])
    assert gateway.received(number) == [words]


def test_doctor_finds_the_gateway(server: Running, gateway: Kannel) -> None:
    told = {name: value for name, value in environment_of(gateway).items() if name.startswith("TWOFOLD_SMS")}
    out = word(server.data, "doctor", TWOFOLD_PORT=str(server.port), **told).out
    assert f"texts:     http at 127.0.0.1:{gateway.port} answers" in out
    assert "texts:     go to AT;" in out
    down = {**told, "TWOFOLD_SMS_ADDRESS": gateway.address.replace(str(gateway.port), "9")}
    assert "!!  texts:     http at 127.0.0.1:9: no connection" in word(server.data, "doctor", **down).out


def test_a_wrong_secret_is_refused(gateway: Kannel) -> None:
    wrong = Sender(
        provider=Provider.HTTP, address=gateway.address, method="GET", user=kannel.USER, secret="no", sender="ACME"
    )
    text = Text(to=PHONE, words="ACME: 123456", id="0" * 26, callback="http://127.0.0.1:9/hooks")
    with pytest.raises(NotSent, match="http 403") as refused:
        http.build(wrong, public_only=False).send(text)
    assert (refused.value.for_good, refused.value.maybe_sent) == (True, False)
