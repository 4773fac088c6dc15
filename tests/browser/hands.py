"""The two ways of using a page: by mouse, and by keyboard alone. Everything is found by the name that people read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from playwright.sync_api import expect

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MOST_TABS = 120


class Hands(Protocol):
    """What a person does with the present page."""

    page: Page
    scripts: bool
    """Whether the browser runs scripts."""

    def fill(self, label: str, text: str) -> None: ...
    def press(self, name: str) -> None: ...
    def follow(self, name: str) -> None: ...
    def tick(self, label: str, *, on: bool = True) -> None: ...
    def choose(self, label: str) -> None: ...
    def unfold(self, summary: str) -> None: ...


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def link(page: Page, name: str) -> Locator:
    return page.get_by_role("link", name=name, exact=True).first


def summary(page: Page, name: str) -> Locator:
    return page.locator("summary").filter(has_text=name, visible=True).first


class Mouse:
    """Clicks."""

    def __init__(self, page: Page, *, scripts: bool = True) -> None:
        self.page = page
        self.scripts = scripts

    def fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, name: str) -> None:
        button(self.page, name).click()

    def follow(self, name: str) -> None:
        link(self.page, name).click()

    def tick(self, label: str, *, on: bool = True) -> None:
        self.page.get_by_role("checkbox", name=label).set_checked(on)

    def choose(self, label: str) -> None:
        self.page.get_by_role("radio", name=label).check()

    def unfold(self, name: str) -> None:
        summary(self.page, name).click()


class PatientMouse(Mouse):
    """Clicks, and waits for the page that a button leads to: for tests that look at it at once."""

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            super().press(name)


class Keyboard:
    """Tab, space, enter and the arrows, and what is typed; the pointer is never used."""

    def __init__(self, page: Page, *, scripts: bool = True) -> None:
        self.page = page
        self.scripts = scripts

    def fill(self, label: str, text: str) -> None:
        self._reach(self.page.get_by_label(label, exact=True))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def press(self, name: str) -> None:
        self._reach(button(self.page, name))
        self.page.keyboard.press("Enter")

    def follow(self, name: str) -> None:
        self._reach(link(self.page, name))
        self.page.keyboard.press("Enter")

    def tick(self, label: str, *, on: bool = True) -> None:
        box = self.page.get_by_role("checkbox", name=label)
        self._reach(box)
        if box.is_checked() != on:
            self.page.keyboard.press("Space")
        expect(box).to_be_checked(checked=on)

    def choose(self, label: str) -> None:
        radio = self.page.get_by_role("radio", name=label)
        group = self.page.locator(f"[name={radio.get_attribute('name')}]")
        self._reach_any(group)
        for _ in range(group.count()):
            if _has_focus(radio):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Space")
        expect(radio).to_be_checked()

    def unfold(self, name: str) -> None:
        self._reach(summary(self.page, name))
        self.page.keyboard.press("Enter")

    def _reach(self, target: Locator) -> None:
        self._reach_any(target)

    def _reach_any(self, targets: Locator) -> None:
        expect(targets.first).to_be_visible()
        for _ in range(MOST_TABS):
            if any(_has_focus(one) for one in targets.all()):
                _is_seen(targets.first)
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"{targets} is not reached by the Tab key")


def _has_focus(target: Locator) -> bool:
    return bool(target.evaluate("element => element === document.activeElement"))


def _is_seen(target: Locator) -> None:
    """Whoever uses the keyboard sees where they are: the browser draws a ring (WCAG 2.2, 2.4.7)."""
    ring = target.evaluate(
        "() => { let one = document.activeElement; const drawn = [];"
        "for (let up = 0; one && up < 3; up += 1, one = one.parentElement) {"
        "const style = getComputedStyle(one); drawn.push(style.outlineStyle, style.boxShadow); } return drawn; }"
    )
    assert set(ring) != {"none"}, "no ring is drawn around what has the focus"
