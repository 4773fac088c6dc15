"""Known browsers: how long one answers for the second factor, for whom, and what a copied cookie does."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in, stored_bytes
from twofold.core.policy import EVERY_SIGN_IN
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

COOKIE = "twofold_browser"


def is_asked(desk: Desk, browser: Browser, somebody: Somebody) -> bool:
    """Sign out, type the password again, and say whether a passcode is asked for."""
    browser.sign_out()
    desk.present_password(browser, somebody)
    return browser.page.path == "/sign-in/passcode"


@pytest.mark.behaviour("A31")
def test_untouched_the_box_keeps_the_passcode_away_for_thirty_days(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    assert "checked" in browser.page.form().attributes("trust_device")
    assert "for 30 days" in browser.page.text
    browser.submit({"passcode": ann.app.next_code()})
    desk.forward(days=29)
    assert not is_asked(desk, browser, ann)
    assert is_signed_in(browser)
    # Thirty days from the proof, however often the browser was used meanwhile.
    desk.forward(days=2)
    assert is_asked(desk, browser, ann)


def test_an_empty_box_is_respected(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser, trust=False)
    assert is_asked(desk, browser, ann)


@pytest.mark.behaviour("A32")
def test_whoever_chose_every_sign_in_is_asked_at_once(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    desk.change(ann, every_sign_in=True)
    assert is_asked(desk, browser, ann)
    assert "checked" not in browser.page.form().attributes("trust_device")


@pytest.mark.behaviour("A33")
def test_another_browser_is_always_asked(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    assert not is_asked(desk, browser, ann)
    other = desk.browser()
    desk.present_password(other, ann)
    assert other.page.path == "/sign-in/passcode"


@pytest.mark.behaviour("A34", "B02")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_every_sign_in_by_policy_takes_the_box_away(desk: Desk, browser: Browser, role: Role) -> None:
    somebody = desk.add("ann@acme.example", role, app=True)
    desk.require(end_users=True)
    desk.sign_in(somebody, browser)
    desk.for_both(lambda rules: replace(rules, trust_for=EVERY_SIGN_IN))
    assert is_asked(desk, browser, somebody)
    assert not browser.page.form().has("trust_device")
    # A field that the page did not have is ignored.
    browser.post("/sign-in/passcode", {"passcode": somebody.app.next_code(), "trust_device": "1"})
    assert is_signed_in(browser)
    assert is_asked(desk, browser, somebody)
    # Nor does it count later, when policy trusts browsers again.
    browser.post("/sign-in/passcode", {"passcode": somebody.app.next_code(), "trust_device": "1"})
    desk.for_both(lambda rules: replace(rules, trust_for=timedelta(days=30)))
    assert is_asked(desk, browser, somebody)


@pytest.mark.behaviour("A31", "A34")
def test_a_shorter_time_counts_for_browsers_trusted_before(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    desk.forward(days=8)
    desk.for_both(lambda rules: replace(rules, trust_for=timedelta(days=7)))
    assert is_asked(desk, browser, ann)


@pytest.mark.behaviour("B16")
@pytest.mark.security("SH3")
def test_trust_is_for_one_person(desk: Desk, browser: Browser, ann: Somebody) -> None:
    bob = desk.add("bob@acme.example", app=True, chosen=True)
    desk.sign_in(ann, browser)
    assert is_asked(desk, browser, bob)
    # Unticked, because somebody else is trusted here.
    assert "checked" not in browser.page.form().attributes("trust_device")
    browser.submit({"passcode": bob.app.next_code()})
    assert is_signed_in(browser)
    # Bob's sign-in does not clear Ann's.
    assert not is_asked(desk, browser, ann)
    assert is_asked(desk, browser, bob)


@pytest.mark.security("SH3")
def test_trust_is_bound_to_the_person_and_not_to_the_address(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    browser.sign_out()
    desk.services.people.remove(desk.account.id, ann.id)
    again = desk.add("ann@acme.example", app=True, chosen=True)
    desk.present_password(browser, again)
    assert browser.page.path == "/sign-in/passcode"


@pytest.mark.security("SH3")
def test_a_copied_cookie_ends_the_series_and_is_told(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    stolen = browser.cookies[COOKIE]
    for _ in range(2):
        desk.forward(hours=1)
        assert not is_asked(desk, browser, ann)
    assert browser.cookies[COOKIE] != stolen
    thief = desk.browser(address="192.0.2.66")
    thief.set_cookie(COOKIE, stolen)
    desk.present_password(thief, ann)
    assert thief.page.path == "/sign-in/passcode"
    assert not is_signed_in(thief)
    assert len(desk.mails("series_ended", to=ann.email)) == 1
    # The series is dead for the rightful browser too.
    assert is_asked(desk, browser, ann)


def test_the_previous_secret_is_good_until_the_new_one_came_back(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    kept = browser.cookies[COOKIE]
    assert not is_asked(desk, browser, ann)
    # The answer with the new secret was lost on the way.
    browser.set_cookie(COOKIE, kept)
    assert not is_asked(desk, browser, ann)
    assert not desk.mails("series_ended")


def _jwt(algorithm: str, claims: dict[str, object]) -> str:
    parts = [json.dumps({"alg": algorithm, "typ": "JWT"}), json.dumps(claims)]
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts) + "."


@pytest.mark.security("SH1")
def test_forged_cookies_are_browsers_that_were_never_here(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    bob = desk.add("bob@acme.example", app=True, chosen=True)
    others = desk.sign_in(bob)
    good = browser.cookies[COOKIE]
    identity, _, secret = good.partition(".")
    flipped = ("A" if secret[-1] != "A" else "B") + secret[1:]
    forged = [
        _jwt("none", {"sub": ann.id, "email": ann.email, "exp": 9999999999}),
        others.cookies[COOKIE],
        good[:-1],
        identity,
        f"{identity}.",
        f".{secret}",
        f"{identity}.{flipped}x",
        f"{ann.id}.{secret}",
        "' OR 1=1 --.x",
        "\u00e4.\u00f6",
        "a" * 4000,
        f"{good}.{good}",
    ]
    for value in forged:
        stranger = desk.browser()
        stranger.set_cookie(COOKIE, value)
        desk.present_password(stranger, ann)
        assert stranger.page.path == "/sign-in/passcode", value
        assert not is_signed_in(stranger)


@pytest.mark.security("SH2")
def test_every_cookie_is_opaque_and_unguessable(desk: Desk, ann: Somebody) -> None:
    values: dict[str, list[str]] = {}
    for _ in range(3):
        desk.forward(minutes=1)
        browser = desk.sign_in(ann)
        for page in browser.seen:
            for raw in page.set_cookies:
                name, _, rest = raw.partition("=")
                value = rest.partition(";")[0].strip('"')
                if value:
                    values.setdefault(name, []).append(value)
    assert {"twofold_attempt", "twofold_session", COOKIE, "twofold_csrf"} <= set(values)
    for name in ("twofold_attempt", "twofold_session", COOKIE, "twofold_csrf"):
        assert len(set(values[name])) >= 3, name
        for value in set(values[name]):
            # At least 128 bits, in characters of at most six bits each; nothing about the person in them.
            assert len(value.rpartition(".")[2]) * 5 >= 128, name
            assert ann.id not in value


@pytest.mark.security("SH2")
def test_only_digests_of_cookies_are_stored(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    secrets = [browser.cookies["twofold_session"], browser.cookies[COOKIE].partition(".")[2]]
    stored = stored_bytes()
    for secret in secrets:
        assert secret.encode() not in stored
