"""A form that was sent after the session had run out comes back filled: to the same person, on the same browser."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from django.db import connection

from tests.walks.kit import is_signed_in, stored_bytes
from tests.walks.routes import AN_ID, all_paths, needs_session
from twofold.core.roles import Role
from twofold.core.wanted import Requirement
from twofold.delivery.words import TEMPLATES
from twofold.web import refill, typed_again

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

BACK = "What you typed before you were signed out is back."
SIGN_UP = "/admin/account/security/sign-up"


@pytest.fixture
def bob(desk: Desk) -> Somebody:
    return desk.add("bob@acme.example")


def send_too_late(desk: Desk, browser: Browser, name: str = "Robert") -> None:
    browser.get("/profile/details")
    desk.forward(minutes=61)
    browser.submit({"name": name}, having="name")
    assert browser.page.path == "/sign-in"


def sign_in_again(browser: Browser, somebody: Somebody) -> None:
    browser.submit({"email": somebody.email, "password": somebody.password})


def test_it_comes_back_and_is_saved_by_sending_it(desk: Desk, bob: Somebody) -> None:
    browser = desk.sign_in(bob)
    send_too_late(desk, browser, 'Robert "Bob" <b>O\'Hara</b>')
    assert "it comes back, and you send it again" in browser.page.text
    assert desk.person(bob).name == "Bob"
    sign_in_again(browser, bob)
    assert browser.page.path == "/profile/details"
    assert BACK in browser.page.text
    assert browser.page.form(having="name").attributes("name")["value"] == 'Robert "Bob" <b>O\'Hara</b>'
    assert "<b>" not in browser.page.html
    # A reload shows the same.
    assert BACK in browser.get("/profile/details").text
    browser.submit(having="name")
    assert desk.person(bob).name == 'Robert "Bob" <b>O\'Hara</b>'
    assert BACK not in browser.get("/profile/details").text


def test_enforcement_inside_a_session_does_not_swallow_it(desk: Desk, bob: Somebody) -> None:
    browser = desk.sign_in(bob)
    browser.get("/profile/details")
    desk.forward(minutes=1)
    wanted = Requirement(starts_at=desk.clock.now(), ends_open_sessions=True)
    desk.rules(lambda rules: replace(rules, team=replace(rules.team, required=wanted)))
    browser.submit({"name": "Robert"}, having="name")
    assert browser.page.path == "/sign-in"
    sign_in_again(browser, bob)
    assert browser.page.path == "/sign-in/set-up"
    desk.forward(minutes=5)
    desk.set_up(bob, browser)
    assert browser.page.path == "/profile/details"
    assert browser.page.form(having="name").attributes("name")["value"] == "Robert"


def test_boxes_choices_and_several_lines_come_back(desk: Desk) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(olive, trust=True)
    browser.get(SIGN_UP)
    desk.forward(minutes=61)
    browser.submit({"sign_up": "1", "domains": "a.example\nb.example"}, having="domains")
    sign_in_again(browser, olive)
    assert browser.page.path == SIGN_UP
    form = browser.page.form(having="domains")
    assert "checked" in form.attributes("sign_up")
    assert dict(form.fields)["domains"].splitlines() == ["a.example", "b.example"]
    browser.submit(having="domains")
    browser.submit({"proof_passcode": olive.app.next_code()})
    assert desk.services.policy.current(desk.account.id).rules.sign_up.domains == ("a.example", "b.example")


def test_what_somebody_else_saved_meanwhile_is_not_undone(desk: Desk) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(olive, trust=True)
    browser.get(SIGN_UP)
    desk.forward(minutes=61)
    browser.submit({"sign_up": "1"}, having="domains")
    desk.rules(lambda rules: replace(rules, networks=()))
    sign_in_again(browser, olive)
    browser.submit(having="domains")
    assert "Somebody else saved meanwhile." in browser.page.text


def test_nobody_else_sees_it(desk: Desk, bob: Somebody) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(bob)
    send_too_late(desk, browser)
    sign_in_again(browser, ann)
    assert browser.page.path == "/profile/details"
    assert "Robert" not in browser.page.html
    assert BACK not in browser.page.text


def test_nor_does_another_browser_of_the_same_person(desk: Desk, bob: Somebody) -> None:
    browser = desk.sign_in(bob)
    send_too_late(desk, browser)
    other = desk.sign_in(bob)
    assert "Robert" not in other.get("/profile/details").html
    opened_by = browser.cookies["twofold_typed"]
    other.set_cookie("twofold_typed", opened_by[:-1] + ("A" if opened_by[-1] != "A" else "B"))
    assert "Robert" not in other.get("/profile/details").html
    for nonsense in ("", ".", "x" * 900, opened_by.partition(".")[0], "." + opened_by.partition(".")[2]):
        other.set_cookie("twofold_typed", nonsense)
        assert other.get("/profile/details").status == 200
        assert "Robert" not in other.page.html


def test_it_is_too_old_after_an_hour_and_gone_after_signing_out(desk: Desk, bob: Somebody) -> None:
    browser = desk.sign_in(bob)
    send_too_late(desk, browser)
    desk.forward(minutes=60)
    sign_in_again(browser, bob)
    assert BACK not in browser.page.text
    send_too_late(desk, browser)
    sign_in_again(browser, bob)
    assert BACK in browser.page.text
    browser.sign_out()
    assert "twofold_typed" not in browser.cookies


def test_the_newest_form_of_a_session_stands_and_no_row_more(desk: Desk, bob: Somebody) -> None:
    browser = desk.sign_in(bob)
    browser.get("/profile/details")
    token, session = browser.token(), browser.cookies["twofold_session"]
    desk.forward(minutes=61)
    for number in range(5):
        browser.set_cookie("twofold_session", session)
        browser.post("/profile/details", {"name": f"Robert {number}", "csrfmiddlewaretoken": token}, follow=False)
        browser.page = replace(browser.page, url="/profile/details")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM challenge")
        assert cursor.fetchall() == [(1,)]
    browser.get(browser.page.headers["Location"])
    sign_in_again(browser, bob)
    assert browser.page.form(having="name").attributes("name")["value"] == "Robert 4"


@pytest.mark.security("SD9")
def test_nothing_is_kept_of_a_session_that_somebody_ended_or_that_never_was(desk: Desk, bob: Somebody) -> None:
    browser = desk.sign_in(bob)
    browser.get("/profile/details")
    desk.services.sessions.end_all(desk.account.id, bob.id, at=desk.clock.now())
    browser.submit({"name": "Robert"}, having="name")
    assert "was not saved. Sign in, then send it again." in browser.page.text
    assert "twofold_typed" not in browser.cookies
    stranger = desk.browser()
    stranger.get("/sign-in")
    stranger.set_cookie("twofold_session", "x" * 43)
    stranger.post("/profile/details", {"name": "Mallory"})
    assert "twofold_typed" not in stranger.cookies


@pytest.mark.security("SD10")
def test_it_is_sealed_and_holds_no_password(desk: Desk, bob: Somebody) -> None:
    browser = desk.sign_in(bob)
    send_too_late(desk, browser, "Robert the Unusual")
    assert b"Robert the Unusual" not in stored_bytes()
    sign_in_again(browser, bob)
    browser.get("/profile/password")
    desk.forward(minutes=61)
    browser.submit({"new_password": "seven lamps on a wall"}, having="new_password")
    assert "was not saved. Sign in, then send it again." in browser.page.text or "it comes back" in browser.page.text
    sign_in_again(browser, bob)
    assert "value" not in browser.page.form(having="new_password").attributes("new_password")
    assert "seven lamps" not in browser.page.html
    assert is_signed_in(browser)


def test_no_field_for_a_password_or_a_code_is_ever_kept() -> None:
    names = set()
    for path in TEMPLATES.rglob("*.html"):
        for tag in re.findall(r"{% include[^%]*%}|<input[^>]*>", path.read_text(encoding="utf-8")):
            if 'type="password"' in tag or "one-time-code" in tag:
                names.update(re.findall(r'\bname="([a-z_]+)"', tag))
    assert len(names) > 8
    assert not [name for name in sorted(names) if typed_again.is_kept(name)]
    # Whoever writes a gateway's call by hand may write its key into the address or the body.
    assert not [name for name in ("http_address", "http_body", "http_headers") if typed_again.is_kept(name)]
    assert typed_again.is_kept("reason")


def test_every_form_of_ours_filled_with_itself_stays_as_it_is(desk: Desk) -> None:
    olive = desk.add("olive@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(olive)
    looked_at = 0
    for path in all_paths():
        if not needs_session(path):
            continue
        page = browser.get(path.replace(AN_ID, olive.id))
        for form in page.forms:
            if form.method != "post":
                continue
            action = urljoin(page.url, form.action) if form.action else page.url
            html = refill.filled(page.html, page=page.url, action=action, fields=form.fields)
            assert html is not None, (path, action)
            again = replace(page, content=html.encode())
            assert [one.fields for one in again.forms] == [one.fields for one in page.forms], path
            looked_at += 1
    assert looked_at > 20


PAGE = """<p>é\u2028</p><form action="/other" method="post"><input name="name" value="old"></form>
<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="new">
<input name="name" value="old" autofocus><input type="password" name="secret">
<input type="checkbox" name="one" checked> <input type="checkbox" name="two"
 value="2"><input type="radio" name="way" value="a" checked><input type="radio" name="way" value="b">
