"""What walks need about the mail server: one that an admin named."""

from __future__ import annotations

from typing import TYPE_CHECKING

from twofold.flows.mail_settings import MAIL

if TYPE_CHECKING:
    from tests.walks.kit import Desk
    from twofold.core.json import JsonObject


def name_server(desk: Desk) -> None:
    """Keep a mail server, as Admin Center > Account > Mail does; nothing connects to it."""
    kept: JsonObject = {
        "host": "smtp.acme.example",
        "port": 587,
        "security": "starttls",
        "user": "",
        "password": "",
        "sender": "help@acme.example",
    }
    _, version = desk.services.kept.load(desk.account.id, MAIL)
    assert desk.services.kept.replace(desk.account.id, MAIL, kept, version=version)
