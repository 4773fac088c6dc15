"""Plain http before a configured proxy: led to https, nothing taken; believed of nobody else, and never in a circle."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING
from unittest.mock import Mock, patch

import pytest

from tests.walks.kit import HOUSE_HOST
from twofold.commands import checks
from twofold.commands.findings import Mark
from twofold.settings import settings
from twofold.web import middleware

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

HTTPS = "https://help.acme.example"
PROXY, STRANGER = "127.0.0.1", "192.0.2.7"


@pytest.fixture
def behind(make_desk: Callable[[str], Desk], monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Make a help desk on https with a proxy on this machine."""
    believe(monkeypatch)
    return make_desk(HTTPS)


def believe(monkeypatch: pytest.MonkeyPatch) -> None:
    """Name this machine as the proxy."""
    found = settings().model_copy(update={"proxies": (ip_network("127.0.0.1/32"),)})
    monkeypatch.setattr(middleware, "settings", lambda: found)


def said(desk: Desk, proto: str, *, address: str = PROXY) -> Browser:
    """Return a browser of which whoever hands it on says this."""
    browser = desk.browser(address=address)
    browser.extra = {"HTTP_X_FORWARDED_PROTO": proto, "HTTP_X_FORWARDED_FOR": "198.51.100.4"}
    return browser


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("proto", ["http", "HTTP", " http ", "http, http"])
def test_a_page_is_led_to_https(behind: Desk, method: str, proto: str) -> None:
    page = said(behind, proto).ask(method, "/sign-in?next=/profile%2Fdetails")
    assert page.status == 308
    assert page.headers["Location"] == f"{HTTPS}/sign-in?next=/profile%2Fdetails"
    assert page.headers["Cache-Control"] == "no-store"
    assert not page.set_cookies


def test_it_leads_nowhere_else(behind: Desk) -> None:
    for path in ("//evil.example/", "/%2Fevil.example", "/@evil.example", "/\\evil.example"):
        page = said(behind, "http").ask("GET", path)
        assert page.status == 308
        assert page.headers["Location"].startswith(f"{HTTPS}/"), path


def test_a_form_is_not_taken(behind: Desk) -> None:
    ann = behind.add("ann@acme.example")
    browser = behind.browser()
    token = browser.token()
    browser.extra = {"HTTP_X_FORWARDED_PROTO": "http"}
    fields = {"email": ann.email, "password": ann.password, "csrfmiddlewaretoken": token}
    page = browser.post("/sign-in", fields, follow=False)
    assert page.status == 403
    assert "This was sent without encryption" in page.text
    assert (f"{HTTPS}/", "Open the encrypted address") in page.links
    assert not page.set_cookies
    assert not behind.sessions(ann)
    assert not behind.events(of=ann)


@pytest.mark.parametrize("proto", ["", "https", "HTTPS", "https, http", "http, https", "http,", "ws", "http://"])
def test_nobody_is_led_round_in_circles(behind: Desk, proto: str) -> None:
    assert said(behind, proto).get("/sign-in", follow=False).status == 200


def test_a_proxy_that_says_nothing_is_not_doubted(behind: Desk) -> None:
    assert behind.browser().get("/sign-in", follow=False).status == 200


def test_whoever_is_no_proxy_is_not_believed(behind: Desk) -> None:
    assert said(behind, "http", address=STRANGER).get("/sign-in", follow=False).status == 200


def test_an_account_on_plain_http_knows_no_such_thing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    believe(monkeypatch)
    assert desk.account.base_url == f"http://{HOUSE_HOST}"
    assert said(desk, "http").get("/sign-in", follow=False).status == 200


def test_it_is_counted_for_the_doctor(behind: Desk) -> None:
    browser = said(behind, "http")
    browser.get("/sign-in", follow=False)
    value, _ = behind.services.counters.load(behind.account.id, *checks.PLAIN_HTTP)
    assert value["count"] == 1
    asking = Mock()
    asking.return_value.request.side_effect = OSError
    with patch("http.client.HTTPSConnection", asking):
        found = list(checks.address(settings(), behind.services, behind.account))
    assert any("over plain http" in each.text for each in found)


@pytest.mark.parametrize(
    ("location", "mark"),
    [(f"{HTTPS}/sign-in", Mark.BAD), ("https://sso.example/", Mark.GOOD), (None, Mark.GOOD)],
)
def test_doctor_sees_a_circle(behind: Desk, location: str | None, mark: Mark) -> None:
    asking = Mock()
    asking.return_value.getresponse.return_value.status = 200
    asking.return_value.getresponse.return_value.getheader.return_value = location
    with patch("http.client.HTTPSConnection", asking):
        found = list(checks.address(settings(), behind.services, behind.account))
    address = [each for each in found if each.about == "address"][-1]
    assert address.mark is mark
    assert ("leads to itself" in address.text) is (mark is Mark.BAD)
