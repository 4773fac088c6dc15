"""A browser for tests, in this process: keeps cookies, follows redirects, fills in and sends the form of a page."""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urljoin, urlsplit

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse
from django.test import Client

from tests.walks.reader import Reader
from twofold.store.connections import close_if_broken
from twofold.store.rows import this_connection
from twofold.web.entrance import Pages

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from wsgiref.types import WSGIEnvironment

    from tests.walks.reader import Form

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
FORM = "application/x-www-form-urlencoded"
CSRF_FIELD = "csrfmiddlewaretoken"
_MOST_REDIRECTS = 10


@dataclass
class Page:
    """One answer: status, path, text as people read it, and everything that a test may look at."""

    status: int
    url: str
    content: bytes
    headers: Mapping[str, str]
    set_cookies: Sequence[str]
    """The raw Set-Cookie headers of this answer."""

    @cached_property
    def _reader(self) -> Reader:
        """The page as it was read, which is done for those alone that a test looks at or sends a form of."""
        return Reader(self.html if self.headers.get("Content-Type", "").startswith("text/html") else "")

    @property
    def html(self) -> str:
        return self.content.decode()

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    @property
    def text(self) -> str:
        """The words of the page with single spaces between, title left out."""
        return " ".join("".join(self._reader.words).split())

    @property
    def title(self) -> str:
        return " ".join(self._reader.title.split())

    @property
    def forms(self) -> list[Form]:
        """Every form but the one for signing out."""
        return [form for form in self._reader.forms if form.action != "/sign-out"]

    @property
    def links(self) -> list[tuple[str, str]]:
        """Address and text of every link."""
        return self._reader.links

    def form(self, having: str = "") -> Form:
        """Return the one form of the page, or the one that has a field or button of this name."""
        forms = [form for form in self.forms if not having or form.has(having)]
        assert len(forms) == 1, f"{len(forms)} forms{f' with {having}' if having else ''} at {self.url}: {self.text}"
        return forms[0]

    def all_forms(self) -> list[Form]:
        """Every form, the one for signing out included."""
        return self._reader.forms


class _Answer(HttpResponse):
    """What came back from the product, as Django's client wants it; `set_cookies` are the raw headers."""

    def __init__(self, status: str, headers: Sequence[tuple[str, str]], content: bytes) -> None:
        super().__init__(content, status=int(status[:3]))
        self.set_cookies = [value for name, value in headers if name == "Set-Cookie"]
        del self.headers["Content-Type"]
        for name, value in headers:
            if name != "Set-Cookie":
                assert name not in self.headers, name
                self.headers[name] = value
        for line in self.set_cookies:
            self.cookies.load(line)


@contextmanager
def _with_its_own_connection() -> Iterator[None]:
    """Use the test's own connection, with the database of this test behind it."""
    try:
        yield
    finally:
        close_if_broken(this_connection())


class _Product:
    """Calls the product as a web server does; Django's client calls this."""

    def __init__(self) -> None:
        self._pages = Pages(connected=_with_its_own_connection)

    def __call__(self, environ: WSGIEnvironment) -> _Answer:
        begun: list[tuple[str, Sequence[tuple[str, str]]]] = []
        parts = self._pages(environ, lambda status, headers, _problem=None: begun.append((status, headers)))  # type: ignore[arg-type]
        answer = _Answer(*begun[0], b"".join(parts))
        answer.wsgi_request = WSGIRequest(environ)  # type: ignore[attr-defined]
        return answer


