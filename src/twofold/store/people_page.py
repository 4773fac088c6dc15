"""The People list: searched, filtered, and paged in both directions along an index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from twofold.core.ids import PersonId
from twofold.core.roles import Role
from twofold.ports.pages import PageBetween
from twofold.ports.people import PersonRow
from twofold.store import marks_alone
from twofold.store.cursors import pack_place, unpack_place
from twofold.store.rows import Row, Value, instant, many, marks, one
from twofold.store.words import after_prefix, terms_of

if TYPE_CHECKING:
    from twofold.core.ids import AccountId, GroupId

FOUND_MOST: Final = 5000
"""People with a word who are looked up and put in order; those of a more common word are met by walking in order."""
WALKED: Final = 5000
"""People who are looked at for one page of such a walk: some 30 ms."""
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
_OCCURS: Final = (
    "SELECT COUNT(*) FROM (SELECT 1 FROM person_word WHERE account = %s AND word >= %s AND word < %s LIMIT %s) found"
)
_METHODS: Final = "SELECT person_id, COUNT(*) FROM enrolment WHERE account = %s AND person_id IN ("


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
    alone: bool = False,
) -> PageBetween[PersonRow]:
    """Return one page, of the team alone if so wished, or of those of whom something is required alone.

    A cursor that is none of ours, or whose people have all gone, gives the first page. A search for what very many
    have looks at WALKED people in order: such a page may hold fewer, and its cursor goes on behind those looked at.
    """
    backwards = bool(before) and not after
    place = unpack_place(before if backwards else after)
    words = [marks_alone.ANY, *terms_of(search)] if alone else terms_of(search)
    terms, is_common = _rarest_first(account, words) if group is None else (words, False)
    wanted = _Wanted(account, terms, role, group, team=team, backwards=backwards)
    end = _end_of_walk(wanted, place) if is_common else None
    rows = many(*_statement(wanted, place, end, size=size, walks=is_common))
    if place is not None and not rows and not is_common:
        return page_of_people(
            account, search=search, role=role, group=group, after="", before="", size=size, team=team, alone=alone
        )
    more = len(rows) > size
    rows = rows[:size]
    onward = _cursor(rows[-1]) if more else pack_place(*end) if end else ""
    if backwards:
        rows.reverse()
    # Somebody stands at the cursor that we came with, so there is a page on that side.
    back = "" if place is None else _cursor(rows[-1 if backwards else 0]) if rows else pack_place(*place)
    return PageBetween(
        rows=_with_methods(account, rows),
        before=onward if backwards else back,
        after=back if backwards else onward,
    )


_Place: TypeAlias = "tuple[bytes, str]"
"""Sort name and id: where somebody stands in the list."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Who is looked for; the first of `terms` is the rarest."""

    account: AccountId
    terms: list[bytes]
    role: Role | None
    group: GroupId | None
    team: bool
    backwards: bool


def _rarest_first(account: AccountId, terms: list[bytes]) -> tuple[list[bytes], bool]:
    """Return the terms with the rarest in front, and whether even that is common; none is counted beyond FOUND_MOST."""
    counted = {term: _occurrences(account, term) for term in terms}
    # Of those that are equally common, the longest beginning is most likely the rarest.
    ordered = sorted(terms, key=lambda term: (counted[term], -len(term)))
    return ordered, bool(ordered) and counted[ordered[0]] > FOUND_MOST


def _occurrences(account: AccountId, term: bytes) -> int:
    row = one(_OCCURS, (account, term, after_prefix(term), FOUND_MOST + 1))
    return 0 if row is None else int(row[0])


def _statement(
    wanted: _Wanted, place: _Place | None, end: _Place | None, *, size: int, walks: bool
) -> tuple[str, list[Value]]:
    """Return the SQL of one page and its parameters; one row more than `size` tells that there is more."""
    found = wanted.terms
    if wanted.group is not None:
        statement = _COLUMNS + _IN_GROUP
        params: list[Value] = [wanted.account, wanted.group, wanted.account]
    elif found and not walks:
        first, *found = found
        statement = _COLUMNS + _FOUND
        params = [wanted.account, first, after_prefix(first), wanted.account]
    else:
        statement, params = _COLUMNS + _EVERYBODY, [wanted.account]
    statement += _AND_FOUND * len(found)
    for term in found:
        params += [term, after_prefix(term)]
    narrowed, more = _narrowed(wanted, place)
    if end is not None:
        narrowed += " AND (p.sort_name, p.id) " + (">=" if wanted.backwards else "<=") + " (%s, %s)"
        more += end
    return statement + narrowed + _order(wanted), [*params, *more, size + 1]


def _narrowed(wanted: _Wanted, place: _Place | None) -> tuple[str, list[Value]]:
    """Return what is asked of everybody, and its parameters: role, team, and standing behind a place."""
    condition, params = "", list[Value]()
    if wanted.role is not None:
        condition += " AND p.role = %s"
        params.append(wanted.role)
    if wanted.team:
        condition += _TEAM
    if place is not None:
        condition += " AND (p.sort_name, p.id) " + ("<" if wanted.backwards else ">") + " (%s, %s)"
        params += place
    return condition, params


def _order(wanted: _Wanted) -> str:
    return _BACKWARDS if wanted.backwards else _FORWARDS


def _end_of_walk(wanted: _Wanted, place: _Place | None) -> _Place | None:
    """Return where the last of WALKED people behind a place stands, None when there is nobody behind them."""
    narrowed, params = _narrowed(wanted, place)
    # The one behind tells that there is more.
    statement = "SELECT p.sort_name, p.id" + _EVERYBODY + narrowed + _order(wanted) + " OFFSET %s"
    rows = many(statement, [wanted.account, *params, 2, WALKED - 1])
    return (bytes(rows[0][0]), rows[0][1]) if len(rows) > 1 else None


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
