"""`kill -9` in the middle of sign-ins and set-ups: what was admitted is recorded, and no code works twice."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from benchmarks.client import Client
from benchmarks.fill import PASSWORD
from benchmarks.oath import passcode
from benchmarks.processes import tree
from tests.processes import environment
from tests.runtime.product import running

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.runtime.product import Running

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = 36
MOMENTS = (0.35, 0.6, 0.85, 1.3)
"""Seconds after which the server is killed, one start each."""
THREADS = 4
OK = 200
SESSION = "twofold_session"


@dataclass
class Tried:
    """One person whose passcode was sent: the passcode, and the session if an answer came back with one."""

    email: str
    key: str
    code: str
    session: str = ""


@dataclass
class Crowd:
    """People who sign in one after the other, from several threads, until the server is gone."""

    waiting: list[dict[str, str]]
    tried: list[Tried] = field(default_factory=list)

    def sign_in_until_killed(self, port: int) -> None:
        threads = [threading.Thread(target=self._work, args=(port,)) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, port: int) -> None:
        try:
            while self.waiting:
                person = self.waiting.pop()
                with at_the_passcode(port, person["email"]) as client:
                    tried = Tried(person["email"], person["key"], passcode(person["key"]))
                    self.tried.append(tried)
                    client.post("/sign-in/passcode", {"passcode": tried.code})
                    tried.session = client.cookies.get(SESSION, "")
        except (OSError, HTTPException, AssertionError):
            # The server was killed under this one.
            return


@contextmanager
def at_the_passcode(port: int, email: str) -> Iterator[Client]:
    """Open a browser that has proved the password."""
    with closing(Client(port)) as client:
        client.get("/sign-in")
        client.post("/sign-in", {"email": email, "password": PASSWORD})
        assert client.location == "/sign-in/passcode", client.location
        client.get("/sign-in/passcode")
        yield client


@pytest.fixture
def house(tmp_path: Path) -> tuple[Path, list[dict[str, str]]]:
    """Make a data folder with people who hold an app."""
    data = tmp_path / "data"
    more = {"TWOFOLD_OWNER_EMAIL": "owner@acme.example", "TWOFOLD_OWNER_PASSWORD": "a password for the owner 27"}
    with running(data, **more):
        pass
    filled = subprocess.run(
        [sys.executable, "-m", "benchmarks.fill", str(PEOPLE), str(PEOPLE), "0"],
        env=environment(data, DJANGO_SETTINGS_MODULE="twofold.django_settings"),
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    return data, json.loads(filled.stdout)


def kill(server: Running) -> None:
    """Kill every process of the server at once, as a power cut would end them."""
    for pid in tree(server.process.pid):
        os.kill(pid, signal.SIGKILL)
    server.process.wait()


def test_kill_9_at_any_moment_of_sign_in(house: tuple[Path, list[dict[str, str]]]) -> None:
    data, people = house
    crowd = Crowd(list(people))
    for moment in MOMENTS:
        with running(data) as server:
            killer = threading.Timer(moment, kill, (server,))
            killer.start()
            crowd.sign_in_until_killed(server.port)
            killer.join()
    admitted = [tried for tried in crowd.tried if tried.session]
    assert admitted, "nobody was admitted before the server was killed; the test proves nothing"
    with running(data) as server:
        for tried in admitted:
            with closing(Client(server.port)) as client:
                client.cookies[SESSION] = tried.session
                assert client.get("/") == OK, f"{tried.email} was admitted, and the session is gone"
        for tried in crowd.tried:
            replay(server.port, tried)
        rows = sqlite3.connect(f"file:{data / 'twofold.sqlite3'}?mode=ro", uri=True)
        sessions = set(rows.execute("SELECT id, person_id FROM session"))
        told = "SELECT json_extract(detail, '$.session'), person_id FROM audit_event WHERE kind = 'sign_in.admitted'"
        events = rows.execute(told).fetchall()
        rows.close()
    assert len(events) == len(set(events))
    assert sessions == set(events), "an admitted sign-in without its record, or a record without its sign-in"


def replay(port: int, tried: Tried) -> None:
    """Send a passcode again: refused where it was admitted; where no answer came, it works once at the most."""
    worked = bool(tried.session)
    for _ in range(2):
        with at_the_passcode(port, tried.email) as client:
            client.post("/sign-in/passcode", {"passcode": tried.code})
            again = SESSION in client.cookies
        assert not (worked and again), f"the passcode of {tried.email} worked twice"
        worked = worked or again
