"""An announcement to whoever is to set up: whom it would reach now, and whom the last one reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from twofold.core.ids import PersonId
from twofold.core.instants import to_micros
from twofold.core.json import flag_in, instant_in, int_in, text_in
from twofold.core.roles import Audience
from twofold.flows import rehearsal

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.json import JsonObject
    from twofold.flows.visit import SignedIn
    from twofold.ports.accounts import Account
    from twofold.ports.policy import PolicyVersion
    from twofold.ports.services import Services

ANNOUNCED: Final = "set_up_announced"
AT_A_GLANCE: Final = 100
"""With more people than this in an audience it is counted when asked for: the page is opened for other things too."""
LAST: Final = "announcement"
"""Under what it is kept when the last one was sent, by whom, and to how many."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people; `is_estimate`, where there are too many to go through each."""

    people: int
    is_estimate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Last:
    """The last announcement; `by` is the name of who sent it, empty where they are gone."""

    at: datetime
    by: str
    reach: Reach


def is_seen_at_a_glance(services: Services, account: Account) -> bool:
    """Say whether there are so few people that it is counted without being asked for."""
    return not any(services.roll_out.are_more_than(account.id, one, AT_A_GLANCE) for one in Audience)


def reach(services: Services, account: Account, policy: PolicyVersion, *, now: datetime) -> Reach:
    """Say whom an announcement would reach now, by the job that mails it."""
    found = rehearsal.of_announcement(services, account, policy, ANNOUNCED, now=now)
    return Reach(found.people.get(ANNOUNCED, 0), found.is_estimate)


def note(services: Services, account: Account, me: SignedIn, reached: Reach, *, now: datetime) -> None:
    """Keep that one was sent, in the caller's transaction; of two at once the one that was first stays."""
    _, version = services.kept.load(account.id, LAST)
    value: JsonObject = {
        "at": to_micros(now),
        "by": me.person.id,
        "people": reached.people,
        "is_estimate": reached.is_estimate,
    }
    services.kept.replace(account.id, LAST, value, version=version)


def last(services: Services, account: Account) -> Last | None:
    """Return the last announcement; None before the first."""
    kept, _ = services.kept.load(account.id, LAST)
    if not kept:
        return None
    who = PersonId(text_in(kept, "by"))
    named = services.people.names(account.id, [who]).get(who)
    return Last(
        at=instant_in(kept, "at"),
        by=(named.name or named.email) if named else "",
        reach=Reach(int_in(kept, "people"), flag_in(kept, "is_estimate")),
    )
