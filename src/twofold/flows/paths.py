"""Where pages are that mails lead to and other pages go on to: each path stands once."""

from __future__ import annotations

from typing import Final

SECURITY: Final = "/profile/security"
"""What somebody holds, and may change of how they sign in."""
PEOPLE: Final = "/admin/people"
HELP: Final = "/admin/help"
"""Calls for help, and what waits for another helper."""
AUDIT_LOG: Final = "/admin/account/audit"
