"""The state of a sign-in is the server's alone: steps cannot be skipped, mixed up, replayed or carried elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest

from tests.walks.kit import is_signed_in
from tests.walks.routes import PUBLIC_FILES, all_paths, needs_session
from twofold.core.roles import Role
from twofold.flows import admit
from twofold.web import next_url

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    return desk.add("ann@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def half(desk: Desk, browser: Browser, ann: Somebody) -> Browser:
    """Open a browser in which Ann typed her password, and nothing more."""
    desk.present_password(browser, ann)
    return browser


def is_still_out(desk: Desk, browser: Browser, somebody: Somebody) -> bool:
    return not is_signed_in(browser) and desk.sessions(somebody) == 0


@pytest.mark.security("SD1")
def test_no_field_of_the_browser_decides_anything(desk: Desk, half: Browser, ann: Somebody) -> None:
    flags = {"mfa": "0", "second_factor": "done", "verified": "true", "stage": "admitted", "is_admin": "1", "step": "4"}
    for path in ("/sign-in/passcode", "/sign-in/set-up", "/sign-in/set-up/done", "/sign-in/after-recovery"):
        half.post(path, {**flags, "passcode": ""})
        half.get(f"{path}?mfa=0&verified=true&stage=admitted")
        assert is_still_out(desk, half, ann)
    for name in ("mfa", "twofold_verified", "twofold_told", "twofold_onward"):
        half.set_cookie(name, "1")
    assert is_still_out(desk, half, ann)


@pytest.mark.security("SD3")
def test_the_second_step_is_nothing_without_the_first(desk: Desk, browser: Browser, ann: Somebody) -> None:
    code = ann.app.code()
    browser.get("/sign-in")
    for fields in (
        {"passcode": code},
        {"passcode": code, "email": ann.email},
        {"passcode": code, "email": ann.email, "password": "wrong horse battery"},
        {"passcode": code, "person_id": ann.id, "user": ann.id, "attempt": ann.id},
    ):
        browser.post("/sign-in/passcode", fields)
        assert is_still_out(desk, browser, ann)
        browser.post("/sign-in", fields)
        assert is_still_out(desk, browser, ann)
    browser.post("/sign-in", {"email": ann.email, "password": ann.recovery_codes[0]})
    assert is_still_out(desk, browser, ann)
    # The code was not spent by all this.
    desk.present_password(browser, ann)
    browser.submit({"passcode": code})
    assert is_signed_in(browser)


@pytest.mark.security("SD3")
def test_the_password_of_one_and_the_passcode_of_another(desk: Desk, half: Browser, ann: Somebody) -> None:
    bob = desk.add("bob@acme.example", app=True, chosen=True)
    half.submit({"passcode": bob.app.code()})
    assert is_still_out(desk, half, ann)
    desk.forward(seconds=5)
    half.get("/sign-in/passcode")
    half.post("/sign-in/passcode", {"passcode": bob.app.code(), "person_id": bob.id, "email": bob.email})
    assert is_still_out(desk, half, ann)
    assert is_still_out(desk, half, bob)
    desk.forward(seconds=5)
    half.get("/sign-in/passcode")
    half.post("/sign-in/passcode", {"passcode": bob.recovery_codes[0]})
    assert is_still_out(desk, half, ann)


@pytest.mark.security("SD4", "SE1")
def test_what_is_set_before_the_second_step_opens_nothing(desk: Desk, half: Browser, ann: Somebody) -> None:
    raw = [each for page in half.seen for each in page.set_cookies]
    values = {each.partition("=")[2].partition(";")[0] for each in raw} - {'""', ""}
    names = {each.partition("=")[0] for each in raw}
    assert names == {"twofold_csrf", "twofold_attempt"}
    assert not any("session" in page.html.lower() for page in half.seen)
    replay = desk.browser()
    replay.show_failures()
    replay.get("/sign-in")
    token = replay.token()
    csrf = replay.cookies["twofold_csrf"]
    for value in values:
        replay.drop_cookies()
        for name in ("twofold_session", "twofold_attempt", "twofold_browser", "sessionid"):
            replay.set_cookie(name, value)
        replay.set_cookie("twofold_csrf", csrf)
        for path in all_paths():
            if path in PUBLIC_FILES or not needs_session(path):
                continue
            page = replay.get(path)
            assert page.path.startswith("/sign-in") or page.status == 405, path
            page = replay.post(path, {"on": "1", "csrfmiddlewaretoken": token})
            assert page.path.startswith("/sign-in") or page.status in {403, 405}, path
    assert len(desk.held(ann)) == 1
    assert desk.person(ann).chosen
    assert desk.sessions(ann) == 0


@pytest.mark.security("SD5")
def test_empty_and_repeated_submissions_advance_nothing(desk: Desk, half: Browser, ann: Somebody) -> None:
    half.show_failures()
    bodies: tuple[dict[str, object], ...] = (
        {},
        {"passcode": ""},
        {"passcode": "   "},
        {"passcode": ["", ""]},
        {"passcode": [ann.app.code(), "000000"]},
        {"passcode[]": ann.app.code()},
        {"trust_device": "1"},
        {"passcode": "null"},
        {"passcode": "\0"},
    )
    for body in bodies:
        half.post("/sign-in/passcode", body)
        assert is_still_out(desk, half, ann), body
    for path in all_paths():
        if path.startswith("/sign-in"):
            half.post(path, {})
            assert is_still_out(desk, half, ann), path


@pytest.mark.security("SD5", "SD6")
def test_no_order_of_steps_leaves_set_up_out(desk: Desk, browser: Browser) -> None:
    desk.require()
    cleo = desk.add("cleo@acme.example")
    desk.present_password(browser, cleo)
    for name in ("done", "recovery-codes", "connect", "choose", "mailbox", "cannot-now"):
        browser.post(f"/sign-in/set-up/{name}", {"saved": "1", "show": "1", "thing": "app", "keep_asking": "1"})
        browser.post(f"/sign-in/set-up/{name}", {})
        assert is_still_out(desk, browser, cleo), name
    assert desk.held(cleo) == ()
    for leave in (
        lambda: browser.get("/sign-in"),
        lambda: browser.get("/?language=de"),
        lambda: browser.get("/sign-in/set-up?language=de"),
        lambda: browser.get("/sign-in/why"),
        lambda: browser.post("/sign-in/passcode", {"passcode": "123456"}),
        lambda: browser.post("/sign-in/set-up", {"go": "later"}),
        lambda: desk.present_password(browser, cleo),
    ):
        leave()
        assert is_still_out(desk, browser, cleo)
        assert browser.get("/").path == "/sign-in/set-up"
    browser.sign_out()
    assert browser.get("/").path == "/sign-in"
    desk.present_password(browser, cleo)
    assert browser.page.path == "/sign-in/set-up"


@pytest.mark.security("SD7")
def test_a_second_tab_skips_nothing(desk: Desk, half: Browser, ann: Somebody) -> None:
    # Both tabs share the cookies of one browser.
    first = half.page
    half.get("/sign-in")
    desk.present_password(half, ann)
    second = half.page
    assert second.path == "/sign-in/passcode"
    # The first tab's attempt was closed by the second sign-in; its form now speaks for the second.
    half.page = first
    half.submit({"passcode": "000000"})
    assert is_still_out(desk, half, ann)
    desk.forward(seconds=5)
    half.page = second
    half.submit({"passcode": ann.app.code()})
    assert desk.sessions(ann) == 1
    # The other tab, sent late, finds nothing left to admit.
    half.page = first
    half.submit({"passcode": ann.app.next_code()})
    assert desk.sessions(ann) == 1


@pytest.mark.security("SD7")
def test_signing_in_as_somebody_else_in_another_tab_keeps_both_obligations(
    desk: Desk, half: Browser, ann: Somebody
) -> None:
    bob = desk.add("bob@acme.example", app=True, chosen=True)
    desk.present_password(half, bob)
    half.submit({"passcode": ann.app.code()})
    assert is_still_out(desk, half, ann)
    assert is_still_out(desk, half, bob)


@pytest.mark.security("SD8")
def test_a_captured_attempt_is_of_no_use_afterwards(desk: Desk, half: Browser, ann: Somebody) -> None:
    captured = half.cookies["twofold_attempt"]
    half.submit({"passcode": ann.app.code()})
    assert is_signed_in(half)
    thief = desk.browser()
    thief.get("/sign-in")
    thief.set_cookie("twofold_attempt", captured)
    page = thief.post("/sign-in/passcode", {"passcode": ann.app.next_code()})
    assert page.status == 410
    assert "This sign-in ran out. Nothing is lost; start again." in page.text
    assert not is_signed_in(thief)
    assert desk.sessions(ann) == 1


@pytest.mark.security("SD8")
def test_attempts_run_out(desk: Desk, half: Browser, ann: Somebody) -> None:
    desk.forward(minutes=11)
    page = half.submit({"passcode": ann.app.code()})
    assert "This sign-in ran out. Nothing is lost; start again." in page.text
    assert is_still_out(desk, half, ann)
    assert page.links[-1][0] != "/"
    half.click("Start again")
    assert half.page.path == "/sign-in"


@pytest.mark.security("SD9")
def test_signing_out_half_way_ends_the_attempt(desk: Desk, half: Browser, ann: Somebody) -> None:
    attempt = half.cookies["twofold_attempt"]
    half.sign_out()
    half.set_cookie("twofold_attempt", attempt)
    half.post("/sign-in/passcode", {"passcode": ann.app.code()})
    assert is_still_out(desk, half, ann)


@pytest.mark.security("SD9")
def test_a_fault_while_admitting_leaves_no_session(desk: Desk, half: Browser, ann: Somebody) -> None:
    half.show_failures()
    with patch.object(admit, "record", side_effect=RuntimeError("the audit log is full")):
        assert half.submit({"passcode": ann.app.code()}).status == 500
    assert not any(each.startswith("twofold_session=") for each in half.page.set_cookies)
    assert is_still_out(desk, half, ann)
    # Nothing of it was kept, the use of the passcode included.
    desk.forward(seconds=2)
    half.get("/sign-in/passcode")
    half.submit({"passcode": ann.app.code()})
    assert is_signed_in(half)


@pytest.mark.security("SE2")
def test_a_half_signed_in_browser_cannot_make_keys(desk: Desk, half: Browser, ann: Somebody) -> None:
    key = desk.held(ann)[0].state["key"]
    for path in ("/sign-in/set-up", "/sign-in/set-up/choose", "/sign-in/set-up/connect", "/profile/security/set-up"):
        page = half.post(path, {"go": "set_up", "thing": "app", "show": "1"})
        assert page.path == "/sign-in/passcode", path
        assert "otpauth" not in page.html
    assert [one.state["key"] for one in desk.held(ann)] == [key]


@pytest.mark.security("SE2")
def test_no_new_key_without_fresh_proof(desk: Desk, ann: Somebody) -> None:
    browser = desk.sign_in(ann)
    browser.sign_out()
    # This time the browser answers for the passcode, and a trusted device is never a fresh proof.
    desk.present_password(browser, ann)
    assert browser.page.path == "/"
    page = browser.post("/profile/security/set-up")
    assert "Is it still you?" in page.text
    assert not desk.services.attempts.by_token(
        desk.account.id, desk.services.digests.of_token(browser.cookies.get("twofold_attempt", ""))
    )
    page = browser.submit({"proof_passcode": "000000"})
    assert page.title.startswith("Error:")
    assert "otpauth" not in page.html
    before = browser.cookies["twofold_session"]
    desk.forward(seconds=5)
    browser.submit({"proof_passcode": ann.app.next_code()})
    assert browser.page.path == "/sign-in/set-up"
    # The session's assurance rose, so its secret is another one.
    assert browser.cookies["twofold_session"] != before


def test_leaving_the_proof_out_leads_back_to_the_page_before(desk: Desk, ann: Somebody) -> None:
    browser = desk.sign_in(ann)
    desk.forward(minutes=10)
    browser.get("/profile/security")
    browser.post("/profile/security/turn-off")
    assert "Is it still you?" in browser.page.text
    # Once more with a wrong code, so that the page before is the question itself.
    browser.submit({"proof_passcode": "000000"})
    browser.click("Leave it as it is")
    assert (browser.page.status, browser.page.path) == (200, "/profile/security")
    assert desk.person(ann).chosen


def test_somebody_signed_in_is_sent_home_from_the_first_page(desk: Desk, ann: Somebody) -> None:
    browser = desk.sign_in(ann)
    assert browser.get("/sign-in").path == "/"
    assert browser.post("/sign-in", {"email": "x@y.example", "password": "x"}).path == "/"


def test_not_you_shows_the_first_page_and_keeps_the_attempt(half: Browser) -> None:
    half.click("Not you?")
    assert half.page.path == "/sign-in"
    assert half.get("/sign-in/set-up/connect").path == "/sign-in/passcode"


AWAY = (
    "//evil.example",
    "https://evil.example",
    "https:evil.example",
    "http://localhost:8420.evil.example/",
    "http://localhost:8420@evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%0d%0aLocation:https://evil.example\r\n",
    "\x00/",
    "javascript:alert(1)",
    "/a//b\\c",
    "///evil.example",
    "good.example.evil.example",
    "/sign-in",
    "/sign-out",
    " /profile",
    "/" + "a" * 5000,
)


@pytest.mark.security("SJ3")
@pytest.mark.parametrize("url", AWAY)
def test_no_address_leads_away(desk: Desk, browser: Browser, ann: Somebody, url: str) -> None:
    assert next_url.checked(url) == ""
    browser.show_failures()
    browser.get("/sign-in")
    page = browser.post("/sign-in", {"email": ann.email, "password": ann.password, "next": url}, follow=False)
    if page.status != 303:
        assert page.status == 400
        return
    browser.get("/sign-in/passcode")
    page = browser.submit({"passcode": ann.app.next_code()}, follow=False)
    assert page.headers["Location"] == "/"


@pytest.mark.security("SJ3")
@pytest.mark.parametrize("url", ["/profile/security", "/admin/people?search=a%20b&role=agent"])
def test_our_own_paths_are_gone_on_to(desk: Desk, browser: Browser, ann: Somebody, url: str) -> None:
    browser.get(url)
    assert browser.page.path == "/sign-in"
    browser.submit({"email": ann.email, "password": ann.password})
    page: Page = browser.submit({"passcode": ann.app.next_code()}, follow=False)
    assert page.headers["Location"] == url


@pytest.mark.security("SJ3")
def test_a_planted_onward_cookie_leads_nowhere(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    browser.submit({"passcode": ann.recovery_codes[0]})
    browser.set_cookie("twofold_onward", "//evil.example/")
    assert browser.submit(press="phone=skip", follow=False).headers["Location"] == "/"
