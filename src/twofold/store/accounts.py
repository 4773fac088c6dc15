"""The help desks of this installation. The port: ports/accounts.py, Accounts."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeVar
from urllib.parse import urlsplit

from twofold.core.ids import AccountId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.accounts import Account, HelpText
from twofold.store.rows import Row, Value, many, one, write

if TYPE_CHECKING:
    from collections.abc import Sequence

_T = TypeVar("_T")
LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_KEPT: Final = 32
# The number of the policy with it: of each request it is asked, and one look into an index tells it.
_BY_HOST: Final = (
    "SELECT id, version,"
    " (SELECT COALESCE(MAX(number), 0) FROM policy_version WHERE policy_version.account = account.id)"
    " FROM account WHERE host "
)
_SELECT: Final = (
    "SELECT id, name, base_url, time_zone, locale, created_at, version, colour, logo_digest, privacy_url, imprint_url,"
    " help_team_text, help_team_phone, help_team_hours,"
    " help_end_users_text, help_end_users_phone, help_end_users_hours FROM account"
)


class AccountStore:
    """Accounts, asked for on every request.

    One that was read stays in the process, and is read anew when its version has moved on; so do logos, under the
    digest of their bytes.
    """

    def __init__(self) -> None:
        self._read: dict[str, Account] = {}
        self._logos: dict[str, bytes] = {}

    def by_host(self, host: str) -> Account | None:
        """Return the account of this host; any name of loopback is good while only one account lives there."""
        row = one(_BY_HOST + "= %s", (host,))
        if row is None and host in LOOPBACK:
            rows = many(_BY_HOST + "IN (%s, %s, %s)", LOOPBACK)
            row = rows[0] if len(rows) == 1 else None
        if row is None:
            return None
        account_id, version, policy = row
        found = self._read.get(account_id)
        if found is None or found.version != version:
            found = self.by_id(AccountId(account_id))
        if found is not None and found.policy != policy:
            found = replace(found, policy=policy)
        if found is not None and found is not self._read.get(account_id):
            _keep(self._read, account_id, found)
        return found

    def by_id(self, account_id: AccountId) -> Account | None:
        """Return one account."""
        row = one(_SELECT + " WHERE id = %s", (account_id,))
        return None if row is None else self._account(row)

    def all(self) -> Sequence[Account]:
        """Return every account, oldest first."""
        return [self._account(row) for row in many(_SELECT + " ORDER BY created_at, id", ())]

    def add(self, account: Account) -> bool:
        """Store a new one; False when its host is taken."""
        return (
            write(
                "INSERT INTO account (id, version, host, name, base_url, time_zone, locale, created_at, colour, logo,"
                " logo_digest, privacy_url, imprint_url, help_team_text, help_team_phone, help_team_hours,"
                " help_end_users_text, help_end_users_phone, help_end_users_hours)"
                " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
                " ON CONFLICT DO NOTHING",
                (account.id, account.version, *_values(account)),
            )
            == 1
        )

    def replace(self, old: Account, new: Account) -> bool:
        """Write `new` where `old.version` still stands; False when not, or when its host is taken."""
        host = host_of(new)
        return (
            write(
                "UPDATE account SET version = version + 1, host = %s, name = %s, base_url = %s, time_zone = %s,"
                " locale = %s, created_at = %s, colour = %s, logo = %s, logo_digest = %s, privacy_url = %s,"
                " imprint_url = %s, help_team_text = %s, help_team_phone = %s, help_team_hours = %s,"
                " help_end_users_text = %s, help_end_users_phone = %s, help_end_users_hours = %s"
                " WHERE id = %s AND version = %s"
                " AND NOT EXISTS (SELECT 1 FROM account other WHERE other.host = %s AND other.id <> %s)",
                (*_values(new), old.id, old.version, host, old.id),
            )
            == 1
        )

    def _account(self, row: Row) -> Account:
        (account_id, name, base_url, time_zone, locale, created_at, version, colour, logo_digest, *rest) = row
        privacy_url, imprint_url, *help_texts = rest
        return Account(
            id=AccountId(account_id),
            name=name,
            base_url=base_url,
            time_zone=time_zone,
            locale=locale,
            created_at=from_micros(created_at),
            version=version,
            colour=colour,
            logo=self._logo(account_id, logo_digest),
            privacy_url=privacy_url,
            imprint_url=imprint_url,
            help_team=HelpText(text=help_texts[0], phone=help_texts[1], hours=help_texts[2]),
            help_end_users=HelpText(text=help_texts[3], phone=help_texts[4], hours=help_texts[5]),
        )

    def _logo(self, account_id: str, digest: str) -> bytes | None:
        if not digest:
            return None
        logo = self._logos.get(digest)
        if logo is None:
            row = one("SELECT logo FROM account WHERE id = %s AND logo_digest = %s", (account_id, digest))
            if row is None:
                # Replaced between the two statements; the next request reads the new one.
                return None
            logo = bytes(row[0])
            _keep(self._logos, digest, logo)
        return logo


def _keep(kept: dict[str, _T], key: str, value: _T) -> None:
    if len(kept) >= _KEPT:
        kept.clear()
    kept[key] = value


def host_of(account: Account) -> str:
    """Return the host name of the configured address, in lower case."""
    return urlsplit(account.base_url).hostname or ""


def _values(account: Account) -> tuple[Value, ...]:
    """Return what both statements write, in their order: everything but id and version."""
    return (
        host_of(account),
        account.name,
        account.base_url,
        account.time_zone,
        account.locale,
        to_micros(account.created_at),
        account.colour,
        account.logo,
        "" if account.logo is None else hashlib.sha256(account.logo).hexdigest(),
        account.privacy_url,
        account.imprint_url,
        account.help_team.text,
        account.help_team.phone,
        account.help_team.hours,
        account.help_end_users.text,
        account.help_end_users.phone,
        account.help_end_users.hours,
    )
