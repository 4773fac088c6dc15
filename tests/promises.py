"""The promises that tests carry: which rows of the documentation there are, and which of them no passing test proves.

A pytest plugin, loaded by the root conftest. Marks travel from xdist's workers as user properties of each report,
because a report carries the names of marks but not their arguments.
"""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BEHAVIOURS = ROOT / "docs" / "reference" / "behaviours.md"
SECURITY_CASES = ROOT / "docs" / "security-case.md"
# The marks, and the page whose rows they name.
PAGES = {"behaviour": BEHAVIOURS, "security": SECURITY_CASES}

_ROW = re.compile(r"^\| (?P<id>[A-Z]+[0-9]+) \|", re.MULTILINE)


def ids_on(page: Path) -> tuple[str, ...]:
    """Return the ids of a page's rows, in the order of the page."""
    return tuple(row["id"] for row in _ROW.finditer(page.read_text(encoding="utf-8")))


def ids_of(item: pytest.Item, mark: str) -> list[str]:
    """Return the ids that a test carries by one mark, its parameters' marks included."""
    return [str(each) for found in item.iter_markers(mark) for each in found.args]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        item.user_properties.extend((mark, each) for mark in PAGES for each in ids_of(item, mark))


class Carried:
    """What the tests that ran carry, gathered from their reports in the process that prints the summary."""

    def __init__(self) -> None:
        self._carries: dict[str, set[tuple[str, str]]] = {}
        self._passed: set[str] = set()
        self._not_passed: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._carries[report.nodeid] = {(mark, str(value)) for mark, value in report.user_properties if mark in PAGES}
        if not report.passed:
            self._not_passed.add(report.nodeid)
        elif report.when == "call":
            self._passed.add(report.nodeid)

    def missing(self, mark: str) -> list[str]:
        """Return the ids of the mark's page that no test carries which passed in all its phases."""
        proved = {
            value
            for nodeid in self._passed - self._not_passed
            for named, value in self._carries[nodeid]
            if named == mark
        }
        return [each for each in ids_on(PAGES[mark]) if each not in proved]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.section("promises")
        for mark, title in (("behaviour", "Behaviours"), ("security", "Security cases")):
            missing = self.missing(mark)
            terminalreporter.write_line(f"{title} that no passing test carries: {len(missing)}")
            if missing:
                terminalreporter.write_line(f"  {' '.join(missing)}")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--promises", action="store_true", help="end with the promises that no passing test carries")


def pytest_configure(config: pytest.Config) -> None:
    # In an xdist worker nobody reads a summary.
    if config.getoption("--promises") and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Carried(), "twofold-promises")
