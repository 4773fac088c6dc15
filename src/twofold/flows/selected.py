"""People who were selected from a list: what became of each, so that nothing is half done without saying so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from twofold.core.roles import Alone, TakeoverAct, may_help

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twofold.core.ids import PersonId
    from twofold.flows.visit import SignedIn
    from twofold.ports.people import Subscriber

MOST_AT_ONCE: Final = 100


class Became(StrEnum):
    """What became of one of the people that were selected."""

    DONE = "done"
    AS_BEFORE = "as_before"
    """Nothing was different, so nothing was written."""
    STILL_BELONGS = "still_belongs"
    """They belong to the group by role or address, whatever is written by hand."""
    ONESELF = "oneself"
    """Nobody decides this for themselves."""
    NOT_ALONE = "not_alone"
    """The table "Who may help whom" wants somebody else, or one more."""
    OTHER_ACT = "other_act"
    """Whoever changed their address or password lately does not free them of a second factor as well."""
    NO_WAY = "no_way"
    """Beside the rules of their audience and groups this would leave them nothing."""
    HAS_SIGNED_IN = "has_signed_in"
    """They came in once, so there is nothing to invite them to."""
    SUSPENDED = "suspended"
    GONE = "gone"
    CHANGED_MEANWHILE = "changed_meanwhile"


@dataclass(frozen=True, slots=True)
class Line:
    """One of the selected, and what became of them; `person` is None where they are gone."""

    id: PersonId
    person: Subscriber | None
    became: Became


@dataclass(frozen=True, slots=True)
class Selected:
    """What became of each of the selected, in their order: whoever is not DONE was left as they were."""

    lines: tuple[Line, ...]

    @property
    def done(self) -> tuple[Line, ...]:
        """Those for whom something was changed."""
        return tuple(line for line in self.lines if line.became is Became.DONE)

    @property
    def left(self) -> tuple[Line, ...]:
        """Those who were left as they were."""
        return tuple(line for line in self.lines if line.became is not Became.DONE)


def few(ids: Sequence[PersonId]) -> list[PersonId]:
    """Return each of the selected once, as many as are judged at a time."""
    return list(dict.fromkeys(ids))[:MOST_AT_ONCE]


def barred(me: SignedIn, person: Subscriber) -> Became | None:
    """Say why this admin may not decide for this person how they sign in: "Who may help whom", alone."""
    if person.id == me.person.id:
        return Became.ONESELF
    # To say what somebody must set up, or need not, is as much as to reset it.
    helping = may_help(actor=me.person.role, target=person.role, is_self=False, act=TakeoverAct.RESET)
    return None if helping == Alone() else Became.NOT_ALONE
