"""Real Chromium and a real demo. Each test has a demo of its own: a copy of one that was born once per worker."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Protocol

import pytest
from playwright.sync_api import expect, sync_playwright

from tests import demos, tools
from tests.browser.inspecting import Inspector
from tests.browser.watch import Watch
from tests.demos import born

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

__all__ = ["born"]

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PATIENCE = 15_000
"""Milliseconds to wait for anything on a page; two cores are shared by all."""
expect.set_options(timeout=PATIENCE)
ZONE = "Europe/Vienna"
"""Where the browsers are; the machine may be anywhere."""


class BrowserAt(Protocol):
    """Opens a page in a browser that nobody has used before, at this address."""

    def __call__(self, url: str, *, scripts: bool = True) -> Page: ...


class NewBrowser(Protocol):
    """The same, at the test's demo."""

    def __call__(self, *, scripts: bool = True) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name == "browser":
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def demo(born: Path, tmp_path: Path) -> Iterator[demos.Demo]:
    """Run a demo; whatever it logged as a fault of its own fails the test."""
    running = demos.start(demos.copied(born, tmp_path / "data"))
    yield running
    running.stop()
    log = (tmp_path / "data.log").read_text()
    assert "page.failed" not in log, log
    assert "Traceback" not in log, log


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Run Chromium for the tests of one file: its event loop must be gone before other tests use the database."""
    # Playwright's driver warns on standard error about what it was told by another's variables.
    os.environ.pop("NODE_OPTIONS", None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(tools.find_tool("chromium")), args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[demos.Demo]:
    """Run the product itself on a folder that nobody has used before."""
    running = demos.start(tmp_path / "house", "serve")
    yield running
    running.stop()
    log = (tmp_path / "house.log").read_text()
    assert "page.failed" not in log, log
    assert "Traceback" not in log, log


@pytest.fixture
def browser_at(chromium: Browser) -> Iterator[BrowserAt]:
    """Open pages that are watched: an error of a script, or of our own security policy, fails the test."""
    watches: list[Watch] = []
    contexts = []

    def opened(url: str, *, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=url,
            viewport={"width": 1280, "height": 900},
            color_scheme="light",
            timezone_id=ZONE,
            # Colours that fade into each other would be measured half-way.
            reduced_motion="reduce",
            java_script_enabled=scripts,
            permissions=["clipboard-read", "clipboard-write"],
        )
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        watches.append(Watch(context))
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()
    assert not list(itertools.chain.from_iterable(watch.troubles for watch in watches))


@pytest.fixture
def new_browser(demo: demos.Demo, browser_at: BrowserAt) -> NewBrowser:
    """Open pages of the demo; they are closed before it stops, since some ask it what is new."""
    return lambda *, scripts=True: browser_at(demo.url, scripts=scripts)


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    """Look at pages; what was found is told all at once."""
    looking = Inspector()
    yield looking
    assert not looking.findings, "\n".join(looking.findings)
    assert looking.seen
