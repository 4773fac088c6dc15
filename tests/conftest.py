"""What holds for every test: no network, no settings of this machine, no clock but the test's, all tools in CI."""

import os

import hypothesis
import pytest

from tests import network, tools

pytest_plugins = ["pytester", "tests.promises"]

# Two cores are shared by all workers, so the time that one example takes says nothing.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")

# Before Django's settings are read: what the developer's own installation is told must not reach the tests.
for name in [name for name in os.environ if name.startswith("TWOFOLD_")]:
    del os.environ[name]


def pytest_configure() -> None:
    network.guard()


def pytest_runtest_setup(item: pytest.Item) -> None:
    tools.refuse_without_tools(item)
