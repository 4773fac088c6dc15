"""The status report as processes make it: by command, and by a worker that is killed with `kill -9` again and again."""

from __future__ import annotations

import csv
import io
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import zlib
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from benchmarks import crowd
from tests.processes import environment
from tests.runtime.product import running, typed, wait_for, word

OWNER = "ann@acme.example"
PEOPLE = 24_000
ROOT = Path(__file__).resolve().parents[2]
MARK = "\ufeff"
# What the button on the page does, in a process of its own.
ASK = """
import django
django.setup()
from dataclasses import replace
from twofold.core.ids import JobId
from twofold.flows.report import new_report
from twofold.ports.jobs import MAKE_REPORT
from twofold.services import services
here = services()
account, now = here.accounts.all()[0].id, here.clock.now()
report = new_report(here, 0, now=now, end_users=True)
here.reports.add(account, report)
body = {"report": report.id, "behind": ""}
here.jobs.add(account, id=JobId(here.entropy.new_id()), kind=MAKE_REPORT, body=body, run_at=now, put_at=now)
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a data folder with one owner and a crowd of end users and agents, and stop."""
    data = tmp_path_factory.mktemp("house") / "data"
    with running(data, TWOFOLD_OWNER_EMAIL=OWNER, TWOFOLD_OWNER_PASSWORD="gravel otter lamp", TWOFOLD_OWNER_NAME="Ann"):
        pass
    crowd.put(data / "twofold.sqlite3", PEOPLE, 0)
    return data


@pytest.fixture
def data(house: Path, tmp_path: Path) -> Path:
    return shutil.copytree(house, tmp_path / "data")


def ask(data: Path, statement: str, *params: object) -> list[Any]:
    with closing(sqlite3.connect(data / "twofold.sqlite3", timeout=20)) as database:
        found: list[Any] = database.execute(statement, params).fetchall()
        database.commit()
        return found


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix(MARK), newline="")))


def test_the_command_writes_a_file_for_its_owner_alone(data: Path, tmp_path: Path) -> None:
    target = tmp_path / "team.csv"

    told = typed(data, "report", str(target))

    assert told.code == 0, told.err
    assert f"{PEOPLE // 200 + 1} people" in told.out
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    rows = rows_of(target.read_text(encoding="utf-8"))
    assert len(rows) == PEOPLE // 200 + 1
    assert {row["role"] for row in rows} == {"owner", "agent"}
    [event] = ask(data, "SELECT actor, detail FROM audit_event WHERE kind = 'report.made'")
    assert event[0] == "operator"
    assert f'"people":{len(rows)}' in event[1]
    [report] = ask(data, "SELECT state, asked_by, parts, done, finished_at IS NOT NULL FROM report")
    assert report == ("ready", None, 0, len(rows), 1)

    again = word(data, "report", str(target))
    assert again.code == 2
    assert "is not overwritten" in again.err


def test_the_command_tells_of_end_users_and_writes_to_standard_output(data: Path) -> None:
    told = word(data, "report", "-", "--include-end-users")

    assert told.code == 0, told.err
    assert told.out.startswith(f"{MARK}name,email,role,groups,state,2FA on,")
    rows = rows_of(told.out)
    assert len({row["email"] for row in rows}) == len(rows) == PEOPLE + 1
    on = [row for row in rows if row["2FA on"] == "yes"]
    assert len(on) == PEOPLE // 5
    assert {row["recovery codes left"] for row in on} == {"8"}


def test_a_place_that_cannot_be_written_is_named(data: Path, tmp_path: Path) -> None:
    told = word(data, "report", str(tmp_path / "nowhere" / "team.csv"))

    assert told.code == 2
    assert "cannot be written: No such file" in told.err


def test_kill_9_at_any_moment_of_making_a_report(data: Path) -> None:
    settings = environment(data, DJANGO_SETTINGS_MODULE="twofold.django_settings")
    subprocess.run([sys.executable, "-c", ASK], env=settings, cwd=ROOT, check=True)
    killed_at = []
    while True:
        # What the worker that was killed had leased is due again; else this would wait for two minutes each time.
        ask(data, "UPDATE job SET run_at = 0 WHERE kind = 'make_report' AND state = 'waiting'")
        worker = subprocess.Popen(
            [sys.executable, "-m", "twofold", "worker", "--once"],
            env=settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        before = _parts(data)
        wait_for(lambda before=before, worker=worker: _parts(data) >= before + 4 or worker.poll() is not None, 60)
        if worker.poll() is not None:
            assert worker.returncode == 0
            break
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        killed_at.append(_parts(data))

    assert len(killed_at) >= 2, "the worker was never killed in the middle; the test proves nothing"
    [(state, done, of, parts, size)] = ask(data, "SELECT state, done, of, parts, size FROM report")
    assert (state, done, of) == ("ready", PEOPLE + 1, PEOPLE + 1)
    bodies = ask(data, "SELECT body FROM report_part ORDER BY number")
    assert len(bodies) == parts
    content = b"".join(zlib.decompress(body) for (body,) in bodies)
    assert len(content) == size
    rows = rows_of(content.decode())
    assert len({row["email"] for row in rows}) == len(rows) == PEOPLE + 1
    assert ask(data, "SELECT count(*) FROM audit_event WHERE kind = 'report.made'") == [(1,)]


def _parts(data: Path) -> int:
    [(parts,)] = ask(data, "SELECT parts FROM report")
    return int(parts)
