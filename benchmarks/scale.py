"""`./bench --scale`: a million people and ten million events; what pages and the status report cost there.

One account on SQLite. The server and its worker share one core, as on the smallest machine; the other is the driver's.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.client import Client
from benchmarks.processes import cpu_seconds, free_port, running, tree
from benchmarks.sites import HERE, PYTHON, TWOFOLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PAGES: Final = (
    ("People", "/admin/people"),
    ("People, searched", "/admin/people?search=family00123"),
    ("People, two words", "/admin/people?search=ana+family000"),
    ("People, agents", "/admin/people?role=agent"),
    ("2FA status, team", "/admin/reports"),
    ("2FA status, everybody", "/admin/reports?who=everybody"),
    ("2FA status, filtered", "/admin/reports?who=everybody&state=on_by_choice"),
    ("Audit log", "/admin/account/audit"),
    ("Audit log, one kind", "/admin/account/audit?kind=password.refused"),
    ("People, a common word", "/admin/people?search=acme"),
    ("People, a first name", "/admin/people?search=ana"),
    ("Security", "/admin/account/security"),
    ("Authentication", "/admin/account/security/advanced/authentication"),
    ("First steps", "/admin/first-steps"),
    ("Roll-out", "/admin/roll-out"),
)
_REPORT: Final = re.compile(r"/admin/reports/[0-9a-z]{26}")
_NICE_FIELD: Final = 18
_EACH_PAGE: Final = 5
_OK: Final = 200
_COUNTED_WITHIN: Final = 60


def measure(people: int, events: int, sign_ins: int, kept: Path | None, say: Callable[[str], None]) -> None:
    """Make the account, then measure and say. With `kept` the account is made there, and taken up again next time."""
    with tempfile.TemporaryDirectory(prefix="bench-scale-") as name:
        folder = kept or Path(name)
        database = folder / "data" / "twofold.sqlite3"
        known = folder / "people.json"
        if not known.exists():
            began = time.monotonic()
            folder.mkdir(parents=True, exist_ok=True)
            signing_in = _born(folder, sign_ins * 3 + 1)
            line = [PYTHON, "-m", "benchmarks.crowd", str(database), str(people), str(events)]
            subprocess.run(line, cwd=HERE, check=True)  # noqa: S603 -- our own module
            with closing(sqlite3.connect(database)) as connection:
                connection.execute("UPDATE person SET role = 'owner' WHERE email = ?", (signing_in[0]["email"],))
                connection.commit()
            known.write_text(json.dumps(signing_in))
            say(f"{people} people and {events} events, made in {time.monotonic() - began:.0f} s")
        owner, *others = json.loads(known.read_text())
        say(f"the database has {database.stat().st_size / 2**30:.1f} GiB\n")
        with _serving(folder) as (pid, port):
            client = Client(port)
            TWOFOLD.present_password(client, owner)
            client.get(TWOFOLD.second)
            TWOFOLD.present_passcode(client, owner)
            _until_counted(database)
            # A connection that nobody used for a while was closed by the server.
            client.close()
            for title, path in PAGES:
                say(f"{title:<28}{_page(pid, client, path) * 1000:9.1f} ms CPU (at most 50)")
            _report(pid, port, client, others, say)


def _until_counted(database: Path) -> None:
    """Wait until the worker has counted the large audience, which it does when it has swept."""
    question = "SELECT count(*) FROM job WHERE kind = 'count_people' AND state = 'waiting'"
    until = time.monotonic() + _COUNTED_WITHIN
    was_begun = False
    while time.monotonic() < until:
        with closing(sqlite3.connect(database, timeout=20)) as connection:
            waiting = connection.execute(question).fetchone()[0]
            was_begun = was_begun or bool(waiting) or _has_counts(connection)
        if was_begun and not waiting:
            return
        time.sleep(0.2)


def _has_counts(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM setting WHERE name LIKE 'counts.%'").fetchone()[0])


def _born(folder: Path, with_app: int) -> list[dict[str, str]]:
    """Make a data folder with people who hold an app, and return them."""
    with _serving(folder) as (_, port):
        filled = subprocess.run(  # noqa: S603 -- our own module
            [PYTHON, "-m", "benchmarks.fill", str(with_app), str(with_app), "0"],
            env={**os.environ, **_environment(folder, port), "DJANGO_SETTINGS_MODULE": "twofold.django_settings"},
            cwd=HERE,
            check=True,
            capture_output=True,
        )
    found: list[dict[str, str]] = json.loads(filled.stdout)
    return found


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [str(Path(PYTHON).parent / "twofold"), "serve"]
    with running(command, _environment(folder, port), port, "/healthz", folder / "twofold.log") as pid:
        yield pid, port


def _environment(folder: Path, port: int) -> dict[str, str]:
    return {
        "TWOFOLD_DATA": str(folder / "data"),
        "TWOFOLD_PORT": str(port),
        "TWOFOLD_NAME": "Acme Support",
        "TWOFOLD_OWNER_EMAIL": "first@acme.example",
        "TWOFOLD_OWNER_PASSWORD": "a password for the owner 27",
        "TWOFOLD_LOG_LEVEL": "warning",
    }


def _page(pid: int, client: Client, path: str) -> float:
    """Return the CPU seconds of one page, the median of some; the first warms up what is read."""
    spent = []
    for _ in range(_EACH_PAGE + 1):
        before = cpu_seconds(pid)
        status = client.get(path)
        if status != _OK:
            sys.exit(f"{path} answered {status}.")
        spent.append(cpu_seconds(pid) - before)
    return statistics.median(spent[1:])


def _report(
    pid: int,
    port: int,
    client: Client,
    people: Sequence[Mapping[str, str]],
    say: Callable[[str], None],
) -> None:
    """Make a report of everybody while people sign in, and another one undisturbed; download that.

    People sign in before the report, while it is made and after it: what else the machine does changes over minutes.
    """
    worker = _worker_of(pid)
    third = len(people) // 3
    apart = [_timed(port, person) for person in people[:third]]
    path = _ask(client)
    together = [_timed(port, person) for person in people[third : 2 * third]]
    client.close()
    was_done = _is_ready(client, path)
    _wait(client, path)
    apart += [_timed(port, person) for person in people[2 * third :]]
    alone, median = statistics.median(apart), statistics.median(together)
    say(f"\nfull sign-in                {alone * 1000:9.1f} ms")
    ended = ", though the report ended first" if was_done else ""
    say(f"while a report is made      {median * 1000:9.1f} ms, {median / alone:.2f} times (at most 1.1){ended}")
    before, began = cpu_seconds(worker), time.monotonic()
    path = _ask(client)
    _wait(client, path)
    spent, took = cpu_seconds(worker) - before, time.monotonic() - began
    say(f"status report of everybody  {spent:9.1f} s CPU, {took:.1f} s in all (at most 60)")
    say(f"the worker's memory         {_peak_mib(worker):9.1f} MiB at its peak (at most 100)")
    began = time.monotonic()
    client.get(path)
    text = client.download(f"{path}/download")
    took = time.monotonic() - began
    emails = {line.split(b",", 2)[1] for line in text.splitlines()[1:]}
    lines = text.count(b"\n") - 1
    say(f"download                    {took:9.1f} s, {len(text) / 2**20:.0f} MiB, {lines} lines")
    if len(emails) != lines:
        sys.exit("A line is there twice.")


def _ask(client: Client) -> str:
    client.close()
    client.get("/admin/reports")
    client.post("/admin/reports", {"include_end_users": "1"})
    found = _REPORT.fullmatch(client.location)
    if found is None:
        sys.exit(f"No report was begun: {client.location!r}.")
    return found.group()


def _is_ready(client: Client, path: str) -> bool:
    client.get(path)
    return 'id="report"' in client.page and "data-progress" not in client.page


def _wait(client: Client, path: str) -> None:
    while not _is_ready(client, path):
        time.sleep(0.5)


def _timed(port: int, person: Mapping[str, str]) -> float:
    """Return the seconds that one whole sign-in takes."""
    client = Client(port)
    began = time.perf_counter()
    TWOFOLD.present_password(client, person)
    client.get(TWOFOLD.second)
    TWOFOLD.present_passcode(client, person)
    took = time.perf_counter() - began
    client.close()
    return took


def _worker_of(pid: int) -> int:
    """Return the process of lower priority: the worker."""
    for one in tree(pid):
        if int(Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()[_NICE_FIELD - 2]) > 0:
            return one
    sys.exit("There is no worker.")


def _peak_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0
