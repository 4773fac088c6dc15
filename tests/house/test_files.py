"""Rules about files: how long, in which words, naming no index; each failure says what to do."""

import re
import subprocess
import sys

import pytest

from tests.house import tree

_MOST_LINES = 400
_CODE = {".py", ".html", ".css", ".js", ".txt", ".sh", ""}


def test_no_file_of_code_is_longer_than_400_lines() -> None:
    long = {
        tree.name_of(path): lines
        for path in tree.files("src", "tests", "bench", "run", "test", ".ci")
        if path.suffix in _CODE
        and (text := tree.text_of(path)) is not None
        and (lines := text.count("\n")) > _MOST_LINES
    }
    assert not long, f"split by subject: {long}"


def _index_hosts() -> set[str]:
    # pip knows where it looks by default, and its configuration where it looks here.
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "from pip._internal.models.index import PyPI; print(PyPI.netloc, PyPI.file_storage_domain)",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    configured = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    ).stdout
    return {*told, *re.findall(r"https?://(?:[^@/'\" ]*@)?([^/:'\" ]+)", configured)} - {"localhost", "127.0.0.1"}


def test_no_file_names_a_package_index() -> None:
    hosts = _index_hosts()
    assert hosts
    named = [
        tree.name_of(path)
        for path in tree.files(".")
        if (text := tree.text_of(path)) is not None and any(host in text for host in hosts)
    ]
    assert not named, "whoever installs chooses the index"


@pytest.mark.parametrize("name", ["runtime", "postgres", "dev"])
def test_requirements_are_exact_and_hashed(name: str) -> None:
    text = (tree.ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
    entries = text.replace("\\\n", "").splitlines()
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+(\[[a-z,]+\])?==\S+ ", entry), entry
        assert "--hash=sha256:" in entry
        assert "://" not in entry


def _named_in(name: str) -> set[str]:
    lines = (tree.ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    return {
        found[0].lower().replace("_", "-") for line in lines if (found := re.match(r"[A-Za-z][A-Za-z0-9_.-]*", line))
    }


@pytest.mark.parametrize("name", ["runtime", "postgres", "dev"])
def test_everything_asked_for_is_compiled(name: str) -> None:
    assert _named_in(f"{name}.in") <= _named_in(f"{name}.txt"), "compile anew: requirements/compile"


def test_no_test_is_switched_off() -> None:
    switch = re.compile(r"mark\.(skip|skipif|xfail)\b|pytest\.(skip|xfail|importorskip)\(")
    # tools.py leaves out what needs a missing program, on a developer's machine only.
    switched = [
        tree.name_of(path)
        for path in tree.files("tests")
        if path.suffix == ".py"
        and tree.name_of(path) not in {"tests/tools.py", "tests/house/test_files.py"}
        and switch.search(path.read_text(encoding="utf-8"))
    ]
    assert not switched, "mend the test or delete it"
