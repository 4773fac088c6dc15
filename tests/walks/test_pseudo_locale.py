"""All text goes through gettext: in a language that puts every message in brackets, nothing stands outside of them."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from django.utils.translation import trans_real

from tests.walks import codes
from tests.walks.routes import PUBLIC_FILES, all_paths
from twofold.core.roles import Role
from twofold.web import skeletons

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.walks.browser import Page
    from tests.walks.kit import Desk, Somebody

_CONTEXT = "\x04"
_INNERMOST = re.compile(r"⟦[^⟦⟧]*⟧")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
# Attributes that are read out or shown.
_SPOKEN = {"aria-label", "alt", "title", "placeholder", "data-said", "data-over", "data-warning", "data-head"}


class Pseudo:
    """A translation into brackets."""

    def gettext(self, message: str) -> str:
        # Messages with a context are formats of dates; in brackets they would be no formats.
        return message if _CONTEXT in message or not message else f"⟦{message}⟧"

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return self.gettext(singular if number == 1 else plural)

    def language(self) -> str:
        return "en"

    def to_language(self) -> str:
        return "en"


class _Words(HTMLParser):
    """Collects what people read or hear; scripts and what is marked as nobody's language are left out.

    So is a section that says which language it is in: the changelog is not translated.
    """

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text = ""
        self.spoken: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in {"script", "style", "code", "option"} or (tag == "section" and "lang" in given):
            self._silent += 1
        elif tag == "section" and self._silent:
            raise AssertionError("a section within one of another language")
        self.spoken += [value for name, value in given.items() if name in _SPOKEN and value]

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "code", "option"} or (tag == "section" and self._silent):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if not self._silent:
            # A message may hold marked words, so it is looked at across tags.
            self.text += f"{data} "


@pytest.fixture
def pseudo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(vars(trans_real)["_translations"], "en", Pseudo())
    # Walks before and after this one speak another language under the same name.
    skeletons._KEPT.clear()
    yield
    skeletons._KEPT.clear()


def bare(text: str, data: set[str]) -> str:
    """Return what of a text is neither a message nor data."""
    # Data first: a name within a message would be found in brackets anyway.
    for each in sorted(data, key=len, reverse=True):
        text = text.replace(each, " ")
    while (fewer := _INNERMOST.sub(" ", text)) != text:
        text = fewer
    return " ".join(_LETTERS.findall(text))


def bare_in(page: Page, data: set[str]) -> list[str]:
    reader = _Words()
    reader.feed(page.html)
    return [found for text in (reader.text, *reader.spoken) if (found := bare(text, data))]


def data_of(desk: Desk, *people: Somebody) -> set[str]:
    names = {name for each in people for name in (each.email, desk.person(each).name)}
    providers = {"Twilio", "Vonage", "https://api.twilio.com", "https://rest.nexmo.com"}
    return {desk.account.name, "Firefox on Linux", "Europe/London", "UTC", "localhost", "otpauth", *providers, *names}


@pytest.mark.usefixtures("pseudo")
def test_every_page_of_an_owner_is_translated(desk: Desk) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    ann = desk.add("ann@acme.example")
    data = data_of(desk, olive, ann)
    browser = desk.sign_in(olive)
    paths = [path for path in all_paths() if path not in PUBLIC_FILES and not path.startswith("/guides")]
    for path in [*paths, f"/admin/people/{ann.id}", "/nothing-here"]:
        browser.get(path)
    untranslated = {page.path: found for page in browser.seen if (found := bare_in(page, data))}
    assert not untranslated


@pytest.mark.usefixtures("pseudo")
def test_every_page_on_the_way_in_is_translated(desk: Desk) -> None:
    desk.require()
    desk.add("olive@acme.example", Role.OWNER)
    cleo = desk.add("cleo@acme.example")
    data = data_of(desk, cleo) | {"Olive", "Acme"}
    browser = desk.browser()
    browser.get("/sign-in")
    browser.submit({"email": "", "password": ""})
    browser.submit({"email": cleo.email, "password": "wrong horse battery"})
    desk.present_password(browser, cleo)
    browser.get("/sign-in/set-up/cannot-now")
    browser.get("/sign-in/set-up")
    desk.set_up(cleo, browser)
    browser.sign_out()
    browser.drop_cookies()
    desk.present_password(browser, cleo)
    for path in ("/sign-in/cannot-get-a-code", "/sign-in/why", "/sign-in/passcode?with=recovery-code"):
        browser.get(path)
    browser.get("/sign-in/passcode")
    for typed in ("000000", "hello", "1" * 200, cleo.recovery_codes[0]):
        browser.post("/sign-in/passcode", {"passcode": typed})
        desk.forward(seconds=30)
    keys = {group for page in browser.seen for group in re.findall(r"<span>([A-Z2-7]{4})</span>", page.html)}
    untranslated = {page.path: found for page in browser.seen if (found := bare_in(page, data | keys))}
    assert not untranslated


@pytest.mark.usefixtures("pseudo")
def test_every_page_about_several_ways_is_translated(desk: Desk) -> None:
    codes.texts_go_to(desk, "AT", "DE")
    una = desk.add("una@acme.example", Role.END_USER, app=True, chosen=True)
    codes.give_phone(desk, una)
    codes.give_mailbox(desk, una)
    browser = desk.browser()
    desk.present_password(browser, una)
    browser.get("/sign-in/other-way")
    for kind in ("sms", "email"):
        browser.post("/sign-in/other-way", {"kind": kind})
        browser.post("/sign-in/passcode", {"again": "1"})
        browser.get("/sign-in/cannot-get-a-code")
        codes.fail_what_waits(desk)
        browser.get("/sign-in/cannot-get-a-code")
        browser.get("/sign-in/passcode")
    browser.post("/sign-in/passcode", {"passcode": una.recovery_codes[0]})
    browser.post("/sign-in/after-recovery", {"phone": "lost"})
    browser.post("/sign-in/after-recovery", {"phone": "skip"})
    desk.forward(minutes=6)
    desk.change(una, proved_by_mailbox_at=desk.clock.now())
    browser.get("/profile/security")
    browser.post("/profile/security/set-up")
    browser.post("/profile/security/set-up", {"proof_way": "sms"})
    browser.post("/profile/security/set-up", {"proof_kind": "sms", "proof_passcode": codes.code(desk)})
    browser.post("/sign-in/set-up", {"go": "set_up"})
    for fields in (
        {"number": "0"},
        {"number": codes.ANOTHER},
        {"passcode": "000000"},
        {"again": "1"},
        {"back": "1"},
    ):
        browser.post("/sign-in/set-up/choose", {"thing": "texts"})
        browser.post("/sign-in/set-up/connect", fields)
        desk.forward(seconds=3)
    browser.post("/sign-in/set-up/choose", {"thing": "mail"})
    browser.post("/sign-in/set-up/choose", {"thing": "token"})
    browser.post("/sign-in/set-up/connect?for=token", {"settings": "1", "digits": "8"})
    assert {page.path for page in browser.seen} >= {"/sign-in/other-way", "/sign-in/set-up/connect"}
    keys = {
        group for page in browser.seen for group in re.findall(r"<span>([A-Z2-7]{4}|[0-9a-f]{40})</span>", page.html)
    }
    data = data_of(desk, una) | keys | {"acme", "SHA"}
    untranslated = {page.path: found for page in browser.seen if (found := bare_in(page, data))}
    assert not untranslated
