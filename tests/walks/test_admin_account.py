"""Account > Appearance, Mail, and the first steps of a new owner."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from twofold.core.instants import to_micros
from twofold.core.roles import Role

if TYPE_CHECKING:
    from tests.walks.browser import Browser
    from tests.walks.kit import Desk, Somebody
    from twofold.ports.accounts import Account

APPEARANCE = "/admin/account/appearance"
MAIL = "/admin/account/mail"
STEPS = "/admin/first-steps"


@pytest.fixture
def owner(desk: Desk) -> Somebody:
    return desk.add("olga@acme.example", Role.OWNER, app=True, chosen=True)


@pytest.fixture
def as_owner(desk: Desk, owner: Somebody) -> Browser:
    return desk.sign_in(owner)


def account_of(desk: Desk) -> Account:
    found = desk.services.accounts.by_id(desk.account.id)
    assert found is not None
    return found


def png() -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 6, 0, 0, 0)
    body = zlib.compress(b"\0" * 5)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def test_a_new_face_is_seen_by_everybody_at_once(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    as_owner.get(APPEARANCE)
    as_owner.submit(
        {
            "name": "Ivy Help",
            "colour": "1F6F5C",
            "time_zone": "America/New_York",
            "privacy_url": "https://acme.example/privacy",
            "end_users_help_text": "Write to the library.",
            "team_help_phone": "+44 20 7946 0100",
            "logo": SimpleUploadedFile("logo.png", png(), "image/png"),
        },
        having="colour",
    )
    assert "Saved." in as_owner.page.text, as_owner.page.text
    saved = account_of(desk)
    assert (saved.name, saved.colour, saved.time_zone) == ("Ivy Help", "#1f6f5c", "America/New_York")
    assert saved.logo == png()
    stranger = desk.browser()
    page = stranger.get("/sign-in")
    assert "Ivy Help" in page.text
    assert "https://acme.example/privacy" in [url for url, _ in page.links]
    assert "#1f6f5c" in stranger.get("/appearance.css").html
    assert stranger.get("/logo").content == png()
    (event,) = desk.events("appearance.changed")
    assert event.actor_id == owner.id
    before, after = event.detail["before"], event.detail["after"]
    assert isinstance(before, dict)
    assert isinstance(after, dict)
    assert (before["name"], after["name"]) == ("Acme Support", "Ivy Help")
    assert "locale" not in after, "only what changed is told"

    as_owner.get(APPEARANCE)
    as_owner.submit({"remove_logo": "1"}, having="colour")
    assert account_of(desk).logo is None
    assert stranger.get("/logo").status == 404


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("name", "  ", "Type a name"),
        ("colour", "#ffee00", "too pale"),
        ("colour", "red", "#RRGGBB"),
        ("time_zone", "Mars/Base", "from the list"),
        ("privacy_url", "javascript:alert(1)", "https://"),
        ("imprint_url", "acme.example", "https://"),
        ("team_help_text", "x" * 301, "too long"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_typed_is_lost(
    desk: Desk, as_owner: Browser, field: str, value: str, message: str
) -> None:
    as_owner.get(APPEARANCE)
    as_owner.submit({"team_help_hours": "always", field: value}, having="colour")
    assert as_owner.page.status == 400
    assert message in as_owner.page.text
    assert dict(as_owner.page.form("colour").fields)["team_help_hours"] == "always"
    assert account_of(desk) == desk.account


@pytest.mark.parametrize("content", [b"<svg onload=alert(1)>", png() + b"<script>", b"\x89PNG", b"x" * (101 * 1024)])
def test_a_logo_is_a_small_png_and_nothing_else(desk: Desk, as_owner: Browser, content: bytes) -> None:
    as_owner.get(APPEARANCE)
    as_owner.submit({"logo": SimpleUploadedFile("logo.png", content, "image/png")}, having="colour")
    assert as_owner.page.status == 400
    assert account_of(desk).logo is None


def test_two_at_once_do_not_overwrite_each_other(desk: Desk, as_owner: Browser) -> None:
    other = desk.sign_in(desk.add("adam@acme.example", Role.ADMIN, app=True, chosen=True))
    other.get(APPEARANCE)
    as_owner.get(APPEARANCE)
    as_owner.submit({"name": "First"}, having="colour")
    other.submit({"name": "Second"}, having="colour")
    assert other.page.status == 400
    assert account_of(desk).name == "First"
    other.submit(having="colour")
    assert account_of(desk).name == "Second"


def test_a_mail_server_is_named_tested_and_its_code_typed_back(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    as_owner.get(MAIL)
    as_owner.post(f"{MAIL}/test")
    assert "Name a mail server first" in as_owner.page.text
    as_owner.get(MAIL)
    server = {"host": "smtp.acme.example", "port": "587", "security": "starttls", "user": "mailer"}
    as_owner.submit({**server, "password": "not-for-eyes", "sender": "help@acme.example"}, having="host")
    assert "Saved." in as_owner.page.text
    assert "not-for-eyes" not in as_owner.page.html
    as_owner.post(f"{MAIL}/test")
    wrong = as_owner.post(f"{MAIL}/test/confirm", {"test_code": "00000000"})
    assert wrong.status == 400
    code = str(desk.mails("mail_test", to=owner.email)[-1].params["code"])
    as_owner.post(f"{MAIL}/test/confirm", {"test_code": f"{code[:4]} {code[4:]}"})
    assert "Mail arrives." in as_owner.page.text
    assert as_owner.post(f"{MAIL}/test/confirm", {"test_code": code}).status == 400, "works once"
    detail = str([event.detail for event in desk.events("mail.changed")])
    assert "smtp.acme.example" in detail
    assert "not-for-eyes" not in detail

    # An empty password field keeps the stored one, which belongs to its server alone; any change is another question.
    as_owner.get(MAIL)
    as_owner.submit({"sender": "desk@acme.example"}, having="host")
    kept, _ = desk.services.kept.load(desk.account.id, "mail")
    assert (kept["sender"], kept["password"]) == ("desk@acme.example", "not-for-eyes")
    assert "A test mail arrived" not in as_owner.get(MAIL).text
    as_owner.submit({"host": "smtp2.acme.example"}, having="host")
    assert as_owner.page.status == 400
    as_owner.submit({"host": "smtp2.acme.example", "password": "another"}, having="host")
    kept, _ = desk.services.kept.load(desk.account.id, "mail")
    assert (kept["host"], kept["password"]) == ("smtp2.acme.example", "another")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"host": "smtp.acme.example/x"}, "name of a server"),
        ({"port": "0"}, "whole number"),
        ({"sender": "nobody"}, "one email address"),
        ({"security": "none", "user": "mailer", "password": "secret words"}, "Without encryption"),
    ],
)
def test_a_mail_server_that_cannot_be(desk: Desk, as_owner: Browser, fields: dict[str, str], message: str) -> None:
    as_owner.get(MAIL)
    as_owner.submit({"host": "smtp.acme.example", **fields}, having="host")
    assert as_owner.page.status == 400
    assert message in as_owner.page.text
    assert desk.services.kept.load(desk.account.id, "mail") == ({}, 0)


def test_another_mail_server_asks_for_fresh_proof(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    desk.forward(minutes=6)
    as_owner.get(MAIL)
    as_owner.submit({"host": "smtp.evil.example"}, having="host")
    assert as_owner.page.form().has("proof_passcode")
    assert desk.services.kept.load(desk.account.id, "mail") == ({}, 0)
    as_owner.submit({"proof_passcode": owner.app.next_code()})
    assert desk.services.kept.load(desk.account.id, "mail")[0]["host"] == "smtp.evil.example"


def test_first_steps_tick_themselves_by_facts(desk: Desk, owner: Somebody, as_owner: Browser) -> None:
    assert "0 of 6 done" in as_owner.get(STEPS).text
    desk.add("otto@acme.example", Role.OWNER)
    assert "1 of 6 done" in as_owner.get(STEPS).text
    desk.add("ann@acme.example")
    assert "2 of 6 done" in as_owner.get(STEPS).text
    desk.require()
    assert "3 of 6 done" in as_owner.get(STEPS).text
    now = to_micros(desk.clock.now())
    assert desk.services.kept.replace(desk.account.id, "backup", {"made_at": now}, version=0)
    assert "4 of 6 done" in as_owner.get(STEPS).text
    assert as_owner.get("/admin").path == STEPS