class Browser:
    """One browser at one address. `page` is what it shows; methods return it."""

    def __init__(self, origin: str, *, address: str = "127.0.0.1", user_agent: str = FIREFOX) -> None:
        self.origin = origin
        self.address = address
        self.page = Page(0, "", b"", {}, [])
        self.seen: list[Page] = []
        """Every answer so far, redirects included."""
        self.extra: dict[str, str] = {}
        """Headers to send along, as WSGI names them."""
        self.without: set[str] = set()
        """Headers that are left out."""
        self._client = Client(headers={"user-agent": user_agent})
        self._client.handler = _Product()  # type: ignore[assignment]
        self._defaults = dict(self._client.defaults)

    @property
    def cookies(self) -> dict[str, str]:
        """Name and value of every cookie that is kept."""
        return {name: morsel.value for name, morsel in self._client.cookies.items()}

    def set_cookie(self, name: str, value: str) -> None:
        self._client.cookies[name] = value

    def drop_cookie(self, name: str) -> None:
        self._client.cookies.pop(name, None)

    def drop_cookies(self) -> None:
        self._client.cookies = SimpleCookie()

    def show_failures(self) -> None:
        """Answer faults of the product with its page for them, instead of raising them in the test."""
        self._client.raise_request_exception = False

    def get(self, url: str, *, follow: bool = True) -> Page:
        """Open a path."""
        return self._go(self._send("get", url, None), follow=follow)

    def post(
        self, url: str, fields: Mapping[str, object] | None = None, *, follow: bool = True, token: bool = True
    ) -> Page:
        """Send fields without any form; with the token of the page that is shown, unless `token` is False."""
        given = dict(fields or {})
        if token and CSRF_FIELD not in given:
            given[CSRF_FIELD] = self.token()
        return self._go(self._send("post", url, given), follow=follow)

    def post_raw(self, url: str, body: bytes, *, content_type: str = FORM) -> Page:
        """Send a body as it is."""
        self._prepare()
        return self._posted(url, body, content_type)

    def ask(self, method: str, url: str) -> Page:
        """Ask by any method, with nothing sent."""
        self._prepare()
        return self._answered(url, self._client.generic(method, self._path(url)))

    def _posted(self, url: str, body: bytes, content_type: str) -> Page:
        return self._answered(url, self._client.post(self._path(url), body, content_type=content_type))

    def token(self) -> str:
        """Return a CSRF token: the page's, else one from the first page."""
        for form in self.page.all_forms():
            for name, value in form.fields:
                if name == CSRF_FIELD:
                    return value
        there = self._send("get", "/sign-in", None)
        for form in there.all_forms():
            return dict(form.fields)[CSRF_FIELD]
        # Somebody signed in is led home.
        return dict(self._go(there, follow=True).all_forms()[0].fields)[CSRF_FIELD]

    def submit(
        self,
        fields: Mapping[str, object] | None = None,
        *,
        press: str = "",
        having: str = "",
        follow: bool = True,
    ) -> Page:
        """Fill in the form of the page and send it.

        `fields` replace what stands in the form; None leaves a field out (an empty box). `press` names the button, as
        NAME or NAME=VALUE; `having` chooses among several forms by a field or a button.
        """
        form = self.page.form(having or press.partition("=")[0])
        given: dict[str, object] = {}
        for name, value in form.fields:
            before = given.get(name)
            if before is None:
                given[name] = value
            else:
                given[name] = [*before, value] if isinstance(before, list) else [before, value]
        for name, wanted in (fields or {}).items():
            assert form.has(name), f"no field {name} at {self.page.url}: {self.page.text}"
            given.pop(name, None)
            if wanted is not None:
                given[name] = wanted
        if press:
            name, _, value = press.partition("=")
            given[name] = value or next(each[1] for each in form.buttons if each[0] == name)
        assert form.method == "post" or CSRF_FIELD not in given
        url = urljoin(self.page.url, form.action) if form.action else self.page.url
        return self._go(self._send(form.method, url, given), follow=follow)

    def click(self, text: str) -> Page:
        """Follow the link that has this text."""
        found = [url for url, words in self.page.links if text in words]
        assert found, f"no link “{text}” at {self.page.url}: {self.page.links}"
        return self.get(urljoin(self.page.url, found[0]))

    def sign_out(self) -> Page:
        return self.post("/sign-out")

    def _go(self, page: Page, *, follow: bool) -> Page:
        for _ in range(_MOST_REDIRECTS):
            if not (follow and page.status in {301, 302, 303, 307, 308}):
                self.page = page
                return page
            where = urljoin(page.url, page.headers["Location"])
            assert where.startswith(("/", self.origin)), f"led away to {where}"
            page = self._send("get", where, None)
        raise AssertionError(f"round in circles: {[each.url for each in self.seen[-_MOST_REDIRECTS:]]}")

    def _send(self, method: str, url: str, fields: Mapping[str, object] | None) -> Page:
        self._prepare()
        if method == "post":
            if any(hasattr(value, "read") for value in (fields or {}).values()):
                return self._answered(url, self._client.post(self._path(url), fields))
            return self._posted(url, urlencode(fields or {}, doseq=True).encode(), FORM)
        if fields:
            url = f"{url.partition('?')[0]}?{urlencode(fields, doseq=True)}"
        return self._answered(url, self._client.get(self._path(url)))

    def _path(self, url: str) -> str:
        parts = urlsplit(url)
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _prepare(self) -> None:
        """Say to the client what every request of this browser carries."""
        host = urlsplit(self.origin).netloc
        ours = {"HTTP_HOST": host, "REMOTE_ADDR": self.address, "HTTP_ORIGIN": self.origin}
        if self.page.url:
            ours["HTTP_REFERER"] = urljoin(self.origin, self.page.url)
        every = {**self._defaults, **ours, **self.extra}
        self._client.defaults = {name: value for name, value in every.items() if name not in self.without}

    def _answered(self, url: str, response: object) -> Page:
        assert isinstance(response, _Answer)
        for name in [name for name, morsel in self._client.cookies.items() if morsel["max-age"] == "0"]:
            del self._client.cookies[name]
        page = Page(
            status=response.status_code,
            url=url,
            content=response.content,
            headers=dict(response.items()),
            set_cookies=response.set_cookies,
        )
        self.seen.append(page)
        assert_one_focus(page)
        return page


def assert_one_focus(page: Page) -> None:
    """See, on every page of every walk, that one field at most takes the focus: of those in error the first."""
    html = page.html if page.headers.get("Content-Type", "").startswith("text/html") else ""
    wrong, focused = _WRONG.search(html), _FOCUSED.findall(html)
    assert len(focused) <= 1, (page.url, focused)
    assert wrong is None or focused == [wrong[0]], (page.url, wrong, focused)
    assert wrong is not None or 'class="wrong" id=' not in html, page.url


_WRONG = re.compile(r'<[^<>]* aria-invalid="true"[^<>]*>')
_FOCUSED = re.compile(r"<[^<>]* autofocus(?: [^<>]*)?>")
