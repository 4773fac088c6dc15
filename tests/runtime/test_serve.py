"""`./run` as a process: what the first start makes, what is printed, and how it ends."""

from __future__ import annotations

import os
import re
import signal
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.runtime.product import Running, is_alive, running, started, typed, wait_for, word

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_PSS_MIB = 200
MOST_CPU_OF_A_START = 3.0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a data folder that a first start has made."""
    made = tmp_path_factory.mktemp("house") / "data"
    with started(made):
        pass
    return made


@pytest.fixture(scope="module")
def server(data: Path) -> Iterator[Running]:
    with started(data) as server:
        yield server


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def pss(pid: int) -> int:
    """Return the proportional set size in KiB."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    assert found is not None
    return int(found[1])


def cpu(pid: int) -> float:
    """Return the seconds of processor that a process and its ended children took."""
    parts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, parts[11:15])) / os.sysconf("SC_CLK_TCK")


def test_the_first_start_makes_folder_keys_and_database_for_its_owner_alone(server: Running) -> None:
    assert mode(server.data) == 0o700
    files = {path.name: mode(path) for path in server.data.iterdir() if path.is_file()}
    assert {"keys.json", "twofold.sqlite3"} <= set(files)
    assert set(files.values()) == {0o600}


def test_one_block_says_all_that_is_needed(server: Running) -> None:
    for text in (
        f"http://localhost:{server.port}\n",
        str(server.data),
        f"http://localhost:{server.port}/set-up/owner?link=",
        "30 minutes",
        "./run owner-link",
        f"ssh -L {server.port}:localhost:{server.port}",
        "./run --public https://",
        "nginx",
        "Caddy",
    ):
        assert text in server.block


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_every_name_of_loopback_answers(server: Running, host: str) -> None:
    assert server.get("/sign-in", host).status_code == httpx.codes.OK


def test_nothing_off_loopback_answers(server: Running) -> None:
    listening = [
        line.split()[1]
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]
        if line.split()[3] == "0A" and line.split()[1].endswith(f":{server.port:04X}")
    ]
    assert sorted(address.partition(":")[0] for address in listening) == [
        "00000000000000000000000001000000",
        "0100007F",
    ]


def test_static_files_are_kept_for_ever_under_an_address_of_their_content(server: Running) -> None:
    found = re.search(r'href="(/static/[0-9a-f]{12}/twofold/theme\.css)"', server.get("/sign-in").text)
    assert found is not None
    answer = server.get(found[1])
    assert answer.status_code == httpx.codes.OK
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert server.get(found[1].replace("twofold/theme.css", "bootstrap/css/bootstrap.min.css")).is_success
    for outside in ("/static/../keys.json", found[1].replace("theme.css", "..%2f..%2f..%2fsettings.py")):
        assert server.get(outside).status_code == httpx.codes.NOT_FOUND


def test_the_log_has_no_query_strings(server: Running) -> None:
    server.get("/sign-in?link=gravel-otter-lamp")
    wait_for(lambda: '"path": "/sign-in"' in server.log)
    assert '"method": "GET"' in server.log
    assert '"status": 200' in server.log
    assert "gravel-otter" not in server.log
    assert "link=" not in server.log


def test_a_second_start_on_the_same_port_says_what_to_do(server: Running, tmp_path: Path) -> None:
    told = word(tmp_path / "other", "serve", "--port", str(server.port))
    assert told.code == 2
    assert f"Port {server.port}" in told.err
    assert f"./run --port {server.port + 1}" in told.err
    assert "Traceback" not in told.err


def test_idle_processes_together_stay_small(server: Running) -> None:
    server.get("/sign-in")
    pids = [server.process.pid, *server.children()]
    assert len(pids) == 3
    assert sum(pss(pid) for pid in pids) <= MOST_PSS_MIB * 1024


