"""Every path of the profile and of mailed links: closed to strangers and the half signed in, unmoved by bad input."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.web.profile import links, password, set_up_now
from twofold.web.profile.urls import urlpatterns

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

OPEN = {password.forgot, password.reset, links.invited, links.rescued, links.this_was_not_me, set_up_now.page}
"""Views for people who are not signed in."""
OWN = [str(each.pattern) for each in urlpatterns if each.callback not in OPEN]
FOR_STRANGERS = [str(each.pattern) for each in urlpatterns if each.callback in OPEN]
FIELDS = (
    "new_password",
    "new_address",
    "address_code",
    "name",
    "locale",
    "time_zone",
    "method_name",
    "browser_name",
    "email",
    "every_sign_in",
    "keep_asking",
    "saved",
    "again",
    "proof_passcode",
    "proof_password",
)
BINARY = bytes(range(1, 256)).decode("latin-1")


def _url(pattern: str, desk: Desk, somebody: Somebody) -> str:
    """Put real ids of this person where a path has places for them."""
    (held,) = desk.held(somebody)
    browsers = desk.services.browsers.of_person(desk.account.id, somebody.id)
    sessions = desk.services.sessions.of_person(desk.account.id, somebody.id)
    return "/" + (
        pattern.replace("<str:method>", held.id)
        .replace("<str:browser>", browsers[0].browser_id if browsers else "x")
        .replace("<str:session>", sessions[0].id if sessions else "x")
    )


def _state(desk: Desk, somebody: Somebody) -> tuple[object, ...]:
    """Return everything that a request might have changed."""
    return (
        desk.person(somebody),
        [one.id for one in desk.held(somebody)],
        desk.services.recovery_codes.left(desk.account.id, somebody.id),
        desk.sessions(somebody),
        len(desk.services.browsers.of_person(desk.account.id, somebody.id)),
        len(desk.mails()),
    )


def test_strangers_are_led_to_sign_in(desk: Desk, ann: Somebody) -> None:
    desk.sign_in(ann)
    before = _state(desk, ann)
    browser = desk.browser()
    for pattern in OWN:
        url = _url(pattern, desk, ann)
        for page in (browser.get(url), browser.post(url, {"new_password": "x" * 12})):
            assert page.path == "/sign-in" or page.status == 405, url
    assert _state(desk, ann) == before


@pytest.mark.security("SE1")
def test_with_the_password_alone_nothing_of_the_profile_opens(desk: Desk, ann: Somebody) -> None:
    desk.sign_in(ann)
    before = _state(desk, ann)
    browser = desk.browser()
    desk.present_password(browser, ann)
    for pattern in OWN:
        url = _url(pattern, desk, ann)
        for page in (browser.get(url), browser.post(url, {"new_password": "x" * 12})):
            assert page.path == "/sign-in/passcode" or page.status == 405, url
    assert _state(desk, ann) == before


@pytest.mark.security("SC10")
@pytest.mark.parametrize("pattern", [*OWN, *FOR_STRANGERS])
def test_what_no_page_of_ours_sends_changes_nothing_and_breaks_nothing(desk: Desk, ann: Somebody, pattern: str) -> None:
    browser = desk.sign_in(ann)
    url = _url(pattern, desk, ann)
    desk.forward(minutes=6)
    before = _state(desk, ann)
    hashes = _Hashes(desk)

    browser.get("/profile")
    assert browser.post_raw(url, b"new_password=" + b"x" * 1_000_000).status == 413
    assert browser.post_raw(url, b"\xff\xfe\x00", content_type="application/octet-stream").status in {400, 403, 405}
    for junk in (["a", "b"], "\0", "x" * 2000, BINARY):
        page = _sent(browser, url, dict.fromkeys(FIELDS, junk))
        # What needs proof asks for it; what a link opens is gone; everything else is a mistake that is told.
        assert page in {200, 303, 400, 404, 405}, (junk, page)
    assert hashes.since() <= 1
    # These do what they say, whatever comes along with the button.
    if not any(act in url for act in ("sessions", "browsers", "not-me")):
        assert is_signed_in(browser)
        assert _state(desk, ann)[:3] == before[:3]


def _sent(browser: Browser, url: str, fields: dict[str, object]) -> int:
    browser.get("/profile")
    return browser.post(url, fields, follow=False).status


class _Hashes:
    """Counts how often a password was hashed."""

    def __init__(self, desk: Desk) -> None:
        self._count = 0
        passwords = desk.services.passwords
        verify, hash_ = passwords.verify, passwords.hash

        def counted_verify(typed: str, stored: str | None) -> object:
            self._count += 1
            return verify(typed, stored)

        def counted_hash(typed: str) -> str | None:
            self._count += 1
            return hash_(typed)

        passwords.verify = counted_verify  # type: ignore[method-assign,assignment]
        passwords.hash = counted_hash  # type: ignore[method-assign]

    def since(self) -> int:
        return self._count
