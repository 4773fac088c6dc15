"""Every path that the product answers, read from the table of routes itself, so that a new page is tested unasked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.urls import URLPattern, URLResolver, get_resolver

if TYPE_CHECKING:
    from collections.abc import Iterator

AN_ID = "0" * 26
_PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
# Answered to everybody; small files that hold nothing of anybody.
PUBLIC_FILES = ("/appearance.css", "/logo", "/favicon.ico")
# For other servers, which have no token: each address holds a keyed digest, and any other is not there.
HOOKS = "/hooks/"


def all_paths() -> list[str]:
    """Return every path, with an id of nobody where one belongs."""
    return sorted({f"/{_PARAMETER.sub(AN_ID, route)}" for route in _routes(get_resolver().url_patterns)})


def _routes(patterns: list[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns)
        else:
            yield str(pattern.pattern)


def needs_session(path: str) -> bool:
    """Say whether a path is for people who are signed in."""
    return path == "/" or path.startswith(("/profile", "/admin"))
