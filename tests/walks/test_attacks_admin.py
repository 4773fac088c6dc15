"""What somebody with a role in Admin Center tries, to have more than the role gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.walks.kit import is_signed_in
from twofold.core.roles import Role
from twofold.flows import mail_settings

if TYPE_CHECKING:
    from tests.walks.kit import Desk

MAIL = "/admin/account/mail"
SECRET = "of-the-mail-server"


@pytest.mark.security("SJ4")
@pytest.mark.parametrize(
    "change",
    [{"host": "smtp.evil.example"}, {"port": "2525"}, {"security": "none", "host": "localhost"}, {"security": "tls"}],
)
def test_the_stored_password_of_the_mail_server_is_handed_to_no_other(desk: Desk, change: dict[str, str]) -> None:
    browser = desk.sign_in(desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True))
    server = {"host": "smtp.acme.example", "port": "587", "security": "starttls", "user": "desk"}
    browser.get(MAIL)
    browser.submit({**server, "password": SECRET, "sender": "help@acme.example"}, having="host")
    page = browser.post(MAIL, {**server, **change, "password": "", "sender": "help@acme.example"})
    assert page.status == 400
    assert "Type the password again" in page.text
    assert SECRET not in page.text
    kept, _ = desk.services.kept.load(desk.account.id, mail_settings.MAIL)
    assert (kept["host"], kept["port"], kept["security"]) == ("smtp.acme.example", 587, "starttls")
    # The same server with another sender keeps it; another server with a password of its own is taken.
    browser.post(MAIL, {**server, "password": "", "sender": "desk@acme.example"})
    kept, _ = desk.services.kept.load(desk.account.id, mail_settings.MAIL)
    assert (kept["password"], kept["sender"]) == (SECRET, "desk@acme.example")
    browser.post(MAIL, {**server, **change, "password": "another", "sender": "help@acme.example"})
    kept, _ = desk.services.kept.load(desk.account.id, mail_settings.MAIL)
    assert kept["password"] == "another"


@pytest.mark.security("SE11")
def test_an_owner_who_never_came_is_not_the_owner_who_stays(desk: Desk) -> None:
    olga = desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)
    browser = desk.sign_in(olga)
    browser.get("/admin/people/add")
    browser.submit({"name": "Oscar", "email": "oscar@acme.example", "role": "owner"}, having="email")
    oscar = desk.services.people.by_email(desk.account.id, "oscar@acme.example")
    assert oscar is not None
    assert oscar.role is Role.OWNER
    page = browser.post(f"/admin/people/{olga.id}/role", {"role": "agent"})
    assert page.status == 403
    assert desk.person(olga).role is Role.OWNER
    assert is_signed_in(browser)


@pytest.mark.security("SE11")
def test_an_admin_cannot_turn_the_mail_of_owners_to_a_server_of_their_own(desk: Desk) -> None:
    browser = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    assert all(url != MAIL for url, _ in browser.get("/admin/account/appearance").links)
    assert browser.get(MAIL).status == 403
    fields = {"host": "smtp.thief.example", "port": "25", "security": "none", "user": "", "sender": "x@thief.example"}
    for path in (MAIL, f"{MAIL}/test", f"{MAIL}/test/confirm"):
        assert browser.post(path, fields).status == 403
    assert not desk.events("mail.changed")
