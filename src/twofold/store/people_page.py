"""The People list: searched, filtered, and paged in both directions along an index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.roles import Audience, Role
from twofold.ports.people import PeoplePage, PersonRow, Tally
from twofold.store.cursors import pack_place, unpack_place
from twofold.store.rows import Row, Value, instant, many, marks, one
from twofold.store.words import after_prefix, terms_of

if TYPE_CHECKING:
    from twofold.core.ids import AccountId, GroupId

_COLUMNS: Final = "SELECT p.id, p.email, p.name, p.role, p.last_sign_in_at, p.suspended_at, p.invited_at, p.sort_name"
_EVERYBODY: Final = " FROM person p WHERE p.account = %s"
# CROSS JOIN makes SQLite begin with the words that were found, not walk over everybody in order.
_FOUND: Final = (
    " FROM (SELECT DISTINCT person_id FROM person_word WHERE account = %s AND word >= %s AND word < %s) found"
    " CROSS JOIN person p WHERE p.account = %s AND p.id = found.person_id"
)
_IN_GROUP: Final = (
    " FROM (SELECT person_id FROM group_member WHERE account = %s AND group_id = %s) found"
    " CROSS JOIN person p WHERE p.account = %s AND p.id = found.person_id"
)
_AND_FOUND: Final = (
    " AND EXISTS (SELECT 1 FROM person_word w WHERE w.account = p.account AND w.person_id = p.id"
    " AND w.word >= %s AND w.word < %s)"
)
# The condition is that of an index, word for word: else no database sees that it fits.
_TEAM: Final = " AND NOT (p.role = 'end_user')"
_FORWARDS: Final = " ORDER BY p.sort_name, p.id LIMIT %s"
_BACKWARDS: Final = " ORDER BY p.sort_name DESC, p.id DESC LIMIT %s"
_METHODS: Final = "SELECT person_id, COUNT(*) FROM enrolment WHERE account = %s AND person_id IN ("
_TALLY: Final = (
    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM enrolment e WHERE e.account = p.account"
    " AND e.person_id = p.id) THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.chosen THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.exempt_until > %s THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.last_sign_in_at IS NULL THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.must_set_up THEN 1 ELSE 0 END), 0)"
    " FROM "
)
_OF_ALL: Final = "person p WHERE p.account = %s AND p.suspended_at IS NULL AND p.role IN ("
_OF_SOME: Final = (
    "(SELECT account, id, chosen, exempt_until, last_sign_in_at, must_set_up FROM person"
    " WHERE account = %s AND id > %s AND suspended_at IS NULL AND role IN ("
)
_LAST: Final = "SELECT MAX(p.id) FROM "
_UP_TO: Final = "SELECT COUNT(*) FROM (SELECT 1 FROM person WHERE account = %s AND role IN ("
_ROLES: Final = {
    Audience.TEAM: (Role.OWNER, Role.ADMIN, Role.AUDITOR, Role.AGENT),
    Audience.END_USERS: (Role.END_USER,),
}


def page_of_people(
    account: AccountId,
    *,
    search: str,
    role: Role | None,
    group: GroupId | None,
    after: str,
    before: str,
    size: int,
    team: bool = False,
) -> PeoplePage:
    """Return one page, of the team alone if so wished.

    A cursor that is none of ours, or whose people have all gone, gives the first page.
    """
    backwards = bool(before) and not after
    place = unpack_place(before if backwards else after)
    rows = many(
        *page_statement(
            account, search=search, role=role, group=group, place=place, backwards=backwards, size=size, team=team
        )
    )
    if place is not None and not rows:
        return page_of_people(account, search=search, role=role, group=group, after="", before="", size=size, team=team)
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    # Somebody stands at the cursor that we came with, so there is a page on that side.
    has_before = more if backwards else place is not None
    has_after = place is not None if backwards else more
    return PeoplePage(
        rows=_with_methods(account, rows),
        before=_cursor(rows[0]) if has_before and rows else "",
        after=_cursor(rows[-1]) if has_after and rows else "",
    )


def page_statement(
    account: AccountId,
    *,
    search: str,
    role: Role | None,
    group: GroupId | None = None,
    place: tuple[bytes, str] | None,
    backwards: bool,
    size: int,
    team: bool = False,
) -> tuple[str, list[Value]]:
    """Return the SQL of one page and its parameters; one row more than `size` tells that there is more."""
    # The longest beginning is most likely the rarest.
    others = sorted(terms_of(search), key=len, reverse=True)
    if group is not None:
        statement = _COLUMNS + _IN_GROUP + _AND_FOUND * len(others)
        params: list[Value] = [account, group, account]
        for term in others:
            params += [term, after_prefix(term)]
    elif others:
        first, *others = others
        statement = _COLUMNS + _FOUND + _AND_FOUND * len(others)
        params = [account, first, after_prefix(first), account]
        for term in others:
            params += [term, after_prefix(term)]
    else:
        statement, params = _COLUMNS + _EVERYBODY, [account]
    if role is not None:
        statement += " AND p.role = %s"
        params.append(role)
    if team:
        statement += _TEAM
    if place is not None:
        statement += " AND (p.sort_name, p.id) " + ("<" if backwards else ">") + " (%s, %s)"
        params += place
    return statement + (_BACKWARDS if backwards else _FORWARDS), [*params, size + 1]


def tally_of_people(account: AccountId, audience: Audience, *, now: int) -> Tally:
    """Count an audience's people who are not suspended; `now` in microseconds tells which exemptions still stand."""
    roles = _ROLES[audience]
    return _tally(one(_TALLY + _OF_ALL + marks(len(roles)) + ")", (now, account, *roles)))


