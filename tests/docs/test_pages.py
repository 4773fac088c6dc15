"""Every path, field and cookie of the product stands in docs/reference/pages.md, and nothing else does."""

from __future__ import annotations

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.docs.reading import ROOT, cells, codes_in, rows, sections, text_of
from twofold.core.notices import SILENCEABLE
from twofold.core.roles import Audience
from twofold.web import cookies, fresh, ticks, told
from twofold.web.demo import urls as demo_urls

_PARAMETER = re.compile(r"<(?:\w+:)?\w+>")
_NAMED = re.compile(r"""\b(?:box_)?name="(\w+)\"""")
_BY_PART = re.compile(r"""\bname=(?:(?:audience|whose)\|add:"|"{{ (?:audience|whose) }})(\w+)\"""")
_BY_DEFAULT = re.compile(r"""\bname="{{ \w+\|default:"(\w+)" }}\"""")
# A meta element's names, and the hidden name of a password's owner, which no view reads.
NO_FIELDS = {"robots", "viewport", "username"}
TEMPLATES = ROOT / "src" / "twofold" / "web" / "templates"
PAGE = text_of("pages.md")
ROWS = {name: row for name, row in rows(PAGE).items() if name.startswith("/")}
FIELDS = {field for row in ROWS.values() for field in codes_in(cells(row)[1])} | codes_in(sections(PAGE)["Signed in"])


def paths(patterns: list[URLPattern | URLResolver]) -> set[str]:
    """Return every path below, with brackets where something is to be filled in."""
    found: set[str] = set()
    for one in patterns:
        if isinstance(one, URLResolver):
            found |= paths(one.url_patterns)
        else:
            route = str(one.pattern)
            found.add("/" + _PARAMETER.sub("[slug]" if "slug:" in route else "[id]", route))
    return found


def fields() -> set[str]:
    """Return the names of all fields, buttons included, that templates give.

    What each part of the policy has is named for one of them; the page says which letters stand for the others.
    """
    found = {*fresh.FIELDS}
    for path in TEMPLATES.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        found |= {*_NAMED.findall(text), *_BY_DEFAULT.findall(text)}
        found |= {f"{Audience.TEAM}{ending}" for ending in _BY_PART.findall(text)}
    # Boxes that are named after what they are for.
    found |= {notice.value for notice in SILENCEABLE}
    return found - NO_FIELDS


def test_every_path_has_its_row_and_no_row_is_left_over() -> None:
    ours = paths(get_resolver().url_patterns) | paths(list(demo_urls.urlpatterns)) | {ticks.HEALTH}
    assert len(ours) > 60
    assert set(ROWS) == ours


@pytest.mark.parametrize("field", sorted(fields()))
def test_every_field_is_named(field: str) -> None:
    assert field in FIELDS


def test_no_field_is_named_that_there_is_not() -> None:
    named = {field for row in ROWS.values() for field in codes_in(cells(row)[1])}
    assert named <= fields() | {"step"}


@pytest.mark.parametrize(
    "name",
    [cookies.SESSION, cookies.ATTEMPT, cookies.BROWSER, cookies.CSRF, cookies.LANGUAGE, cookies.ONWARD, told.COOKIE],
)
def test_every_cookie_has_its_row(name: str) -> None:
    assert name in rows(sections(PAGE)["Cookies"])
