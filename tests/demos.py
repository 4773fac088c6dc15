"""A demo as its own process, and a phone for everybody in it."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pyotp
import pytest

from tests import ready
from tests.processes import NO_TLS, environment, free_port

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

STARTS_WITHIN = 60.0
ARRIVES_WITHIN = 20.0
TICK = 0.1


@dataclass
class Demo:
    """A running demo. `url` has no trailing slash."""

    url: str
    folder: Path
    process: ready.Process

    def get(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 -- whatever httpx takes
        return httpx.get(f"{self.url}{path}", verify=NO_TLS, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:  # noqa: ANN401 -- whatever httpx takes
        return httpx.post(f"{self.url}{path}", verify=NO_TLS, **more)

    def people(self) -> dict[str, dict[str, Any]]:
        """Return everybody by the first name, in small letters."""
        found = self.get("/demo/people.json").raise_for_status().json()
        return {str(one["name"] or one["email"]).split()[0].lower(): one for one in found}

    def person(self, name: str) -> dict[str, Any]:
        return self.people()[name]

    def now(self) -> datetime:
        return datetime.fromisoformat(self._clock(self.get("/demo/clock"))["now"])

    def forward(self, span: str) -> None:
        """Put the clock forward: "31d"."""
        self._clock(self.post("/demo/clock", data={"forward": span}))

    def passcode(self, key: str) -> str:
        """Return the code of a key that was not accepted before: at the next time step, which the clock goes to."""
        self.forward("30s")
        return self.code_now(key)

    def code_now(self, key: str) -> str:
        """Return the code that an app shows at this moment of the demo."""
        return pyotp.TOTP(key).at(self.now())

    def mail(self, to: str, *, since: datetime, subject: str = "") -> dict[str, Any]:
        """Wait for a mail that was put at or after `since`, and return the newest."""
        until = time.monotonic() + ARRIVES_WITHIN
        while time.monotonic() < until:
            for one in self.get("/demo/inbox.json").raise_for_status().json():
                is_new = datetime.fromisoformat(one["at"]) >= since - timedelta(milliseconds=1)
                if one["to"] == to and is_new and subject in one["subject"]:
                    found: dict[str, Any] = one
                    return found
            time.sleep(TICK)
        raise AssertionError(f"no mail to {to} with “{subject}” since {since}")

    def stop(self) -> None:
        """End it by its own process id, as Ctrl+C would."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    @staticmethod
    def _clock(answer: httpx.Response) -> dict[str, Any]:
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


def start(folder: Path, word: str = "demo", **settings: str) -> Demo:
    """Start a demo on this folder and wait until it answers; `settings` are more of its environment."""
    return _begin(folder, word, settings, ready.fork)


def launch(folder: Path, word: str = "demo", **settings: str) -> Demo:
    """Do it as somebody starts it by `./run demo`, from the start of Python on."""
    return _begin(folder, word, settings, ready.launch)


def _begin(folder: Path, word: str, settings: Mapping[str, str], by: ready.Start) -> Demo:
    port = free_port()
    env = environment(folder, **{"TWOFOLD_PORT": str(port), "TWOFOLD_LOG_LEVEL": "warning", **settings})
    with folder.with_name(f"{folder.name}.log").open("a") as log:
        process = by([word], env=env, out=log, err=log)
    demo = Demo(url=f"http://localhost:{port}", folder=folder, process=process)
    until = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(folder.with_name(f"{folder.name}.log").read_text())
        try:
            if demo.get("/healthz").status_code == httpx.codes.OK:
                return demo
        except httpx.TransportError:
            time.sleep(TICK)
    demo.stop()
    raise AssertionError(f"the demo did not answer within {STARTS_WITHIN} s")


def copied(born: Path, to: Path) -> Path:
    """Return a copy of a data folder whose server has been stopped."""
    shutil.copytree(born, to)
    return to


@pytest.fixture(scope="session")
def born(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the data folder, to be copied, of a demo that was started once and stopped: one for all rooms."""
    folder = tmp_path_factory.getbasetemp() / "born" / "data"
    if not folder.exists():
        folder.parent.mkdir()
        start(folder).stop()
    return folder
