"""`./run account`: one more help desk beside a running server, and what keeps it from being made."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.runtime.product import running, typed, word

if TYPE_CHECKING:
    from pathlib import Path

ACME = {
    "TWOFOLD_PUBLIC": "https://help.acme.example",
    "TWOFOLD_OWNER_EMAIL": "ann@acme.example",
    "TWOFOLD_OWNER_PASSWORD": "gravel otter lamp",
    "TWOFOLD_NAME": "Acme Support",
}
GLOBEX = "help.globex.example"
FORWARDED = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}


def test_a_second_help_desk_is_served_at_once_and_its_owner_is_made(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, **ACME) as server:

        def sign_in_page(host: str) -> tuple[int, str]:
            answer = server.get("/sign-in", Host=host, **FORWARDED)
            return answer.status_code, answer.text

        assert sign_in_page(GLOBEX)[0] == 421
        line = ("add", "Globex Support", f"--public=https://{GLOBEX}", "--time-zone=Europe/Vienna")
        told = typed(data, "account", *line, **ACME, TWOFOLD_PORT=str(server.port))
        assert told.code == 0, told.err
        assert f"Globex Support is served at https://{GLOBEX}" in told.out

        status, text = sign_in_page(GLOBEX)
        assert status == 200
        assert "Globex Support" in text
        assert "Acme Support" in sign_in_page("help.acme.example")[1]
        assert sign_in_page("help.initech.example")[0] == 421

        link = re.search(rf"http://localhost:{server.port}(/\S+)", told.out)
        assert link is not None
        assert server.get(link[1], host="localhost").status_code == 200
        assert server.get(link[1], Host=GLOBEX, **FORWARDED).status_code == 403, "not from afar"

        listed = word(data, "account", "list", **ACME).out.splitlines()
        assert [line.split()[0] for line in listed] == ["https://help.acme.example", f"https://{GLOBEX}"]
        assert "has an owner" in listed[0]
        assert "no owner yet" in listed[1]
        anew = word(data, "owner-link", f"--account={GLOBEX}", **ACME, TWOFOLD_PORT=str(server.port))
        assert anew.code == 0
        assert server.get(link[1], host="localhost").status_code != 200, "the earlier link is void"
        assert word(data, "owner-link", "--account=help.acme.example", **ACME).code == 1
        assert "name one with --account HOST" in word(data, "owner-link", **ACME).err

        to = ("--account", GLOBEX, "--public=https://support.globex.example")
        assert "Add --yes" in word(data, "account", "change", *to, **ACME).err
        assert sign_in_page(GLOBEX)[0] == 200
        moved = word(data, "account", "change", "Globex Help", *to, "--yes", **ACME)
        assert moved.code == 0, moved.err
        assert "Ended: sessions, unfinished sign-ins, trusted browsers, and mailed links." in moved.out
        assert sign_in_page(GLOBEX)[0] == 421, "without a start"
        assert "Globex Help" in sign_in_page("support.globex.example")[1]
        taken = word(data, "account", "change", *to[:1], "help.acme.example", to[2], "--yes", **ACME)
        assert "already" in taken.err


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("Globex", "--public=https://help.acme.example"), "already"),
        (("Globex", "--public=https://HELP.acme.example/"), "already"),
        (("Globex",), "Name the address"),
        (("Globex", "--public=http://help.globex.example"), "is an https:// address"),
        (("Globex", "--public=https://help.globex.example/desk"), "without a path"),
        (("Globex", "--public=http://localhost:8420"), "all over https, or all on this machine"),
        (("", "--public=https://help.globex.example"), "A help desk has a name"),
        (("x" * 200, "--public=https://help.globex.example"), "A help desk has a name"),
        (("Globex", "--public=https://help.globex.example", "--time-zone=Mars/Base"), "A time zone is a name"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_made(house: Path, line: tuple[str, ...], said: str) -> None:
    told = word(house, "account", "add", *line, **ACME)
    assert told.code == 2
    assert said in told.err
    assert len(word(house, "account", "list", **ACME).out.splitlines()) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ((), "Nothing would change"),
        (("Acme Support",), "Nothing would change"),
        (("x" * 81,), "A help desk has a name"),
        (("--time-zone=Mars/Base",), "A time zone is a name"),
        (("--public=https://support.acme.example", "--yes"), "start the server with the new one"),
        (("Acme", "--account=help.initech.example"), "No help desk here has the host name"),
    ],
)
def test_a_change_that_cannot_be_is_refused(house: Path, line: tuple[str, ...], said: str) -> None:
    told = word(house, "account", "change", *line, **ACME)
    assert told.code == 2
    assert said in told.err


def test_a_name_is_changed(house: Path) -> None:
    told = word(house, "account", "change", "Acme Help", **ACME)
    assert told.code == 0, told.err
    assert "Authenticator apps go on showing the old name" in told.out
    assert "Acme Help" in word(house, "account", "list", **ACME).out
    assert word(house, "account", "change", "Acme Support", **ACME).code == 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a data folder with one help desk, and stop."""
    data = tmp_path_factory.mktemp("house") / "data"
    with running(data, **ACME):
        pass
    return data


def test_before_the_first_there_is_no_second(tmp_path: Path) -> None:
    told = word(tmp_path / "data", "account", "add", "Globex", f"--public=https://{GLOBEX}")
    assert told.code == 2
    assert "`./run` makes it." in told.err
