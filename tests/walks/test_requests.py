"""What we read of a request ourselves is what Django reads, whatever was sent; and forms from elsewhere are refused."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.core.files.uploadedfile import UploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.http import QueryDict, UnreadablePostError
from django.utils import timezone, translation
from hypothesis import example, given
from hypothesis import strategies as st

from twofold.web.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from wsgiref.types import WSGIEnvironment

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

FORM = "application/x-www-form-urlencoded"
HTTPS = "https://help.acme.example"
LATIN = st.characters(max_codepoint=255)
"""What a server makes of bytes in headers and paths."""


def environ(body: bytes = b"", **more: str) -> WSGIEnvironment:
    """Return what a server hands over."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/sign-in",
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
        **more,
    }


@given(st.text(LATIN) | st.text("/ab%.*\xff\xc3\xa4"))
@example("")
@example("*")
@example("a/b")
@example("//evil.example/")
@example("/\xe4\xff%2F%zz")
@example("/\u00e2\u0082\u00ac")
def test_the_path_is_the_one_that_django_reads(path: str) -> None:
    ours, theirs = Request(environ(PATH_INFO=path)), WSGIRequest(environ(PATH_INFO=path))
    assert (ours.path, ours.path_info) == (theirs.path, theirs.path_info)
    assert ours.get_full_path() == theirs.get_full_path()


@given(st.text(LATIN) | st.text('twofold_=; \t"\\137,.~-\xe4'))
@example("twofold_csrf=a; twofold_csrf=b; other")
@example('a="b; c"; d="\\073\\000"; =e; f==')
@example("twofold_session=a;twofold_csrf=b")
@example("a=b; ")
@example("a=b\n")
@example("__Host-twofold_csrf=a; twofold_csrf=b; lang=de-AT; x=1.2~3")
def test_cookies_are_those_that_django_reads(header: str) -> None:
    assert Request(environ(HTTP_COOKIE=header)).COOKIES == WSGIRequest(environ(HTTP_COOKIE=header)).COOKIES


@given(st.text("ab=&+%4Cf\xff\0 ;é").map(str.encode) | st.binary(max_size=80))
@example(b"email=ann%40acme.example&password=a+b%2Bc&empty=&bare&=x&&email=again")
@example(b"\xff=%ff&%zz=%&a=%c3%a4\xc3\xa4")
def test_fields_are_those_that_django_reads(body: bytes) -> None:
    ours = Request(environ(body))
    assert ours.fields == dict(QueryDict(body.decode("utf-8", "replace")).lists())
    assert dict(ours.POST.lists()) == ours.fields
    assert not ours.FILES
    assert ours.body == body


@given(st.text(LATIN) | st.text("ab=&+%4Cf\xff;"))
def test_what_is_asked_for_is_what_django_reads(query: str) -> None:
    assert Request(environ(QUERY_STRING=query)).GET == WSGIRequest(environ(QUERY_STRING=query)).GET


@pytest.mark.parametrize(
    ("content_type", "charset_is_refused"),
    [
        ("", False),
        (FORM.upper(), False),
        (f"{FORM}; charset=UTF-8", False),
        (f"{FORM}; charset=utf-7", True),
        (f"{FORM}; charset=nonsense", True),
        (f"{FORM};", False),
        ("text/plain; charset=utf-16", False),
        ("application/json", False),
        ("text/plain; a*=nonsense'x'y", False),
        (";;;=", False),
    ],
)
def test_only_a_form_has_fields(content_type: str, *, charset_is_refused: bool) -> None:
    request = Request(environ(b"a=b", CONTENT_TYPE=content_type, QUERY_STRING="&".join(["x=1"] * 200)))
    if charset_is_refused:
        with pytest.raises(BadRequest):
            _ = request.fields
        return
    is_form = content_type.lower().startswith(FORM)
    assert request.fields == ({"a": ["b"]} if is_form else {})
    assert dict(request.POST.lists()) == request.fields
    with pytest.raises(TooManyFieldsSent):
        _ = request.GET


def test_a_file_comes_with_its_fields_and_is_closed() -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n'
        b'--x\r\nContent-Disposition: form-data; name="logo"; filename="l.png"\r\n\r\npng\r\n--x--\r\n'
    )
    request = Request(environ(body, CONTENT_TYPE="multipart/form-data; boundary=x"))
    assert request.fields == {"a": ["b"]}
    logo = request.FILES["logo"]
    assert isinstance(logo, UploadedFile)
    assert logo.read() == b"png"
    request.close()
    assert logo.closed


