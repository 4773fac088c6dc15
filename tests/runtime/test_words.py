"""What an operator types on the server, while it is stopped: explain, rescue, doctor, backup and restore."""

from __future__ import annotations

import json
import shutil
import sqlite3
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.processes import environment
from tests.runtime.product import STARTS_WITHIN, Told, running, typed, word, write_private

if TYPE_CHECKING:
    from collections.abc import Callable

ANN = "ann@acme.example"
PASSPHRASE = "gravel otter lamp"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a data folder with one owner, and stop."""
    data = tmp_path_factory.mktemp("house") / "data"
    with running(data, TWOFOLD_OWNER_EMAIL=ANN, TWOFOLD_OWNER_PASSWORD="gravel otter lamp", TWOFOLD_OWNER_NAME="Ann"):
        pass
    return data


@pytest.fixture
def data(house: Path, tmp_path: Path) -> Path:
    """Return a copy of it."""
    return shutil.copytree(house, tmp_path / "data")


def passphrase(tmp_path: Path, text: str = PASSPHRASE) -> str:
    return f"--passphrase-file={write_private(tmp_path / 'passphrase', text)}"


def ask(data: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data / "twofold.sqlite3")) as database:
        found: list[tuple[object, ...]] = database.execute(statement).fetchall()
        return found


def change(data: Path, statement: str, *params: object) -> None:
    with closing(sqlite3.connect(data / "twofold.sqlite3")) as database:
        database.execute(statement, params)
        database.commit()


def _ahead(data: Path) -> None:
    [(account, identifier)] = ask(data, "SELECT account, id FROM audit_event LIMIT 1")
    change(
        data,
        "INSERT INTO audit_event (account, id, at, kind, actor, address, browser, detail)"
        " VALUES (?, ?, ?, 'session.begun', 'person', '', '', '{}')",
        account,
        f"x{str(identifier)[1:]}",
        4102444800000000,
    )


def _unbelieved(data: Path) -> None:
    [(account,)] = ask(data, "SELECT id FROM account")
    change(
        data,
        "INSERT INTO counter (account, subject, lane, value, version, touched_at)"
        " VALUES (?, 'forwarding', 'unbelieved', '{\"count\":7,\"last_at\":1777881600000000}', 1, 0)",
        account,
    )


def _late(data: Path) -> None:
    [(account,)] = ask(data, "SELECT id FROM account")
    change(
        data,
        "INSERT INTO job (account, id, kind, state, body, put_at, run_at, tries, version, channel)"
        " VALUES (?, 'late', 'message', 'waiting', x'', 0, 0, 0, 0, 'email')",
        account,
    )


def _given_up(data: Path) -> None:
    [(account,)] = ask(data, "SELECT id FROM account")
    for number, channel in enumerate(("sms", "sms", "email", None)):
        change(
            data,
            "INSERT INTO job (account, id, kind, state, body, put_at, run_at, finished_at, tries, version, channel)"
            " VALUES (?, ?, 'message', 'failed', x'', 0, 0, 0, 0, 0, ?)",
            account,
            f"given up {number}",
            channel,
        )


def test_explain_says_where_a_person_stands_and_why(data: Path) -> None:
    told = typed(data, "explain", "Ann@Acme.example")
    assert told.code == 0, told.err
    assert "Ann <ann@acme.example>, owner" in told.out
    assert "Two-factor authentication: Must set up" in told.out
    assert "because: chose it themselves" in told.out
    assert "Led to set-up" in told.out


def test_explain_changes_nothing(data: Path) -> None:
    before = ask(data, "SELECT count(*), max(id) FROM audit_event")
    word(data, "explain", ANN)
    assert ask(data, "SELECT count(*), max(id) FROM audit_event") == before


@pytest.mark.parametrize("line", [("explain",), ("rescue", "--yes")])
def test_nobody_is_told_apart_from_a_fault(data: Path, line: tuple[str, ...]) -> None:
    told = word(data, *line, "nobody@acme.example")
    assert told.code == 2
    assert "Nobody at Help desk signs in with nobody@acme.example." in told.err
    assert "Traceback" not in told.err


@pytest.mark.behaviour("A63")
def test_rescue_lists_opens_records_and_mails(data: Path) -> None:
    change(data, "UPDATE person SET suspended_at = 1777881600000000")
    told = typed(data, "rescue", ANN, "--yes")
    assert told.code == 0, told.err
    assert "In the way: Suspended since 2026-05-04 08:00 UTC." in told.out
    assert "In the way: Has to set a second factor up anew, after a reset." in told.out
    assert "/links/rescue?link=" in told.link
    assert ask(data, "SELECT suspended_at FROM person") == [(None,)]
    assert ask(data, "SELECT by_helper, used_at FROM recovery_code") == [(1, None)]
    [(detail,)] = ask(data, "SELECT detail FROM audit_event WHERE kind = 'person.rescued' AND actor = 'operator'")
    assert "suspended" in json.loads(str(detail))["opened"]
    code = told.out.rsplit("\n", 2)[1].strip()
    assert len(code) == len("XXXX-XXXX-XXXX-XXXX")
    assert typed(data, "worker", "--once").code == 0
    [mail] = (data / "mail").iterdir()
    text = mail.read_text()
    assert f"To: {ANN}\nSubject: A rescue link was made" in text
    assert stat.S_IMODE(mail.stat().st_mode) == 0o600
    # Neither the way in nor the code travels by mail.
    assert code not in text
    assert told.link.rpartition("=")[2] not in text


def test_rescue_asks_first(data: Path) -> None:
    told = word(data, "rescue", ANN)
    assert told.code == 2
    assert "In the way" in told.out
    assert "./run rescue EMAIL --yes" in told.err
    assert ask(data, "SELECT count(*) FROM recovery_code") == [(0,)]


def test_doctor_finds_nothing_to_mend_in_a_new_house(data: Path) -> None:
    told = typed(data, "doctor")
    assert "!!  clock" in told.out or told.code == 0, told.out
    for about in ("folder", "database", "keys", "clock", "mail", "cookies", "proxy", "owners"):
        assert f"  {about}:" in told.out


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda data: data.chmod(0o755), "is open to others"),
        (lambda data: (data / "keys.json").chmod(0o644), "keys.json is open to others (chmod 600"),
        (lambda data: (data / "keys.json").write_text("{}"), "is damaged"),
        (_ahead, "was set back"),
        (_unbelieved, "7 requests had forwarding headers"),
        (_late, "mail:      1 mails wait although they are due"),
    ],
)
def test_doctor_finds_what_is_wrong(data: Path, spoil: object, says: str) -> None:
    assert callable(spoil)
    spoil(data)
    told = word(data, "doctor")
    assert told.code == 1
    assert says in told.out


def test_doctor_names_what_was_given_up_by_how_it_goes(data: Path) -> None:
    _given_up(data)
    told = word(data, "doctor").out
    for line in ("texts:     2 texts", "mail:      1 mails", "worker:    1 tasks"):
        assert f"{line} of the last 30 days were given up" in told


def test_doctor_connects_to_the_mail_server_and_names_misspelt_settings(data: Path) -> None:
    told = word(data, "doctor", TWOFOLD_SMTP_HOST="127.0.0.1", TWOFOLD_SMTP_PORT="9", TWOFOLD_SMPT_USER="ann")
    assert told.code == 1
    assert "127.0.0.1:9: no connection: Connection refused" in told.out
    assert "TWOFOLD_SMPT_USER means nothing; is TWOFOLD_SMTP_USER meant?" in told.out


def test_doctor_says_when_the_public_address_is_not_that_of_the_server(data: Path) -> None:
    told = word(data, "doctor", TWOFOLD_PUBLIC="https://help.acme.example")
    assert "give both the same TWOFOLD_PUBLIC" in told.out


def backed_up(data: Path, tmp_path: Path, by: Callable[..., Told] = word) -> tuple[Path, Told]:
    file = tmp_path / "twofold.backup"
    told = by(data, "backup", str(file), passphrase(tmp_path))
    assert told.code == 0, told.err
    return file, told


def test_a_backup_is_one_private_file_whose_keys_are_sealed(data: Path, tmp_path: Path) -> None:
    file, _ = backed_up(data, tmp_path, by=typed)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with zipfile.ZipFile(file) as container:
        assert sorted(container.namelist()) == ["database", "keys.sealed", "manifest.json"]
        everything = b"".join(container.read(name) for name in container.namelist())
    keys = json.loads((data / "keys.json").read_text())
    for secret in (keys["digests"], keys["pepper"], keys["ring"][0]["key"]):
        assert secret.encode() not in everything
    assert ask(data, "SELECT count(*) FROM audit_event WHERE kind = 'backup.made'") == [(1,)]
    assert not [path for path in data.iterdir() if path.name.startswith(".")]


def test_a_backup_never_replaces_a_file(data: Path, tmp_path: Path) -> None:
    file, _ = backed_up(data, tmp_path)
    before = file.read_bytes()
    told = word(data, "backup", str(file), passphrase(tmp_path))
    assert told.code == 2
    assert file.read_bytes() == before


def test_a_short_passphrase_is_refused(data: Path, tmp_path: Path) -> None:
    told = word(data, "backup", str(tmp_path / "file"), passphrase(tmp_path, "short"))
    assert told.code == 2
    assert "at least 12 characters" in told.err
    assert not (tmp_path / "file").exists()


def test_a_restore_brings_people_back_and_opens_nothing(data: Path, tmp_path: Path) -> None:
    [(account,)] = ask(data, "SELECT id FROM account")
    [(person,)] = ask(data, "SELECT id FROM person")
    change(
        data,
        "INSERT INTO link (account, id, token_digest, purpose, person_id, made_at, expires_at, detail)"
        " VALUES (?, 'a-link', 'digest', 'password_reset', ?, 0, 4102444800000000, '{}')",
        account,
        person,
    )
    change(
        data,
        "INSERT INTO known_browser (account, browser_id, person_id, name, first_used_at, last_used_at, address, trust)"
        " VALUES (?, 'b', ?, 'Firefox', 0, 0, '', '{}')",
        account,
        person,
    )
    _late(data)
    file, _ = backed_up(data, tmp_path)
    new = tmp_path / "new"
    told = typed(new, "restore", str(file), passphrase(tmp_path))
    assert told.code == 0, told.err
    assert ask(new, "SELECT email FROM person") == [(ANN,)]
    assert ask(new, "SELECT count(*) FROM link WHERE used_at IS NULL") == [(0,)]
    assert ask(new, "SELECT count(*) FROM known_browser WHERE trust IS NOT NULL") == [(0,)]
    assert ask(new, "SELECT count(*) FROM job WHERE state = 'waiting'") == [(0,)]
    assert ask(new, "SELECT count(*) FROM session WHERE ended_at IS NULL") == [(0,)]
    assert ask(new, "SELECT count(*) FROM attempt WHERE closed_at IS NULL") == [(0,)]
    assert ask(new, "SELECT count(*) FROM audit_event WHERE kind = 'backup.restored'") == [(1,)]
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in new.iterdir()} == {0o600}
    with running(new) as server:
        assert server.get("/sign-in").is_success


@pytest.fixture(scope="module")
def backup(house: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make one backup for the tests that only read it, or spoil a copy."""
    folder = tmp_path_factory.mktemp("backup")
    return backed_up(shutil.copytree(house, folder / "data"), folder)[0]


