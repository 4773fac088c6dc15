"""Whether whoever writes several rows of a person is alone with them, in every walk.

docs/decisions/one-at-a-time-with-a-person.md states it, and tests/races/test_one_order.py shows what it is for.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from twofold.store import rows, transactions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from types import FrameType, TracebackType

    import pytest

    from twofold.core.ids import AccountId
    from twofold.store.rows import Value

# What waits for others, and keeps them waiting: so does an INSERT that looks whether another one made the row.
_WRITES: Final = re.compile(r"\s*(?:UPDATE (\w+)|DELETE FROM (\w+)|INSERT INTO (\w+)\b.* ON CONFLICT\b)", re.DOTALL)
_ADDS: Final = re.compile(r"\s*INSERT INTO person \(account, id,")
_OF_A_PERSON: Final = frozenset(
    {
        "announced",
        "attempt",
        "challenge",
        "counter",
        "enrolment",
        "known_browser",
        "link",
        "person",
        "recovery_code",
        "session",
        "stopping",
    }
)
# What belongs to nobody yet, and what belongs to everybody of an account. Who asks to sign up (`sign_up.ask`) writes
# counts of an address and of the account, and a draft under an id that was just made: there is no person to be alone
# with, and whatever is counted there is written in the same order by all who ask.
_OF_NOBODY: Final = frozenset({"sign_up.ask", "sign_up.finish", "owner.begin", "moving.change"})


class Watch:
    """Notes blocks that write to several tables of a person without being alone with just that person."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.begun()

    def begun(self) -> None:
        self._tables: list[str] = []
        self._alone_with: set[str] = set()
        self._written: set[str] = set()

    def alone(self, subjects: Iterable[str]) -> None:
        new = set(subjects) - self._alone_with
        if new and (len(self._tables) > 1 or not new.isdisjoint(self._written)):
            self._note("comes too late")
        self._alone_with |= new

    def wrote(self, statement: str, params: Sequence[Value]) -> None:
        written = _WRITES.match(statement)
        table = written and next(filter(None, written.groups()))
        if table is None or table not in _OF_A_PERSON:
            return
        if table not in self._tables:
            self._tables.append(table)
        if _ADDS.match(statement):
            # Before the block ends nobody else can know whom it makes.
            self._alone_with.add(str(params[1]))
        self._written |= _people(table, params)

    def ended(self) -> None:
        if len(self._tables) > 1 and (not self._alone_with or self._written - self._alone_with):
            self._note("is not alone with them" if self._alone_with else "is not alone")

    def _note(self, what: str) -> None:
        names = _flows()
        if _OF_NOBODY.isdisjoint(names):
            self.found.append(f"{names[0] if names else '?'} {what}: {' > '.join(self._tables)}")


def _people(table: str, params: Sequence[Value]) -> set[str]:
    """Return who of the people is named in the parameters of a statement: as they are, or in front of a kind."""
    named = {one for one in params if isinstance(one, str)}
    if table == "challenge":
        # A count whose name only begins with somebody is of what they did to others, and one row of one lane.
        named |= {one.partition(".")[0] for one in named}
    asked = "SELECT id FROM person WHERE id IN (" + ", ".join("?" * len(named)) + ")"  # noqa: S608 -- only marks
    # Straight from the driver: a walk may count statements.
    return {row[0] for row in rows.this_connection().connection.execute(asked, tuple(named))}


def _flows() -> list[str]:
    frame: FrameType | None = sys._getframe(1)
    names = []
    while frame is not None:
        room, _, name = frame.f_globals["__name__"].rpartition(".")
        if room in {"twofold.flows", "twofold.commands", "twofold.delivery"}:
            names.append(f"{name}.{frame.f_code.co_name}")
        frame = frame.f_back
    return names


def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Watch every block of the process from now on."""
    here = Watch()
    run, block, stores = rows._run, transactions._Transaction, transactions.DatabaseTransactions
    alone, enter, leave = stores.alone, block.__enter__, block.__exit__

    def runs(statement: str, params: Sequence[Value]) -> object:
        here.wrote(statement, params)
        return run(statement, params)

    def is_alone(self: transactions.DatabaseTransactions, account: AccountId, *subjects: str) -> None:
        # Being alone with what a helper did says nothing of whom it was done to.
        here.alone(subject for subject in subjects if not subject.startswith("acts."))
        alone(self, account, *subjects)

    def enters(self: transactions._Transaction) -> None:
        enter(self)
        if self._is_outermost:
            here.begun()

    def leaves(
        self: transactions._Transaction,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_outermost:
            here.ended()
        leave(self, kind, problem, trace)

    monkeypatch.setattr(rows, "_run", runs)
    monkeypatch.setattr(stores, "alone", is_alone)
    monkeypatch.setattr(block, "__enter__", enters)
    monkeypatch.setattr(block, "__exit__", leaves)
    return here
