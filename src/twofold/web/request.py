"""A request as the pages see it: with the account, the services, the visit and, when asked for, who is signed in.

It is Django's, so that Django's pages for faults, its readers of files and its helpers take it. What each sign-in needs
of it is read here in fewer steps: an address and a form as browsers send them. Everything else is left to Django.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from django.conf import settings as django_settings
from django.core.exceptions import BadRequest, RequestDataTooBig, TooManyFieldsSent
from django.core.handlers.wsgi import LimitedStream, WSGIRequest, get_path_info
from django.http import QueryDict, UnreadablePostError, parse_cookie
from django.utils.datastructures import MultiValueDict
from django.utils.functional import cached_property
from django.utils.http import parse_header_parameters

from twofold.flows import signed_in
from twofold.flows.visit import Visit
from twofold.settings import settings
from twofold.web import cookies, devices
from twofold.web.address import is_sure

if TYPE_CHECKING:
    from collections.abc import Mapping
    from wsgiref.types import WSGIEnvironment

    from twofold.flows.visit import SignedIn
    from twofold.ports.accounts import Account
    from twofold.ports.services import Services

_UNATTENDED: Final = "HTTP_X_UNATTENDED"
"""A page that looks again by itself says so: nobody is at it, and the session goes on running out."""
_FORM: Final = "application/x-www-form-urlencoded"
_PLAIN: Final = frozenset({"", _FORM})
"""Types of content that say nothing about themselves."""
_UTF_8: Final = "utf-8"
_MOST: Final[int] = django_settings.DATA_UPLOAD_MAX_MEMORY_SIZE
_MOST_FIELDS: Final[int] = django_settings.DATA_UPLOAD_MAX_NUMBER_FIELDS
_NOTHING_ASKED: Final = QueryDict("")


class Request(WSGIRequest):
    """What every view is handed. The gate fills in account, services and address before any view runs."""

    account: Account
    services: Services
    address: str
    is_https = False
    """Whether people open this account over TLS; judged by the configured address, never by the request."""
    language = ""
    """What this request is answered in, once it is known: see `pages.speak`."""
    is_csrf_renewed = False
    new_csrf_secret = b""
    """The secret of forms that this answer sets; nothing where the browser keeps what it has."""
    resolver_match = None
    _read_started = False

    def __init__(self, environ: WSGIEnvironment) -> None:
        # As Django does it for pages that stand at the root of their host (FORCE_SCRIPT_NAME in django_settings.py).
        self.environ = self.META = environ
        path: str = environ.get("PATH_INFO", "")
        self.path_info = (path if path.isascii() else get_path_info(environ)) or "/"
        self.path = self.path_info if self.path_info[0] == "/" else f"/{self.path_info.replace('/', '', 1)}"
        self.method: str = environ["REQUEST_METHOD"].upper()
        kind = environ.get("CONTENT_TYPE", "")
        self.content_type, self.content_params = (kind, {}) if kind in _PLAIN else _kind_of(kind)

    @property
    def is_adopted(self) -> bool:
        """Whether the gate has filled this in; a request that it refused at once has no account."""
        return "account" in self.__dict__

    @cached_property
    def visit(self) -> Visit:
        """Where this request comes from."""
        return Visit(
            account=self.account,
            address=self.address,
            is_address_sure=is_sure(self.META, settings().proxies),
            browser_name=devices.name_of(self.META.get("HTTP_USER_AGENT", "")),
            browser_cookie=cookies.read(self, cookies.BROWSER),
        )

    @cached_property
    def me(self) -> SignedIn | None:
        """Who is signed in; read from the store once, and only when a view asks."""
        return signed_in.who(
            self.services,
            self.visit,
            cookies.read(self, cookies.SESSION),
            is_attended=self.is_attended,
        )

    @property
    def is_attended(self) -> bool:
        """Whether somebody is at it: the page does not look again by itself."""
        return _UNATTENDED not in self.META

    @property
    def known_me(self) -> SignedIn | None:
        """Who is signed in, if a view has asked already; for pages that do without."""
        found: SignedIn | None = self.__dict__.get("me")
        return found

    @cached_property
    def GET(self) -> QueryDict:  # type: ignore[override]  # noqa: N802 -- Django's name
        """Return the parameters of the address."""
        asked: str = self.environ.get("QUERY_STRING", "")
        return QueryDict(asked.encode("iso-8859-1")) if asked else _NOTHING_ASKED

    @cached_property
    def COOKIES(self) -> dict[str, str]:  # type: ignore[override]  # noqa: N802 -- Django's name
        """Return the cookies that the browser sent."""
        sent: str = self.environ.get("HTTP_COOKIE", "")
        return parse_cookie(sent if sent.isascii() else sent.encode("iso-8859-1").decode(errors="replace"))

    @cached_property
    def fields(self) -> Mapping[str, list[str]]:
        """Return what was posted, each field with its values; see `forms.Posted`, which reads them."""
        if self.method != "POST" or self.content_type != _FORM:
            return dict(self.POST.lists())
        if self.content_params and self.content_params.get("charset", _UTF_8).lower() != _UTF_8:
            raise BadRequest("A form is sent in UTF-8.")
        if "_body" not in self.__dict__:
            # As Django's `body` does it, which asks for the same limit twice and keeps a stream that nobody reads.
            try:
                self._body = self.environ["wsgi.input"].read(self._length)
            except OSError as problem:
                # Whoever asks again, to show a page, finds nothing.
                self._body = b""
                raise UnreadablePostError(*problem.args) from problem
        if len(self._body) > _MOST:
            raise RequestDataTooBig
        return _fields_of(self._body)

    def _load_post_and_files(self) -> None:
        if self.method != "POST" or self.content_type != _FORM:
            super()._load_post_and_files()
            return
        self._post = MultiValueDict(self.fields)
        self._files: MultiValueDict[str, object] = MultiValueDict()

    @cached_property
    def _stream(self) -> LimitedStream:  # type: ignore[override]
        # Only what is no form of a page is read through it.
        return LimitedStream(self.environ["wsgi.input"], self._length)

    @property
    def _length(self) -> int:
        # The gate has refused what is no number.
        return int(self.environ.get("CONTENT_LENGTH") or 0)

    def close(self) -> None:
        """Close the files that were sent, if there are any."""
        if self.__dict__.get("_files"):
            super().close()

    def adopt(self, account: Account, services: Services, address: str, *, is_https: bool) -> None:
        """Fill in what the gate found out; done once, before any view runs."""
        self.is_https = is_https
        self.account = account
        self.services = services
        self.address = address


def _kind_of(header: str) -> tuple[str, dict[str, str]]:
    """Return the type of what was sent, and its parameters; a header that cannot be read says nothing."""
    try:
        kind, params = parse_header_parameters(header)
    except ValueError:
        return "", {}
    return kind, params


def _fields_of(body: bytes) -> dict[str, list[str]]:
    """Return the fields of a form (URL Standard, 5.1); what is not UTF-8 is replaced."""
    pairs = [pair for pair in body.decode("utf-8", "replace").split("&") if pair]
    if len(pairs) > _MOST_FIELDS:
        raise TooManyFieldsSent
    fields: dict[str, list[str]] = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = unquote_plus(name, errors="replace"), unquote_plus(value, errors="replace")
        fields.setdefault(name, []).append(value)
    return fields
