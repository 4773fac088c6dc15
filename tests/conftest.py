"""What holds for every test: no network, no settings of this machine, no clock but the test's, all tools in CI."""

import os
import tempfile

import hypothesis
import pytest

from tests import network, tools

pytest_plugins = ["pytester", "tests.blocking", "tests.promises", "tests.sharing"]

# Two cores are shared by all workers, so the time that one example takes says nothing.
hypothesis.settings.register_profile("house", deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")

# Before Django's settings are read: what this machine's own installation is told must not reach the tests, and each
# worker has a data folder of its own.
for name in [name for name in os.environ if name.startswith("TWOFOLD_")]:
    del os.environ[name]
_DATA = tempfile.TemporaryDirectory(prefix="twofold-test-")
os.environ["TWOFOLD_DATA"] = _DATA.name
os.environ["DJANGO_SETTINGS_MODULE"] = "twofold.django_settings"


def pytest_configure() -> None:
    network.guard()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes() -> None:
    """Let each worker begin as this process did: what it inherits, it would read before it comes to this file."""
    del os.environ["TWOFOLD_DATA"], os.environ["DJANGO_SETTINGS_MODULE"]


def pytest_runtest_setup(item: pytest.Item) -> None:
    tools.refuse_without_tools(item)


def pytest_unconfigure() -> None:
    _DATA.cleanup()
