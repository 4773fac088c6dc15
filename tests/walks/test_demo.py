"""The demo as somebody starts it: its people, messages, phone and clock; and that none of it exists elsewhere."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from tests import demos
from tests.demos import born
from tests.processes import NO_TLS, free_port
from tests.runtime.product import word
from twofold.commands import demo_data

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.demos import Demo
    from tests.runtime.product import Told

__all__ = ["born"]

LISTENING = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
PATHS = ("/demo", "/demo/people.json", "/demo/inbox.json", "/demo/clock", "/demo/phone")


@pytest.fixture(scope="module")
def demo(born: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Run one demo for this file; its tests look, or do what does not touch each other."""
    running = demos.launch(demos.copied(born, tmp_path_factory.mktemp("demo") / "data"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder, to be copied, of a house that has an owner, and no server at present."""
    owner = {"TWOFOLD_OWNER_EMAIL": "nora@kestrel.example", "TWOFOLD_OWNER_PASSWORD": "swallows-over-nine-chimneys"}
    folder = tmp_path_factory.mktemp("lived-in") / "data"
    demos.start(folder, "serve", **owner).stop()
    return folder


@pytest.fixture(scope="module", autouse=True)
def newborn(demo: Demo) -> list[dict[str, Any]]:
    """Look at everybody before any test has done something to them."""
    found: list[dict[str, Any]] = demo.get("/demo/people.json").json()
    return found


@pytest.fixture
def browser(demo: Demo) -> Iterator[httpx.Client]:
    """Open a client with cookies of its own, which follows redirects as browsers do."""
    with httpx.Client(
        verify=NO_TLS, base_url=demo.url, follow_redirects=True, headers={"Accept": "text/html"}
    ) as client:
        yield client


def token_in(page: httpx.Response) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    assert found, page.text
    return found.group(1)


def send(client: httpx.Client, page: httpx.Response, path: str, **fields: str) -> httpx.Response:
    """Send a form of this page as its browser would."""
    origin = {"Origin": str(client.base_url).rstrip("/")}
    return client.post(path, data={"csrfmiddlewaretoken": token_in(page), **fields}, headers=origin)


def given_password(client: httpx.Client, person: dict[str, Any]) -> httpx.Response:
    page = client.get("/sign-in")
    return send(client, page, "/sign-in", email=person["email"], password=person["password"])


def run_word(name: str, folder: Path, **settings: str) -> Told:
    """Run a word that is expected to end by itself."""
    return word(folder, name, TWOFOLD_PORT=str(free_port()), **settings)


def test_the_people_are_there_in_every_state(demo: Demo, newborn: list[dict[str, Any]]) -> None:
    people = newborn
    roles = [one["role"] for one in people]
    assert roles == ["owner", "admin"] + ["agent"] * 3 + ["end_user"] * 3
    states = {one["name"].split()[0]: one["state"] for one in people}
    assert states == {
        "Olivia": "On, by choice",
        "Adam": "On, by choice",
        "Ann": "Off",
        "Ben": "On, by choice",
        "Cara": "Off",
        "Emil": "Off",
        "Fay": "Set up, not asked",
        "Gus": "Must set up",
    }
    assert {one["name"].split()[0] for one in people if one["key"]} == {"Olivia", "Adam", "Ben", "Fay"}
    assert len(demo.person("ben")["recovery_codes"]) == 2
    assert {one["name"]: one["number"] for one in people if one["number"]} == {"Adam Novak": "+447400123456"}


def test_each_history_tells_how_somebody_came_into_their_state(demo: Demo, browser: httpx.Client) -> None:
    olivia = demo.person("olivia")
    send(browser, given_password(browser, olivia), "/sign-in/passcode", passcode=demo.passcode(olivia["key"]))
    log = browser.get("/admin/account/audit?kind=help.reset").text
    assert "Gus Moreau" in log
    assert "Adam Novak" in log
    told = {}
    for name in ("gus", "cara", "ben"):
        listed = browser.get("/admin/people", params={"search": demo.person(name)["email"]}).text
        found = re.search(r'<th scope="row"><a href="(/admin/people/[^"]+)"', listed)
        assert found
        told[name] = browser.get(found.group(1)).text
    order = ["A helper reset the second factor.", "was set up", "was added"]
    # The oldest of each: other tests of the same demo may have added newer ones above.
    places = [told["gus"].rfind(one) for one in order]
    assert places == sorted(places), places
    assert -1 not in places
    assert "exempted from what is required" in told["cara"]
    # Eight of ten are gone, the newest on top.
    assert told["ben"].count("A recovery code was used") > 1


def test_passwords_and_keys_are_those_of_the_product(demo: Demo, browser: httpx.Client) -> None:
    adam = demo.person("adam")
    asked = given_password(browser, adam)
    assert asked.url.path == "/sign-in/passcode"
    home = send(browser, asked, "/sign-in/passcode", passcode=demo.passcode(adam["key"]), trust_device="on")
    assert home.url.path == "/"
    assert "Adam Novak" in home.text


def test_the_pages_name_the_demo_and_its_clock(demo: Demo, browser: httpx.Client) -> None:
    demo.forward("90m")
    first = browser.get("/sign-in")
    assert "This is a demo." in first.text
    assert "real phone apps no longer match" in first.text
    page = browser.get("/demo").text
    for part in demo_data.CAST:
        assert part.email in page
        assert part.password in page
    assert "Acme Support" in page
    assert "Authenticator app “adam@acme.example”, Text messages to •••• 3456, Codes by mail to a•••@a…" in page
    assert "Has set up nothing" in page


def test_the_page_about_texts_says_where_they_go_here(demo: Demo, browser: httpx.Client) -> None:
    olivia = demo.person("olivia")
    send(browser, given_password(browser, olivia), "/sign-in/passcode", passcode=demo.passcode(olivia["key"]))
    page = browser.get("/admin/account/texts").text
    assert "Every text lands on the demo\u2019s own phone." in page
    assert "that is so for every country" in page
    assert "No provider is named yet" not in page


def test_the_clock_goes_forward_for_every_process(demo: Demo) -> None:
    for span, length in {"40s": 40, "2m": 120, "1h": 3600, "1d": 86400}.items():
        before = demo.get("/demo/clock").json()["ahead_seconds"]
        demo.forward(span)
        assert demo.get("/demo/clock").json()["ahead_seconds"] == before + length
    since = demo.now()
    with httpx.Client(verify=NO_TLS, base_url=demo.url) as client:
        send(client, client.get("/forgot-password"), "/forgot-password", email="cara@acme.example")
    mail = demo.mail("cara@acme.example", since=since)
    assert set(mail) == {"to", "channel", "subject", "body", "at"}
    assert mail["channel"] == "email"
    assert "/links/password_reset" in mail["body"]
    at = [datetime.fromisoformat(one["at"]) for one in demo.get("/demo/inbox.json").json()]
    assert at == sorted(at, reverse=True)


@pytest.mark.parametrize("span", ["", "0d", "-1d", "1", "d", "1w", "1.5h", "9999999s", "1d ", "\u0661d", "999999d"])
def test_the_clock_takes_nothing_else(demo: Demo, span: str) -> None:
    before = demo.now()
    assert demo.post("/demo/clock", data={"forward": span}).status_code == 400
    assert demo.now() - before < timedelta(minutes=1)


def test_monday_morning_is_the_next_one(demo: Demo) -> None:
    for _ in range(2):
        before = demo.now()
        demo.post("/demo/clock", data={"to": "monday"}).raise_for_status()
        now = demo.now()
        assert (now.weekday(), now.hour, now.minute) == (0, 8, 0)
        assert timedelta(0) < now - before <= timedelta(days=7, minutes=1)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Host": "elsewhere.example"}, 421),
    ],
)
@pytest.mark.parametrize("path", ["/demo/clock", "/demo/phone"])
def test_no_other_site_can_use_it(demo: Demo, path: str, headers: dict[str, str], status: int) -> None:
    before = demo.now()
    answer = demo.post(path, data={"forward": "31d", "do": "lose"}, headers=headers)
    assert answer.status_code == status
    assert demo.now() - before < timedelta(minutes=1)
    assert "Nobody knows where the phone is" not in demo.get("/demo").text


def test_nothing_of_it_may_be_read_by_another_site(demo: Demo) -> None:
    for path in PATHS:
        answer = demo.get(path, headers={"Origin": "https://elsewhere.example"})
        assert "access-control-allow-origin" not in answer.headers
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["cache-control"] == "no-store"


def test_the_phone_scans_what_this_browser_shows(demo: Demo, browser: httpx.Client) -> None:
    gus = demo.person("gus")
    page = given_password(browser, gus)
    assert page.url.path == "/sign-in/set-up"
    nothing = browser.post("/demo/phone", data={"do": "scan"})
    assert "There is no QR code to scan" in nothing.text
    since = demo.now()
    page = send(browser, page, "/sign-in/set-up", go="set_up")
    code = re.search(r"\b\d{8}\b", demo.mail(gus["email"], since=since)["body"])
    assert code
    page = send(browser, page, "/sign-in/set-up/mailbox", mailbox_code=code.group())
    page = send(browser, page, "/sign-in/set-up/choose", thing="app")
    page = send(browser, page, "/sign-in/set-up/connect", show="1")
    found = re.search(r'data-plain="([A-Z2-7]{32})"', page.text)
    assert found, page.text
    scanned = browser.post("/demo/phone", data={"do": "scan"})
    assert "The phone has taken over the key" in scanned.text
    assert "gus@globex.example" in demo.get("/demo/phone").text
    code_now = demo.code_now(found.group(1))
    assert f"{code_now[:3]} {code_now[3:]}" in demo.get("/demo/phone").text
    done = send(browser, page, "/sign-in/set-up/connect", passcode=demo.passcode(found.group(1)))
    assert "Keep these recovery codes" in done.text
    assert demo.person("gus")["key"] == found.group(1)


def test_a_card_signs_out_whoever_is_here_and_fills_the_form(demo: Demo, browser: httpx.Client) -> None:
    emil = demo.person("emil")
    assert given_password(browser, emil).url.path == "/"
    path = re.search(r'action="(/demo/sign-in/[0-9a-z]+)"[^>]*><button[^>]*>Sign in as Cara', browser.get("/demo").text)
    assert path
    filled = browser.post(path.group(1))
    cara = demo.person("cara")
    assert cara["password"] in filled.text
    assert browser.get("/profile/security").url.path == "/sign-in"
    home = send(browser, filled, "/sign-in", email=cara["email"], password=cara["password"])
    assert "Cara Mendes" in home.text


def test_a_second_start_keeps_everything(born: Path, tmp_path: Path) -> None:
    folder = demos.copied(born, tmp_path / "data")
    first = demos.start(folder)
    first.forward("31d")
    people = first.people()
    ahead = first.get("/demo/clock").json()["ahead_seconds"]
    first.post("/demo/phone", data={"do": "lose"})
    first.stop()
    again = demos.start(folder, TWOFOLD_LOG_LEVEL="info")
    try:
        assert again.people() == people
        assert again.get("/demo/clock").json()["ahead_seconds"] == ahead
        assert "Nobody knows where the phone is" in again.get("/demo").text
        again.get("/demo/phone").raise_for_status()
    finally:
        again.stop()
    log = (tmp_path / "data.log").read_text()
    assert "/demo/people.json" in log
    assert "/demo/phone" not in log, "what the page asks for every two seconds buries everything else"
    refused = run_word("serve", folder)
    assert refused.code == 2
    assert "./run demo --data" in refused.err


def test_no_mail_and_no_text_leaves_the_machine_whatever_is_set(born: Path, tmp_path: Path) -> None:
    settings = {
        "TWOFOLD_SMTP_HOST": "127.0.0.1",
        "TWOFOLD_SMTP_PORT": str(free_port()),
        "TWOFOLD_SMS_PROVIDER": "http",
        "TWOFOLD_SMS_ADDRESS": f"http://127.0.0.1:{free_port()}/?to={{to}}&text={{text}}",
        "TWOFOLD_SMS_FROM": "Acme",
    }
    demo = demos.start(demos.copied(born, tmp_path / "data"), **settings)
    try:
        since = demo.now()
        with httpx.Client(verify=NO_TLS, base_url=demo.url) as client:
            send(client, client.get("/forgot-password"), "/forgot-password", email="cara@acme.example")
            adam = demo.person("adam")
            asked = send(client, client.get("/sign-in"), "/sign-in", email=adam["email"], password=adam["password"])
            assert asked.headers["Location"] == "/sign-in/passcode"
            page = client.get("/sign-in/other-way")
            send(client, page, "/sign-in/other-way", kind="sms")
        assert demo.mail("cara@acme.example", since=since)
        text = demo.mail(adam["number"], since=since)
        assert (text["channel"], text["subject"]) == ("sms", "")
        assert "Acme Support: your code is" in text["body"]
    finally:
        demo.stop()


def test_a_normal_folder_has_no_demo_and_becomes_none(lived_in: Path, tmp_path: Path) -> None:
    folder = demos.copied(lived_in, tmp_path / "house")
    house = demos.start(folder, "serve")
    try:
        for path in PATHS:
            assert house.get(path).status_code == 404
        for path in PATHS:
            assert house.post(path, data={"forward": "31d"}).status_code in {403, 404}
        assert "This is a demo" not in house.get("/sign-in").text
    finally:
        house.stop()
    refused = run_word("demo", folder)
    assert refused.code == 2
    assert "was not born as a demo" in refused.err
    assert not (folder / "demo").exists()


def test_no_mark_turns_one_into_the_other(born: Path, lived_in: Path, tmp_path: Path) -> None:
    real = demos.copied(lived_in, tmp_path / "real")
    (real / "demo").touch()
    refused = run_word("demo", real)
    assert refused.code == 2
    assert "was not born as a demo" in refused.err
    invented = demos.copied(born, tmp_path / "invented")
    (invented / "demo").unlink()
    refused = run_word("serve", invented)
    assert refused.code == 2
    assert "is invented" in refused.err


@pytest.mark.parametrize(
    "setting",
    [
        {"TWOFOLD_PUBLIC": "https://demo.example.com"},
        {"TWOFOLD_LISTEN": "127.0.0.1"},
        {"TWOFOLD_DATABASE_URL": "postgresql://localhost/demo"},
    ],
)
def test_a_demo_does_not_leave_this_machine(tmp_path: Path, setting: dict[str, str]) -> None:
    refused = run_word("demo", tmp_path / "data", **setting)
    assert refused.code == 2
    assert "on this machine only" in refused.err


def test_only_loopback_is_listened_on(demo: Demo) -> None:
    port = httpx.URL(demo.url).port
    assert port
    rows = [line.split() for table in LISTENING if table.exists() for line in table.read_text().splitlines()[1:]]
    # Addresses as the kernel writes them: hexadecimal, each word in the machine's own order; 0A is LISTEN.
    addresses = {row[1].split(":")[0] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"}
    assert addresses <= {"0100007F", "00000000000000000000000001000000"}
    assert "0100007F" in addresses