def test_the_worker_has_a_lower_priority(server: Running) -> None:
    nice = {os.getpriority(os.PRIO_PROCESS, pid) - os.getpriority(os.PRIO_PROCESS, 0) for pid in server.children()}
    assert len(nice) == 2
    assert max(nice) > 0


def test_owner_link_makes_a_new_one_and_ends_the_one_before(data: Path) -> None:
    with running(data) as server:
        first = server.link
        told = typed(data, "owner-link", TWOFOLD_PORT=str(server.port))
        assert told.code == 0
        assert told.link != first
        # The page carries the link on to its next one; when the link has ended there is none.
        for url, works in ((first, False), (told.link, True)):
            assert (url.rpartition("=")[2] in server.client.get(url).text) is works


def test_words_know_where_the_server_was_started_and_take_its_options(data: Path) -> None:
    """Whoever serves with `--port` types the next word without it, or with it."""
    with running(data) as server:
        for line in (("owner-link",), ("owner-link", "--port", str(server.port))):
            told = word(data, *line)
            assert told.link.startswith(f"http://localhost:{server.port}/")
        assert "was started for" in word(data, "doctor").out
        assert "was started for" not in word(data, "doctor", "--port", str(server.port)).out


def test_each_start_has_a_new_link_and_costs_little(data: Path) -> None:
    with started(data) as server:
        first = server.link
        spent = cpu(server.process.pid) + sum(cpu(pid) for pid in server.children())
        assert spent < MOST_CPU_OF_A_START
    with started(data) as server:
        assert server.link.partition("?")[2] != first.partition("?")[2]
        assert server.client.get(server.link).status_code == httpx.codes.OK


def test_it_stops_at_once_even_while_browsers_keep_their_connections(data: Path) -> None:
    with started(data) as server:
        server.get("/sign-in")
        server.get("/sign-in", "[::1]")
        children = server.children()
        begun = time.monotonic()
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(10) == 0
        assert time.monotonic() - begun < 5
        wait_for(lambda: not any(map(is_alive, children)))


def test_what_dies_is_started_again(data: Path) -> None:
    with started(data) as server:
        before = set(server.children())
        for pid in before:
            os.kill(pid, signal.SIGKILL)
        wait_for(lambda: len(set(server.children()) - before) == 2, 30)
        wait_for(lambda: _answers(server), 30)


def test_when_the_supervisor_is_killed_nothing_is_left_behind(data: Path) -> None:
    with started(data) as server:
        children = server.children()
        os.kill(server.process.pid, signal.SIGKILL)
        wait_for(lambda: not any(map(is_alive, children)))
    with started(data) as server:
        assert _answers(server)


def _answers(server: Running) -> bool:
    try:
        return server.get("/healthz").is_success
    except httpx.TransportError:
        return False


def test_a_folder_that_holds_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "novel.txt").write_text("It was a dark and stormy night.")
    tmp_path.chmod(0o755)
    told = typed(tmp_path, "serve")
    assert told.code == 2
    assert "holds other things" in told.err
    assert mode(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir() if path.name != "lock"] == ["novel.txt"]


def test_a_database_without_its_keys_is_not_served(data: Path, tmp_path: Path) -> None:
    broken = tmp_path / "data"
    broken.mkdir()
    (broken / "twofold.sqlite3").write_bytes((data / "twofold.sqlite3").read_bytes())
    told = word(broken, "serve")
    assert told.code == 2
    assert "./run restore FILE" in told.err


def test_a_database_with_the_keys_of_another_is_not_served(data: Path, tmp_path: Path) -> None:
    with running(tmp_path / "data"):
        pass
    (tmp_path / "data" / "keys.json").write_bytes((data / "keys.json").read_bytes())
    told = word(tmp_path / "data", "serve")
    assert told.code == 2
    assert "are not those" in told.err


def test_a_wrong_setting_is_told_in_one_line(tmp_path: Path) -> None:
    told = word(tmp_path / "data", "serve", TWOFOLD_TIME_ZONE="Vienna")
    assert told.code == 2
    assert told.err == "TWOFOLD_TIME_ZONE is a name such as Europe/Vienna.\n"


