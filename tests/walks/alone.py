"""Whether whoever writes several rows of a person is alone with them, in every walk.

docs/decisions/one-at-a-time-with-a-person.md states it, and tests/races/test_one_order.py shows what it is for.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Final

from twofold.store import rows, transactions

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType, TracebackType

    import pytest

    from twofold.core.ids import AccountId
    from twofold.store.rows import Value

_WRITES: Final = re.compile(r"\s*(?:UPDATE|DELETE FROM) (\w+)")
_OF_A_PERSON: Final = frozenset(
    {
        "attempt",
        "challenge",
        "counter",
        "enrolment",
        "known_browser",
        "link",
        "person",
        "recovery_code",
        "session",
    }
)
# What belongs to nobody yet, and what belongs to everybody of an account.
_OF_NOBODY: Final = frozenset({"sign_up.finish", "owner.begin", "moving.change"})


class Watch:
    """Notes blocks that write to several tables of a person without being alone with anybody."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self._tables: list[str] = []
        self._is_alone = False

    def begun(self) -> None:
        self._tables, self._is_alone = [], False

    def alone(self) -> None:
        if len(set(self._tables)) > 1:
            self._note("comes too late")
        self._is_alone = True

    def wrote(self, statement: str) -> None:
        written = _WRITES.match(statement)
        if written is not None and written[1] in _OF_A_PERSON and written[1] not in self._tables:
            self._tables.append(written[1])

    def ended(self) -> None:
        if not self._is_alone and len(self._tables) > 1:
            self._note("is not alone")

    def _note(self, what: str) -> None:
        names = _flows()
        if _OF_NOBODY.isdisjoint(names):
            self.found.append(f"{names[0] if names else '?'} {what}: {' > '.join(self._tables)}")


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
        here.wrote(statement)
        return run(statement, params)

    def is_alone(self: transactions.DatabaseTransactions, account: AccountId, *subjects: str) -> None:
        # Being alone with what a helper did says nothing of whom it was done to.
        if not all(subject.startswith("acts.") for subject in subjects):
            here.alone()
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
