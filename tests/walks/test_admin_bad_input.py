"""What no page of ours sends: a clear error with the right status, nothing changed, no trace."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody

FIELD_OF = {
    "/admin/account/security/advanced/authentication": "because",
    "/admin/account/security/advanced/authentication/restore": "back_to",
    "/admin/people/add": "email",
    "/admin/account/appearance": "name",
    "/admin/account/mail": "host",
    "/admin/account/mail/test/confirm": "test_code",
}


@pytest.fixture
def owner(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def as_owner(desk: Desk, owner: Somebody) -> Browser:
    browser = desk.sign_in(owner)
    browser.get("/admin/first-steps")
    browser.show_failures()
    return browser


def changes(desk: Desk) -> list[str]:
    return [event.kind for event in desk.events() if event.kind.startswith(("policy.", "person.", "appea", "mail."))]


@pytest.mark.parametrize("path", list(FIELD_OF))
def test_repeated_fields_and_nul_are_refused_whole(desk: Desk, as_owner: Browser, path: str) -> None:
    field, token = FIELD_OF[path], as_owner.token()
    given = [("csrfmiddlewaretoken", token)]
    for fields in ([(field, "1"), (field, "2")], [(field, "a\0b")]):
        answer = as_owner.post_raw(path, urlencode(given + fields).encode())
        assert answer.status == 400, answer.text
        assert "Traceback" not in answer.html
    assert not changes(desk)


@pytest.mark.parametrize("path", list(FIELD_OF))
def test_a_megabyte_is_not_even_read(desk: Desk, as_owner: Browser, path: str) -> None:
    body = urlencode({"csrfmiddlewaretoken": as_owner.token(), FIELD_OF[path]: "x" * 1_000_000}).encode()
    assert as_owner.post_raw(path, body).status == 413
    assert not changes(desk)


def test_a_form_without_a_file_is_small_even_where_a_file_may_be_sent(desk: Desk, as_owner: Browser) -> None:
    path = "/admin/account/appearance"
    good = {"csrfmiddlewaretoken": as_owner.token(), "name": "Acme", "time_zone": "Europe/Berlin", "locale": "en"}
    assert as_owner.post_raw(path, urlencode({**good, "padding": "x" * 100_000}).encode()).status == 400
    assert not changes(desk)
    as_owner.post_raw(path, urlencode({**good, "padding": "x" * 1_000}).encode())
    assert changes(desk) == ["appearance.changed"]


@pytest.mark.parametrize("path", list(FIELD_OF))
@pytest.mark.parametrize("value", ["x" * 5000, "\u202eevil", "\r\nBcc: all@acme.example", "\U0001f600", "-1", "9" * 19])
def test_strange_text_is_taken_as_text_or_refused(desk: Desk, as_owner: Browser, path: str, value: str) -> None:
    body = urlencode({"csrfmiddlewaretoken": as_owner.token(), FIELD_OF[path]: value}).encode()
    answer = as_owner.post_raw(path, body)
    assert answer.status in {200, 303, 400, 403, 404}, (answer.status, answer.text)
    assert not desk.mails("invitation")


@pytest.mark.parametrize("content_type", ["application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_bodies_of_another_kind_are_refused(desk: Desk, as_owner: Browser, content_type: str) -> None:
    for path in FIELD_OF:
        answer = as_owner.post_raw(path, b'{"require_team_members": true}\xff\xfe', content_type=content_type)
        assert answer.status in {400, 403}
    assert not changes(desk)


@pytest.mark.parametrize("query", ["search=%00", "search=%ff%fe", "role=god", "after=%00", "before=AAAA", "after=..."])
def test_strange_questions_to_the_list(desk: Desk, as_owner: Browser, query: str) -> None:
    answer = as_owner.get(f"/admin/people?{query}")
    assert answer.status in {200, 400}


def test_a_role_that_is_none_of_ours_is_refused(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    ann = desk.add("ann@acme.example")
    assert as_owner.post(f"/admin/people/{ann.id}/role", {"role": "god"}).status == 400
    assert not changes(desk)
