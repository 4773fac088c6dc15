"""Looking at one page as everybody meets it: with assistive technology, in the dark, and on a small phone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Mapping

    from playwright.sync_api import Page

NARROW = 320
"""CSS pixels: WCAG 2.2, 1.4.10."""
# All of axe's rules, with the one for the size of targets, which it leaves out by itself.
_WHOLE = {"rules": {"target-size": {"enabled": True}}}
_SIZES = {"runOnly": {"type": "rule", "values": ["target-size"]}, "rules": {"target-size": {"enabled": True}}}
_COLOURS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
_TOO_WIDE = """() => [...document.querySelectorAll('body *')]
    .filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .slice(0, 3).map((one) => one.outerHTML.slice(0, 120))"""


class Inspector:
    """Looks at pages and collects what is wrong with them."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.findings: list[str] = []
        self._axe = Axe()

    def look(self, page: Page, name: str) -> None:
        """Look at the present page, in light and dark, wide and narrow."""
        self.seen.append(name)
        self._with_axe(page, name, "light", _WHOLE)
        page.emulate_media(color_scheme="dark")
        self._with_axe(page, name, "dark", _COLOURS)
        page.emulate_media(color_scheme="light")
        size = page.viewport_size
        page.set_viewport_size({"width": NARROW, "height": 640})
        width = page.evaluate("() => document.documentElement.scrollWidth")
        if width > NARROW:
            self.findings.append(f"{name}: {width} px wide on a phone of {NARROW}: {page.evaluate(_TOO_WIDE)}")
        self._with_axe(page, name, "narrow", _SIZES)
        if size is not None:
            page.set_viewport_size(size)
        if len(page.get_by_role("heading", level=1).all()) != 1:
            self.findings.append(f"{name}: not one heading of the first level")

    def _with_axe(self, page: Page, name: str, how: str, options: Mapping[str, object]) -> None:
        for violation in self._axe.run(page, options=dict(options)).response["violations"]:
            where = [
                f"{node['html'][:160]} ({node.get('failureSummary', '')[:200]})" for node in violation["nodes"][:2]
            ]
            self.findings.append(f"{name}, {how}: {violation['id']}: {where}")


def shoot(page: Page, name: str) -> None:
    """Take a picture of the page, wide and narrow, light and dark, where a folder for pictures is named."""
    folder = os.environ.get("PICTURES")
    if not folder:
        return
    for width in (1280, 320):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{width}-{scheme}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
