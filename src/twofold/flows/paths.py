"""Where pages are that mails lead to and other pages go on to: each path stands once."""

from __future__ import annotations

from typing import Final

SECURITY: Final = "/profile/security"
"""What somebody holds, and may change of how they sign in."""
PEOPLE: Final = "/admin/people"
ADD: Final = f"{PEOPLE}/add"
"""Where one person is added."""
GROUPS: Final = f"{PEOPLE}/groups"
HELP: Final = "/admin/help"
"""Calls for help, and what waits for another helper."""
AUDIT_LOG: Final = "/admin/account/audit"


def person(person_id: str) -> str:
    """Return where somebody's page is; what is done there is below it."""
    return f"{PEOPLE}/{person_id}"


def group(group_id: str) -> str:
    """Return where a group's page is."""
    return f"{GROUPS}/{group_id}"


def request(act_id: str) -> str:
    """Return where a request for another helper's yes is."""
    return f"{HELP}/{act_id}"
