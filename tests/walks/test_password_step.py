"""The first page: wrong and huge input, the limits on passwords, and what strangers learn there."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import TYPE_CHECKING
from unittest.mock import Mock

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.flows.password import JUDGED_MOST
from twofold.ports.keys import Match
from twofold.services import install
from twofold.settings import settings
from twofold.web import middleware

if TYPE_CHECKING:
    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody

WRONG = "That email and password do not fit together."


def type_in(browser: Browser, email: str, password: str) -> Page:
    browser.get("/sign-in")
    return browser.submit({"email": email, "password": password})


def test_a_wrong_password_says_so_and_keeps_the_address(desk: Desk, browser: Browser, ann: Somebody) -> None:
    page = type_in(browser, ann.email, "wrong horse battery")
    assert page.status == 200
    assert page.title.startswith("Error:")
    assert WRONG in page.text
    assert page.form().attributes("email")["value"] == ann.email
    assert "value" not in page.form().attributes("password")


@pytest.mark.behaviour("B40")
def test_five_wrong_passwords_shut_the_door_for_ten_minutes(desk: Desk, browser: Browser, ann: Somebody) -> None:
    for _ in range(5):
        assert type_in(browser, ann.email, "wrong horse battery").status == 200
    page = type_in(browser, ann.email, ann.password)
    assert page.status == 429
    assert 540 < int(page.headers["Retry-After"]) <= 600
    assert "Too many wrong passwords. You can try again at 09:10." in page.text
    desk.forward(minutes=9)
    assert type_in(browser, ann.email, ann.password).status == 429
    desk.forward(minutes=2)
    assert type_in(browser, ann.email, ann.password).path == "/sign-in/passcode"


@pytest.mark.security("SC5")
@pytest.mark.parametrize(
    "spell",
    [str.upper, str.title, lambda email: f"  {email} ", lambda email: email.replace("a", "\uff41", 1)],
    ids=["upper", "title", "spaces", "full-width"],
)
def test_spellings_of_an_address_share_one_count(desk: Desk, browser: Browser, ann: Somebody, spell: object) -> None:
    assert callable(spell)
    for number in range(5):
        type_in(browser, spell(ann.email) if number % 2 else ann.email, "wrong horse battery")
    for email in (ann.email, spell(ann.email)):
        assert type_in(browser, email, ann.password).status == 429


@pytest.mark.security("SC5")
def test_ones_own_sign_in_between_guesses_brings_no_tries_back(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.add("mallory@acme.example")
    for _ in range(5):
        type_in(browser, ann.email, "wrong horse battery")
        assert type_in(browser, "mallory@acme.example", "correct horse battery").path == "/"
        browser.sign_out()
    assert type_in(browser, ann.email, ann.password).status == 429


FORWARDING = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_FORWARDED",
    "HTTP_TRUE_CLIENT_IP",
    "HTTP_X_REAL_IP",
    "HTTP_CF_CONNECTING_IP",
    "HTTP_X_CLIENT_IP",
    "HTTP_X_FORWARDED_HOST",
)


@pytest.mark.security("SC5", "SC6")
@pytest.mark.parametrize("header", FORWARDING)
def test_no_header_of_a_stranger_moves_the_count(desk: Desk, browser: Browser, ann: Somebody, header: str) -> None:
    browser.address = "192.0.2.9"
    for number in range(5):
        browser.extra = {header: f"for=198.51.100.{number}" if header == "HTTP_FORWARDED" else f"198.51.100.{number}"}
        type_in(browser, ann.email, "wrong horse battery")
    browser.extra = {header: "203.0.113.77"}
    assert type_in(browser, ann.email, ann.password).status == 429
    assert {event.address for event in desk.events("password.refused")} == {"192.0.2.9"}


@pytest.mark.security("SC6")
@pytest.mark.parametrize(
    ("sent", "believed"),
    [
        ("198.51.100.4", "198.51.100.4"),
        ("203.0.113.1, 198.51.100.4", "198.51.100.4"),
        ("198.51.100.4, 10.0.0.7", "198.51.100.4"),
        ("198.51.100.4, nonsense", "10.0.0.1"),
        ("", "10.0.0.1"),
        (",", "10.0.0.1"),
        ("198.51.100.4:8080", "10.0.0.1"),
        ("1.2.3.4 OR 1=1", "10.0.0.1"),
        (",".join(["198.51.100.4"] * 200), "10.0.0.1"),
        ("::ffff:198.51.100.4", "198.51.100.4"),
        ("2001:DB8::0001", "2001:db8::1"),
    ],
)
def test_a_configured_proxy_is_believed_and_nonsense_is_not(
    desk: Desk, browser: Browser, ann: Somebody, monkeypatch: pytest.MonkeyPatch, sent: str, believed: str
) -> None:
    found = settings().model_copy(update={"proxies": (ip_network("10.0.0.0/24"),)})
    monkeypatch.setattr(middleware, "settings", lambda: found)
    browser.address = "10.0.0.1"
    browser.extra = {"HTTP_X_FORWARDED_FOR": sent}
    type_in(browser, ann.email, "wrong horse battery")
    assert [event.address for event in desk.events("password.refused")] == [believed]


def test_headers_that_are_not_believed_are_counted_for_the_doctor(desk: Desk, browser: Browser) -> None:
    browser.extra = {"HTTP_X_FORWARDED_FOR": "198.51.100.4"}
    desk.forward(days=1)
    browser.get("/sign-in")
    value, _ = desk.services.counters.load(desk.account.id, "unbelieved", "forwarding")
    assert value["count"] == 1
    # At most one write a minute: a stranger cannot make the server write at will.
    with CaptureQueriesContext(connection) as queries:
        browser.get("/sign-in")
    assert not [each for each in queries if not each["sql"].startswith("SELECT")]


@pytest.mark.security("SC10")
@pytest.mark.parametrize("field", ["email", "password"])
def test_huge_input_is_refused_before_it_is_hashed(
    desk: Desk, browser: Browser, field: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing = Mock(wraps=desk.services.passwords)
    install(replace(desk.services, passwords=hashing))
    good = {"email": "ann@acme.example", "password": "correct horse battery"}
    browser.get("/sign-in")
    assert browser.submit({**good, field: "a" * 1_000_000}).status == 413
    assert "too much at once" in browser.page.text
    browser.get("/sign-in")
    page = browser.submit({**good, field: "a" * 1_000})
    assert page.status == 400
    assert page.title.startswith("Error:")
    assert not hashing.verify.called


@pytest.mark.security("SC10")
def test_a_huge_passcode_is_refused(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.present_password(browser, ann)
    assert browser.submit({"passcode": "1" * 1_000_000}).status == 413
    browser.get("/sign-in/passcode")
    assert browser.submit({"passcode": "1" * 1_000}).path == "/sign-in/passcode"
    assert "too long" in browser.page.text
    assert not desk.events("second_factor.refused")


@pytest.mark.security("SC10")
def test_when_too_much_is_being_hashed_the_rest_is_told_to_come_back(desk: Desk, browser: Browser) -> None:
    hashing = Mock(wraps=desk.services.passwords)
    hashing.verify = Mock(return_value=Match.BUSY)
    install(replace(desk.services, passwords=hashing))
    page = type_in(browser, "ann@acme.example", "correct horse battery")
    assert page.status == 503
    assert int(page.headers["Retry-After"]) >= 1
    assert page.form().attributes("email")["value"] == "ann@acme.example"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"email=a@b.example&email=c@d.example&password=x", 400),
        (b"email=a%00@b.example&password=x", 400),
        (b"email=a@b.example&password=%00", 400),
        (b"email=%ff%fe&password=%ff", 200),
        (b"email=ann%0D%0ABcc:x@y.example&password=x", 400),
        ("email=\u0430nn@acme.example&password=x".encode(), 200),
        (b"", 400),
        (b"&&&===", 400),
        (b"\x00\x01\x02\xff", 400),
        (b"&".join(b"field%d=x" % number for number in range(200)), 400),
    ],
)
def test_bad_input_is_an_error_with_a_page(desk: Desk, browser: Browser, body: bytes, status: int) -> None:
    browser.show_failures()
    browser.get("/sign-in")
    token = browser.token().encode()
    page = browser.post_raw("/sign-in", body + b"&csrfmiddlewaretoken=" + token)
    assert page.status == status
    assert "Acme Support" in page.text
    assert "Traceback" not in page.html


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
        (b'{"email": "a@b.example", "password": "x"}', "application/json"),
        (b"<email>a@b.example</email>", "text/xml"),
        (b"email=a@b.example&password=x", "application/x-www-form-urlencoded; charset=utf-7"),
    ],
)
def test_bodies_that_are_no_form_are_refused(desk: Desk, browser: Browser, body: bytes, content_type: str) -> None:
    browser.show_failures()
    browser.get("/sign-in")
    page = browser.post_raw("/sign-in", body, content_type=content_type)
    assert page.status in {400, 403}
    assert "Acme Support" in page.text
    assert "Traceback" not in page.html


@pytest.mark.parametrize("given", ["abc", "-5", "1e9", "\u0665"])
def test_a_content_length_that_is_no_number_is_refused(browser: Browser, given: str) -> None:
    browser.extra = {"CONTENT_LENGTH": given}
    assert browser.get("/sign-in").status == 400


STRANGERS = ("unknown", "waiting", "suspended", "without", "frozen", "invited")


def _stranger(desk: Desk, kind: str) -> str:
    """Return the address of somebody in this state; nobody has the first."""
    email = f"{kind}@acme.example"
    match kind:
        case "waiting":
            somebody = desk.add(email, app=True, chosen=True)
            browser = desk.browser()
            desk.present_password(browser, somebody)
            for _ in range(5):
                browser.post("/sign-in/passcode", {"passcode": "000000"})
                desk.forward(seconds=17)
        case "suspended":
            desk.add(email, app=True, suspended_at=desk.clock.now())
        case "without":
            desk.add(email, Role.END_USER)
        case "frozen":
            desk.add(email, frozen_at=desk.clock.now())
        case "invited":
            invited = desk.add(email)
            desk.change(invited, password=None)
        case _:
            pass
    return email


@pytest.mark.security("SJ1")
def test_strangers_learn_nothing_from_a_wrong_password(desk: Desk, ann: Somebody) -> None:
    learnt: set[tuple[object, ...]] = set()
    for kind in STRANGERS:
        email = _stranger(desk, kind)
        hashing = Mock(wraps=desk.services.passwords)
        install(replace(desk.services, passwords=hashing))
        browser = desk.browser()
        browser.get("/sign-in")
        desk.mails()
        before = len(desk.mails())
        with CaptureQueriesContext(connection) as queries:
            page = browser.submit({"email": email, "password": "wrong horse battery"})
        install(desk.services)
        learnt.add(
            (
                page.status,
                _without_secrets(page, email),
                tuple(sorted(each.partition("=")[0] for each in page.set_cookies)),
                tuple(name for name in page.headers if name != "Content-Length"),
                hashing.verify.call_count,
                len(queries),
                len(desk.mails()) - before,
            )
        )
    assert len(learnt) == 1, learnt


def _without_secrets(page: Page, email: str) -> str:
    token = dict(page.form().fields)["csrfmiddlewaretoken"]
    return page.html.replace(token, "").replace(email, "")


@pytest.mark.security("SJ1")
def test_nor_from_the_door_being_shut(desk: Desk, ann: Somebody) -> None:
    told = set()
    for email in ("nobody@acme.example", ann.email):
        browser = desk.browser()
        for _ in range(6):
            page = type_in(browser, email, "wrong horse battery")
        told.add((page.status, page.headers["Retry-After"], page.text))
    assert len(told) == 1


def test_a_right_password_of_somebody_suspended_says_so_and_opens_nothing(desk: Desk, browser: Browser) -> None:
    bob = desk.add("bob@acme.example", suspended_at=desk.clock.now())
    desk.present_password(browser, bob)
    assert browser.page.status == 403
    assert "Your access is suspended." in browser.page.text
    assert not is_signed_in(browser)


@pytest.mark.security("SJ5")
def test_hostile_names_stay_text(desk: Desk, browser: Browser) -> None:
    bad = "<img src=x onerror=alert(1)>\"'{{ 7*7 }}{% now %}"
    desk.require()
    account = desk.services.accounts.by_id(desk.account.id)
    assert account is not None
    assert desk.services.accounts.replace(account, replace(account, name=bad))
    eve = desk.add("eve@acme.example", name=bad)
    desk.add("olive@acme.example", Role.OWNER, name=bad)
    desk.present_password(browser, eve)
    browser.click("I cannot set this up now")
    browser.get("/sign-in/set-up")
    desk.set_up(eve, browser)
    for page in browser.seen:
        assert "<img src=x" not in page.html
        assert "49" not in page.title
    uris = [url for page in browser.seen for url, _ in page.links if url.startswith("otpauth:")]
    assert uris
    assert all("<" not in uri and '"' not in uri and " " not in uri for uri in uris)


@pytest.mark.security("SC10")
def test_nobody_has_new_passwords_judged_without_end(desk: Desk, browser: Browser, ann: Somebody) -> None:
    desk.sign_in(ann, browser)
    browser.get("/profile/password")
    for _ in range(JUDGED_MOST.most):
        assert browser.submit({"new_password": "passwordpassword123"}).status == 400
    page = browser.submit({"new_password": "seven lamps on a wall"})
    assert page.status == 503
    assert int(page.headers["Retry-After"]) >= 1
    # Others go on, and so does whoever waits.
    desk.sign_in(desk.add("bob@acme.example"))
    desk.forward(minutes=11)
    later = desk.sign_in(ann)
    later.get("/profile/password")
    later.submit({"new_password": "seven lamps on a wall"})
    assert "The new password is saved." in later.page.text
