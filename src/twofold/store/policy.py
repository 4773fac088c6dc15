"""The account's policy, every version. The port: ports/policy.py, Policy."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.rules import Rules, default_rules
from twofold.ports.policy import PolicyVersion
from twofold.store.rows import Row, from_text, instant, many, micros, one, to_text, write

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import AccountId
    from twofold.ports.accounts import Account

_KEPT: Final = 32
_SELECT: Final = "SELECT number, rules, saved_at, saved_by, because FROM policy_version"


class PolicyStore:
    """Versions of policy; none is ever changed, so that the one of each account that was asked for last is kept."""

    def __init__(self) -> None:
        self._read: dict[AccountId, PolicyVersion] = {}

    def current(self, account: AccountId) -> PolicyVersion:
        """Return the version in force; number 0, the defaults, while nobody saved one."""
        row = one(_SELECT + " WHERE account = %s ORDER BY number DESC LIMIT 1", (account,))
        return _DEFAULTS if row is None else _version(row)

    def of(self, account: Account) -> PolicyVersion:
        """Return the version that was in force when a request asked for this account; else the one in force."""
        found = self._read.get(account.id)
        if found is not None and found.number == account.policy:
            return found
        read = None if account.policy is None else self.by_number(account.id, account.policy)
        if read is None:
            return self.current(account.id)
        if len(self._read) >= _KEPT:
            self._read.clear()
        self._read[account.id] = read
        return read

    def add(self, account: AccountId, version: PolicyVersion) -> bool:
        """Append; False when its number is taken, because somebody else was faster."""
        return (
            write(
                "INSERT INTO policy_version (account, number, rules, saved_at, saved_by, because)"
                " VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (
                    account,
                    version.number,
                    to_text(version.rules.to_json()),
                    micros(version.saved_at),
                    version.saved_by,
                    version.because,
                ),
            )
            == 1
        )

    def by_number(self, account: AccountId, number: int) -> PolicyVersion | None:
        """Return one version; 0 is the defaults."""
        if number == 0:
            return _DEFAULTS
        row = one(_SELECT + " WHERE account = %s AND number = %s", (account, number))
        return None if row is None else _version(row)

    def history(self, account: AccountId, *, most: int = 50, before: int | None = None) -> Sequence[PolicyVersion]:
        """Return the versions, newest first; with a number those before it."""
        behind = "" if before is None else " AND number < %s"
        params = (account, *(() if before is None else (before,)), most)
        rows = many(_SELECT + " WHERE account = %s" + behind + " ORDER BY number DESC LIMIT %s", params)
        return [_version(row) for row in rows]


@lru_cache(maxsize=256)
def _rules(text: str) -> Rules:
    """Return the rules of a JSON text; the same text is parsed once a process, whoever saved it."""
    return Rules.from_json(from_text(text))


_DEFAULTS: Final = PolicyVersion(number=0, rules=default_rules(), saved_at=None, saved_by=None)


def _version(row: Row) -> PolicyVersion:
    number, rules, saved_at, saved_by, because = row
    return PolicyVersion(
        number=number,
        rules=_rules(rules),
        saved_at=instant(saved_at),
        saved_by=None if saved_by is None else PersonId(saved_by),
        because=because,
    )
