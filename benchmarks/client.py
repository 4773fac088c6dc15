"""A browser of few words: cookies, one form a page, one connection kept open."""

from __future__ import annotations

import html
import re
from http.client import HTTPConnection, RemoteDisconnected
from typing import TYPE_CHECKING
from urllib.parse import urlencode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from http.client import HTTPResponse

_HIDDEN = re.compile(r'<input[^>]*type="hidden"[^>]*>')
_NAME = re.compile(r'name="([^"]*)"')
_VALUE = re.compile(r'value="([^"]*)"')


class Client:
    """One browser. `token` is the last hidden field for CSRF that a page carried."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies: dict[str, str] = {}
        self.hidden: dict[str, str] = {}
        self.location = ""
        self.page = ""
        """What the last GET answered."""

    def get(self, path: str) -> int:
        """Fetch a page, remember its hidden fields, and return the status."""
        return self._send("GET", path, None)

    def post(self, path: str, fields: Mapping[str, str]) -> int:
        """Post a form with the hidden fields of the last page, and return the status."""
        return self._send("POST", path, urlencode({**self.hidden, **fields}))

    def download(self, path: str) -> bytes:
        """Post the form of the last page and return the file that comes back."""
        self._send("POST", path, urlencode(self.hidden))
        return self._content

    def _send(self, method: str, path: str, body: str | None) -> int:
        headers = {"Host": f"localhost:{self.port}", "User-Agent": "bench"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"http://localhost:{self.port}"
        try:
            answer = self._answer(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError, RemoteDisconnected):
            # On a slow machine this browser waited so long for its turn that the server closed the idle connection.
            self.connection.close()
            answer = self._answer(method, path, body, headers)
        text = self._content = answer.read()
        for cookie in answer.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name.strip()] = value
        self.location = answer.headers.get("Location") or ""
        if method == "GET":
            self.page = text.decode()
            self.hidden = dict(_hidden_fields(self.page))
        return answer.status

    def _answer(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> HTTPResponse:
        self.connection.request(method, path, body, headers)
        return self.connection.getresponse()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


def _hidden_fields(page: str) -> list[tuple[str, str]]:
    found = []
    for field in _HIDDEN.findall(page):
        name, value = _NAME.search(field), _VALUE.search(field)
        if name:
            found.append((name[1], html.unescape(value[1]) if value else ""))
    return found