def test_an_owner_can_be_made_by_the_environment_alone(tmp_path: Path) -> None:
    secret = tmp_path / "password"
    secret.write_text("gravel otter lamp\n")
    with running(
        tmp_path / "data",
        TWOFOLD_OWNER_EMAIL="ann@acme.example",
        TWOFOLD_OWNER_PASSWORD_FILE=str(secret),
        TWOFOLD_NAME="Acme Support",
        TWOFOLD_TIME_ZONE="Europe/Vienna",
    ) as server:
        assert "link=" not in server.block
        assert "Acme Support" in server.block
        assert "Acme Support" in server.get("/sign-in").text
    told = word(tmp_path / "data", "owner-link")
    assert told.code == 1
    assert "./run rescue EMAIL" in told.out


def test_with_a_public_address_and_an_owner_nobody_is_led_to_loopback(tmp_path: Path) -> None:
    owner = {"TWOFOLD_OWNER_EMAIL": "ann@acme.example", "TWOFOLD_OWNER_PASSWORD": "gravel otter lamp"}
    with running(tmp_path / "data", TWOFOLD_PUBLIC="https://help.acme.example", **owner) as server:
        assert "ssh -L" not in server.block
        assert f"hands help.acme.example on to port {server.port}" in server.block
        assert server.get("/sign-in").status_code == httpx.codes.MISDIRECTED_REQUEST


def test_with_a_public_address_the_owner_still_begins_on_loopback(tmp_path: Path) -> None:
    with running(tmp_path / "data", TWOFOLD_PUBLIC="https://help.acme.example") as server:
        assert "Open          https://help.acme.example\n" in server.block
        assert server.link.startswith(f"http://localhost:{server.port}/set-up/owner?link=")
        assert f"ssh -L {server.port}:localhost:{server.port}" in server.block
        assert server.client.get(server.link).status_code == httpx.codes.OK
        through_a_proxy = {"Host": "help.acme.example", "X-Forwarded-For": "203.0.113.9"}
        assert server.get("/set-up/owner" + server.link.partition("/set-up/owner")[2], **through_a_proxy).is_error


def test_the_owner_may_begin_from_a_network_that_the_operator_named(tmp_path: Path) -> None:
    public = {"TWOFOLD_PUBLIC": "https://help.acme.example", "TWOFOLD_SETUP_FROM": "203.0.113.0/24"}
    with running(tmp_path / "data", **public) as server:
        assert server.link.startswith("https://help.acme.example/set-up/owner?link=")
        path = server.link.removeprefix("https://help.acme.example")
        for address, answers in (("203.0.113.9", True), ("198.51.100.1", False)):
            through_a_proxy = {"Host": "help.acme.example", "X-Forwarded-For": address}
            assert server.get(path, **through_a_proxy).is_success is answers


def test_an_owners_password_that_anybody_would_guess_is_refused(tmp_path: Path) -> None:
    told = word(
        tmp_path / "data", "serve", TWOFOLD_OWNER_EMAIL="ann@acme.example", TWOFOLD_OWNER_PASSWORD="password1234"
    )
    assert told.code == 2
    assert "TWOFOLD_OWNER_PASSWORD will not do (common)" in told.err
    assert "password1234" not in told.err


@pytest.mark.parametrize(
    "more",
    [
        {"TWOFOLD_PUBLIC": "https://help.acme.example"},
        {"TWOFOLD_DATABASE_URL": "postgresql://acme@localhost/acme"},
    ],
)
def test_a_demo_never_leaves_this_machine(tmp_path: Path, more: dict[str, str]) -> None:
    told = word(tmp_path / "data", "demo", **more)
    assert told.code == 2
    assert "A demo answers on this machine only" in told.err


def test_no_folder_becomes_a_demo_later(data: Path) -> None:
    told = word(data, "demo")
    assert told.code == 2
    assert "was not born as a demo" in told.err
