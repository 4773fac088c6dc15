"""What is measured: how each site is made and served, and how somebody signs in to it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.fill import PASSWORD
from benchmarks.oath import passcode
from benchmarks.processes import free_port, running

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from benchmarks.client import Client

HERE: Final = Path(__file__).resolve().parent.parent
PYTHON: Final = sys.executable
PEERS_PYTHON: Final = str(HERE / ".bench-venv" / "bin" / "python")


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """The paths of one site, and the names of its fields: of email and password, and of the passcode.

    A person is {"email", "key"}.
    """

    first: str
    second: str
    names: tuple[str, str]
    code: str
    more_first: tuple[tuple[str, str], ...] = ()
    more_second: tuple[tuple[str, str], ...] = ()

    def present_password(self, client: Client, person: Mapping[str, str]) -> None:
        """Open the first page and post email and password, up to the page of the second step."""
        client.get(self.first)
        fields = {self.names[0]: person["email"], self.names[1]: PASSWORD, **dict(self.more_first)}
        status = client.post(self.first, fields)
        if status not in {200, 302, 303}:
            sys.exit(f"The password step of {self.first} answered {status}.")

    def present_passcode(self, client: Client, person: Mapping[str, str]) -> None:
        """Post the passcode (`code`, else that of the app); anything but being sent on is a failed measurement."""
        fields = {self.code: person.get("code") or passcode(person["key"]), **dict(self.more_second)}
        status = client.post(self.second, fields)
        if status not in {302, 303}:
            sys.exit(f"The passcode step of {self.second} answered {status} for {person['email']}.")


TWOFOLD: Final = Steps(first="/sign-in", second="/sign-in/passcode", names=("email", "password"), code="passcode")
TWO_FACTOR: Final = Steps(
    first="/account/login/",
    second="/account/login/",
    names=("auth-username", "auth-password"),
    code="token-otp_token",
    more_first=(("login_view-current_step", "auth"),),
    more_second=(("login_view-current_step", "token"),),
)
ALLAUTH: Final = Steps(
    first="/accounts/login/", second="/accounts/2fa/authenticate/", names=("login", "password"), code="code"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site that is being served, and its people who hold a second factor."""

    pid: int
    port: int
    people: list[dict[str, str]]


@contextmanager
def twofold(
    folder: Path, people: int, holding: int, kinds: str = "totp", more: Mapping[str, str] | None = None
) -> Iterator[Site]:
    """Serve the product from a new data folder with so many people; `holding` of them hold one of the kinds each."""
    port = free_port()
    env = {
        "TWOFOLD_DATA": str(folder / "data"),
        "TWOFOLD_PORT": str(port),
        "TWOFOLD_NAME": "Acme Support",
        "TWOFOLD_OWNER_EMAIL": "owner@acme.example",
        "TWOFOLD_OWNER_PASSWORD": "a password for the owner 27",
        "TWOFOLD_LOG_LEVEL": "warning",
        **(more or {}),
    }
    command = [str(Path(PYTHON).parent / "twofold"), "serve"]
    with running(command, env, port, "/healthz", folder / "twofold.log") as pid:
        filled = subprocess.run(  # noqa: S603 -- our own module
            [PYTHON, "-m", "benchmarks.fill", str(people), str(holding), "0", kinds],
            env={**os.environ, **env, "DJANGO_SETTINGS_MODULE": "twofold.django_settings"},
            cwd=HERE,
            check=True,
            capture_output=True,
        )
        yield Site(pid=pid, port=port, people=json.loads(filled.stdout))


@contextmanager
def bare(folder: Path) -> Iterator[Site]:
    """Serve the endpoint that only hashes."""
    port = free_port()
    with running(_granian(PYTHON, "benchmarks.bare:app", port), {}, port, "/", folder / "bare.log") as pid:
        yield Site(pid=pid, port=port, people=[])


@contextmanager
def peer(name: str, folder: Path, with_app: int) -> Iterator[Site]:
    """Serve one of the libraries beside us."""
    port = free_port()
    home = folder / name
    home.mkdir()
    env = {"BENCH_FOLDER": str(home), "PYTHONPATH": str(HERE)}
    module = f"benchmarks.peers.{name}"
    filled = subprocess.run(  # noqa: S603 -- our own module, in the peers' environment
        [PEERS_PYTHON, "-m", module, str(with_app)],
        env={**os.environ, **env},
        cwd=HERE,
        check=True,
        capture_output=True,
    )
    with running(_granian(PEERS_PYTHON, f"{module}:app", port), env, port, "/done", folder / f"{name}.log") as pid:
        yield Site(pid=pid, port=port, people=json.loads(filled.stdout))


def _granian(python: str, target: str, port: int) -> list[str]:
    return [
        *(python, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", "1", "--blocking-threads", "4", "--http", "1", "--no-ws", "--log-level", "warning", target),
    ]
