"""Counts of audiences and groups: at once where people are few, else by the worker every few minutes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from twofold.core.ids import GroupId
from twofold.core.instants import day_began, day_of, to_micros
from twofold.core.json import instant_in, int_in, object_in, optional
from twofold.core.roles import Audience
from twofold.flows import later
from twofold.ports.jobs import COUNT_PEOPLE
from twofold.ports.roll_out import Members, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from twofold.core.ids import AccountId
    from twofold.core.json import JsonObject
    from twofold.ports.services import Services

AT_ONCE: Final = 20_000
"""People who are counted while somebody waits: some 50 ms."""
ANEW_AFTER: Final = timedelta(minutes=10)
GROUPS_ANEW_AFTER: Final = timedelta(hours=24)
"""Of groups that nothing is required of: there can be 200, and everybody is looked at for each."""
DAYS: Final = 14
"""How far back it is told how a count came about."""
_ALL: Final = 2**31 - 1
NOTHING: Final = Tally(people=0, set_up=0, chosen=0, exempt=0, never_signed_in=0, asked_by_reset=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """How many had something at the end of a day (UTC)."""

    at: datetime
    set_up: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts of a group; None: too many to be counted at once, and not counted yet. `is_large`: they may be old."""

    tally: Tally | None
    is_large: bool


def tally(
    services: Services,
    account: AccountId,
    whose: Audience | Members,
    *,
    now: datetime,
    large: frozenset[Audience] | None = None,
) -> Tally:
    """Return the counts of an audience or a group; of a large one those that the worker made last, some minutes old.

    A group is as large as the account, because everybody is looked at who may belong to it. `large` is what
    `which_are_large` said, where more than one is counted.
    """
    among = [whose] if isinstance(whose, Audience) else [*Audience]
    is_kept = any(_is_large(services, account, one) if large is None else one in large for one in among)
    found = _kept(services, account, whose) if is_kept else None
    return found or services.roll_out.tally(account, whose, now=now)


def of_group(services: Services, account: AccountId, whose: Members, *, now: datetime) -> Counted:
    """Return the counts of any group, like `tally`, but of a large one those alone that the worker made."""
    if is_large(services, account):
        return Counted(_kept(services, account, whose), is_large=True)
    return Counted(services.roll_out.tally(account, whose, now=now), is_large=False)


def is_large(services: Services, account: AccountId) -> bool:
    """Say whether any audience is too large to be counted at once."""
    return any(_is_large(services, account, one) for one in Audience)


def which_are_large(services: Services, account: AccountId) -> frozenset[Audience]:
    """Return the audiences that are too large to be counted at once."""
    return frozenset(one for one in Audience if _is_large(services, account, one))


def _is_large(services: Services, account: AccountId, audience: Audience) -> bool:
    return services.roll_out.are_more_than(account, audience, AT_ONCE)


def begin_where_due(services: Services, account: AccountId) -> None:
    """Put a job for every large audience whose counts are old, and then for each group.

    Groups that something is required of are counted as often as audiences, the others once a day, and each at once
    when others belong to it than were counted. Of several workers, one does.
    """
    now = services.clock.now()
    large = which_are_large(services, account)
    if not large:
        return
    rules = services.policy.current(account).rules
    ages: list[tuple[Audience | Members, timedelta]] = [(one, ANEW_AFTER) for one in Audience if one in large]
    for group_id, group in rules.groups.items():
        anew_after = GROUPS_ANEW_AFTER if group.extra.required is None else ANEW_AFTER
        ages.append((Members(id=group_id, group=group), anew_after))
    for whose, anew_after in ages:
        name, meant = name_of(whose), meant_by(whose)
        kept, version = services.kept.load(account, kept_as(name))
        begun_at = optional(instant_in, kept, "begun_at")
        if begun_at is not None and now < begun_at + anew_after and kept.get("begun_with", {}) == meant:
            continue
        begun: JsonObject = {**kept, "begun_at": to_micros(now), "begun_with": meant}
        with services.transactions.begin():
            if services.kept.replace(account, kept_as(name), begun, version=version):
                body: JsonObject = {
                    "whose": name,
                    "meant": meant,
                    "behind": "",
                    "sums": written(NOTHING),
                    "days": {},
                    "since": to_micros(day_began(_first_day(now))),
                }
                later.put(services, account, COUNT_PEOPLE, body, now=now)