def test_a_folder_in_use_is_not_restored_into(data: Path, backup: Path, tmp_path: Path) -> None:
    file = backup
    told = word(data, "restore", str(file), passphrase(tmp_path))
    assert told.code == 2
    assert f"{data} is in use" in told.err


def _another_database(file: Path) -> None:
    with zipfile.ZipFile(file) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    parts["database"] += b" "
    with zipfile.ZipFile(file, "w") as container:
        for name, content in parts.items():
            container.writestr(name, content)


def _another_manifest(file: Path) -> None:
    with zipfile.ZipFile(file) as container:
        parts = {name: container.read(name) for name in container.namelist()}
    parts["manifest.json"] = parts["manifest.json"].replace(b'"is_demo": false', b'"is_demo": true')
    with zipfile.ZipFile(file, "w") as container:
        for name, content in parts.items():
            container.writestr(name, content)


@pytest.mark.parametrize(
    ("spoil", "with_passphrase", "says"),
    [
        (Path.touch, "another passphrase", "The passphrase is not the one of this backup"),
        (_another_database, PASSPHRASE, "is not the one the backup was made with"),
        (_another_manifest, PASSPHRASE, "or the backup was changed"),
        (lambda file: file.write_bytes(b"PK nonsense"), PASSPHRASE, "is no backup of Twofold"),
        (lambda file: file.unlink(), PASSPHRASE, "cannot be read"),
    ],
)
def test_a_spoilt_backup_opens_nothing(
    backup: Path, tmp_path: Path, spoil: object, with_passphrase: str, says: str
) -> None:
    file = Path(shutil.copy(backup, tmp_path / "spoilt"))
    assert callable(spoil)
    spoil(file)
    told = word(tmp_path / "new", "restore", str(file), passphrase(tmp_path, with_passphrase))
    assert told.code == 2
    assert says in told.err
    assert "Traceback" not in told.err
    assert not list((tmp_path / "new").iterdir())


def test_before_the_first_start_every_word_says_so(tmp_path: Path) -> None:
    for line in (("explain", ANN), ("rescue", ANN), ("doctor",), ("owner-link",), ("worker", "--once")):
        told = word(tmp_path / "none", *line)
        assert told.code == 2
        assert "`./run` makes it" in told.err
    assert not (tmp_path / "none").exists()


def test_whoever_reads_no_further_sees_no_trace(data: Path) -> None:
    """As `./run explain EMAIL | head -1` does."""
    deaf = subprocess.Popen(
        [sys.executable, "-m", "twofold", "doctor"],
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert deaf.stdout is not None
    deaf.stdout.close()
    _, said = deaf.communicate(timeout=STARTS_WITHIN)
    assert (deaf.returncode, said) == (1, "")
