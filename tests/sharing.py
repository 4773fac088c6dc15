"""Which tests one worker of a run gets together, because they share what is slow to make.

A pytest plugin, loaded by the root conftest. All others go wherever there is time, one by one, and last.
"""

from typing import TYPE_CHECKING, Any

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it says nothing of its types

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xdist.remote import Producer, WorkerInteractor  # type: ignore[import-untyped]  # as above
    from xdist.workermanage import WorkerController  # type: ignore[import-untyped]  # as above

# A server, Chromium, or another program, started for one file.
ROOMS = ("tests/browser/", "tests/peers/", "tests/runtime/")
# Databases with twenty thousand people; a demo; every message of the product, and its pseudo-locale.
FILES = ("tests/store/test_plans.py", "tests/walks/test_demo.py", "tests/i18n/test_pseudo_locale.py")
# Processes that race, started once for all of these.
RACES = ("tests/races/", "tests/store/test_races.py", "tests/store/test_profile_races.py")


def shared_by(test: str) -> str:
    """Return what tests that belong together have in common, given the id of one."""
    path = test.partition("::")[0]
    if path.startswith(RACES):
        return "races"
    return path if path.startswith((*ROOMS, *FILES)) else test


class _Numbered(list[str]):
    """The tests as a worker found them; where each stands is looked up for every one, so nothing is searched."""

    def __init__(self, tests: "Sequence[str]") -> None:
        super().__init__(tests)
        self._places = {test: place for place, test in enumerate(tests)}

    def index(self, test: str, *_: object) -> int:
        return self._places[test]


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Hands out the largest groups first.

    After each test it is counted how many are left of what a worker was given, so groups that are done are let go.
    """

    def _split_scope(self, nodeid: str) -> str:
        return shared_by(nodeid)

    def add_node_collection(self, node: "WorkerController", collection: "Sequence[str]") -> None:
        super().add_node_collection(node, collection)
        if node in self.registered_collections:
            self.registered_collections[node] = _Numbered(collection)

    def mark_test_complete(self, node: "WorkerController", item_index: int, duration: float = 0) -> None:
        super().mark_test_complete(node, item_index, duration)
        given = self.assigned_work[node]
        group = self._split_scope(self.registered_collections[node][item_index])
        if all(given[group].values()):
            del given[group]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> Sharing:
    return Sharing(config, log)


AT_ONCE = 0.1
"""Seconds; how long it took to prepare for a test, and to clear up, is told where it was longer."""


def pytest_sessionstart(session: pytest.Session) -> None:
    """Let a worker leave out what nobody reads: each message costs both sides as much as many a test does."""
    for plugin in session.config.pluginmanager.get_plugins():
        # Of the script that a worker runs, which is no module that could be asked for the class.
        if type(plugin).__name__ == "WorkerInteractor":
            _make_terse(plugin)


def _make_terse(worker: "WorkerInteractor") -> None:
    send = worker.sendevent

    def sends(name: str, **told: Any) -> None:  # noqa: ANN401 -- whatever xdist tells
        if name == "testreport" and _says_nothing(told["data"]):
            return
        if name != "logstart":
            send(name, **told)

    worker.sendevent = sends


def _says_nothing(report: "Mapping[str, Any]") -> bool:
    at_once = bool(report["duration"] < AT_ONCE)
    return at_once and report["when"] != "call" and report["outcome"] == "passed"
