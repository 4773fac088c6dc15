"""Which tests one worker of a run gets together, because they share what is slow to make.

A pytest plugin, loaded by the root conftest. All others go wherever there is time, one by one, and last.
"""

from typing import TYPE_CHECKING

import pytest
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it says nothing of its types

if TYPE_CHECKING:
    from xdist.remote import Producer  # type: ignore[import-untyped]  # as above

# A server, Chromium, or another program, started for one file.
ROOMS = ("tests/browser/", "tests/peers/", "tests/runtime/")
# A demo; databases with twenty thousand people.
FILES = ("tests/store/test_plans.py", "tests/walks/test_demo.py")
# Processes that race, started once for all of these.
RACES = ("tests/races/", "tests/store/test_races.py", "tests/store/test_profile_races.py")


def shared_by(test: str) -> str:
    """Return what tests that belong together have in common, given the id of one."""
    path = test.partition("::")[0]
    if path.startswith(RACES):
        return "races"
    return path if path.startswith((*ROOMS, *FILES)) else test


class Sharing(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Hands out the largest groups first."""

    def _split_scope(self, nodeid: str) -> str:
        return shared_by(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: "Producer") -> Sharing:
    return Sharing(config, log)
