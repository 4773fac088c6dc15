"""Programs that others wrote, which some tests need, and what happens where one is missing."""

import os
import shutil
from pathlib import Path

import pytest

# Debian keeps some programs off the PATH: PostgreSQL's server in a folder of its version, Kannel's fake message centre
# with its tests.
_FOLDERS = [
    *sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True),
    Path("/usr/sbin"),
    Path("/usr/lib/kannel/test"),
]
# What a test marked `browser` needs; one marked `peers` names its programs: peers("nginx").
_CHROMIUM = "chromium"


def find_tool(name: str) -> Path | None:
    """Return where a program is, or None where it is not installed."""
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(map(str, _FOLDERS)))
    return Path(found) if found else None


def needed_by(item: pytest.Item) -> list[str]:
    """Return the programs that a test needs."""
    named = [str(name) for mark in item.iter_markers("peers") for name in mark.args]
    return [_CHROMIUM, *named] if item.get_closest_marker("browser") else named


def refuse_without_tools(item: pytest.Item) -> None:
    """Leave a test out where a program is missing; with CI=true, fail it."""
    missing = [name for name in needed_by(item) if find_tool(name) is None]
    if not missing:
        return
    words = f"not installed: {', '.join(missing)}; ./test as root installs what tests need"
    if os.environ.get("CI") == "true":
        pytest.fail(words, pytrace=False)
    pytest.skip(words)
