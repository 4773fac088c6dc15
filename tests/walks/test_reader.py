"""What walks read of our pages by their own quick reader is what Python's own parser reads there."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING, Final

import pytest

from tests.walks.group_kit import PAGE as GROUPS
from tests.walks.reader import Reader
from twofold.core.roles import Role

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.walks.browser import Browser
    from tests.walks.kit import Desk

    Given = Sequence[tuple[str, str | None]]

POLICY: Final = "/admin/account/security/advanced/authentication"
QUOTED: Final = 'Ann <b>"O\'Brien"</b> & Söhne &amp;'
_UNREAD: Final = frozenset({"script", "style"})
_SENT_IF_CHECKED: Final = frozenset({"checkbox", "radio"})
_NEVER_SENT: Final = frozenset({"submit", "file"})


class Whole(HTMLParser):
    """Reads a page whole, tag by tag, with every attribute: slow, and by nobody's regular expressions."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[object]]] = []
        self.links: list[tuple[str, str]] = []
        self.words = self.title = ""
        self._open: list[str] = []
        self._inside: dict[str, tuple[dict[str, str], list[str]]] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: Given) -> None:
        given = {name: name if value is None else value for name, value in attrs}
        self._open.append(tag)
        self._inside[tag] = (given, [])
        if tag == "form":
            sent_to = [given.get("action", ""), given.get("method", "get").lower()]
            self.forms.append({"sent_to": [*sent_to], "fields": [], "inputs": [], "buttons": []})
        elif self.forms and "form" in self._open:
            self._field(self.forms[-1], tag, given)
        if tag in {"input", "br", "img", "link", "meta", "hr"}:
            self._open.pop()

    def handle_startendtag(self, tag: str, attrs: Given) -> None:
        self.handle_starttag(tag, attrs)
        if self._open[-1:] == [tag]:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass
        given, said = self._inside.pop(tag, ({}, []))
        form = self.forms[-1] if self.forms and "form" in self._open else None
        if tag == "a" and "href" in given:
            self.links.append((given["href"], joined(said)))
        elif tag == "button" and form is not None:
            form["buttons"].append((given.get("name", ""), given.get("value", ""), joined(said)))
        elif tag == "textarea" and form is not None:
            form["fields"].append((given["name"], "".join(said)))

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in _UNREAD:
            return
        if "title" in self._open and "svg" not in self._open:
            self.title += data
            return
        self.words += data
        for tag in ("a", "button", "textarea"):
            if tag in self._open:
                self._inside[tag][1].append(data)

    def _field(self, form: dict[str, list[object]], tag: str, given: dict[str, str]) -> None:
        kind = given.get("type", "text")
        if tag in {"select", "textarea"} or (tag == "input" and "name" in given):
            form["inputs"].append(given)
        if tag == "input" and "name" in given and kind not in _NEVER_SENT:
            if kind not in _SENT_IF_CHECKED:
                form["fields"].append((given["name"], given.get("value", "")))
            elif "checked" in given:
                form["fields"].append((given["name"], given.get("value", "on")))
        elif tag == "option" and "selected" in given:
            form["fields"].append((self._inside["select"][0]["name"], given["value"]))


def joined(said: Sequence[str]) -> str:
    return " ".join("".join(said).split())


def agree(html: str) -> Whole:
    """Hold what the quick reader finds against what the whole one does."""
    quick, whole = Reader(html), Whole(html)
    assert [
        {"sent_to": [one.action, one.method], "fields": one.fields, "inputs": one.inputs, "buttons": one.buttons}
        for one in quick.forms
    ] == whole.forms
    assert quick.links == whole.links
    assert joined(quick.words) == joined(whole.words)
    assert joined(quick.title) == joined(whole.title)
    return whole


def test_pages_read_by_walks_are_read_as_pythons_own_parser_reads_them(desk: Desk, browser: Browser) -> None:
    desk.require()
    quoted = desk.add("ann@acme.example", name=QUOTED)
    sign_in = agree(browser.get("/sign-in").html)
    assert [form["sent_to"] for form in sign_in.forms]
    owner = desk.sign_in(desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True))
    found = [
        agree(owner.get(path).html)
        for path in (
            "/profile/details",
            "/profile/security",
            "/admin/people",
            f"/admin/people/{quoted.id}",
            "/admin/people/add",
            POLICY,
            "/admin/account/texts",
            "/admin/account/audit",
            f"{GROUPS}/add",
            "/admin/roll-out/preview",
            "/nowhere",
        )
    ]
    fields = [one for whole in found for form in whole.forms for one in form["inputs"]]
    kinds = {one.get("type", "") for one in fields if isinstance(one, dict)}
    assert {"hidden", "checkbox", "radio", ""} <= kinds, "a page of each sort of field was read"
    assert any(QUOTED in whole.words for whole in found), "read as it was written"


@pytest.mark.parametrize(
    "html",
    [
        "<form action=\"/a?b=1&amp;c=2\" method=POST><input name=x value='1 > 0' disabled></form>",
        '<form><textarea name="t">\n&lt;b&gt; "a"</textarea><select name="s"><option value="1" selected>One</select>',
        "<!-- <a href='/no'>no</a> --><script>if (1 < 2) '<a href=\"/no\">no</a>'</script><a href='/yes'>1 < 2</a>",
    ],
)
def test_so_is_what_pages_may_hold(html: str) -> None:
    agree(html)
