"""No page offers a role what it will refuse: every link is followed and every button that is seen is pressed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest

from tests.walks import group_kit, import_kit
from tests.walks.helping import answer
from tests.walks.routes import AN_ID, all_paths
from twofold.core.ids import PersonId
from twofold.core.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.walks.browser import Browser, Page
    from tests.walks.kit import Desk, Somebody
    from tests.walks.reader import Form

_AN_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
_FORM = re.compile(r"<form\b[^>]*>")
LEAVES = {"/sign-out"}
ONLY_ACTS = {
    f"/admin/people{path}"
    for path in (
        "/add",
        "/ways",
        "/ID/help",
        "/ID/address",
        "/ID/password",
        "/ID/exempt",
        "/groups/add",
        "/groups/ID/rule",
        "/groups/ID/exempt",
    )
}
"""Pages that are there for doing something; whoever does nothing is led to none of them."""


@dataclass(frozen=True)
class Seen:
    """A form that a page shows with its buttons."""

    page: str
    form: Form


class Visitor:
    """Follows every link within a part of the product, one of each kind of page, and notes what is offered."""

    def __init__(self, browser: Browser, *, within: str) -> None:
        self.browser = browser
        self.within = within
        self.pages: dict[str, Page] = {}
        self.offers: list[Seen] = []
        self.refused: list[tuple[str, str]] = []

    def walk(self, *begin: str) -> None:
        waiting = [("", url) for url in begin]
        while waiting:
            came_from, url = waiting.pop()
            kind = kind_of(url)
            if kind in self.pages:
                continue
            page = self.pages[kind] = self.browser.get(url)
            if page.status != 200:
                self.refused.append((came_from, url))
                continue
            if not page.headers["Content-Type"].startswith("text/html"):
                continue
            self.offers += [Seen(url, form) for form in forms_seen(page)]
            waiting += [(url, asked(page, form)) for form in page.forms if form.method == "get"]
            waiting += [(url, each) for each in links_of(page) if urlsplit(each).path.startswith(self.within)]

    def press(self) -> None:
        """Press every button that was seen, with its form as it stands."""
        for one in self.offers:
            self.browser.get(one.page)
            for name, value, text in one.form.buttons:
                fields = [*one.form.fields, (name, value)] if name else one.form.fields
                page = self.browser.post(urljoin(one.page, one.form.action), dict(fields), token=False)
                if page.status in {403, 405, 500}:
                    self.refused.append((one.page, f"{one.form.action}: {text}"))


def kind_of(url: str) -> str:
    """Return a path without the id in it; with the names of its query, which make it another page."""
    parts = urlsplit(url)
    names = sorted(each.partition("=")[0] for each in parts.query.split("&") if each)
    return f"{_AN_ID.sub('ID', parts.path)}?{'&'.join(names)}".removesuffix("?")


def links_of(page: Page) -> Iterator[str]:
    for url, _ in page.links:
        if url.startswith("/") or not urlsplit(url).scheme:
            yield urljoin(page.url, url).partition("#")[0]


def forms_seen(page: Page) -> Iterator[Form]:
    """Return the forms that are sent by POST and whose buttons the stylesheet shows to this reader."""
    only_reads = 'class="only-reads"' in page.html
    for tag, form in zip(_FORM.findall(page.html), page.all_forms(), strict=True):
        if form.method == "post" and form.action not in LEAVES and (not only_reads or 'class="reads"' in tag):
            yield form


def asked(page: Page, form: Form) -> str:
    query = "&".join(f"{name}={value}" for name, value in form.fields if value)
    return f"{urljoin(page.url, form.action).partition('?')[0]}?{query}".removesuffix("?")


@pytest.fixture
def ann(desk: Desk) -> Somebody:
    return desk.add("ann@acme.example", app=True, chosen=True)


@pytest.fixture
def busy(desk: Desk, ann: Somebody) -> None:
    """Fill every list with something: a group, an exemption, a report, an import, a request, a call, a version."""
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    owner = desk.sign_in(olga)
    group_kit.make(owner, group_require="1")
    carl = desk.add("carl@example.org", Role.END_USER, app=True, chosen=True, id=PersonId(AN_ID))
    desk.add("eve@acme.example", exempt_until=desk.clock.now() + timedelta(days=9), exempt_because="abroad")
    owner.get("/admin/reports")
    owner.submit(having="include_end_users")
    import_kit.read(desk, owner, [import_kit.HEAD, "new@acme.example,New,agent,"])
    desk.mails()
    adam = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    ada = desk.add("ada@acme.example", Role.ADMIN, app=True, chosen=True)
    assert "Asked." in answer(adam, ada, "lost").text
    for somebody in (ann, carl):
        browser = desk.browser()
        desk.present_password(browser, somebody)
        browser.click("I cannot get a code")
        browser.submit(press="ask")


@pytest.mark.usefixtures("busy")
def test_an_auditor_is_offered_nothing_that_is_refused(desk: Desk) -> None:
    udo = desk.add("udo@acme.example", Role.AUDITOR, app=True, chosen=True)
    visitor = Visitor(desk.sign_in(udo), within="/admin")
    visitor.walk("/admin/first-steps")
    assert len(visitor.pages) > 25, sorted(visitor.pages)
    offered = {kind_of(url) for page in visitor.pages.values() for url in links_of(page)}
    assert not {url.partition("?")[0] for url in offered} & ONLY_ACTS
    visitor.press()
    assert visitor.refused == []


@pytest.mark.usefixtures("busy")
def test_an_agent_who_may_help_is_offered_nothing_that_is_refused(desk: Desk) -> None:
    ben = desk.add("ben@acme.example", app=True, chosen=True, helps_since=desk.clock.now())
    visitor = Visitor(desk.sign_in(ben), within="/admin")
    visitor.walk("/", "/admin/help", "/admin/help?search=carl", f"/admin/people/{AN_ID}/help")
    visitor.walk(*(f"/admin/people/{AN_ID}/help?what={what}&check=video" for what in ("elsewhere", "lost", "codes")))
    assert any(kind_of("/admin/people/ID/help") in kind for kind in visitor.pages)
    visitor.press()
    assert visitor.refused == []


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
@pytest.mark.usefixtures("busy")
def test_no_link_leads_who_may_do_most_astray(desk: Desk, role: Role) -> None:
    visitor = Visitor(desk.sign_in(desk.add("gabi@acme.example", role, app=True, chosen=True)), within="/admin")
    visitor.walk("/admin/first-steps")
    assert ("An owner does this." in visitor.pages["/admin/first-steps"].text) is (role is Role.ADMIN)
    assert visitor.refused == []
    assert {kind_of(path) for path in all_paths() if kind_of(path) in ONLY_ACTS} <= {
        url.partition("?")[0] for url in visitor.pages
    } | {"/admin/people/ways", "/admin/people/ID/password"}