def test_a_form_is_no_longer_than_it_says_nor_than_it_may_be() -> None:
    assert Request(environ(b"a=bcdef", CONTENT_LENGTH="3")).fields == {"a": ["b"]}
    assert Request(environ(b"a=b", CONTENT_LENGTH="")).fields == {}
    assert Request(environ(b"a=b", REQUEST_METHOD="GET")).fields == {}
    for problem, body in ((RequestDataTooBig, b"a=" + b"b" * 70_000), (TooManyFieldsSent, b"a=b&" * 101)):
        request = Request(environ(body))
        for _ in range(2):
            with pytest.raises(problem):
                _ = request.fields


class Gone:
    """The body of somebody who left."""

    def read(self, _size: int) -> bytes:
        raise ConnectionResetError("gone")


def test_whoever_leaves_while_sending_sent_no_form() -> None:
    request = Request({**environ(), "wsgi.input": Gone()})
    with pytest.raises(UnreadablePostError):
        _ = request.fields
    assert request.fields == {}
    assert not request.POST


@pytest.mark.security("SE8")
def test_on_https_a_form_says_where_it_came_from(make_desk: Callable[[str], Desk]) -> None:
    desk = make_desk(HTTPS)
    browser = desk.sign_in(desk.add("ann@acme.example"))
    token = browser.token()
    for referer in (
        None,
        "",
        "nonsense",
        HTTPS,
        "http://help.acme.example/profile",
        "https://help.acme.example.evil.example/",
        "https://evil.example/https://help.acme.example/",
        "https://help.acme.example@evil.example/",
        "https://help.acme.example:444/",
    ):
        assert posted(browser, token, referer) == 403, referer
    assert posted(browser, token, f"{HTTPS}/profile") == 303


def posted(browser: Browser, token: str, referer: str | None) -> int:
    """Sign out by a form that comes without `Origin`, as old browsers send it."""
    browser.without = {"HTTP_ORIGIN"} | ({"HTTP_REFERER"} if referer is None else set())
    browser.extra = {"HTTP_REFERER": referer} if referer is not None else {}
    status = browser.post("/sign-out", {"csrfmiddlewaretoken": token}, follow=False).status
    browser.without, browser.extra = set(), {}
    return status


@pytest.mark.security("SE8")
def test_only_the_whole_token_of_this_browsers_own_secret_counts(desk: Desk, olive: Somebody) -> None:
    browser = desk.sign_in(olive)
    token, secret = browser.token(), browser.cookies["twofold_csrf"]
    stranger = desk.browser()
    foreign = stranger.token()
    for sent in (
        "",
        secret,
        token[:-1],
        f"{token}a",
        token[::-1],
        token[32:] + token[:31],
        f"{token[:62]} {token[63]}",
        f"{token[:62]}zz",
        f"{'0' * 32}{'0' * 32}",
        foreign,
        f"{token[:32]}{'é' * 32}",
        "-" * 64,
        [token, foreign],
        "\0" * 64,
    ):
        assert browser.post("/sign-out", {"csrfmiddlewaretoken": sent}, follow=False).status == 403, sent
    for cookie in ("", secret[:-1], f"{secret}a", "-" * 32, "\\000" * 32, "é" * 32, stranger.cookies["twofold_csrf"]):
        browser.set_cookie("twofold_csrf", cookie)
        # A page has a form all the same: with a new secret where this is none of ours.
        assert browser.get("/profile/details").status == 200
        browser.set_cookie("twofold_csrf", cookie)
        assert browser.post("/sign-out", {"csrfmiddlewaretoken": token}, follow=False).status == 403, cookie
    browser.drop_cookie("twofold_csrf")
    assert browser.post("/sign-out", {"csrfmiddlewaretoken": token}, follow=False).status == 403
    browser.set_cookie("twofold_csrf", secret)
    assert browser.post("/sign-out", {"csrfmiddlewaretoken": token}, follow=False).status == 303


def test_language_and_time_zone_go_with_the_request(desk: Desk, olive: Somebody) -> None:
    with translation.override("de"), timezone.override("Asia/Tokyo"):
        browser = desk.sign_in(olive)
        assert '<html lang="en"' in browser.get("/profile/details").html
        assert translation.get_language() == "de"
        assert timezone.get_current_timezone_name() == "Asia/Tokyo"
