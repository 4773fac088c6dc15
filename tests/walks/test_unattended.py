"""A page that looks again by itself keeps nobody signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.kit import Desk

PAGE = "/admin/roll-out"


@pytest.mark.parametrize("attended", [True, False])
def test_a_session_runs_out_while_a_page_looks_again_by_itself(desk: Desk, attended: bool) -> None:
    browser = desk.sign_in(desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True))
    browser.extra = {} if attended else {"HTTP_X_UNATTENDED": "1"}
    for _ in range(7):
        desk.forward(minutes=9)
        browser.get(PAGE)
    browser.extra = {}
    assert is_signed_in(browser) is attended
