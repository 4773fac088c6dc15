"""The gate in front of every page: hosts, headers, cookies, forged requests, and pages for what goes wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from django.db import DatabaseError, connection
from django.test.utils import CaptureQueriesContext

from tests.walks.browser import Browser
from tests.walks.kit import HOUSE_HOST, is_signed_in
from tests.walks.routes import HOOKS, PUBLIC_FILES, all_paths, needs_session
from twofold.core.roles import Role
from twofold.flows import security
from twofold.store.accounts import AccountStore
from twofold.web import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.kit import Desk, Somebody

HTTPS = "https://help.acme.example"


@pytest.mark.parametrize(
    "host", ["evil.example", "", "help.acme.example.evil.example", "localhost.evil.example", "a b"]
)
def test_an_unknown_host_is_misdirected(desk: Desk, host: str) -> None:
    browser = Browser(f"http://{host}")
    browser.extra = {"HTTP_HOST": host}
    page = browser.get("/sign-in")
    assert page.status == 421
    assert "There is no help desk at this address" in page.text
    assert not page.set_cookies


@pytest.mark.parametrize("host", [HOUSE_HOST, "localhost", "127.0.0.1:8420", "[::1]:8420", "LOCALHOST:8420"])
def test_every_name_of_loopback_answers(desk: Desk, host: str) -> None:
    browser = Browser(f"http://{host}")
    assert browser.get("/sign-in").status == 200


def test_the_host_chooses_the_account(make_desk: Callable[[str], Desk]) -> None:
    one, other = make_desk("https://one.example"), make_desk("https://other.example")
    ann = one.add("ann@acme.example")
    assert is_signed_in(one.sign_in(ann))
    stranger = other.browser()
    other.present_password(stranger, ann)
    assert not is_signed_in(stranger)


def test_health_needs_no_host(desk: Desk) -> None:
    browser = Browser("http://10.0.0.1")
    page = browser.get("/healthz")
    assert (page.status, page.content) == (200, b"ok\n")
    with patch.object(AccountStore, "all", side_effect=DatabaseError):
        assert browser.get("/healthz").status == 503


@pytest.mark.security("SE8")
def test_every_answer_carries_the_security_headers(desk: Desk, olive: Somebody) -> None:
    browser = desk.sign_in(olive)
    for path in [*all_paths(), "/nothing-here"]:
        page = browser.get(path, follow=False)
        policy = dict(part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; "))
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert policy["form-action"] == "'self'"
        assert policy["frame-ancestors"] == "'none'"
        assert page.headers["X-Frame-Options"] == "DENY"
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "Strict-Transport-Security" not in page.headers
        if path not in PUBLIC_FILES:
            assert page.headers["Cache-Control"] == "no-store", path


def test_nothing_in_a_page_needs_inline_scripts_or_styles(desk: Desk, olive: Somebody) -> None:
    browser = desk.sign_in(olive)
    for path in all_paths():
        html = browser.get(path).html if path not in PUBLIC_FILES else ""
        assert " style=" not in html, path
        assert "<style" not in html, path
        assert " onclick=" not in html, path
        assert html.count("<script") == html.count("<script src="), path


@pytest.mark.security("SD11")
def test_cookies_on_https_are_bound_to_the_host(make_desk: Callable[[str], Desk]) -> None:
    desk = make_desk(HTTPS)
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.sign_in(ann)
    raw = [each for page in browser.seen for each in page.set_cookies]
    assert raw
    for each in raw:
        assert each.startswith("__Host-twofold_")
        assert "; Secure" in each
        assert "; HttpOnly" in each
        assert "; SameSite=Lax" in each
        assert "; Path=/" in each
        assert "Domain" not in each
    assert browser.page.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.security("SD11")
def test_a_planted_cookie_is_ignored(make_desk: Callable[[str], Desk]) -> None:
    desk = make_desk(HTTPS)
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    mallory = desk.add("mallory@acme.example")
    attacker = desk.sign_in(mallory)
    browser = desk.browser()
    # A neighbouring domain can set cookies for us, but none whose name begins with __Host-.
    for name, value in attacker.cookies.items():
        browser.set_cookie(name.removeprefix("__Host-"), value)
    assert not is_signed_in(browser)
    desk.sign_in(ann, browser)
    assert "Ann" in browser.get("/").text


@pytest.mark.security("SD11")
def test_the_session_has_a_new_secret_at_each_rise(desk: Desk, browser: Browser, olive: Somebody) -> None:
    for name in ("twofold_session", "twofold_attempt"):
        browser.set_cookie(name, "planted-by-somebody-who-will-wait")
    before = browser.token()
    desk.present_password(browser, olive)
    assert browser.cookies["twofold_attempt"] != "planted-by-somebody-who-will-wait"
    browser.submit({"passcode": olive.app.next_code()})
    assert browser.cookies["twofold_session"] != "planted-by-somebody-who-will-wait"
    assert "twofold_attempt" not in browser.cookies
    # Forms from before the sign-in are void after it.
    assert browser.post("/sign-out", {"csrfmiddlewaretoken": before}).status == 403
    assert is_signed_in(browser)


@pytest.mark.security("SE8")
def test_every_post_needs_the_token_and_our_origin(desk: Desk, olive: Somebody) -> None:
    browser = desk.sign_in(olive)
    browser.show_failures()
    token = browser.token()
    for path in all_paths():
        if "POST" not in methods_of(browser, path) or path.startswith(HOOKS):
            continue
        assert browser.post(path, {"x": "y"}, token=False).status == 403, path
        for origin in ("https://evil.example", "null", f"http://{HOUSE_HOST}.evil.example", "http://localhost:9999"):
            browser.extra = {"HTTP_ORIGIN": origin}
            page = browser.post(path, {"x": "y", "csrfmiddlewaretoken": token}, follow=False)
            browser.extra = {}
            assert page.status == 403, (path, origin)
    assert is_signed_in(browser)
    assert len(desk.held(olive)) == 1


@pytest.mark.security("SE8")
def test_get_changes_nothing(desk: Desk, olive: Somebody) -> None:
    browser = desk.sign_in(olive)
    browser.get("/")
    for path in all_paths():
        with CaptureQueriesContext(connection) as queries:
            browser.get(path, follow=False)
        writes = [each["sql"] for each in queries if not each["sql"].startswith("SELECT")]
        assert not writes, path


def test_a_stale_page_loses_nothing_but_the_password(desk: Desk, browser: Browser, olive: Somebody) -> None:
    browser.get("/sign-in?next=/profile/details")
    browser.drop_cookies()
    page = browser.submit({"email": olive.email, "password": olive.password})
    assert page.status == 403
    assert page.title.startswith("Error:")
    assert page.form().attributes("email")["value"] == olive.email
    browser.submit({"password": olive.password})
    browser.submit({"passcode": olive.app.next_code()})
    assert browser.page.path == "/profile/details"


def test_failures_have_pages(desk: Desk, olive: Somebody) -> None:
    browser = desk.sign_in(olive)
    browser.show_failures()
    for path, status, words in (
        ("/nothing-here", 404, "This page does not exist"),
        ("/sign-out", 405, "This page is opened in another way"),
    ):
        page = browser.get(path)
        assert page.status == status
        assert words in page.text
    with patch.object(security, "look", side_effect=RuntimeError("canary")):
        page = browser.get("/")
    assert page.status == 500
    assert "Something went wrong here" in page.text
    assert "reference" in page.text
    assert "canary" not in page.html
    assert "Traceback" not in page.html


@pytest.mark.parametrize("signed_in", [False, True])
def test_every_page_says_which_methods_it_takes(desk: Desk, olive: Somebody, *, signed_in: bool) -> None:
    browser = desk.sign_in(olive) if signed_in else desk.browser()
    browser.show_failures()
    for path in [*all_paths(), "/healthz"]:
        taken = methods_of(browser, path)
        assert taken in ({"GET", "HEAD"}, {"POST"}, {"GET", "HEAD", "POST"}, {"GET", "POST"}), path
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"):
            if method in taken:
                continue
            page = browser.ask(method, path)
            assert page.status == 405, (method, path)
            assert set(page.headers["Allow"].split(", ")) - {"OPTIONS"} == taken, (method, path)
            assert not page.set_cookies, (method, path)
        if "HEAD" in taken:
            head = browser.ask("HEAD", path)
            # What is read is there by HEAD whenever it is by GET.
            assert head.status == browser.get(path, follow=False).status, path
            # What it says on the next page is not for the next path to say.
            browser.drop_cookie(told.COOKIE)
    assert browser.ask("PUT", "/nothing-here").status == browser.ask("OPTIONS", "/nothing-here").status == 404


def methods_of(browser: Browser, path: str) -> set[str]:
    """Return what a path says that it takes."""
    page = browser.ask("OPTIONS", path)
    assert (page.status, page.content) == (204, b"") or path == "/healthz", path
    assert page.headers.get("Allow"), path
    return set(page.headers["Allow"].split(", ")) - {"OPTIONS"}


def test_a_fault_of_the_gate_itself_has_a_page_with_headers(desk: Desk, browser: Browser) -> None:
    browser.show_failures()
    with patch.object(AccountStore, "by_host", side_effect=DatabaseError("canary")):
        page = browser.get("/sign-in")
    assert page.status == 500
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    assert "canary" not in page.html


def test_admin_pages_are_for_admins(desk: Desk) -> None:
    browser = desk.sign_in(desk.add("ann@acme.example"))
    for path in all_paths():
        if path.startswith("/admin") and "0000" not in path:
            assert browser.get(path).status in {403, 405}, path


def test_nobody_signed_in_sees_only_the_first_page(desk: Desk, browser: Browser) -> None:
    for path in all_paths():
        if needs_session(path):
            page = browser.get(path)
            assert page.path == "/sign-in" or page.status == 405, path


def test_before_there_is_an_owner_loopback_opens_an_account_behind_tls(make_desk: Callable[[str], Desk]) -> None:
    desk = make_desk(HTTPS)
    here = Browser(f"http://{HOUSE_HOST}")
    assert here.get("/sign-in").status == 200
    assert all(name.startswith("twofold_") for name in here.cookies)
    elsewhere = Browser(f"http://{HOUSE_HOST}", address="192.0.2.1")
    assert elsewhere.get("/sign-in").status == 421
    here.extra = {"HTTP_X_FORWARDED_FOR": "192.0.2.1"}
    assert here.get("/sign-in").status == 421
    here.extra = {}
    desk.add("olive@acme.example", Role.OWNER)
    assert here.get("/sign-in").status == 421


@pytest.mark.parametrize("path", ["/admin/people/%00", "/sign-in?next=%00", "/profile/security/methods/a%00b/rename"])
def test_a_nul_in_an_address_is_refused(browser: Browser, path: str) -> None:
    assert browser.get(path).status == 400


def test_text_that_turns_the_line_around_is_no_name(desk: Desk, olive: Somebody) -> None:
    browser = desk.sign_in(olive)
    browser.get("/profile/details")
    browser.submit({"name": "Ann \u202eevil"}, having="name")
    assert "without control characters" in browser.page.text
    assert desk.person(olive).name == "Olive"


def test_the_colour_of_the_account_is_readable_by_day_and_by_night(desk: Desk, browser: Browser) -> None:
    account = desk.services.accounts.by_id(desk.account.id)
    assert account is not None
    assert desk.services.accounts.replace(account, replace(account, colour="#101040", logo=b"\x89PNG"))
    sheet = browser.get("/appearance.css").html
    assert "--account-colour:#101040;--account-on-colour:#ffffff" in sheet
    assert "@media (prefers-color-scheme: dark)" in sheet
    logo = browser.get("/logo")
    assert (logo.headers["Content-Type"], logo.content) == ("image/png", b"\x89PNG")


def test_small_files(desk: Desk, browser: Browser) -> None:
    sheet = browser.get("/appearance.css")
    assert sheet.headers["Content-Type"] == "text/css; charset=utf-8"
    browser.extra = {"HTTP_IF_NONE_MATCH": sheet.headers["ETag"]}
    assert browser.get("/appearance.css").status == 304
    browser.extra = {}
    assert browser.get("/logo").status == 404
    assert browser.get("/favicon.ico", follow=False).headers["Location"].endswith("/twofold/logo.svg")
