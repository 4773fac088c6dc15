"""The password: changed with fresh proof, forgotten and set anew by a mailed link that signs nobody in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

NEW = "seven lamps on a wall"
FORGOT = "/forgot-password"
OLD_ENOUGH = {"minutes": 6}


@pytest.mark.behaviour("B58")
@pytest.mark.parametrize("role", [Role.AGENT, Role.END_USER])
def test_a_changed_password_is_mailed_and_ends_other_sessions(desk: Desk, role: Role) -> None:
    ann = desk.add("ann@acme.example", role)
    elsewhere = desk.sign_in(ann)
    browser = desk.sign_in(ann)
    browser.get("/profile/password")
    browser.submit({"new_password": NEW})

    assert "The new password is saved." in browser.page.text
    assert is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    (mail,) = desk.mails("password_changed", to=ann.email)
    assert "password" in mail.subject.casefold()
    assert "/links/freeze?link=" in mail.text
    old = desk.browser()
    desk.present_password(old, ann)
    assert not is_signed_in(old)
    desk.present_password(old, ann, password=NEW)
    assert is_signed_in(old)


def test_what_was_typed_survives_the_question_for_proof(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    desk.forward(**OLD_ENOUGH)
    browser.get("/profile/password")
    browser.submit({"new_password": NEW})
    assert browser.page.form().has("proof_password")
    browser.submit({"proof_password": ann.password})
    assert "The new password is saved." in browser.page.text
    desk.present_password(desk.browser(), ann, password=NEW)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("short", "too short"),
        ("x" * 129, "too long"),
        ("ann@acme.example", "name or address"),
        ("password1234", "guesser"),
        ("", "too short"),
    ],
)
def test_what_cannot_be_a_password_is_said_beside_the_field(desk: Desk, typed: str, told: str) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    browser.get("/profile/password")
    page = browser.submit({"new_password": typed})
    assert page.status == 400
    assert page.title.startswith("Error:")
    assert told in page.text
    assert "value" not in page.form().attributes("new_password")
    desk.sign_in(ann)


@pytest.mark.security("SI2")
def test_a_reset_signs_nobody_in_and_leaves_the_second_factor(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    before = desk.held(ann)
    elsewhere = desk.sign_in(ann, trust=True)
    before = desk.held(ann)
    browser = desk.browser()
    _reset(desk, ann, browser)

    assert "Your new password is saved" in browser.page.text
    assert not is_signed_in(browser)
    assert not is_signed_in(elsewhere)
    assert "twofold_session" not in browser.cookies
    assert desk.held(ann) == before
    assert desk.person(ann).proved_by_mailbox_at is not None
    assert "/links/freeze?link=" in desk.mails("password_reset", to=ann.email)[-1].text
    # The browser that was trusted is asked again, too.
    desk.present_password(elsewhere, ann, password=NEW)
    assert elsewhere.page.path == "/sign-in/passcode"
    elsewhere.submit({"passcode": ann.app.next_code()})
    assert is_signed_in(elsewhere)
    assert desk.person(ann).proved_by_mailbox_at is None


def test_opening_the_link_uses_nothing_up(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    url = _ask(desk, ann)
    before = len(desk.events())
    for _ in range(3):
        assert desk.browser().get(url).status == 200
    assert len(desk.events()) == before
    _take(desk.browser(), url)
    desk.sign_in(ann) if ann.password == NEW else desk.present_password(desk.browser(), ann, password=NEW)


@pytest.mark.security("SI1", "SI5")
def test_a_password_is_set_by_the_link_of_that_person_and_purpose_alone(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    bob = desk.add("bob@acme.example")
    url = _ask(desk, ann)
    token = url.partition("?link=")[2]
    browser = desk.sign_in(bob)
    browser.get("/profile/password")
    browser.submit({"new_password": "bobs own new password"})
    freeze = _link(desk.mails("password_changed", to=bob.email)[-1].params["freeze_url"])

    for wrong in (
        "/links/password_reset",
        "/links/password_reset?link=",
        f"/links/password_reset?link={token[:-1]}",
        f"/links/password_reset?link={token}x",
        f"/links/password_reset?link={freeze.partition('?link=')[2]}",
        f"/links/freeze?link={token}",
        f"/links/invitation?link={token}",
        f"/links/rescue?link={token}",
    ):
        assert desk.browser().get(wrong).status == 404, wrong
        stranger = desk.browser()
        stranger.post(wrong, {"new_password": NEW, "email": ann.email, "person": ann.id, "name": "Ann"})
        assert stranger.page.status == 404, wrong
        assert "This link does not work any more" in stranger.page.text
    desk.sign_in(ann)
    # What a form says besides changes nobody: the link alone says whose password it is.
    stranger = desk.browser()
    stranger.get(url)
    stranger.post(url, {"new_password": NEW, "email": bob.email, "person_id": bob.id})
    desk.present_password(stranger, bob, password=NEW)
    assert not is_signed_in(stranger)
    desk.present_password(stranger, ann, password=NEW)
    assert is_signed_in(stranger)


@pytest.mark.security("SI1")
def test_a_pending_second_factor_is_no_way_to_a_new_password(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.post("/profile/password", {"new_password": NEW}, follow=False)
    assert browser.page.headers["Location"] == "/sign-in/passcode"
    browser.get("/sign-in/passcode")
    browser.post("/links/password_reset", {"new_password": NEW})
    assert browser.page.status == 404
    assert desk.person(ann).password is not None
    desk.sign_in(ann)


def test_a_link_works_once_and_for_thirty_minutes(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    url = _ask(desk, ann)
    _take(desk.browser(), url)
    assert desk.browser().get(url).status == 404
    desk.forward(minutes=2)
    url = _ask(desk, ann)
    desk.clock.move(timedelta(minutes=30))
    page = desk.browser().get(url)
    assert page.status == 404
    assert "/forgot-password" in [link for link, _ in page.links]


@pytest.mark.security("SI3")
@pytest.mark.parametrize(
    "email",
    [
        "ann@acme.example,mallory@evil.example",
        "ann@acme.example;mallory@evil.example",
        "ann@acme.example mallory@evil.example",
        "ann@acme.example\nmallory@evil.example",
        "ann@acme.example\r\nBcc: mallory@evil.example",
        "<ann@acme.example>",
        '["ann@acme.example"]',
        "\u0430nn@acme.example",
        "ann@acme.example%00@evil.example",
    ],
)
def test_a_link_goes_to_the_address_on_file_and_nowhere_else(desk: Desk, email: str) -> None:
    desk.add("ann@acme.example")
    browser = desk.browser()
    browser.get(FORGOT)
    assert browser.post(FORGOT, {"email": email}).status in {200, 400}
    assert desk.mails("password_forgotten", to="mallory@evil.example") == []
    assert not [mail for mail in desk.mails() if mail.to != "ann@acme.example" and "link=" in str(mail.params)]


@pytest.mark.security("SI3")
def test_two_addresses_in_one_form_are_no_form_of_ours(desk: Desk) -> None:
    desk.add("ann@acme.example")
    browser = desk.browser()
    browser.get(FORGOT)
    assert browser.post(FORGOT, {"email": ["ann@acme.example", "mallory@evil.example"]}).status == 400
    assert browser.post(FORGOT, {"email[]": "ann@acme.example"}).status == 400
    assert desk.mails() == []


@pytest.mark.security("SI4")
def test_links_are_made_from_the_configured_address(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.browser()
    browser.get(FORGOT)
    browser.extra = {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": "host=evil.example;proto=https",
        "HTTP_X_FORWARDED_PROTO": "https",
        "HTTP_X_HOST": "evil.example",
        "HTTP_X_ORIGINAL_URL": "http://evil.example/",
    }
    browser.submit({"email": ann.email})
    (mail,) = desk.mails("password_forgotten")
    assert str(mail.params["url"]).startswith("http://localhost:8420/links/password_reset?link=")
    assert "evil" not in mail.text


@pytest.mark.security("SJ1")
def test_forgotten_passwords_tell_a_stranger_nothing(desk: Desk) -> None:
    people = {
        "plain@acme.example": {},
        "two@acme.example": {"app": True, "chosen": True},
        "suspended@acme.example": {"suspended_at": desk.clock.now()},
        "frozen@acme.example": {"frozen_at": desk.clock.now()},
        "must@acme.example": {"must_set_up": True},
    }
    for email, facts in people.items():
        desk.add(email, **facts)  # type: ignore[arg-type]  # fields of the record by name
    provider = desk.add("provider@acme.example")
    desk.change(provider, password=None)
    waiting = desk.add("waits@acme.example", app=True, chosen=True)
    stuck = desk.browser()
    desk.present_password(stuck, waiting)
    for _ in range(5):
        stuck.post("/sign-in/passcode", {"passcode": "000000"})
    # The first request of an address begins its count; those that are compared all add to it.
    first = desk.browser()
    first.get(FORGOT)
    first.submit({"email": "first@acme.example"})

    seen = {}
    for email in [*people, provider.email, waiting.email, "nobody@acme.example"]:
        browser = desk.browser()
        browser.get(FORGOT)
        with CaptureQueriesContext(connection) as queries:
            page = browser.submit({"email": email})
        seen[email] = (
            page.status,
            page.html.replace(email, "EMAIL").replace(browser.token(), "TOKEN"),
            sorted(cookie.partition("=")[0] for cookie in page.set_cookies),
            sorted(set(page.headers) - {"Date"}),
            [query["sql"].split(" ", 3)[:3] for query in queries.captured_queries],
            _length_known(page.headers.get("Content-Length"), email),
        )
    assert len({str(each) for each in seen.values()}) == 1, {email: each[4] for email, each in seen.items()}


def _length_known(length: str | None, email: str) -> int | None:
    return None if length is None else int(length) - 2 * len(email)


@pytest.mark.security("SC7")
def test_spellings_of_an_address_are_one_person_with_one_count(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    spellings = [
        "ANN@acme.example",
        "ann@ACME.EXAMPLE",
        "\uff41nn@acme.example",
        " ann@acme.example ",
        "Ann@Acme.Example",
    ]
    for place, spelling in enumerate(spellings):
        browser = desk.browser(address=f"198.51.100.{place}")
        browser.get(FORGOT)
        browser.submit({"email": spelling})
    sent = [mail.message for mail in desk.mails("password_forgotten", to=ann.email)]
    assert len([message for message in sent if message.expires_at != message.put_at]) == 1
    # Wrong passwords in five spellings shut the sixth, with the right one, out.
    for spelling in spellings:
        _sign_in_as(desk, spelling, "not the password")
    browser = _sign_in_as(desk, "ann@acme.example", ann.password)
    assert browser.page.status == 429
    assert not is_signed_in(browser)


@pytest.mark.security("SI6")
def test_a_recovery_code_of_somebody_else_never_works(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", app=True, chosen=True)
    bob = desk.add("bob@acme.example", app=True, chosen=True)
    browser = desk.browser()
    desk.present_password(browser, ann)
    browser.submit({"passcode": bob.recovery_codes[0]})
    assert not is_signed_in(browser)
    theirs = desk.browser()
    desk.present_password(theirs, bob)
    theirs.submit({"passcode": bob.recovery_codes[0]})
    assert is_signed_in(theirs)


@pytest.mark.security("SD10")
def test_no_answer_log_or_event_carries_a_link_or_code(
    desk: Desk, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.browser()
    url = _ask(desk, ann, browser)
    token = url.partition("?link=")[2]
    settings = desk.sign_in(ann)
    settings.get("/profile/address")
    settings.submit({"new_address": "ann.new@acme.example"})
    code = str(desk.mails("address_code")[-1].params["code"])
    settings.submit({"address_code": "00000000"}, having="address_code")

    said = [page.html + str(page.headers) + str(page.set_cookies) for page in [*browser.seen, *settings.seen]]
    told = [str(event.detail) for event in desk.events()]
    printed = capfd.readouterr()
    for place in [*said, *told, caplog.text, printed.out, printed.err]:
        assert token not in place
        assert code not in place


def _sign_in_as(desk: Desk, email: str, password: str) -> Browser:
    browser = desk.browser()
    browser.get("/sign-in")
    browser.submit({"email": email, "password": password})
    return browser


def _ask(desk: Desk, somebody: Somebody, browser: Browser | None = None) -> str:
    """Ask for a link and return its path from the mail."""
    browser = browser or desk.browser()
    browser.get(FORGOT)
    browser.submit({"email": somebody.email})
    assert "a mail with a link is on its way" in browser.page.text
    mail = desk.mails("password_forgotten", to=somebody.email)[-1]
    assert str(mail.params["url"]) in mail.text
    return _link(mail.params["url"])


def _link(url: object) -> str:
    return str(url).removeprefix("http://localhost:8420")


def _take(browser: Browser, url: str) -> None:
    browser.get(url)
    browser.submit({"new_password": NEW})


def _reset(desk: Desk, somebody: Somebody, browser: Browser) -> None:
    _take(browser, _ask(desk, somebody, browser))


def test_what_grows_too_long_when_it_is_written_alike_is_refused(desk: Desk) -> None:
    ann = desk.add("ann@acme.example")
    browser = desk.sign_in(ann)
    browser.get("/profile/password")
    browser.submit({"new_password": "\N{DEVANAGARI LETTER QA}" * 65})
    assert browser.page.status == 400
    assert "128" in browser.page.text
    browser.submit({"new_password": NEW})
    assert "The new password is saved." in browser.page.text
    assert desk.mails("password_changed", to=ann.email)


def test_every_keyboard_types_the_same_password(desk: Desk) -> None:
    ann = desk.add("ann@acme.example", password="Zürich 2026 im Schnee")
    browser = desk.browser()
    wide = "".join(chr(ord(character) + 0xFEE0) if character.isdecimal() else character for character in ann.password)
    browser.get("/sign-in")
    browser.submit({"email": ann.email, "password": wide.replace("ü", "u\u0308")})
    assert is_signed_in(browser)
