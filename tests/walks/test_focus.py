"""One field takes the focus on each page: the first in error. `Browser` sees to it on every page of every walk."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.house.tree import files
from tests.walks.browser import Page, assert_one_focus

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk


def focused(page: Page) -> list[str]:
    """Return the names of the fields that take the focus."""
    return [each["name"] for form in page.forms for each in form.inputs if "autofocus" in each]


def in_error(page: Page) -> list[str]:
    return [each["name"] for form in page.forms for each in form.inputs if each.get("aria-invalid") == "true"]


def test_of_two_fields_in_error_the_first_takes_the_focus(browser: Browser) -> None:
    browser.get("/sign-in")
    assert focused(browser.page) == ["email"]
    browser.submit({"email": "", "password": ""})
    assert in_error(browser.page) == ["email", "password"]
    assert focused(browser.page) == ["email"]


@pytest.mark.parametrize(
    ("path", "having", "fields"),
    [
        ("/profile/password", "new_password", {"new_password": "short"}),
        ("/admin/account/appearance", "logo", {"name": "", "colour": "red", "privacy_url": "nowhere"}),
        (
            "/admin/account/security/advanced/authentication",
            "number",
            {"team_trust_days": "x", "team_idle_minutes": "-"},
        ),
        (
            "/admin/account/security/advanced/authentication",
            "number",
            {"team_way_totp": None, "team_way_sms": None, "team_way_email": None, "team_trust_days": "x"},
        ),
        ("/admin/people/groups/add", "number", {"name": "", "domains": "@", "group_trust_days": "x"}),
        ("/admin/account/mail", "host", {"host": "", "port": "many", "sender": "nobody"}),
        ("/admin/people/add", "email", {"email": "nobody", "name": "\u202e"}),
    ],
)
def test_pages_with_several_fields(
    desk: Desk, as_owner: Browser, path: str, having: str, fields: dict[str, str]
) -> None:
    browser = as_owner
    browser.get(path)
    browser.submit(fields, having=having)
    wrong = in_error(browser.page)
    assert wrong
    assert focused(browser.page) == wrong[:1]


def test_what_the_rule_says_of_a_page() -> None:
    def page(html: str) -> Page:
        return Page(200, "/", html.encode(), {"Content-Type": "text/html"}, [])

    assert_one_focus(page('<input name="a" autofocus>'))
    assert_one_focus(page('<input name="a" aria-invalid="true" autofocus><input name="b" aria-invalid="true">'))
    for wrong in (
        '<input name="a" autofocus><input name="b" autofocus>',
        '<input name="a" aria-invalid="true"><input name="b" aria-invalid="true" autofocus>',
        '<p class="wrong" id="a-error">No.</p><input name="a">',
    ):
        with pytest.raises(AssertionError):
            assert_one_focus(page(wrong))


def test_no_template_gives_the_focus_by_itself() -> None:
    for path in files("src/twofold/web/templates"):
        assert "autofocus" not in path.read_text(encoding="utf-8"), f"{path.name}: write takes_focus as a tag"
