"""People with everything that a status report tells of them: five short statements for any number, none for each.

The port: ports/reports.py, Surveyed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.groups import Membership
from twofold.core.ids import GroupId, PersonId
from twofold.core.instants import from_micros
from twofold.core.roles import Role
from twofold.ports.reports import Surveyed, SurveyedMethod
from twofold.store.enrolments import METHODS, by_person
from twofold.store.evidence import read_trust
from twofold.store.people import rule_of
from twofold.store.rows import Row, in_hundreds, instant, many, marks

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import AccountId
    from twofold.core.trust import Trust

_SELECT: Final = (
    "SELECT id, email, name, role, created_at, chosen, every_sign_in, must_set_up, grace_until, exempt_until,"
    " exempt_because, suspended_at, audience_since, own_rule, last_sign_in_at, signed_in_by,"
    " email_proved_at IS NOT NULL, password IS NOT NULL, locale, time_zone, skipped, skipped_at FROM person"
)
_THESE: Final = _SELECT + " WHERE account = %s AND id IN ("
_EVERYBODY: Final = _SELECT + " WHERE account = %s AND id > %s ORDER BY id LIMIT %s"
# The condition is the index's own, word for word: else no database sees that it fits.
_TEAM: Final = _SELECT + " WHERE account = %s AND id > %s AND NOT (role = 'end_user') ORDER BY id LIMIT %s"
_METHODS: Final = METHODS, " ORDER BY person_id, preferred DESC, confirmed_at, id"
_CODES: Final = (
    "SELECT person_id, COUNT(*) - COUNT(used_at) FROM recovery_code WHERE account = %s AND NOT by_helper",
    " GROUP BY person_id",
)
_TRUSTS: Final = "SELECT person_id, trust FROM known_browser WHERE account = %s AND trust IS NOT NULL", ""
_GROUPS: Final = "SELECT person_id, group_id, added_at FROM group_member WHERE account = %s", ""
# Between two people, all of them: the cheapest walk along an index that there is. Of some, a hundred at a time: more
# are a reason for PostgreSQL to read the table, and between bounds SQLite would look through everybody.
_FROM_TO: Final = " AND person_id >= %s AND person_id <= %s"
_OF_THESE: Final = " AND person_id IN ("
_ROLES: Final = {role.value: role for role in Role}


def walk(account: AccountId, *, behind: str, end_users: bool, most: int, groups: bool) -> list[Surveyed]:
    """Return people in the order of their ids, those behind this one: the team, or everybody."""
    rows = many(_EVERYBODY if end_users else _TEAM, (account, behind, most))
    return _with_all(account, rows, is_everybody=end_users, groups=groups)


def of(account: AccountId, people: Sequence[PersonId], *, groups: bool) -> list[Surveyed]:
    """Return these people in this order."""
    if not people:
        return []
    found = {row[0]: row for row in many(_THESE + marks(len(people)) + ")", (account, *people))}
    rows = [found[one] for one in people if one in found]
    return _with_all(account, rows, is_everybody=False, groups=groups)


def _with_all(account: AccountId, rows: list[Row], *, is_everybody: bool, groups: bool) -> list[Surveyed]:
    if not rows:
        return []
    ids: list[str] = [row[0] for row in rows]

    def told(statement: tuple[str, str]) -> list[Row]:
        begin, end = statement
        if is_everybody:
            return many(begin + _FROM_TO + end, (account, min(ids), max(ids)))
        found: list[Row] = []
        for some in in_hundreds(ids):
            found += many(begin + _OF_THESE + marks(len(some)) + ")" + end, (account, *some))
        return found

    methods = by_person(told(_METHODS))
    codes: dict[str, int] = dict(told(_CODES))
    trusts: dict[str, list[Trust]] = {}
    for person, trust in told(_TRUSTS):
        trusts.setdefault(person, []).append(read_trust(trust))
    by_hand: dict[str, list[Membership]] = {}
    if groups:
        for person, group, added_at in sorted(told(_GROUPS)):
            by_hand.setdefault(person, []).append(Membership(GroupId(group), from_micros(added_at)))
    return [
        _surveyed(
            row,
            methods=methods.get(row[0], ()),
            by_hand=tuple(by_hand.get(row[0], ())),
            codes_left=codes.get(row[0]),
            trusts=tuple(trusts.get(row[0], ())),
        )
        for row in rows
    ]


def _surveyed(
    row: Row,
    *,
    methods: tuple[SurveyedMethod, ...],
    by_hand: tuple[Membership, ...],
    codes_left: int | None,
    trusts: tuple[Trust, ...],
) -> Surveyed:
    (person_id, email, name, role, created_at, chosen, every_sign_in, must_set_up, grace_until, *rest) = row
    exempt_until, exempt_because, suspended_at, audience_since, own_rule, last_sign_in_at, signed_in_by, *rest = rest
    email_proved, has_password, locale, time_zone, skipped, skipped_at = rest
    return Surveyed(
        id=PersonId(person_id),
        email=email,
        name=name,
        role=_ROLES[role],
        created_at=from_micros(created_at),
        chosen=bool(chosen),
        every_sign_in=bool(every_sign_in),
        must_set_up=bool(must_set_up),
        grace_until=instant(grace_until),
        exempt_until=instant(exempt_until),
        exempt_because=exempt_because,
        suspended_at=instant(suspended_at),
        audience_since=instant(audience_since),
        own_rule=None if own_rule is None else rule_of(own_rule),
        skipped=skipped or 0,
        skipped_at=instant(skipped_at),
        last_sign_in_at=instant(last_sign_in_at),
        signed_in_by=signed_in_by or "",
        email_proved=bool(email_proved),
        has_password=bool(has_password),
        locale=locale,
        time_zone=time_zone,
        methods=methods,
        by_hand=by_hand,
        codes_left=codes_left,
        trusts=trusts,
    )
