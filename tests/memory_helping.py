"""The ports of acts on sign-ins and of calls for help in memory; tests/memory.py has the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from twofold.core.instants import to_micros
from twofold.core.roles import Role
from twofold.ports.pages import Page
from twofold.store.cursors import Asked, pack_moment, unpack_moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tests.memory import Memory, MemoryPeople
    from twofold.core.helping import Act
    from twofold.core.ids import AccountId, AttemptId, HelpActId, HelpCallId, PersonId
    from twofold.ports.helping import HelpAct, HelpCall

_T = TypeVar("_T")
_A = TypeVar("_A", bound=Asked)


class MemoryHelpActs:
    def __init__(self, memory: Memory) -> None:
        self._rows: dict[tuple[AccountId, HelpActId], HelpAct] = memory.table()

    def add(self, account: AccountId, act: HelpAct) -> None:
        self._rows[account, act.id] = replace(act, version=0)

    def by_id(self, account: AccountId, act: HelpActId) -> HelpAct | None:
        return self._rows.get((account, act))

    def replace(self, account: AccountId, old: HelpAct, new: HelpAct) -> bool:
        there = self.by_id(account, old.id)
        if there is None or there.version != old.version:
            return False
        self._rows[account, old.id] = replace(
            there,
            state=new.state,
            ends_at=new.ends_at,
            decided_by=new.decided_by,
            decided_at=new.decided_at,
            done_at=new.done_at,
            version=old.version + 1,
        )
        return True

    def open_page(self, account: AccountId, *, now: datetime, after: str = "", size: int = 50) -> Page[HelpAct]:
        found = sorted(self._open(account, now), key=lambda act: (act.ends_at, act.id), reverse=True)
        shown, more = behind([((to_micros(act.ends_at), act.id), act) for act in found], after, size)
        return Page(tuple(shown), more)

    def count_open(self, account: AccountId, *, now: datetime, most: int) -> int:
        return min(len(self._open(account, now)), most)

    def open_about(self, account: AccountId, person: PersonId, *, now: datetime) -> Sequence[HelpAct]:
        return [act for act in self._open(account, now) if act.person_id == person]

    def _open(self, account: AccountId, now: datetime) -> list[HelpAct]:
        return [act for act in self._newest(account) if act.state.is_open and act.ends_at > now]

    def sorts_done(self, account: AccountId, helper: PersonId, person: PersonId, *, since: datetime) -> frozenset[Act]:
        return frozenset(act.act for act in self._done_by(account, helper, since) if act.person_id == person)

    def times_done(self, account: AccountId, person: PersonId, act: Act) -> int:
        mine = [one for one in self._newest(account) if one.person_id == person and one.done_at is not None]
        return sum(1 for one in mine if one.act is act)

    def done_to(
        self, account: AccountId, helper: PersonId, acts: Sequence[Act], *, since: datetime
    ) -> frozenset[PersonId]:
        return frozenset(act.person_id for act in self._done_by(account, helper, since) if act.act in acts)

    def _done_by(self, account: AccountId, helper: PersonId, since: datetime) -> list[HelpAct]:
        mine = [act for act in self._newest(account) if act.asked_by == helper]
        return [act for act in mine if act.done_at is not None and act.done_at > since]

    def _newest(self, account: AccountId) -> list[HelpAct]:
        mine = [act for (owner, _), act in self._rows.items() if owner == account]
        return sorted(sorted(mine, key=lambda act: act.id), key=lambda act: act.asked_at, reverse=True)


class MemoryHelpCalls:
    def __init__(self, memory: Memory, people: MemoryPeople) -> None:
        self._people = people
        self._rows: dict[tuple[AccountId, HelpCallId], HelpCall] = memory.table()

    def add(self, account: AccountId, call: HelpCall) -> None:
        self._rows[account, call.id] = call

    def by_id(self, account: AccountId, call: HelpCallId) -> HelpCall | None:
        return self._rows.get((account, call))

    def of_attempt(self, account: AccountId, attempt: AttemptId) -> HelpCall | None:
        return next((call for call in self._newest(account) if call.attempt_id == attempt), None)

    def open_page(
        self, account: AccountId, *, since: datetime, end_users: bool, after: str = "", size: int = 50
    ) -> Page[HelpCall]:
        found = self._open(account, since, end_users=end_users)
        shown, more = behind([((to_micros(call.called_at), call.id), call) for call in found], after, size)
        return Page(tuple(shown), more)

    def count_open(self, account: AccountId, *, since: datetime, end_users: bool, most: int) -> int:
        return min(len(self._open(account, since, end_users=end_users)), most)

    def open_ones(
        self, account: AccountId, person: PersonId, *, since: datetime, most: int = 100
    ) -> Sequence[HelpCall]:
        return [call for call in self._open(account, since, end_users=False) if call.person_id == person][:most]

    def _open(self, account: AccountId, since: datetime, *, end_users: bool) -> list[HelpCall]:
        return [
            call
            for call in self._newest(account)
            if call.called_at > since
            and call.closed_at is None
            and (not end_users or self._is_end_user(account, call.person_id))
        ]

    def _is_end_user(self, account: AccountId, person: PersonId) -> bool:
        found = self._people.by_id(account, person)
        return found is not None and found.role is Role.END_USER

    def close(self, account: AccountId, call: HelpCallId, *, by: PersonId, at: datetime) -> bool:
        there = self.by_id(account, call)
        if there is None or there.closed_at is not None:
            return False
        self._rows[account, call] = replace(there, closed_by=by, closed_at=at)
        return True

    def _newest(self, account: AccountId) -> list[HelpCall]:
        mine = [call for (owner, _), call in self._rows.items() if owner == account]
        return sorted(mine, key=lambda call: (call.called_at, call.id), reverse=True)


def behind(found: list[tuple[tuple[int, str], _T]], after: str, size: int) -> tuple[list[_T], str]:
    """Return the rows behind a cursor, and the cursor of those behind them."""
    place = unpack_moment(after)
    left = [one for one in found if place is None or one[0] < place] or found
    return [row for _, row in left[:size]], pack_moment(*left[size - 1][0]) if len(left) > size else ""


def newest_asked(found: list[_A], after: str, size: int) -> Page[_A]:
    """Return the page behind a cursor of what was asked for, the newest first."""
    placed = sorted((((to_micros(one.asked_at), one.id), one) for one in found), key=lambda each: each[0], reverse=True)
    rows, following = behind(placed, after, size)
    return Page(tuple(rows), following)
