"""Acts on somebody's sign-in. The port: ports/helping.py, HelpActs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from twofold.core.helping import Act, State
from twofold.core.ids import HelpActId, PersonId
from twofold.core.instants import from_micros, to_micros
from twofold.ports.helping import HelpAct
from twofold.store.cursors import page_behind
from twofold.store.rows import from_text, instant, many, marks, micros, one, to_text, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.ports.pages import Page
    from twofold.store.rows import Row

_SELECT: Final = (
    "SELECT id, act, person_id, asked_by, asked_at, state, detail, reason, ends_at, decided_by, decided_at, done_at,"
    " version FROM help_act"
)
# What was done at once ended at once, so that this walks over what is still alive.
_OPEN: Final = " WHERE account = %s AND ends_at > %s AND state IN (%s, %s)"
_BEHIND: Final = " AND (ends_at, id) < (%s, %s)"
# In the order of the index, or PostgreSQL reads the table where many are open.
_COUNT: Final = "SELECT COUNT(*) FROM (SELECT 1 FROM help_act" + _OPEN + " ORDER BY ends_at LIMIT %s) found"  # noqa: S608
_DONE_TO: Final = (
    "SELECT DISTINCT person_id FROM help_act WHERE account = %s AND asked_by = %s AND done_at > %s AND act IN ("
)


class HelpActStore:
    """Acts that were done, asked for or agreed to."""

    def add(self, account: AccountId, act: HelpAct) -> None:
        """Store a new one."""
        write(
            "INSERT INTO help_act (account, id, act, person_id, asked_by, asked_at, state, detail, reason, ends_at,"
            " decided_by, decided_at, done_at, version) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 0)",
            (
                account,
                act.id,
                act.act,
                act.person_id,
                act.asked_by,
                to_micros(act.asked_at),
                act.state,
                to_text(act.detail),
                act.reason,
                to_micros(act.ends_at),
                act.decided_by,
                micros(act.decided_at),
                micros(act.done_at),
            ),
        )

    def by_id(self, account: AccountId, act: HelpActId) -> HelpAct | None:
        """Return one."""
        row = one(_SELECT + " WHERE account = %s AND id = %s", (account, act))
        return None if row is None else _act(row)

    def replace(self, account: AccountId, old: HelpAct, new: HelpAct) -> bool:
        """Write state, decision and times of `new` where `old.version` still stands, and count the version up."""
        return (
            write(
                "UPDATE help_act SET state = %s, ends_at = %s, decided_by = %s, decided_at = %s, done_at = %s,"
                " version = version + 1 WHERE account = %s AND id = %s AND version = %s",
                (
                    new.state,
                    to_micros(new.ends_at),
                    new.decided_by,
                    micros(new.decided_at),
                    micros(new.done_at),
                    account,
                    old.id,
                    old.version,
                ),
            )
            == 1
        )

    def open_page(self, account: AccountId, *, now: datetime, after: str = "", size: int = 50) -> Page[HelpAct]:
        """Return what waits for a yes or for being done, and has not run out: what runs out last comes first.

        A cursor that is none of ours, or behind which there is nothing any more, gives the first page.
        """

        def read(place: tuple[int, str] | None) -> list[Row]:
            return many(
                _SELECT + _OPEN + ("" if place is None else _BEHIND) + " ORDER BY ends_at DESC, id DESC LIMIT %s",
                (account, to_micros(now), State.ASKED, State.APPROVED, *(place or ()), size + 1),
            )

        return page_behind(after, size, read, _act, lambda act: (to_micros(act.ends_at), act.id))

    def count_open(self, account: AccountId, *, now: datetime, most: int) -> int:
        """Count what waits for a yes or for being done, and has not run out; no further than `most`."""
        found = one(_COUNT, (account, to_micros(now), State.ASKED, State.APPROVED, most))
        return 0 if found is None else int(found[0])

    def open_about(self, account: AccountId, person: PersonId, *, now: datetime) -> Sequence[HelpAct]:
        """Return all that is to be done to one person and waits like that, the newest first."""
        rows = many(
            _SELECT + _OPEN + " AND person_id = %s ORDER BY asked_at DESC, id",
            (account, to_micros(now), State.ASKED, State.APPROVED, person),
        )
        return [_act(row) for row in rows]

    def sorts_done(self, account: AccountId, helper: PersonId, person: PersonId, *, since: datetime) -> frozenset[Act]:
        """Return which acts a helper has done to a person since then, however many there were of each."""
        rows = many(
            "SELECT DISTINCT act FROM help_act"
            " WHERE account = %s AND asked_by = %s AND done_at > %s AND person_id = %s",
            (account, helper, to_micros(since), person),
        )
        return frozenset(Act(act) for (act,) in rows)

    def times_done(self, account: AccountId, person: PersonId, act: Act) -> int:
        """Return how often this was done to a person, by anybody and ever."""
        found = one(
            "SELECT COUNT(*) FROM help_act WHERE account = %s AND person_id = %s AND act = %s AND done_at IS NOT NULL",
            (account, person, act),
        )
        return 0 if found is None else int(found[0])

    def done_to(
        self, account: AccountId, helper: PersonId, acts: Sequence[Act], *, since: datetime
    ) -> frozenset[PersonId]:
        """Return to whom a helper has done one of these acts since then, however many they are."""
        rows = many(_DONE_TO + marks(len(acts)) + ")", (account, helper, to_micros(since), *acts))
        return frozenset(PersonId(person) for (person,) in rows)


def _act(row: Row) -> HelpAct:
    act_id, act, person_id, asked_by, asked_at, state, detail, reason, ends_at, *rest = row
    decided_by, decided_at, done_at, version = rest
    return HelpAct(
        id=HelpActId(act_id),
        act=Act(act),
        person_id=PersonId(person_id),
        asked_by=PersonId(asked_by),
        asked_at=from_micros(asked_at),
        state=State(state),
        detail=from_text(detail),
        reason=reason,
        ends_at=from_micros(ends_at),
        decided_by=None if decided_by is None else PersonId(decided_by),
        decided_at=instant(decided_at),
        done_at=instant(done_at),
        version=version,
    )
