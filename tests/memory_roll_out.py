"""The stand-in for ports/roll_out.py, over the people in memory."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from twofold.core.asked import SignIn
from twofold.core.instants import EPOCH
from twofold.core.roles import audience_of
from twofold.ports.roll_out import Exempted, Stuck

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tests.memory import MemoryPeople
    from tests.memory_signing_in import MemorySessions
    from twofold.core.ids import AccountId, PersonId
    from twofold.core.roles import Audience
    from twofold.ports.people import Subscriber
    from twofold.ports.roll_out import Members, Tally


class MemoryRollOut:
    """Reads what a roll-out shows."""

    def __init__(self, people: MemoryPeople, sessions: MemorySessions) -> None:
        self._people = people
        self._sessions = sessions

    def exempt(
        self, account: AccountId, *, now: datetime, after: tuple[datetime, str] | None = None, most: int
    ) -> Sequence[Exempted]:
        found = [
            Exempted(
                id=one.id,
                name=one.name,
                email=one.email,
                role=one.role,
                until=one.exempt_until,
                because=one.exempt_because,
                suspended=one.suspended_at is not None,
            )
            for (owner, _), one in self._people._rows.items()
            if owner == account and one.exempt_until is not None and one.exempt_until > now
        ]
        ordered = sorted(found, key=lambda one: (one.until, one.id))
        return [one for one in ordered if after is None or (one.until, one.id) > after][:most]

    def stuck(self, account: AccountId, *, since: datetime, before: datetime, most: int) -> Sequence[Stuck]:
        raise NotImplementedError("attempts are walked through with a database")

    def sign_ins(
        self, account: AccountId, people: Sequence[PersonId], *, since: datetime
    ) -> Mapping[PersonId, Sequence[SignIn]]:
        found: dict[PersonId, list[SignIn]] = {}
        for (owner, _), one in sorted(self._sessions._rows.items(), key=lambda item: item[1].created_at):
            if owner == account and one.person_id in people and one.created_at >= since and one.parent_id is None:
                found.setdefault(one.person_id, []).append(SignIn(one.created_at, one.browser_id))
        return found

    def set_up_by_day(
        self, account: AccountId, audience: Audience, *, since: datetime, behind: str, most: int
    ) -> Mapping[int, int]:
        found: Counter[int] = Counter()
        for one in sorted(self._people._belonging(account, audience), key=lambda each: each.id):
            confirmed = [
                row.confirmed_at
                for (owner, _), row in self._people._enrolments.items()
                if owner == account and row.person_id == one.id
            ]
            if one.id > behind and (most := most - 1) >= 0 and confirmed:
                first = min(*confirmed, one.enrolled_at or confirmed[0])
                found[-1 if first < since else (first - EPOCH) // timedelta(days=1)] += 1
        return found

    def tally(self, account: AccountId, whose: Audience | Members, *, now: datetime) -> Tally:
        return self._people.tally(account, whose, now=now)

    def tally_of_some(
        self, account: AccountId, whose: Audience | Members, *, now: datetime, behind: str, most: int
    ) -> tuple[Tally, PersonId | None]:
        return self._people.tally_of_some(account, whose, now=now, behind=behind, most=most)

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
        found = []
        for one in sorted(self._people._belonging(account, whose), key=lambda each: each.id):
            held = {
                row.kind
                for (owner, _), row in self._people._enrolments.items()
                if owner == account and row.person_id == one.id
            }
            is_between = one.id > behind and (not up_to or one.id <= up_to)
            if is_between and held and (held <= kinds or one.own_rule is not None):
                found.append(one.id)
        return found[:most]

    def tally_alone(self, account: AccountId, audience: Audience, *, now: datetime, most: int) -> Tally:
        people = [one for one in self._people._belonging(account, audience) if _is_alone(one)]
        return self._people._tally(account, people[:most], now)

    def alone(
        self, account: AccountId, audience: Audience | None = None, *, behind: str, most: int
    ) -> Sequence[PersonId]:
        people = [one for one in self._people._of(account) if _is_alone(one) and one.id > behind]
        return sorted(one.id for one in people if audience in {None, audience_of(one.role)})[:most]

    def are_more_than(self, account: AccountId, audience: Audience, than: int) -> bool:
        return self._people.are_more_than(account, audience, than)


def _is_alone(person: Subscriber) -> bool:
    return person.own_rule is not None and person.own_rule.required is not None
