"""The passcode step asks and writes no more than is said of it in docs/decisions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.codes import code, give_mailbox
from tests.walks.counting import counted, pages_written
from tests.walks.kit import is_signed_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody


def by_app(desk: Desk) -> tuple[Somebody, Callable[[], str]]:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    return ann, ann.app.next_code


def by_mail(desk: Desk) -> tuple[Somebody, Callable[[], str]]:
    ann = desk.add("ann@acme.example", chosen=True)
    give_mailbox(desk, ann)
    return ann, lambda: code(desk, ann.email)


WAYS: dict[str, Callable[[Desk], tuple[Somebody, Callable[[], str]]]] = {"app": by_app, "mail": by_mail}


@pytest.mark.parametrize(("way", "statements"), [("app", 11), ("mail", 13)])
def test_a_passcode_is_judged_by_few_statements(desk: Desk, browser: Browser, way: str, statements: int) -> None:
    # docs/decisions/a-request-asks-once.md
    ann, typed = WAYS[way](desk)
    desk.present_password(browser, ann)
    passcode = typed()
    with counted() as seen:
        browser.submit({"passcode": passcode}, follow=False)
    assert len(seen) == statements, "\n".join(seen)
    assert is_signed_in(browser)


@pytest.mark.parametrize(("known", "pages"), [(False, 18), (True, 16)])
def test_the_commit_of_a_passcode_writes_few_pages(desk: Desk, browser: Browser, known: bool, pages: int) -> None:
    # docs/decisions/small-rows-lie-in-their-key.md
    ann, typed = by_app(desk)
    if known:
        desk.sign_in(ann, browser, trust=False)
        browser.sign_out()
    desk.present_password(browser, ann)
    passcode = typed()
    with pages_written() as seen:
        browser.submit({"passcode": passcode}, follow=False)
    assert seen == [pages]
    assert is_signed_in(browser)
