"""Keys are rotated while people sign in: nobody notices, and nothing is sealed with an old key afterwards."""

from __future__ import annotations

import json
import re
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import httpx
import pytest

from tests import demos
from tests.processes import NO_TLS
from tests.runtime.product import typed, word
from twofold.commands import rotate_keys
from twofold.unfit import Unfit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runtime.product import Told

COLUMNS = {"enrolment": "state", "attempt": "kept", "setting": "value", "canary": "value"}


def rotate(folder: Path, by: Callable[..., Told]) -> None:
    done = by(folder, "rotate-keys")
    assert done.code == 0, done.err


def ring(folder: Path) -> list[str]:
    return [one["id"] for one in json.loads((folder / "keys.json").read_text())["ring"]]


def keys_in_use(folder: Path) -> set[str]:
    """Return the ids of the keys that sealed what lies in the database."""
    found = set()
    with closing(sqlite3.connect(folder / "twofold.sqlite3")) as database:
        for table, column in COLUMNS.items():
            for (value,) in database.execute(f"SELECT {column} FROM {table}"):  # noqa: S608 -- our own tables
                if value:
                    found.add(bytes(value)[2 : 2 + value[1]].decode())
    return found


def test_somebody_half_way_through_a_sign_in_does_not_notice(tmp_path: Path) -> None:
    demo = demos.start(tmp_path / "demo")
    try:
        ben = demo.person("ben")
        with httpx.Client(verify=NO_TLS, base_url=demo.url, follow_redirects=True) as browser:

            def post(path: str, **fields: str) -> httpx.Response:
                token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', browser.get(path).text)
                assert token
                return browser.post(
                    path, data={"csrfmiddlewaretoken": token[1], **fields}, headers={"Origin": demo.url}
                )

            at_the_code = post("/sign-in", email=ben["email"], password=ben["password"])
            assert at_the_code.url.path == "/sign-in/passcode"
            first = ring(demo.folder)
            rotate(demo.folder, by=typed)
            second = ring(demo.folder)
            assert second[:-1] == first
            assert keys_in_use(demo.folder) == {second[-1]}
            home = post("/sign-in/passcode", passcode=demo.passcode(ben["key"]))
            assert home.url.path == "/"
            assert keys_in_use(demo.folder) == {second[-1]}, "the running server seals with the new key"
            rotate(demo.folder, by=word)
            third = ring(demo.folder)
            assert third[:-1] == second[-1:], "what is older than the key before is gone"
            assert browser.get("/profile/security").status_code == httpx.codes.OK
    finally:
        demo.stop()
    log = (tmp_path / "demo.log").read_text()
    assert "Unsealable" not in log
    assert "page.failed" not in log


def test_two_rotations_at_once_lose_no_key(tmp_path: Path) -> None:
    """The later would write its ring over the earlier one's, whose new key seals already."""
    with rotate_keys._alone(tmp_path), pytest.raises(Unfit, match="already"), rotate_keys._alone(tmp_path):
        raise AssertionError("both write a ring")
    with rotate_keys._alone(tmp_path):
        pass
