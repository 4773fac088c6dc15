"""Cookies that no browser of ours was given, on both databases: they count as none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.races.test_admin import sign_in
from tests.races.test_whole_stack import BROWSER

if TYPE_CHECKING:
    from tests.walks.kit import Desk

NUL = "ab\0c.d"
"""Which a cookie spells \\000: one database takes it for text, and another refuses the statement."""
TYPED = "__Host-twofold_typed"


@pytest.mark.security("SH2")
def test_a_cookie_with_a_nul_is_none(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.browser()
    browser.set_cookie(BROWSER, NUL)
    desk.present_password(browser, ann)
    assert browser.page.path == "/sign-in/passcode"
    inside = sign_in(desk, ann)
    inside.set_cookie(TYPED, NUL)
    assert inside.get("/profile/security").status == 200
