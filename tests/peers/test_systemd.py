"""The unit of docs/how-to/production.md, as systemd itself reads it."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.tools import find_tool

pytestmark = pytest.mark.peers("systemd-analyze")

HOW_TO = Path(__file__).resolve().parent.parent.parent / "docs" / "how-to" / "production.md"
PROGRAM = "/opt/twofold/.venv/bin/twofold serve"


def verified(folder: Path, unit: str) -> subprocess.CompletedProcess[str]:
    """Have systemd read a unit; the product lies where the how-to puts it on no machine of a test."""
    assert PROGRAM in unit
    path = folder / "twofold.service"
    path.write_text(unit.replace(PROGRAM, "/bin/true"))
    tool = find_tool("systemd-analyze")
    assert tool is not None
    return subprocess.run([tool, "verify", path], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def unit() -> str:
    found = re.search(r"^```ini\n(.*?)^```", HOW_TO.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def test_the_unit_is_right(tmp_path: Path, unit: str) -> None:
    done = verified(tmp_path, unit)
    assert done.returncode == 0, done.stderr
    assert "twofold.service" not in done.stderr


def test_a_wrong_line_would_be_found(tmp_path: Path, unit: str) -> None:
    assert "KilMode" in verified(tmp_path, unit.replace("KillMode=", "KilMode=")).stderr
