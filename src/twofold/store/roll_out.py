"""What is read of people while a requirement is rolled out. The port: ports/roll_out.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.asked import SignIn
from twofold.core.ids import PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.core.roles import Role
from twofold.ports.roll_out import Exempted, Stuck
from twofold.store import marks_alone
from twofold.store.people_tally import WHO, are_more_than, hold_only, tally_alone, tally_of_people, tally_of_some
from twofold.store.rows import in_hundreds, many, marks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.roles import Audience
    from twofold.ports.roll_out import Members, Tally
    from twofold.store.rows import Value

# "IS NOT NULL" is the condition of the index, word for word: else no database sees that it fits.
_EXEMPT: Final = (
    "SELECT id, name, email, role, exempt_until, exempt_because, suspended_at FROM person"
    " WHERE account = %s AND exempt_until IS NOT NULL AND exempt_until > %s"
)
_BEHIND: Final = " AND (exempt_until, id) > (%s, %s)"
_BY_END: Final = " ORDER BY exempt_until, id LIMIT %s"


# Attempts are swept a while after they began, so there are never many of them.
_STUCK: Final = (
    "SELECT a.person_id, p.name, p.email, MAX(a.begun_at), MAX(a.last_step_at) FROM attempt a"
    " JOIN person p ON p.account = a.account AND p.id = a.person_id"
    " WHERE a.begun_at >= %s AND a.account = %s AND a.setting_up AND p.suspended_at IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM enrolment e WHERE e.account = a.account AND e.person_id = a.person_id)"
    " GROUP BY a.person_id, p.name, p.email HAVING MAX(a.last_step_at) <= %s"
    " ORDER BY MAX(a.last_step_at) DESC, a.person_id LIMIT %s"
)
_SIGN_INS: Final = (
    "SELECT person_id, created_at, browser_id FROM session"
    " WHERE account = %s AND created_at >= %s AND parent_id IS NULL AND person_id IN ("
)
# Person by person, however many others there are in the account: the team of a million people is small.
_BY_DAY: Final = (
    "SELECT CASE WHEN since.first < %s THEN -1 ELSE since.first / 86400000000 END, COUNT(*) FROM"
    # Whoever replaced their phone has had something all along.
    " (SELECT CASE WHEN found.enrolled_at < found.first THEN found.enrolled_at ELSE found.first END AS first FROM"
    " (SELECT p.enrolled_at,"
    " (SELECT MIN(e.confirmed_at) FROM enrolment e WHERE e.account = p.account AND e.person_id = p.id) AS first"
    " FROM person p WHERE p.account = %s AND p.id > %s AND p.suspended_at IS NULL AND "
)
_ALONE: Final = (
    "SELECT person_id FROM person_word WHERE account = %s AND word = %s AND person_id > %s ORDER BY person_id LIMIT %s"
)
_SO_MANY: Final = " ORDER BY p.id LIMIT %s) found WHERE found.first IS NOT NULL) since GROUP BY 1"


class RollOutStore:
    """Reads what a roll-out shows."""

    def exempt(
        self, account: AccountId, *, now: datetime, after: tuple[datetime, str] | None = None, most: int
    ) -> Sequence[Exempted]:
        """Return the people whose own exemption still stands, those that end first first; `after` is end and id."""
        statement, params = exempt_statement(account, now=now, after=after, most=most)
        return tuple(
            Exempted(
                id=PersonId(person_id),
                name=name,
                email=email,
                role=Role(role),
                until=from_micros(until),
                because=because,
                suspended=suspended_at is not None,
            )
            for person_id, name, email, role, until, because, suspended_at in many(statement, params)
        )

    def stuck(self, account: AccountId, *, since: datetime, before: datetime, most: int) -> Sequence[Stuck]:
        """Return who began to set up since then, has nothing and did nothing after `before`, newest first."""
        rows = many(_STUCK, (to_micros(since), account, to_micros(before), most))
        return tuple(
            Stuck(
                person_id=PersonId(person_id),
                name=name,
                email=email,
                begun_at=from_micros(begun_at),
                last_step_at=from_micros(last_step_at),
            )
            for person_id, name, email, begun_at, last_step_at in rows
        )

    def sign_ins(
        self, account: AccountId, people: Sequence[PersonId], *, since: datetime
    ) -> Mapping[PersonId, Sequence[SignIn]]:
        """Return when these people signed in since then, and on which browsers, oldest first; none: left out."""
        found: dict[PersonId, list[SignIn]] = {}
        for some in in_hundreds(people):
            statement = _SIGN_INS + marks(len(some)) + ") ORDER BY created_at"
            for person_id, created_at, browser_id in many(statement, (account, to_micros(since), *some)):
                found.setdefault(person_id, []).append(SignIn(from_micros(created_at), browser_id))
        return found

    def set_up_by_day(
        self, account: AccountId, audience: Audience, *, since: datetime, behind: str, most: int
    ) -> Mapping[int, int]:
        """Count those who hold something by the day since which they do: days since 1970 (UTC), all before as -1.

        Of the next `most` of an audience who are not suspended, in the order of their ids, from behind this one on.
        """
        statement = _BY_DAY + WHO[audience] + _SO_MANY
        return {int(day): int(count) for day, count in many(statement, (to_micros(since), account, behind, most))}

    def tally(self, account: AccountId, whose: Audience | Members, *, now: datetime) -> Tally:
        """Count an audience or a group; `now` tells which exemptions still stand."""
        return tally_of_people(account, whose, now=to_micros(now))

    def tally_of_some(
        self, account: AccountId, whose: Audience | Members, *, now: datetime, behind: str, most: int
    ) -> tuple[Tally, PersonId | None]:
        """Count the next of them in the order of their ids; with the last of them where there are more, else None."""
        return tally_of_some(account, whose, now=to_micros(now), behind=behind, most=most)

    def hold_only(
        self,
        account: AccountId,
        whose: Audience | Members,
        kinds: frozenset[str],
        *,
        behind: str = "",
        up_to: str = "",
        most: int,
    ) -> Sequence[PersonId]:
        """Return who holds something, of these kinds alone, or of any where they have a rule of their own."""
        return hold_only(account, whose, kinds, behind=behind, up_to=up_to, most=most)

    def tally_alone(self, account: AccountId, audience: Audience, *, now: datetime, most: int) -> Tally:
        """Count those of an audience of whom something is required by a rule of their own, `most` of them at most."""
        return tally_alone(account, audience, now=to_micros(now), most=most)

    def alone(
        self, account: AccountId, audience: Audience | None = None, *, behind: str, most: int
    ) -> Sequence[PersonId]:
        """Return such people, suspended ones included, in the order of their ids, behind this one."""
        words = [word for one, word in marks_alone.OF.items() if audience in {None, one}]
        found = [row for word in words for row in many(_ALONE, (account, word, behind, most))]
        return [PersonId(person) for (person,) in sorted(found)[:most]]

    def are_more_than(self, account: AccountId, audience: Audience, than: int) -> bool:
        """Say whether an audience has more people than this, suspended ones included."""
        return are_more_than(account, audience, than)


def exempt_statement(
    account: AccountId, *, now: datetime, after: tuple[datetime, str] | None, most: int
) -> tuple[str, list[Value]]:
    """Return the SQL of one page of exemptions, and its parameters."""
    params: list[Value] = [account, to_micros(now)]
    if after is None:
        return _EXEMPT + _BY_END, [*params, most]
    return _EXEMPT + _BEHIND + _BY_END, [*params, to_micros(after[0]), after[1], most]
