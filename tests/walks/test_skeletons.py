"""Pages that are kept and filled in: nothing of one reader is ever on the page of another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from twofold.web import skeletons

if TYPE_CHECKING:
    from tests.walks.kit import Desk


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    skeletons._KEPT.clear()


def kept() -> str:
    """Return all that is kept: what pages are kept under, and their text."""
    return repr(skeletons._KEPT)


def test_people_see_their_own_page_and_none_is_kept(desk: Desk) -> None:
    ann, bob = (desk.add(f"{name}@acme.example", app=True, chosen=True) for name in ("ann", "bob"))
    pages = {}
    for somebody in (ann, bob):
        browser = desk.browser()
        desk.present_password(browser, somebody)
        pages[somebody.email] = browser.page
        assert browser.page.path == "/sign-in/passcode"
        assert somebody.email in browser.page.text
    assert bob.email not in pages[ann.email].html
    assert ann.email not in pages[bob.email].html
    assert "acme.example" not in kept()
    tokens = {dict(page.form().fields)["csrfmiddlewaretoken"] for page in pages.values()}
    assert len(tokens) == 2
    assert not any(token in kept() for token in tokens)
    # The first page and this one, once each for both.
    assert len(skeletons._KEPT) == 2


def test_what_is_printed_is_escaped_and_never_read_as_a_gap() -> None:
    context = {"account": {"name": "Acme"}, "errors": {}, "box": {}, "kind": "totp", "warn_in": None}
    printed = {"claimant_email": "<b>\1where_to_look\1", "where_to_look": "\1csrf_token\1 & \\1"}
    for _ in range(2):
        html = skeletons.filled("passcode.html", context, printed, token=lambda: "the-token")
        assert "&lt;b&gt;\1where_to_look\1" in html
        assert "\1csrf_token\1 &amp; \\1" in html
        assert html.count("the-token") == 1


def test_a_template_cannot_decide_by_what_it_prints() -> None:
    with pytest.raises(AssertionError, match="name is printed only"):
        bool(skeletons.Gap("name"))


def test_a_page_is_kept_under_plain_values_alone() -> None:
    with pytest.raises(ValueError, match="unmarshallable"):
        skeletons.filled("passcode.html", {"account": object()}, {}, token=str)


def test_only_so_many_are_kept() -> None:
    for number in range(200):
        skeletons.filled("error.html", {"status": number, "account": {}, "errors": {}}, {}, token=str)
    assert len(skeletons._KEPT) <= 64