<select name="zone"><option value="x" selected>X</option><option value="y">Y</option></select>
<textarea name="text">a &amp; b</textarea><textarea name="more">stays</textarea></form>"""


def test_only_the_form_that_was_sent_is_filled_and_only_with_what_it_may_hold() -> None:
    sent = [
        ("csrfmiddlewaretoken", "planted"),
        ("name", '"><script>'),
        ("secret", "never"),
        ("two", "2"),
        ("way", "b"),
        ("zone", "y"),
        ("text", "</textarea>\nc"),
        ("nowhere", "else"),
    ]
    html = refill.filled(PAGE, page="/here?a=1", action="/here?a=1", fields=sent)
    assert html is not None
    first, _, ours = html.partition("<form method")
    assert first == PAGE.partition("<form method")[0]
    assert "script>" not in ours.replace("&lt;script&gt;", "")
    assert 'name="name" value="&quot;&gt;&lt;script&gt;" autofocus>' in ours
    assert "planted" not in ours
    assert "never" not in ours
    assert '<input type="checkbox" name="one">' in ours
    assert '<input type="checkbox" name="two" value="2" checked>' in ours
    assert '<input type="radio" name="way" value="a">' in ours
    assert '<input type="radio" name="way" value="b" checked>' in ours
    assert '<option value="x">X</option><option value="y" selected>Y</option>' in ours
    assert '<textarea name="text">&lt;/textarea&gt;\nc</textarea><textarea name="more">stays</textarea>' in ours
    assert refill.filled(PAGE, page="/here", action="/gone", fields=sent) is None
