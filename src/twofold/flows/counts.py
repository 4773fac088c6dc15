"""Counts of people: at once where they are few, else by the worker every few minutes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.ids import JobId
from twofold.core.instants import to_micros
from twofold.core.json import instant_in, int_in, object_in, optional
from twofold.core.roles import Audience
from twofold.ports.jobs import COUNT_PEOPLE
from twofold.ports.people import Tally

if TYPE_CHECKING:
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.services import Services

AT_ONCE: Final = 20_000
"""People who are counted while somebody waits: some 50 ms."""
ANEW_AFTER: Final = timedelta(minutes=10)
NOTHING: Final = Tally(people=0, set_up=0, chosen=0, exempt=0, never_signed_in=0, asked_by_reset=0)


def tally(services: Services, account: AccountId, audience: Audience, *, now: datetime) -> Tally:
    """Return the counts of an audience; of a large one those that the worker made last, some minutes old."""
    if services.people.are_more_than(account, audience, AT_ONCE):
        kept, _ = services.kept.load(account, kept_as(audience))
        if "sums" in kept:
            return read(object_in(kept, "sums"))
    return services.people.tally(account, audience, now=now)


def begin_where_due(services: Services, account: AccountId) -> None:
    """Put a job for every large audience whose counts are old. Of several workers, one does."""
    now = services.clock.now()
    for audience in Audience:
        if not services.people.are_more_than(account, audience, AT_ONCE):
            continue
        kept, version = services.kept.load(account, kept_as(audience))
        begun_at = optional(instant_in, kept, "begun_at")
        if begun_at is not None and now < begun_at + ANEW_AFTER:
            continue
        with services.transactions.begin():
            if services.kept.replace(account, kept_as(audience), {**kept, "begun_at": to_micros(now)}, version=version):
                services.jobs.add(
                    account,
                    id=JobId(services.entropy.new_id()),
                    kind=COUNT_PEOPLE,
                    body={"audience": audience.value, "behind": "", "sums": written(NOTHING)},
                    run_at=now,
                    put_at=now,
                )


def keep(services: Services, account: AccountId, audience: Audience, counted: Tally) -> None:
    """Keep what was counted, in the present transaction; whoever counted at the same time counted as well."""
    kept, version = services.kept.load(account, kept_as(audience))
    services.kept.replace(account, kept_as(audience), {**kept, "sums": written(counted)}, version=version)


def kept_as(audience: Audience) -> str:
    """Return the name under which the counts of an audience are kept."""
    return f"counts.{audience.value}"


def plus(one: Tally, other: Tally) -> Tally:
    """Add two counts."""
    return Tally(**{name: value + getattr(other, name) for name, value in asdict(one).items()})


def written(counted: Tally) -> JsonObject:
    """Return counts as JSON."""
    return {**asdict(counted)}


def read(value: JsonObject) -> Tally:
    """Read what `written` wrote."""
    return Tally(**{name: int_in(value, name) for name in asdict(NOTHING)})
