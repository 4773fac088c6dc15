"""Behind nginx, with the configuration of docs/how-to/production.md and a certificate of the test's own."""

from __future__ import annotations

import os
import re
import sqlite3
import ssl
import subprocess
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.processes import free_port
from tests.runtime.product import Running, running, wait_for, word
from tests.tools import find_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.peers("nginx", "openssl")

HOW_TO = Path(__file__).resolve().parent.parent.parent / "docs" / "how-to" / "production.md"
HOST = "help.example.com"
CLIENT = "127.0.0.9"
PASSWORD = "gravel otter lamp"
ANN = "ann@example.com"


class Front:
    """nginx in front of the product; requests come from CLIENT and are for HOST."""

    def __init__(self, server: Running, port: int, plain_port: int, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self._port = port
        self._plain_port = plain_port
        trusted = ssl.create_default_context(cafile=str(folder / "fullchain.pem"))
        self.client = httpx.Client(
            transport=httpx.HTTPTransport(local_address=CLIENT, verify=trusted), timeout=20, trust_env=False
        )

    def ask(
        self, method: str, path: str, *, host: str = HOST, data: dict[str, str] | None = None, **headers: str
    ) -> httpx.Response:
        return self.client.request(
            method,
            f"https://127.0.0.1:{self._port}{path}",
            data=data,
            headers={"Host": host, "Origin": f"https://{HOST}", **headers},
            extensions={"sni_hostname": HOST},
        )

    def ask_plainly(self, path: str) -> httpx.Response:
        return self.client.get(f"http://127.0.0.1:{self._plain_port}{path}", headers={"Host": HOST})

    def addresses(self) -> list[str]:
        """Return where the newest events came from, the newest first."""
        with closing(sqlite3.connect(self.server.data / "twofold.sqlite3")) as database:
            found = database.execute("SELECT address FROM audit_event WHERE actor <> 'operator' ORDER BY at DESC")
            return [address for (address,) in found]


def fence(language: str) -> str:
    """Return the first block of a language in the how-to."""
    found = re.search(rf"^```{language}\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def certificate(folder: Path) -> None:
    line = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -keyout privkey.pem -out fullchain.pem"
    names = ["-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}"]
    subprocess.run([*line.split(), *names], cwd=folder, check=True, capture_output=True)


def configuration(folder: Path, *, product: int, port: int, plain_port: int) -> Path:
    """Write the how-to's configuration with this test's ports and files in place of the machine's."""
    site = fence("nginx")
    for before, after in (
        ("listen 80;", f"listen 127.0.0.1:{plain_port};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        (f"/etc/letsencrypt/live/{HOST}/", f"{folder}/"),
        ("/var/log/nginx/", f"{folder}/"),
        ("127.0.0.1:8420", f"127.0.0.1:{product}"),
    ):
        assert before in site
        site = site.replace(before, after)
    temporary = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    whole = folder / "nginx.conf"
    head = f"{user}daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log warn;\nevents {{}}\n"
    whole.write_text(f"{head}http {{\n{temporary}{site}}}\n")
    return whole


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    folder = tmp_path_factory.mktemp("nginx")
    certificate(folder)
    port, plain_port = free_port(), free_port()
    public = {
        "TWOFOLD_PUBLIC": f"https://{HOST}",
        "TWOFOLD_PROXIES": "127.0.0.1/32, ::1/128",
        "TWOFOLD_OWNER_EMAIL": ANN,
        "TWOFOLD_OWNER_PASSWORD": PASSWORD,
    }
    nginx = find_tool("nginx")
    assert nginx is not None
    with running(folder / "data", **public) as server:
        whole = configuration(folder, product=server.port, port=port, plain_port=plain_port)
        process = subprocess.Popen([nginx, "-e", folder / "error.log", "-c", whole])
        try:
            here = Front(server, port, plain_port, folder)
            wait_for(lambda: _answers(here, process))
            yield here
            here.client.close()
        finally:
            process.terminate()
            process.wait(10)


def _answers(front: Front, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, (front.folder / "error.log").read_text()
    try:
        return front.ask("GET", "/healthz").is_success
    except httpx.TransportError:
        return False


def token_in(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(front: Front, *, email: str = ANN, password: str = PASSWORD, **headers: str) -> httpx.Response:
    front.client.cookies.clear()
    page = front.ask("GET", "/sign-in")
    sent = "; ".join(part.partition(";")[0] for part in page.headers.get_list("set-cookie"))
    data = {"email": email, "password": password, "csrfmiddlewaretoken": token_in(page.text)}
    return front.ask("POST", "/sign-in", data=data, Cookie=sent, **headers)


def test_plain_http_leads_to_https(front: Front) -> None:
    answer = front.ask_plainly("/sign-in")
    assert answer.status_code == httpx.codes.MOVED_PERMANENTLY
    assert answer.headers["Location"] == f"https://{HOST}/sign-in"


def test_the_sign_in_page_comes_with_transport_security(front: Front) -> None:
    answer = front.ask("GET", "/sign-in")
    assert answer.is_success
    assert 'name="password"' in answer.text
    assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


def test_every_cookie_is_secure_and_bound_to_the_host(front: Front) -> None:
    set_up = sign_in(front)
    assert set_up.status_code == httpx.codes.SEE_OTHER
    cookies = set_up.headers.get_list("set-cookie")
    assert any(cookie.strip().startswith("__Host-twofold_attempt=") for cookie in cookies)
    for cookie in cookies:
        assert cookie.strip().startswith("__Host-twofold_")
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
        assert not any(part.startswith("Domain=") for part in parts)


@pytest.mark.security("SC6")
@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Real-IP", "Forwarded", "True-Client-IP"])
@pytest.mark.parametrize("forged", ["203.0.113.9", "127.0.0.1", "nonsense", "203.0.113.9, 127.0.0.1"])
def test_a_forged_forwarding_header_changes_nothing(front: Front, name: str, forged: str) -> None:
    before = len(front.addresses())
    # Somebody else each time, so that no count of wrong answers is full.
    email = f"{name}.{len(forged)}.{before}@example.com".lower()
    sign_in(front, email=email, **{name: f"for={forged}" if name == "Forwarded" else forged})
    after = front.addresses()
    assert len(after) == before + 1
    assert after[0] == CLIENT


@pytest.mark.parametrize("name", ["X-Forwarded-Host", "X-Forwarded-Proto"])
def test_no_header_changes_where_links_and_redirects_lead(front: Front, name: str) -> None:
    answer = sign_in(front, **{name: "evil.example"})
    assert answer.headers["Location"].startswith("/")
    assert "evil.example" not in str(answer.headers) + answer.text


def test_it_says_itself_how_browsers_came_and_nobody_is_led_in_a_circle(front: Front) -> None:
    assert front.ask("GET", "/sign-in", data=None, **{"X-Forwarded-Proto": "http"}).status_code == httpx.codes.OK
    # A proxy that hands plain http on and says so; it comes from an address that is named.
    plain = {"Host": HOST, "X-Forwarded-Proto": "http"}
    with httpx.Client(trust_env=False, base_url=f"http://127.0.0.1:{front.server.port}", headers=plain) as browser:
        led = browser.get("/sign-in?next=/profile")
        assert led.status_code == httpx.codes.PERMANENT_REDIRECT
        assert led.headers["Location"] == f"https://{HOST}/sign-in?next=/profile"
        assert browser.get("/healthz").is_success
        refused = browser.post("/sign-in", data={"email": ANN, "password": PASSWORD})
        assert refused.status_code == httpx.codes.FORBIDDEN
        assert "without encryption" in refused.text


def test_another_host_is_not_answered(front: Front) -> None:
    assert front.ask("GET", "/sign-in", host="evil.example").status_code == httpx.codes.MISDIRECTED_REQUEST


def test_a_form_from_elsewhere_is_refused(front: Front) -> None:
    answer = sign_in(front, Origin="https://evil.example")
    assert answer.status_code == httpx.codes.FORBIDDEN


def test_no_log_holds_the_query(front: Front) -> None:
    front.ask("GET", "/sign-in?link=lamp-otter-gravel")
    wait_for(lambda: "/sign-in" in (front.folder / "twofold.log").read_text())
    assert "lamp-otter-gravel" not in (front.folder / "twofold.log").read_text()
    assert "lamp-otter-gravel" not in front.server.log


def test_a_body_that_is_too_large_is_refused(front: Front) -> None:
    answer = front.ask("POST", "/sign-in", data={"email": "a" * 100_000})
    assert answer.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def test_a_large_file_reaches_the_one_page_that_takes_it_and_is_not_kept_on_the_way(front: Front) -> None:
    large = {"file": "a" * 2_000_000}
    front.client.cookies.clear()
    assert front.ask("POST", "/sign-in", data=large).status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE
    for size in (2_000_000, 9_000_000, 16_000_000) * 10:
        answer = front.ask("POST", "/admin/people/import", data={"file": "a" * size})
        assert answer.status_code == httpx.codes.SEE_OTHER, "to sign in first, and never that the server failed"
        assert answer.headers["Location"].startswith("/sign-in")
    kept = [line for line in (front.folder / "error.log").read_text().splitlines() if "temporary file" in line]
    assert not [line for line in kept if "/admin/people/import" in line], "it lies on no disk on its way"
    far_too_large = {"file": "a" * 18_000_000}
    refused = front.ask("POST", "/admin/people/import", data=far_too_large)
    assert refused.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE


def test_whoever_passes_the_proxy_by_is_not_believed_and_doctor_says_so(front: Front) -> None:
    data, port = front.server.data, str(front.server.port)
    public = {"TWOFOLD_PUBLIC": f"https://{HOST}", "TWOFOLD_PORT": port, "TWOFOLD_PROXIES": "127.0.0.1/32"}
    assert "no unbelieved forwarding headers" in word(data, "doctor", **public).out
    with httpx.Client(transport=httpx.HTTPTransport(local_address=CLIENT), trust_env=False) as direct:
        forged = {"Host": HOST, "X-Forwarded-For": "203.0.113.9"}
        direct.get(f"http://127.0.0.1:{port}/sign-in", headers=forged).raise_for_status()
    told = word(data, "doctor", **public)
    assert told.code == 1
    assert "1 requests had forwarding headers" in told.out
    assert "cookies:   Secure and bound to help.example.com" in told.out
