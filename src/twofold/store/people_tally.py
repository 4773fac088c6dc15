"""Counting an audience or a group: whole, some of it, or only as far as has to be known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.roles import Audience, Role, audience_of
from twofold.ports.roll_out import Tally
from twofold.store import marks_alone
from twofold.store.rows import many, marks, one

if TYPE_CHECKING:
    from twofold.core.ids import AccountId
    from twofold.ports.roll_out import Members
    from twofold.store.rows import Row, Value

_TALLY: Final = (
    "SELECT COUNT(*), COALESCE(SUM(CASE WHEN EXISTS (SELECT 1 FROM enrolment e WHERE e.account = p.account"
    " AND e.person_id = p.id) THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.chosen THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.exempt_until > %s THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.last_sign_in_at IS NULL THEN 1 ELSE 0 END), 0),"
    " COALESCE(SUM(CASE WHEN p.must_set_up THEN 1 ELSE 0 END), 0)"
    " FROM "
)
_OF_ALL: Final = "person p WHERE p.account = %s AND p.suspended_at IS NULL AND "
_OF_SOME: Final = (
    "(SELECT account, id, chosen, exempt_until, last_sign_in_at, must_set_up FROM person p"
    " WHERE p.account = %s AND p.id > %s AND p.suspended_at IS NULL AND "
)
# CROSS JOIN makes SQLite begin with those who are found by the word, not with everybody.
_OF_THE_ALONE: Final = (
    "(SELECT p.account, p.id, p.chosen, p.exempt_until, p.last_sign_in_at, p.must_set_up FROM"
    " (SELECT person_id FROM person_word WHERE account = %s AND word = %s) marked CROSS JOIN person p"
    " WHERE p.account = %s AND p.id = marked.person_id AND p.suspended_at IS NULL LIMIT %s) found"
)
_TALLY_OF_FOUND: Final = _TALLY.replace("p.", "found.")
_HOLD_ONLY: Final = "SELECT p.id FROM person p WHERE p.account = %s AND p.id > %s AND p.suspended_at IS NULL AND "
# A sum, person by person: of EXISTS a database would make a join with everything that anybody holds. Where nothing is
# held it is NULL, which is no more than anything.
_OTHERS: Final = (
    " AND (SELECT SUM({is_other}) FROM enrolment e WHERE e.account = p.account AND e.person_id = p.id)"
    " <= CASE WHEN p.own_rule IS NULL THEN 0 ELSE 2147483647 END"
)
_UNDER_A_RULE: Final = " AND p.own_rule IS NOT NULL" + _OTHERS.format(is_other="1")
_LAST: Final = "SELECT MAX(p.id) FROM "
_UP_TO: Final = "SELECT COUNT(*) FROM (SELECT 1 FROM person WHERE account = %s AND "
# That of the team is the condition of an index, word for word: else no database sees that it fits.
WHO: Final = {Audience.TEAM: "NOT (role = 'end_user')", Audience.END_USERS: "role = 'end_user'"}
BY_ROLE: Final = {
    audience: "role IN (" + ", ".join(f"'{role}'" for role in Role if audience_of(role) is audience) + ")"
    for audience in Audience
}
"""The same where it is only counted: SQLite would take an index of everybody for as good as that of the team."""
_BY_HAND: Final = "p.id IN (SELECT m.person_id FROM group_member m WHERE m.account = %s AND m.group_id = %s)"
_BY_ROLE: Final = "p.role IN ("
_BY_DOMAIN: Final = "p.email LIKE %s"


def tally_of_people(account: AccountId, whose: Audience | Members, *, now: int) -> Tally:
    """Count the people who are not suspended; `now` in microseconds tells which exemptions still stand."""
    who, params = _who(account, whose)
    return _tally(one(_TALLY + _OF_ALL + who, (now, account, *params)))


def tally_of_some(
    account: AccountId, whose: Audience | Members, *, now: int, behind: str, most: int
) -> tuple[Tally, PersonId | None]:
    """Count the next of them in the order of their ids; the last of them where there are more, else None."""
    who, belong = _who(account, whose)
    some = _OF_SOME + who + " ORDER BY p.id LIMIT %s) p"
    params = (account, behind, *belong, most)
    tally = _tally(one(_TALLY + some, (now, *params)))
    last = one(_LAST + some, params) if tally.people == most else None
    return tally, None if last is None else PersonId(last[0])


def hold_only(
    account: AccountId, whose: Audience | Members, kinds: frozenset[str], *, behind: str, up_to: str, most: int
) -> list[PersonId]:
    """Return who holds something, of these kinds alone, or of any where they have a rule of their own."""
    who, belong = _who(account, whose)
    is_other = f"CASE WHEN e.kind IN ({marks(len(kinds))}) THEN 0 ELSE 1 END"
    holds = _OTHERS.format(is_other=is_other) if kinds else _UNDER_A_RULE
    ends = " AND p.id <= %s" if up_to else ""
    params = (account, behind, *belong, *sorted(kinds), *([up_to] if up_to else []), most)
    return [PersonId(one) for (one,) in many(_HOLD_ONLY + who + holds + ends + " ORDER BY p.id LIMIT %s", params)]


def tally_alone(account: AccountId, audience: Audience, *, now: int, most: int) -> Tally:
    """Count those of an audience of whom something is required by a rule of their own, `most` of them at most."""
    return _tally(one(_TALLY_OF_FOUND + _OF_THE_ALONE, (now, account, marks_alone.OF[audience], account, most)))


def are_more_than(account: AccountId, audience: Audience, than: int) -> bool:
    """Say whether an audience has more people, suspended ones included; counts no further than that."""
    row = one(_UP_TO + BY_ROLE[audience] + " LIMIT %s) counted", (account, than + 1))
    return row is not None and int(row[0]) > than


def _who(account: AccountId, whose: Audience | Members) -> tuple[str, list[Value]]:
    """Return the condition for belonging to an audience or a group, and its parameters."""
    if isinstance(whose, Audience):
        return WHO[whose], []
    conditions, params = [_BY_HAND], [account, whose.id]
    if whose.group.roles:
        conditions.append(_BY_ROLE + marks(len(whose.group.roles)) + ")")
        params += sorted(whose.group.roles)
    for domain in sorted(whose.group.domains):
        # A domain has letters, digits, hyphens and dots alone, so nothing in it stands for other characters.
        conditions.append(_BY_DOMAIN)
        params.append(f"%@{domain}")
    return "(" + " OR ".join(conditions) + ")", [*params]


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