def tally_of_some(
    account: AccountId, audience: Audience, *, now: int, behind: str, most: int
) -> tuple[Tally, PersonId | None]:
    """Count the next of an audience in the order of their ids; the last of them where there are more, else None."""
    roles = _ROLES[audience]
    some = _OF_SOME + marks(len(roles)) + ") ORDER BY id LIMIT %s) p"
    params = (account, behind, *roles, most)
    tally = _tally(one(_TALLY + some, (now, *params)))
    last = one(_LAST + some, params) if tally.people == most else None
    return tally, None if last is None else PersonId(last[0])


def are_more_than(account: AccountId, audience: Audience, than: int) -> bool:
    """Say whether an audience has more people, suspended ones included; counts no further than that."""
    roles = _ROLES[audience]
    row = one(_UP_TO + marks(len(roles)) + ") LIMIT %s) counted", (account, *roles, than + 1))
    return row is not None and int(row[0]) > than


def _tally(row: Row | None) -> Tally:
    people, set_up, chosen, exempt, never_signed_in, asked_by_reset = row or (0, 0, 0, 0, 0, 0)
    return Tally(
        people=int(people),
        set_up=int(set_up),
        chosen=int(chosen),
        exempt=int(exempt),
        never_signed_in=int(never_signed_in),
        asked_by_reset=int(asked_by_reset),
    )


def _with_methods(account: AccountId, rows: list[Row]) -> tuple[PersonRow, ...]:
    ids = [row[0] for row in rows]
    counts: dict[str, int] = (
        dict(many(_METHODS + marks(len(ids)) + ") GROUP BY person_id", (account, *ids))) if ids else {}
    )
    return tuple(
        PersonRow(
            id=PersonId(person_id),
            email=email,
            name=name,
            role=Role(role),
            last_sign_in_at=instant(last_sign_in_at),
            suspended=suspended_at is not None,
            invited=invited_at is not None and last_sign_in_at is None,
            methods=counts.get(person_id, 0),
        )
        for person_id, email, name, role, last_sign_in_at, suspended_at, invited_at, _ in rows
    )


def _cursor(row: Row) -> str:
    return pack_place(bytes(row[7]), row[0])