def keep(
    services: Services,
    account: AccountId,
    whose: Audience | Members,
    counted: Tally,
    days: JsonObject,
    shut_out: JsonObject,
) -> None:
    """Keep what was counted, in the present transaction; whoever counted at the same time counted as well.

    Not where it was begun anew meanwhile, because the group means others: that may have ended already.
    """
    name, meant = kept_as(name_of(whose)), meant_by(whose)
    kept, version = services.kept.load(account, name)
    if kept.get("begun_with", {}) == meant:
        now: JsonObject = {**kept, "sums": written(counted), "days": days, "shut_out": shut_out, "meant": meant}
        services.kept.replace(account, name, now, version=version)


def meant_by(whose: Audience | Members) -> JsonObject:
    """Return by what people belong to a group, beside being put into it; of an audience nothing, which never changes.

    Counts stand while it is what it was when they were begun.
    """
    if isinstance(whose, Audience):
        return {}
    return {
        "domains": [*sorted(whose.group.domains)],
        "roles": [*sorted(role.value for role in whose.group.roles)],
    }


def _kept(services: Services, account: AccountId, whose: Audience | Members) -> Tally | None:
    """Return what the worker counted last; None where it never did, or counted whom the group meant before."""
    kept = kept_of(services, account, whose)
    return read(object_in(kept, "sums")) if "sums" in kept else None


def kept_of(services: Services, account: AccountId, whose: Audience | Members) -> JsonObject:
    """Return all that the worker kept last; nothing where it never did, or counted whom the group meant before."""
    kept, _ = services.kept.load(account, kept_as(name_of(whose)))
    return kept if kept.get("meant", {}) == meant_by(whose) else {}


def by_day(
    services: Services, account: AccountId, audience: Audience, *, now: datetime, large: frozenset[Audience]
) -> tuple[Day, ...]:
    """Return how many had something at the end of each of the last DAYS days (UTC), the oldest first.

    Of a large audience from what the worker counted last, like `tally`.
    """
    found = _found_by_day(services, account, audience, now=now, is_large=audience in large)
    first = _first_day(now)
    return tuple(
        Day(at=day_began(day), set_up=sum(number for at, number in found.items() if at <= day))
        for day in range(first, first + DAYS)
    )


def _found_by_day(
    services: Services, account: AccountId, audience: Audience, *, now: datetime, is_large: bool
) -> Mapping[int, int]:
    if is_large:
        kept, _ = services.kept.load(account, kept_as(audience.value))
        if "days" in kept:
            days = object_in(kept, "days")
            return {int(day): int_in(days, day) for day in days}
    return services.roll_out.set_up_by_day(account, audience, since=day_began(_first_day(now)), behind="", most=_ALL)


def _first_day(now: datetime) -> int:
    return day_of(now) - DAYS + 1


def name_of(whose: Audience | Members) -> str:
    """Return what names an audience or a group in jobs and what is kept."""
    return whose.value if isinstance(whose, Audience) else whose.id


def named(services: Services, account: AccountId, name: str) -> Audience | Members | None:
    """Return the audience or the group of this name; None for a group that is there no more."""
    if name in set(Audience):
        return Audience(name)
    group = services.policy.current(account).rules.groups.get(GroupId(name))
    return None if group is None else Members(id=GroupId(name), group=group)


def kept_as(name: str) -> str:
    """Return the name under which counts are kept."""
    return f"counts.{name}"


def plus(one: Tally, other: Tally) -> Tally:
    """Add two counts."""
    return Tally(**{name: value + getattr(other, name) for name, value in asdict(one).items()})


def written(counted: Tally) -> JsonObject:
    """Return counts as JSON."""
    return {**asdict(counted)}


def read(value: JsonObject) -> Tally:
    """Read what `written` wrote."""
    return Tally(**{name: int_in(value, name) for name in asdict(NOTHING)})
